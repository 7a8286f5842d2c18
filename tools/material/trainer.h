// trainer.h: trains the split network on rendered pictures, scores it on others, saves it. LibTorch does not show here.
#ifndef FSC_TOOLS_MATERIAL_TRAINER_H_
#define FSC_TOOLS_MATERIAL_TRAINER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fsc/status.h"
#include "tools/material/dataset.h"

namespace fsc::material {

struct TrainConfig {
  std::string start;  // folder of a network saved before, to go on from; empty = fresh weights
  uint32_t seed = 1;
  int steps = 2000;
  int batch = 8;
  int crop_width_px = 224;  // multiples of 8, at most the pictures' size
  int crop_height_px = 160;
  double learning_rate = 2e-3;  // the peak: a linear start over 5 % of the steps, then half a cosine down to 0
  double weight_decay = 1e-4;
  int threads = 2;  // of LibTorch; the weights depend on it in their last bits
  // Features that compress well: weight x L_r of learn/torch/compressibility_loss.h joins the cross entropy; 0 = none.
  double compressibility = 0;
  // Both losses get trainable weights (Kendall's), which start at 1 and `compressibility`.
  bool learn_loss_weights = false;
  // Width of the uniform noise on the features while training, in their units: what a quantiser of this step does. It
  // fixes the features' scale, which L_r alone would shrink at no cost. 0 = none.
  double noise_step = 0;
  bool relative = false;  // noise and L_r of features over their root mean square, so that shrinking them gains nothing
};

struct HeldOutScore {
  double mean_iou = 0;            // 0..1, one confusion matrix over all pictures
  double pixel_accuracy = 0;      // 0..1
  std::vector<double> class_iou;  // -1 for a class that neither appears nor is predicted
  double compressibility = 0;     // L_r of the features, mean over the pictures
  double feature_rms = 0;         // their root mean square
};

class Trainer {
 public:
  // kUsage for a crop that is no multiple of 8, for a weight or step below 0, for weights to learn with nothing to
  // weigh.
  static Result<std::unique_ptr<Trainer>> Create(const TrainConfig& config);
  virtual ~Trainer() = default;

  // Cross entropy and what the configuration adds, AdamW, random crops, flips and colour shifts. `progress(step, loss)`
  // after every step hears the cross entropy alone.
  virtual Status Train(const std::vector<LabelledPicture>& pictures,
                       const std::function<void(int step, double loss)>& progress) = 0;
  virtual Result<HeldOutScore> Score(const std::vector<LabelledPicture>& pictures) = 0;
  // Writes front.pt, back.pt and model.json into `folder`, which must exist.
  virtual Status Save(const std::string& folder) = 0;
  virtual int64_t parameters() const = 0;
  // Of the cross entropy and the compressibility loss, now.
  virtual std::vector<double> LossWeights() const = 0;
};

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_TRAINER_H_
