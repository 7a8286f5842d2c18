// split_model.h: runs the two halves of a split network. LibTorch does not show here: models/torch is its door.
#ifndef FSC_MODELS_SPLIT_MODEL_H_
#define FSC_MODELS_SPLIT_MODEL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/image.h"
#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "models/input_geometry.h"
#include "models/model_spec.h"
#include "models/task_result.h"

namespace fsc {

struct FrontOutput {
  std::vector<LayerSpec> layers;  // with sizes
  FeatureFrame frame;
  InputGeometry geometry;
  Plane<uint8_t> luma;  // of the picture as the network sees it (BT.601 full range, resized and padded), for motion
};

class SplitModel {
 public:
  struct Options {
    bool front = true;
    bool back = true;
    int threads = 1;  // of LibTorch, for each call (SetTorchThreads); results depend on it in their last bits
  };
  // kIo / kBadInput when a part is missing, is not TorchScript, or disagrees with the JSON.
  static Result<std::unique_ptr<SplitModel>> Load(const ModelSpec& spec, const Options& options);
  virtual ~SplitModel() = default;

  virtual const ModelSpec& spec() const = 0;
  virtual const std::array<uint8_t, 32>& front_sha256() const = 0;
  // Both may be called from several threads at once.
  // kBadInput when the front's output does not match the JSON (number of layers, channels, stride).
  virtual Result<FrontOutput> RunFront(const Image& image) = 0;
  // kBadInput when the back returns something else than the task needs: says what was expected and what came.
  virtual Result<TaskResult> RunBack(const FeatureFrame& frame, const InputGeometry& geometry) = 0;
};

}  // namespace fsc

#endif  // FSC_MODELS_SPLIT_MODEL_H_
