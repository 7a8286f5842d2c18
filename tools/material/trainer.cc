#include "tools/material/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "eval/accuracy.h"
#include "learn/torch/compressibility_loss.h"
#include "tools/material/network.h"
#include "tools/material/scene.h"

#include <torch/torch.h>

namespace fsc::material {
namespace {

constexpr double kGradientNormLimit = 5.0;

// Pixels as the network wants them: 3 x H x W, R first.
torch::Tensor InputOf(const Image& image) {
  auto bgr =
      torch::from_blob(const_cast<uint8_t*>(image.bgr.data()), {image.height_px, image.width_px, 3}, torch::kUInt8);
  return (bgr.permute({2, 0, 1}).flip(0).to(torch::kFloat32) / 255.0f - kInputMean) / kInputStd;
}

torch::Tensor LabelsOf(const Plane<uint8_t>& labels) {
  auto borrowed =
      torch::from_blob(const_cast<uint8_t*>(labels.samples().data()), {labels.height(), labels.width()}, torch::kUInt8);
  return borrowed.to(torch::kInt64);
}

// Lets `write` (which may throw) fill a file of a temporary name, then gives it its own.
Status Replace(const std::string& path, const std::function<void(const std::string&)>& write) {
  const std::string temporary = path + ".part";
  std::error_code error;
  try {
    write(temporary);
    std::filesystem::rename(temporary, path, error);
    if (!error) return {};
  } catch (const std::exception&) {
  }
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  return IoError("cannot write the file", path, "check the folder and the space left");
}

class TorchTrainer : public Trainer {
 public:
  explicit TorchTrainer(const TrainConfig& config) : config_(config), random_(config.seed) {
    at::set_num_threads(config.threads);
    torch::manual_seed(config.seed);
    // Plain execution: the fusing executor would compile anew while the first steps are timed, and gains nothing here.
    torch::jit::setGraphExecutorOptimize(false);
    const int classes = int(ClassNames().size());
    network_ = config.start.empty() ? MakeNetwork(classes) : LoadNetwork(config.start, classes);
    if (!config.learn_loss_weights) return;
    learned_weights_.emplace(std::vector<MultiTaskLoss::Task>{{MultiTaskLoss::Kind::kClassification, 1.0},
                                                              {MultiTaskLoss::Kind::kError, config.compressibility}});
  }

  Status Train(const std::vector<LabelledPicture>& pictures, const std::function<void(int, double)>& progress) override
      try {
    if (pictures.empty()) return Usage("no pictures to train on");
    for (const LabelledPicture& picture : pictures) {
      if (picture.image.width_px < config_.crop_width_px || picture.image.height_px < config_.crop_height_px) {
        return Usage("the crop is larger than a picture", {}, "render larger pictures or crop less");
      }
    }
    torch::optim::AdamW optimizer(network_.Parameters(),
                                  torch::optim::AdamWOptions(config_.learning_rate).weight_decay(config_.weight_decay));
    if (learned_weights_) {
      auto options = std::make_unique<torch::optim::AdamWOptions>(config_.learning_rate);
      options->weight_decay(0);
      optimizer.add_param_group({{learned_weights_->log_weights()}, std::move(options)});
    }
    network_.SetTraining(true);
    for (int step = 0; step < config_.steps; ++step) {
      for (auto& group : optimizer.param_groups()) {
        static_cast<torch::optim::AdamWOptions&>(group.options()).lr(LearningRateAt(step));
      }
      std::vector<torch::Tensor> inputs, labels;
      for (int n = 0; n < config_.batch; ++n) AddCrop(pictures[NextPicture(pictures.size())], &inputs, &labels);
      const auto features = network_.Features(torch::stack(inputs));
      const auto loss = torch::cross_entropy_loss(network_.LogitsOf(AsQuantised(features)), torch::stack(labels));
      optimizer.zero_grad();
      WithCompressibility(loss, features).backward();
      torch::nn::utils::clip_grad_norm_(network_.Parameters(), kGradientNormLimit);
      optimizer.step();
      const double value = loss.item<double>();
      if (!std::isfinite(value)) return Internal("the training loss is not finite", fmt::format("step {}", step));
      if (progress) progress(step, value);
    }
    network_.SetTraining(false);
    return {};
  } catch (const std::exception& error) {
    return Internal("LibTorch failed while training", error.what());
  }

  Result<HeldOutScore> Score(const std::vector<LabelledPicture>& pictures) override try {
    torch::NoGradGuard no_gradients;
    network_.SetTraining(false);
    const int classes = int(ClassNames().size());
    SegmentationAccuracy accuracy(classes, -1);
    double compressibility = 0, square = 0;
    for (const LabelledPicture& picture : pictures) {
      const auto features = network_.Features(InputOf(picture.image).unsqueeze(0));
      compressibility += CompressibilityLoss(features).item<double>() / double(pictures.size());
      square += features.square().mean().item<double>() / double(pictures.size());
      auto best = network_.LogitsOf(features).argmax(1).to(torch::kUInt8).contiguous();
      const std::span<const uint8_t> predicted(best.data_ptr<uint8_t>(), size_t(best.numel()));
      FSC_RETURN_IF_ERROR(accuracy.Add(picture.labels.samples(), predicted));
    }
    HeldOutScore score{accuracy.mean_iou(), accuracy.pixel_accuracy(), {}, compressibility, std::sqrt(square)};
    for (int label = 0; label < classes; ++label) score.class_iou.push_back(accuracy.class_iou(label));
    return score;
  } catch (const std::exception& error) {
    return Internal("LibTorch failed while scoring", error.what());
  }

  Status Save(const std::string& folder) override try {
    network_.SetTraining(false);
    FSC_RETURN_IF_ERROR(Replace(folder + "/front.pt", [&](const std::string& path) { network_.front.save(path); }));
    FSC_RETURN_IF_ERROR(Replace(folder + "/back.pt", [&](const std::string& path) { network_.back.save(path); }));
    const nlohmann::ordered_json description = {
        {"id", "rendered-street"},
        {"comment", "Trained by fsc-train on clips of fsc-render; see README.md beside this file."},
        {"front", "front.pt"},
        {"back", "back.pt"},
        {"input",
         {{"order", "rgb"},
          {"divide", 255},
          {"mean", kInputMean},
          {"std", kInputStd},
          {"pad_value", 127.5},
          {"multiple", kSplitStride_px}}},
        {"layers",
         nlohmann::ordered_json::array(
             {{{"name", "street"}, {"channels", kSplitChannels}, {"stride", kSplitStride_px}, {"phase", 0}}})},
        {"task", {{"kind", "segmentation"}, {"labels", ClassNames()}}}};
    return Replace(folder + "/model.json", [&](const std::string& path) {
      std::ofstream file(path);
      file.exceptions(std::ios::badbit | std::ios::failbit);
      file << description.dump(2) << "\n";
    });
  } catch (const std::exception& error) {
    return IoError("cannot save the network", folder, error.what());
  }

  int64_t parameters() const override {
    int64_t count = 0;
    for (const torch::Tensor& parameter : network_.Parameters()) count += parameter.numel();
    return count;
  }

  std::vector<double> LossWeights() const override {
    return learned_weights_ ? learned_weights_->Weights() : std::vector<double>{1.0, config_.compressibility};
  }

 private:
  // What noise and rate are measured in: a quantiser with a range follows the features' size.
  torch::Tensor UnitOf(const torch::Tensor& features) const {
    return config_.relative ? features.square().mean().sqrt() : torch::ones({});
  }

  torch::Tensor AsQuantised(const torch::Tensor& features) const {
    if (config_.noise_step <= 0) return features;
    return features + config_.noise_step * UnitOf(features) * (torch::rand_like(features) - 0.5);
  }

  torch::Tensor WithCompressibility(const torch::Tensor& task_loss, const torch::Tensor& features) const {
    if (!learned_weights_ && config_.compressibility <= 0) return task_loss;
    const torch::Tensor rate = CompressibilityLoss(features / UnitOf(features));
    return learned_weights_ ? learned_weights_->Combine({task_loss, rate}) : task_loss + config_.compressibility * rate;
  }

  double LearningRateAt(int step) const {
    const double start = std::max(1.0, 0.05 * config_.steps);
    if (step < start) return config_.learning_rate * (step + 1) / start;
    return config_.learning_rate * 0.5 * (1.0 + std::cos(M_PI * (step - start) / (config_.steps - start)));
  }

  // Every picture once before any comes again, in a new order each time.
  size_t NextPicture(size_t count) {
    if (order_.empty()) {
      for (size_t n = 0; n < count; ++n) order_.insert(order_.begin() + random_.Below(int(n) + 1), n);
    }
    const size_t next = order_.back();
    order_.pop_back();
    return next;
  }

  void AddCrop(const LabelledPicture& picture, std::vector<torch::Tensor>* inputs, std::vector<torch::Tensor>* labels) {
    const int x = random_.Below(picture.image.width_px - config_.crop_width_px + 1);
    const int y = random_.Below(picture.image.height_px - config_.crop_height_px + 1);
    const auto crop = [&](const torch::Tensor& plane) {
      return plane.narrow(-2, y, config_.crop_height_px).narrow(-1, x, config_.crop_width_px);
    };
    auto input = crop(InputOf(picture.image));
    auto label = crop(LabelsOf(picture.labels));
    if (random_.Chance(0.5f)) {
      input = input.flip(-1);
      label = label.flip(-1);
    }
    const float gain = random_.Between(0.85f, 1.15f);
    auto shift =
        torch::tensor({random_.Between(-0.15f, 0.15f), random_.Between(-0.15f, 0.15f), random_.Between(-0.15f, 0.15f)});
    inputs->push_back(input * gain + shift.view({3, 1, 1}));
    labels->push_back(label);
  }

  TrainConfig config_;
  Random random_;
  std::vector<size_t> order_;
  SplitNetwork network_;
  std::optional<MultiTaskLoss> learned_weights_;
};

}  // namespace

Result<std::unique_ptr<Trainer>> Trainer::Create(const TrainConfig& config) try {
  if (config.crop_width_px % kSplitStride_px != 0 || config.crop_height_px % kSplitStride_px != 0) {
    return Usage("the crop's size is no multiple of 8", {}, "use multiples of 8 pixels");
  }
  if (!(config.compressibility >= 0) || !(config.noise_step >= 0)) {
    return Usage("the compressibility weight and the noise step cannot be negative");
  }
  if (config.learn_loss_weights && config.compressibility == 0) {
    return Usage("there is only one loss, and no weights to learn", {}, "give a compressibility weight to start from");
  }
  for (const char* name : {"/front.pt", "/back.pt"}) {
    if (!config.start.empty() && !std::filesystem::exists(config.start + name)) {
      return IoError("no network to start from", config.start + name, "check the folder");
    }
  }
  return std::unique_ptr<Trainer>(std::make_unique<TorchTrainer>(config));
} catch (const c10::Error& error) {
  if (config.start.empty()) return Internal("LibTorch cannot build the network", error.what_without_backtrace());
  return BadInput("not a network of this tool", config.start, "start from a folder that fsc-train wrote");
} catch (const std::exception& error) {
  return Internal("LibTorch cannot build the network", error.what());
}

}  // namespace fsc::material
