// feature_crops.h: random pieces of feature frames for training: the same place of every layer, perhaps mirrored.
//
// Private to this folder: this header shows LibTorch, and is not installed. Functions may throw c10::Error.
#ifndef FSC_LEARN_TORCH_FEATURE_CROPS_H_
#define FSC_LEARN_TORCH_FEATURE_CROPS_H_

#include <torch/types.h>

#include <random>
#include <span>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "learn/reduction_trainer.h"
#include "models/model_spec.h"

namespace fsc {

struct CropBatch {
  std::vector<torch::Tensor> layers;  // N x C x H x W each
  torch::Tensor planes;               // N x K x H x W of the coarsest stride, where the frames have decoded planes
  int64_t height_px = 0;
  int64_t width_px = 0;
};

class FeatureCrops {
 public:
  // Frames (and their decoded planes) are borrowed. `crop_px` is rounded to what strides and the network's input allow,
  // and to the smallest frame. kBadInput for frames that do not fit the model.
  static Result<FeatureCrops> Create(const ModelSpec& spec, std::span<const DecodedPlanes> frames, int crop_px);

  // `count` crops of frames, places and sides that `random` draws.
  CropBatch Draw(int count, std::mt19937_64* random) const;

 private:
  std::vector<const DecodedPlanes*> frames_;
  std::vector<LayerSpec> layers_;
  int unit_px_ = 1;      // crops begin at multiples of it: the least common multiple of the strides
  int coarsest_px_ = 1;  // stride of the planes
  int height_px_ = 0;
  int width_px_ = 0;
};

// Uniform in 0 .. count - 1, the same on every machine.
int64_t DrawBelow(int64_t count, std::mt19937_64* random);

}  // namespace fsc

#endif  // FSC_LEARN_TORCH_FEATURE_CROPS_H_
