#include "codec/latent/encode/quality_watch.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace fsc {
namespace {

constexpr int64_t kProbedCells = 256;
// 6 dB: chosen, not fitted; six runs on four clips (SqueezeNet, YOLOX, ResNet-18, qp 30 to 60) stayed below it.
constexpr double kMuchWorse = 4;

std::vector<int64_t> ProbedCells(int64_t cells) {
  const int64_t step = std::max<int64_t>(1, cells / kProbedCells) | 1;  // odd: walks over all columns
  std::vector<int64_t> probed;
  for (int64_t i = 0; i < cells; i += step) probed.push_back(i);
  return probed;
}

double MeanSquare(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double error = double{a.values()[i]} - b.values()[i];
    sum += error * error;
  }
  return sum / double(a.size());
}

}  // namespace

std::vector<Tensor> ProbesOf(std::span<const Tensor> layers) {
  std::vector<Tensor> probes;
  for (const Tensor& layer : layers) {
    const std::vector<int64_t> cells = ProbedCells(int64_t{layer.width_cells()} * layer.height_cells());
    Tensor probe(layer.channels(), 1, int(cells.size()));
    for (int c = 0; c < layer.channels(); ++c) {
      const float* from = layer.plane(c).data();
      float* to = probe.plane(c).data();
      for (const int64_t cell : cells) *to++ = from[cell];
    }
    probes.push_back(std::move(probe));
  }
  return probes;
}

ProbedError ErrorOf(const StreamFit& fit, int layer, const LayerPlanes& decoded, const OutputStage& stage,
                    const Tensor& probe) {
  const std::vector<int64_t> cells = ProbedCells(int64_t(decoded.plane_size()));
  LayerPlanes some(decoded.planes(), int(cells.size()), 1);
  for (int k = 0; k < decoded.planes(); ++k) {
    const int16_t* from = decoded.plane(k).data;
    int16_t* to = some.plane(k).data;
    for (const int64_t cell : cells) *to++ = from[cell];
  }
  Tensor back = fit.Synthesise(layer, some, nullptr);
  ProbedError error;
  error.plain = MeanSquare(back, probe);
  stage.Apply(fit.config().layers[size_t(layer)].transform.unit, &back);
  error.finished = MeanSquare(back, probe);
  return error;
}

void QualityWatch::Frames::Add(int64_t frame_number) {
  first = count == 0 ? frame_number : std::min(first, frame_number);
  last = count == 0 ? frame_number : std::max(last, frame_number);
  ++count;
}

std::string QualityWatch::Frames::Text() const {
  if (first == last) return "frame " + std::to_string(first);
  return "frames " + std::to_string(first) + " to " + std::to_string(last);
}

void QualityWatch::Coded(int64_t frame_number, const StreamFit& fit, int qp, std::span<const ProbedError> errors) {
  ++coded_;
  double worst = 0;
  for (size_t i = 0; i < errors.size(); ++i) {
    const double expected = fit.ExpectedError(int(i), qp);
    if (expected > 0) worst = std::max(worst, errors[i].finished / expected);
  }
  if (worst <= kMuchWorse) return;
  worse_.Add(frame_number);
  const double db = 10 * std::log10(worst);
  if (db <= worst_db_) return;
  worst_db_ = db;
  worst_frame_ = frame_number;
}

void QualityWatch::Starved(int64_t frame_number) {
  starved_.Add(frame_number);
}

void QualityWatch::Clipped(int64_t frame_number, int64_t values) {
  clipped_.Add(frame_number);
  clipped_values_ += values;
}

void QualityWatch::Kept(double largest_error) {
  largest_error_ = std::max(largest_error_, largest_error);
}

Warnings QualityWatch::warnings() const {
  Warnings warnings;
  if (worse_.count > 0) {
    char by[32];
    std::snprintf(by, sizeof by, "%.1f dB", worst_db_);
    warnings.Add({"frames-below-qp",
                  std::to_string(worse_.count) + " of " + std::to_string(coded_) +
                      " frames are worse than their QP implies, frame " + std::to_string(worst_frame_) + " by " + by,
                  worse_.Text(), "try another transform, or look at these frames", worse_.count});
  }
  if (starved_.count > 0) {
    warnings.Add({"frames-repeated",
                  std::to_string(starved_.count) + " of " + std::to_string(coded_) +
                      " frames only repeat earlier ones: there were no bits for them",
                  starved_.Text(), "raise the bitrate or the cap", starved_.count});
  }
  if (clipped_.count > 0) {
    warnings.Add({"clipped-values", std::to_string(clipped_values_) + " values do not fit into 16-bit planes",
                  clipped_.Text(), "", clipped_values_});
  }
  if (largest_error_ > 0) {
    char by[32];
    std::snprintf(by, sizeof by, "%.3g", largest_error_);
    warnings.Add({"lossless-planes",
                  std::string("lossless are the 16-bit planes: values come back within ") + by + ", not exactly", "",
                  "whole numbers of 16 bits come back exactly; mode float keeps every bit of any value"});
  }
  return warnings;
}

}  // namespace fsc
