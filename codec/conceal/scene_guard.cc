#include "codec/conceal/scene_guard.h"

#include <cmath>

namespace fsc {
namespace {

// Consecutive frames of driving clips have .33 to .48, frames ten apart .81 to .86, cuts 1.35 to 1.7.
constexpr double kWeakShare = 0.55;
constexpr double kCutShare = 1;

}  // namespace

double UnpredictedShare(const Tensor& tensor, const ArrivalMap& arrived, const Tensor& previous, const Tensor& moved) {
  const size_t width = size_t(tensor.width_cells());
  double missed = 0;
  double power = 0;
  for (int c = 0; c < tensor.channels(); ++c) {
    double sum = 0;
    double squares = 0;
    const auto before = previous.plane(c);
    for (const float value : before) sum += value;
    const double mean = sum / double(before.size());
    for (const float value : before) squares += (value - mean) * (value - mean);
    if (!(squares > 0)) continue;
    const double weight = double(before.size()) / squares;
    for (int y = 0; y < tensor.height_cells(); ++y) {
      if (!arrived.arrived(c, y)) continue;
      double row_missed = 0;
      double row_power = 0;
      for (size_t i = size_t(y) * width; i < (size_t(y) + 1) * width; ++i) {
        const double error = double(tensor.plane(c)[i]) - double(moved.plane(c)[i]);
        const double distance = double(tensor.plane(c)[i]) - mean;
        row_missed += error * error;
        row_power += distance * distance;
      }
      missed += weight * row_missed;
      power += weight * row_power;
    }
  }
  return power > 0 && std::isfinite(missed) ? missed / power : 0;
}

SceneChange SceneChangeOf(double unpredicted_share) {
  if (unpredicted_share > kCutShare) return SceneChange::kCut;
  return unpredicted_share > kWeakShare ? SceneChange::kWeak : SceneChange::kNone;
}

}  // namespace fsc
