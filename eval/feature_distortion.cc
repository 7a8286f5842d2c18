#include "eval/feature_distortion.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fsc {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// error / scale, with 0 / 0 = 0 and x / 0 = infinity.
double Ratio(double error, double scale) {
  if (error == 0) return 0;
  return scale > 0 ? error / scale : kInfinity;
}

// -10 log10 of an error-to-signal ratio.
double Decibels(double ratio) {
  return ratio == 0 ? kInfinity : -10 * std::log10(ratio);
}

}  // namespace

void DistortionSum::Add(std::span<const float> original, std::span<const float> decoded,
                        std::span<const uint8_t> mask) {
  if (original.empty()) return;
  float low = original[0], high = original[0];
  double squared = 0, sum = 0;
  int64_t counted = 0;
  for (size_t i = 0; i < original.size(); ++i) {
    low = std::min(low, original[i]);
    high = std::max(high, original[i]);
    sum += original[i];
    if (!mask.empty() && mask[i] == 0) continue;
    const double error = double(decoded[i]) - original[i];
    squared += error * error;
    ++counted;
  }
  const double mean = sum / double(original.size());
  double deviations = 0;
  for (const float value : original) deviations += (value - mean) * (value - mean);
  // Chan, Golub and LeVeque's update: joins this frame's deviations with those before it.
  const double shift = mean - mean_;
  const int64_t count = count_ + int64_t(original.size());
  deviations_ += deviations + shift * shift * double(count_) * double(original.size()) / double(count);
  mean_ += shift * double(original.size()) / double(count);
  low_ = count_ == 0 ? low : std::min(low_, low);
  high_ = count_ == 0 ? high : std::max(high_, high);
  count_ = count;
  squared_error_ += squared;
  elements_ += counted;
  ++frames_;
  last_nrmse_ = counted == 0 ? 0 : Ratio(std::sqrt(squared / double(counted)), double(high) - low);
  nrmse_sum_ += last_nrmse_;
}

FeatureDistortion DistortionSum::Summary() const {
  FeatureDistortion out;
  if (elements_ == 0) return out;
  const double range = double(high_) - low_;
  out.mse = squared_error_ / double(elements_);
  out.psnr_db = Decibels(Ratio(out.mse, range * range));
  out.snr_db = Decibels(Ratio(out.mse, deviations_ / double(count_)));
  out.nrmse = nrmse_sum_ / double(frames_);
  return out;
}

Status FrameDistortion::Add(const FeatureFrame& original, const FeatureFrame& decoded) {
  if (original.layers.size() != layers_.size() || decoded.layers.size() != layers_.size()) {
    return BadInput("frames with different numbers of layers", "feature distortion");
  }
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Tensor& a = original.layers[i];
    const Tensor& b = decoded.layers[i];
    if (a.channels() != b.channels() || a.height_cells() != b.height_cells() || a.width_cells() != b.width_cells()) {
      return BadInput("decoded layer has another shape than the original", "layer " + std::to_string(i));
    }
    layers_[i].Add(a.values(), b.values());
  }
  return {};
}

FeatureDistortion FrameDistortion::AllLayers() const {
  if (layers_.size() == 1) return layers_[0].Summary();
  FeatureDistortion out;
  double weight_sum = 0, peak_ratio = 0, signal_ratio = 0;
  for (const DistortionSum& layer : layers_) {
    const FeatureDistortion d = layer.Summary();
    const double weight = double(layer.elements());
    weight_sum += weight;
    out.mse += weight * d.mse;
    out.nrmse += weight * d.nrmse;
    peak_ratio += weight * std::pow(10.0, -d.psnr_db / 10);
    signal_ratio += weight * std::pow(10.0, -d.snr_db / 10);
  }
  if (weight_sum == 0) return {};
  out.mse /= weight_sum;
  out.nrmse /= weight_sum;
  out.psnr_db = Decibels(peak_ratio / weight_sum);
  out.snr_db = Decibels(signal_ratio / weight_sum);
  return out;
}

double FrameDistortion::LastNrmse() const {
  double sum = 0, weight = 0;
  for (const DistortionSum& layer : layers_) {
    sum += double(layer.elements()) * layer.last_nrmse();
    weight += double(layer.elements());
  }
  return weight == 0 ? 0 : sum / weight;
}

}  // namespace fsc
