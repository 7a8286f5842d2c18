// trainer.h: trains the split network on rendered pictures, scores it on others, saves it. LibTorch does not show here.
#ifndef FSC_TOOLS_MATERIAL_TRAINER_H_
#define FSC_TOOLS_MATERIAL_TRAINER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/status.h"
#include "tools/material/dataset.h"

namespace fsc::material {

struct TrainConfig {
  uint32_t seed = 1;
  int steps = 2000;
  int batch = 8;
  int crop_width_px = 224;  // multiples of 8, at most the pictures' size
  int crop_height_px = 160;
  double learning_rate = 2e-3;  // the peak: a linear start over 5 % of the steps, then half a cosine down to 0
  double weight_decay = 1e-4;
  int threads = 2;  // of LibTorch; the weights depend on it in their last bits
};

struct HeldOutScore {
  double mean_iou = 0;            // 0..1, one confusion matrix over all pictures
  double pixel_accuracy = 0;      // 0..1
  std::vector<double> class_iou;  // -1 for a class that neither appears nor is predicted
};

class Trainer {
 public:
  // kUsage for a crop that is no multiple of 8.
  static Result<std::unique_ptr<Trainer>> Create(const TrainConfig& config);
  virtual ~Trainer() = default;

  // Cross entropy, AdamW, random crops, flips and colour shifts. `progress(step, loss)` after every step.
  virtual Status Train(const std::vector<LabelledPicture>& pictures,
                       const std::function<void(int step, double loss)>& progress) = 0;
  virtual Result<HeldOutScore> Score(const std::vector<LabelledPicture>& pictures) = 0;
  // Writes front.pt, back.pt and model.json into `folder`, which must exist.
  virtual Status Save(const std::string& folder) = 0;
  virtual int64_t parameters() const = 0;
};

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_TRAINER_H_
