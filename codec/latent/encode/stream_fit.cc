#include "codec/latent/encode/stream_fit.h"

#include <algorithm>
#include <cmath>

#include "codec/latent/encode/channel_transform_fit.h"
#include "codec/latent/transform.h"

namespace fsc {
namespace {

// Coded elements of a layer per independent group: the more, the better its contexts learn; the fewer, the more threads
// find work. A second group costs about 1 %.
constexpr int64_t kElementsPerGroup = 1 << 18;
constexpr int64_t kElementsPerFastGroup = 1 << 16;
constexpr int kMaxAutomaticGroups = 16;
// What one channel loses against the step counts so much of what all lose on average against what is expected.
constexpr double kOfOneChannel = 0.4;

// Whoever looks at a piece of the picture sees more cells of a finer layer, and their errors average out: the variance
// of its error may be larger, as its stride is smaller against the coarsest layer's, within limits.
double StepScale(const LayerSpec& layer, std::span<const LayerSpec> layers) {
  constexpr double kLargest = 2;
  int coarsest_px = 1;
  for (const LayerSpec& other : layers) coarsest_px = std::max(coarsest_px, other.stride_px);
  return std::min(kLargest, std::sqrt(double(coarsest_px) / layer.stride_px));
}

int PlaneGroupsOf(const EncoderConfig& config, const LayerSpec& layer, int planes) {
  int groups = config.latent.plane_groups;
  if (groups == 0) {
    const int64_t coded = planes * layer.plane_elements();
    groups = int(std::clamp<int64_t>(coded / (config.preset == "fast" ? kElementsPerFastGroup : kElementsPerGroup), 1,
                                     kMaxAutomaticGroups));
  }
  return std::min(groups, planes);
}

float MeanOf(const ChannelTransform& transform, int channel) {
  return transform.mean_unit * float(transform.mean_levels[size_t(channel)]);
}

// Planes of whole numbers; values that do not fit are limited.
LayerPlanes WholeNumbersLess(const ChannelTransform& transform, const Tensor& layer) {
  LayerPlanes planes(layer.channels(), layer.width_cells(), layer.height_cells());
  for (int c = 0; c < layer.channels(); ++c) {
    const float mean = MeanOf(transform, c);
    int16_t* to = planes.plane(c).data;
    for (const float x : layer.plane(c)) *to++ = int16_t(std::clamp(x - mean, float(INT16_MIN), float(INT16_MAX)));
  }
  return planes;
}

bool HasRoom(const ChannelTransform& transform, std::span<const Tensor* const> tensors) {
  const PlaneAnalysis analysis(transform);
  return std::ranges::all_of(tensors, [&](const Tensor* tensor) {
    const LayerPlanes planes[] = {analysis.Analyse(*tensor, nullptr)};
    return SaturatedValues(planes) == 0;
  });
}

// Larger units until all values fit into the planes: transforms are fitted on some of the cells.
void MakeRoom(std::span<const Tensor* const> tensors, ChannelTransform* transform) {
  while (transform->sigma_log2 > 0 && transform->unit < ChannelTransform::kMaxUnit / 2 &&
         !HasRoom(*transform, tensors)) {
    --transform->sigma_log2;
    transform->unit *= 2;
    for (uint8_t& scale : transform->plane_scale) scale = uint8_t(std::max(0, scale - 4));
  }
}

}  // namespace

StreamFit::StreamFit(const EncoderConfig& config, std::span<const LayerSpec> layers, const MotionGeometry& motion,
                     std::span<const FeatureFrame* const> frames, const StreamFitOptions& options) {
  config_.lossless = config.latent.lossless;
  config_.motion = motion;
  TransformFitOptions fit;
  fit.kind = config.latent.transform;
  const bool profile_planes = config.latent.profile_planes;
  if (fit.kind == LatentTransform::kAuto && profile_planes) fit.kind = LatentTransform::kIdentity;
  fit.lossless = config_.lossless;
  fit.every_row = options.every_row;
  if (options.whole) fit.expected_frames = int(frames.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    std::vector<const Tensor*> tensors;
    for (const FeatureFrame* frame : frames) tensors.push_back(&frame->layers[i]);
    if (!options.kinds.empty()) fit.kind = options.kinds[i];
    fit.qp = options.qp + (options.coarser.empty() ? 0 : options.coarser[i]);
    // A profile says itself what counts.
    fit.step_scale = profile_planes ? 1 : StepScale(layers[i], layers);
    LatentStreamConfig::Layer layer;
    layer.transform = FitChannelTransform(tensors, fit);
    if (!fit.lossless || layer.transform.unit != 1) MakeRoom(tensors, &layer.transform);
    layer.groups = PlaneGroupsOf(config, layers[i], layer.transform.planes);
    analysis_.emplace_back(layer.transform);
    synthesis_.emplace_back(layer.transform);
    config_.layers.push_back(std::move(layer));
  }
  bytes_ = WriteLatentStreamConfig(config_);
}

bool StreamFit::has_components() const {
  return std::ranges::any_of(config_.layers, [](const auto& layer) { return !layer.transform.identity; });
}

bool StreamFit::keeps_whole_numbers() const {
  return config_.lossless && std::ranges::all_of(config_.layers, [](const auto& layer) {
           return layer.transform.identity && layer.transform.unit == 1 &&
                  layer.transform.mean_unit == std::floor(layer.transform.mean_unit);
         });
}

bool StreamFit::KeepsWholeNumbersOf(std::span<const Tensor> layers) const {
  for (size_t i = 0; i < layers.size(); ++i) {
    for (int c = 0; c < layers[i].channels(); ++c) {
      const float mean = MeanOf(config_.layers[i].transform, c);
      for (const float x : layers[i].plane(c)) {
        if (x != std::floor(x) || x - mean < float(INT16_MIN) || x - mean > float(INT16_MAX)) return false;
      }
    }
  }
  return true;
}

std::vector<LayerPlanes> StreamFit::Analyse(std::span<const Tensor> layers, ThreadPool* pool) const {
  std::vector<LayerPlanes> planes;
  const bool whole_numbers = keeps_whole_numbers();
  for (size_t i = 0; i < layers.size(); ++i) {
    planes.push_back(whole_numbers ? WholeNumbersLess(config_.layers[i].transform, layers[i])
                                   : analysis_[i].Analyse(layers[i], pool));
  }
  return planes;
}

Tensor StreamFit::Synthesise(int layer, const LayerPlanes& planes, ThreadPool* pool) const {
  return synthesis_[size_t(layer)].Synthesise(planes, pool);
}

double StreamFit::ExpectedError(int layer, int qp) const {
  const ChannelTransform& transform = config_.layers[size_t(layer)].transform;
  const double step = double(StepQ4(qp, transform.sigma_log2)) / 16;
  double error = 0;  // in squared plane units
  for (const uint8_t scale : transform.plane_scale) {
    const double deviation = std::exp2(scale / 4.0 - 4);
    error += std::min(deviation * deviation, step * step / 6);
  }
  return double{transform.unit} * transform.unit * error / transform.channels;
}

double StreamFit::LostShare(std::span<const Tensor> layers, int qp, double worth_steps) const {
  double most = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const ChannelTransform& transform = config_.layers[i].transform;
    const double expected = ExpectedError(int(i), qp);
    if (transform.identity || config_.lossless || expected <= 0) continue;
    const double step = double{transform.unit} * StepQ4(qp, transform.sigma_log2) / 16;
    const Tensor& probe = layers[i];
    const Tensor back = synthesis_[i].Synthesise(analysis_[i].Analyse(probe, nullptr), nullptr);
    const double least = worth_steps * worth_steps * step * step;
    // What a cell loses is worth coding where it is more than that; and all the more, the more it is.
    std::vector<double> worth(probe.plane(0).size());
    for (int c = 0; c < probe.channels(); ++c) {
      for (size_t k = 0; k < worth.size(); ++k) {
        const double lost = double{probe.plane(c)[k]} - back.plane(c)[k];
        worth[k] += lost * lost;
      }
    }
    for (double& lost : worth) lost = lost > least ? 1 - least / lost : 0;
    double total = 0;
    double worst = 0;  // of the channels
    for (int c = 0; c < probe.channels(); ++c) {
      const std::span<const float> was = probe.plane(c);
      const std::span<const float> is = back.plane(c);
      double lost = 0;
      for (size_t k = 0; k < was.size(); ++k) lost += worth[k] * (double{was[k]} - is[k]) * (double{was[k]} - is[k]);
      lost /= double(was.size());
      total += lost / probe.channels();
      worst = std::max(worst, lost);
    }
    most = std::max({most, total / expected, kOfOneChannel * worst / (step * step / 6)});
  }
  return most;
}

double LargestError(const StreamFit& fit, std::span<const LayerPlanes> planes, std::span<const Tensor> layers,
                    ThreadPool* pool) {
  double largest = 0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const Tensor back = fit.Synthesise(int(i), planes[i], pool);
    for (size_t k = 0; k < back.size(); ++k) {
      largest = std::max(largest, std::fabs(double{back.values()[k]} - layers[i].values()[k]));
    }
  }
  return largest;
}

int64_t SaturatedValues(std::span<const LayerPlanes> layers) {
  constexpr int16_t kMost = 32767;
  int64_t count = 0;
  for (const LayerPlanes& planes : layers) {
    for (const int16_t z : planes.samples()) count += z == kMost || z == -kMost;
  }
  return count;
}

}  // namespace fsc
