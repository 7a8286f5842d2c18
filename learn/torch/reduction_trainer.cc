#include "learn/reduction_trainer.h"
#include "learn/linear_reduction.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "learn/torch/back_weights.h"
#include "learn/torch/feature_crops.h"
#include "learn/torch/functions.h"
#include "learn/torch/gradient_back.h"
#include "learn/torch/reduction_loss.h"
#include "learn/torch/reduction_network.h"
#include "learn/torch/reduction_start.h"
#include "learn/torch/task_loss.h"
#include "models/torch/functions.h"

namespace fsc {
namespace {

constexpr size_t kHeldBackBatches = 4;
constexpr int kLooks = 12;              // at the held-back frames in one training
constexpr int kStartPieces = 32;        // crops that the start is fitted on
constexpr double kLastRate = 0.02;      // of learning, over the first
constexpr double kRestorerRate = 0.15;  // of the reducer's: hundreds of taps add up in each of its outputs
constexpr double kRefineRate = 0.2;     // of learning_rate, when only the restorer learns
constexpr double kWarmShare = 0.05;     // of the steps, in which the rate of learning rises
constexpr double kGradientNormLimit = 5;
constexpr double kLeastTrainedLoss = 1e-9;  // whose logarithm is taken
constexpr double kWeightRate = 0.01;        // of learning of the logarithms of the backs' weights

class TorchReductionTrainer : public ReductionTrainer {
 public:
  TorchReductionTrainer(std::vector<TrainedBack> backs, std::vector<ReductionSource> sources,
                        const ReductionConfig& config)
      : backs_(std::move(backs)),
        spec_(backs_[0].spec),
        sources_(std::move(sources)),
        config_(config),
        random_(config.seed),
        generator_(at::detail::createCPUGenerator(config.seed)) {}

  Status Train(std::span<const FeatureFrame* const> frames, std::span<const FeatureFrame* const> held_back,
               const TrainingProgress& progress) override try {
    torch_net::SetTorchThreads(config_.threads);
    const DecodedSet training = WithoutPlanes(frames), judges = WithoutPlanes(held_back);
    FSC_ASSIGN_OR_RETURN(const auto crops, CropsOf({&training, 1}));
    FSC_ASSIGN_OR_RETURN(const auto held_back_crops, CropsOf({&judges, 1}));
    FSC_RETURN_IF_ERROR(CheckGradients(crops[0]));
    FSC_RETURN_IF_ERROR(Start(frames, crops[0]));
    refining_ = false;
    return Minimise(crops, held_back_crops, network_->ReducerParameters(), config_.steps, config_.learning_rate,
                    progress);
  } catch (const std::exception& e) {
    return Internal("LibTorch failed while training", e.what());
  }

  Status Refine(std::span<const DecodedSet> decoded, std::span<const DecodedSet> held_back,
                const TrainingProgress& progress) override try {
    if (!network_) return Usage("nothing was trained that could be refined");
    torch_net::SetTorchThreads(config_.threads);
    FSC_ASSIGN_OR_RETURN(const auto crops, CropsOf(decoded));
    FSC_ASSIGN_OR_RETURN(const auto held_back_crops, CropsOf(held_back));
    refining_ = true;
    return Minimise(crops, held_back_crops, {}, config_.refine_steps, kRefineRate * config_.learning_rate, progress);
  } catch (const std::exception& e) {
    return Internal("LibTorch failed while training", e.what());
  }

  ConvNet reducer() const override { return network_ ? network_->Reducer() : ConvNet(); }
  ConvNet restorer() const override { return network_ ? network_->Restorer() : ConvNet(); }
  const std::vector<double>& sensitivity() const override { return sensitivity_; }
  const TrainingLoss& start_loss() const override { return start_loss_; }
  const TrainingLoss& best_loss() const override { return best_loss_; }

 private:
  static DecodedSet WithoutPlanes(std::span<const FeatureFrame* const> frames) {
    DecodedSet all;
    for (const FeatureFrame* frame : frames) all.push_back({frame, {}});
    return all;
  }

  Result<std::vector<FeatureCrops>> CropsOf(std::span<const DecodedSet> sets) const {
    if (sets.empty()) return Usage("no frames to learn from");
    std::vector<FeatureCrops> all;
    for (const DecodedSet& set : sets) {
      FSC_ASSIGN_OR_RETURN(FeatureCrops crops, FeatureCrops::Create(spec_, set, config_.crop_px));
      all.push_back(std::move(crops));
    }
    return all;
  }

  // Gradients through each back alone, for a clear error before any work.
  Status CheckGradients(const FeatureCrops& crops) {
    std::mt19937_64 random(config_.seed);
    const CropBatch batch = crops.Draw(config_.batch, &random);
    auto generator = at::detail::createCPUGenerator(config_.seed);
    for (const TrainedBack& back : backs_) {
      const auto probe = [&](const torch::Tensor& out) { return RandomTaskProbe(back.spec.task.kind, out, generator); };
      auto gradients = back.network->Gradients(batch.layers, batch.height_px, batch.width_px, probe);
      if (!gradients.ok()) return gradients.TakeStatus();
      for (size_t i = 0; i < gradients->size(); ++i) {
        if ((*gradients)[i].abs().max().item<float>() > 0) continue;
        return BadInput("no gradient reaches layer \"" + spec_.layers[i].name + "\": all are zero", back.spec.back_path,
                        "the back does not use this layer, or rounds");
      }
    }
    return {};
  }

  // G of the folded channels from gradients at random pieces: of each back over its trace, summed.
  Result<torch::Tensor> Sensitivity(const FeatureCrops& crops) {
    const torch::AutoGradMode with_gradients(true);
    auto generator = at::detail::createCPUGenerator(config_.seed + 2);
    torch::Tensor all;
    for (const TrainedBack& back : backs_) {
      std::mt19937_64 random(config_.seed + 2);
      const auto probe = [&](const torch::Tensor& out) { return RandomTaskProbe(back.spec.task.kind, out, generator); };
      torch::Tensor sum;
      for (int n = 0; n < kStartPieces; ++n) {
        const CropBatch piece = crops.Draw(1, &random);
        FSC_ASSIGN_OR_RETURN(const auto gradients,
                             back.network->Gradients(piece.layers, piece.height_px, piece.width_px, probe));
        const torch::Tensor g = FoldLayers(gradients, sources_)[0].flatten(1).to(torch::kFloat64);
        const torch::Tensor gram = g.matmul(g.t());
        sum = sum.defined() ? sum + gram : gram;
      }
      sum = sum / sum.trace().clamp_min(std::numeric_limits<double>::min());
      all = all.defined() ? all + sum : sum;
    }
    return all;
  }

  std::vector<torch::Tensor> Pieces(const FeatureCrops& crops) const {
    std::mt19937_64 random(config_.seed + 3);
    std::vector<torch::Tensor> pieces;
    for (int n = 0; n < kStartPieces; ++n) pieces.push_back(FoldLayers(crops.Draw(1, &random).layers, sources_));
    return pieces;
  }

  // The network from cells of all frames; every source counts as much as another.
  Status Start(std::span<const FeatureFrame* const> frames, const FeatureCrops& crops) {
    const torch::NoGradGuard no_gradients;
    const CellSamples samples = SampleCells(frames, sources_);
    const int channels = int(samples.cells.size(0));
    if (config_.planes > channels) {
      return Usage("more planes than channels: " + std::to_string(config_.planes) + " of " + std::to_string(channels),
                   spec_.json_path, "ask for fewer planes");
    }
    torch::Tensor gram;
    if (config_.start == ReductionStartKind::kTask) {
      FSC_ASSIGN_OR_RETURN(gram, Sensitivity(crops));
      sensitivity_ = torch_net::NormalisedSpectrum({gram.data_ptr<double>(), size_t(gram.numel())}, channels);
    }
    ReductionStart start = StartFromComponents(samples, gram, config_.planes);
    FitDecoder(Pieces(crops), config_.coarsest_step, generator_, &start);
    network_.emplace(ReductionShape{channels, config_.planes, config_.reducer_kernel, config_.branch_width}, start,
                     generator_);
    return {};
  }

  Result<LossTensors> Loss(const CropBatch& batch, torch::Generator generator) const {
    return ReductionLoss(config_, backs_, sources_, *network_, batch, std::move(generator));
  }

  // Refining: decoded planes of one quantiser cost ten times what those of another do, and each should gain its share.
  torch::Tensor Objective(const LossTensors& loss) const {
    if (refining_) {
      torch::Tensor sum = torch::zeros({});
      for (const torch::Tensor& back : loss.backs) sum = sum + back.clamp_min(kLeastTrainedLoss).log();
      return sum / double(loss.backs.size());
    }
    return weights_ ? weights_->Objective(loss.backs, loss.rate) : loss.backs[0] + config_.lambda * loss.rate;
  }

  double Total(const TrainingLoss& loss) const {
    if (refining_) {
      double sum = 0;
      for (const double back : loss.backs) sum += std::log(std::max(back, kLeastTrainedLoss));
      return std::exp(sum / double(loss.backs.size()));
    }
    return weights_ ? weights_->Score(loss.backs, loss.rate) : loss.backs[0] + config_.lambda * loss.rate;
  }

  Result<TrainingLoss> Judge(const std::vector<CropBatch>& batches) const {
    const torch::NoGradGuard no_gradients;
    auto generator = at::detail::createCPUGenerator(config_.seed);
    TrainingLoss mean;
    double log_total = 0;
    for (const CropBatch& batch : batches) {
      FSC_ASSIGN_OR_RETURN(const LossTensors loss, Loss(batch, generator));
      const TrainingLoss values = loss.Values();
      const double part = 1.0 / double(batches.size());
      mean.divergence += part * values.divergence;
      mean.squared_error += part * values.squared_error;
      mean.feature += part * values.feature;
      mean.rate += part * values.rate;
      mean.backs.resize(values.backs.size());
      for (size_t i = 0; i < values.backs.size(); ++i) mean.backs[i] += part * values.backs[i];
      if (refining_) log_total += part * std::log(Total(values));
    }
    mean.total = refining_ ? std::exp(log_total) : Total(mean);
    return mean;
  }

  // Changes the restorer and, where they are given, the reducer's parameters.
  Status Minimise(std::span<const FeatureCrops> crops, std::span<const FeatureCrops> held_back,
                  const std::vector<torch::Tensor>& reducer, int steps, double learning_rate,
                  const TrainingProgress& progress) {
    std::vector<CropBatch> judges;
    std::mt19937_64 judge_random(config_.seed + 1);
    for (size_t n = 0; n < std::max(kHeldBackBatches, 2 * held_back.size()); ++n) {
      judges.push_back(held_back[n % held_back.size()].Draw(config_.batch, &judge_random));
    }
    weights_.reset();
    FSC_ASSIGN_OR_RETURN(start_loss_, Judge(judges));
    if (backs_.size() > 1 && !refining_) WeighBacks();
    best_loss_ = start_loss_;
    std::vector<torch::Tensor> best = network_->Snapshot();

    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.emplace_back(network_->RestorerParameters());
    if (!reducer.empty()) groups.emplace_back(reducer);
    torch::optim::Adam optimizer(groups, torch::optim::AdamOptions(learning_rate));
    std::vector<torch::Tensor> parameters = network_->RestorerParameters();
    parameters.insert(parameters.end(), reducer.begin(), reducer.end());
    std::optional<torch::optim::Adam> weight_optimizer;
    if (weights_) {
      weight_optimizer.emplace(std::vector<torch::Tensor>{weights_->log_weights()},
                               torch::optim::AdamOptions(kWeightRate));
    }
    const int look_each = std::max(20, (steps + kLooks - 1) / kLooks);
    int looks_without_progress = 0;
    double best_trained = std::numeric_limits<double>::infinity();  // the start may be better for long
    for (int step = 0; step < steps; ++step) {
      const double falling = 0.5 * (1 + std::cos(M_PI * step / steps));
      const double rising = std::min(1.0, (step + 1) / std::max(1.0, kWarmShare * steps));
      const double rate = learning_rate * rising * (kLastRate + (1 - kLastRate) * falling);
      for (size_t group = 0; group < groups.size(); ++group) {
        static_cast<torch::optim::AdamOptions&>(optimizer.param_groups()[group].options())
            .lr(group == 0 ? kRestorerRate * rate : rate);
      }
      const FeatureCrops& set = crops[size_t(DrawBelow(int64_t(crops.size()), &random_))];
      FSC_ASSIGN_OR_RETURN(const LossTensors loss, Loss(set.Draw(config_.batch, &random_), generator_));
      TrainingPoint point{step, loss.Values(), false, {}};
      point.loss.total = Total(point.loss);
      if (weights_) point.loss.weights = weights_->Weights();
      optimizer.zero_grad();
      if (weight_optimizer) weight_optimizer->zero_grad();
      Objective(loss).backward();
      torch::nn::utils::clip_grad_norm_(parameters, kGradientNormLimit);
      optimizer.step();
      if (weight_optimizer) weight_optimizer->step();
      if (!std::isfinite(point.loss.total)) {
        return BadInput("the training loss is not finite", spec_.back_path,
                        "the back's output overflows: step " + std::to_string(step));
      }
      if ((step + 1) % look_each == 0 || step + 1 == steps) {
        point.looked = true;
        FSC_ASSIGN_OR_RETURN(point.held_back, Judge(judges));
        looks_without_progress = point.held_back.total < best_trained ? 0 : looks_without_progress + 1;
        best_trained = std::min(best_trained, point.held_back.total);
        if (point.held_back.total < best_loss_.total) {
          best_loss_ = point.held_back;
          best = network_->Snapshot();
        }
      }
      if (progress && !progress(point)) break;
      // While the rate of learning is high the loss is restless: that is no reason to stop.
      if (2 * step > steps && looks_without_progress >= config_.patience) break;
    }
    network_->Load(best);
    return {};
  }

  // From the losses at the start, which then get their total.
  void WeighBacks() {
    std::vector<TaskKind> kinds;
    for (const TrainedBack& back : backs_) kinds.push_back(back.spec.task.kind);
    std::optional<double> lambda = config_.lambda;
    std::vector<double> start = start_loss_.backs;
    if (config_.rate_weight == RateWeight::kTrained) {
      lambda.reset();
      start.push_back(start_loss_.rate);
    }
    weights_.emplace(kinds, lambda, start);
    start_loss_.total = Total(start_loss_);
  }

  std::vector<TrainedBack> backs_;
  ModelSpec spec_;  // of the first; what the others share
  std::vector<ReductionSource> sources_;
  ReductionConfig config_;
  std::optional<BackWeights> weights_;  // in training, where there are several backs
  bool refining_ = false;
  std::mt19937_64 random_;
  torch::Generator generator_;
  std::optional<ReductionNetwork> network_;
  std::vector<double> sensitivity_;
  TrainingLoss start_loss_;
  TrainingLoss best_loss_;
};

Status CheckConfig(const ReductionConfig& config) {
  if (config.planes < 1) return Usage("at least one plane is needed");
  if (config.reducer_kernel != 1 && config.reducer_kernel != 3) return Usage("the reducer's kernel is 1 or 3");
  if (config.branch_width < 0 || config.branch_width > Convolution::kMaxChannels) return Usage("impossible branch");
  if (config.steps < 1 || config.refine_steps < 0 || config.batch < 1 || config.crop_px < 1 || config.patience < 1) {
    return Usage("steps, batch, crop and patience are 1 or more");
  }
  for (const double number : {config.lambda, config.divergence_weight.value_or(0),
                              config.squared_error_weight.value_or(0), config.feature_weight, config.learning_rate}) {
    if (!(number >= 0) || !(number < 1e6)) return Usage("weights of the loss are 0 or more");
  }
  if (!(config.coarsest_step >= 1) || config.coarsest_step > 64) return Usage("the coarsest step is 1 to 64");
  return {};
}

}  // namespace

Result<std::unique_ptr<ReductionTrainer>> torch_net::CreateReductionTrainer(const std::vector<ModelSpec>& specs,
                                                                            std::vector<ReductionSource> sources,
                                                                            const ReductionConfig& config) {
  FSC_RETURN_IF_ERROR(CheckConfig(config));
  if (specs.empty()) return Usage("no network to learn for");
  std::vector<TrainedBack> backs;
  for (const ModelSpec& spec : specs) {
    FSC_ASSIGN_OR_RETURN(auto network, GradientBack::Load(spec));
    backs.push_back({spec, std::move(network)});
  }
  return std::unique_ptr<ReductionTrainer>(
      std::make_unique<TorchReductionTrainer>(std::move(backs), std::move(sources), config));
}

}  // namespace fsc
