#include "codec/latent/encode/outliers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace fsc {
namespace {

constexpr double kFar = 64;           // times the root mean square of the others
constexpr int64_t kPerValues = 4096;  // one outlier in so many
constexpr int64_t kFew = 4;
constexpr int kExponents = 300;  // of float: -149..128, with room
constexpr int kLowestExponent = -150;

// Small layers may have a few, as far as they can be sent.
int64_t MostOutliers(int64_t values) {
  return std::clamp<int64_t>(values / kElementsPerEscape, 1, std::max(kFew, values / kPerValues));
}

int ExponentOf(float value) {
  return value == 0 ? 0 : std::ilogb(value) - kLowestExponent;
}

}  // namespace

bool MayHaveOutliers(const LayerScan& scan, const Tensor& layer) {
  // One value alone among n is sqrt(n) times the root mean square of all.
  const double ratio = std::min(kFar, std::sqrt(double(layer.size())) / 2);
  return double{scan.largest} > ratio * scan.spread;
}

std::vector<Escape> FindOutliers(const Tensor& layer) {
  // By exponents: how many values there are, their squares, and the smallest.
  std::array<int64_t, kExponents> counts{};
  std::array<double, kExponents> squares{};
  std::array<float, kExponents> smallest{};
  for (const float value : layer.values()) {
    const int exponent = ExponentOf(value);
    const float magnitude = std::fabs(value);
    float& least = smallest[size_t(exponent)];
    least = counts[size_t(exponent)]++ == 0 ? magnitude : std::min(least, magnitude);
    squares[size_t(exponent)] += double{value} * value;
  }
  std::array<double, kExponents> below{};  // squares of the values under the exponent; summed upwards, so none is lost
  for (size_t e = 1; e < below.size(); ++e) below[e] = below[e - 1] + squares[e - 1];
  int64_t above = 0;  // values from the exponent on
  const auto all = int64_t(layer.size());
  const int64_t most = MostOutliers(all);
  int first = kExponents;  // exponent of outliers
  for (int exponent = kExponents - 1; exponent > 0; --exponent) {
    const auto e = size_t(exponent);
    above += counts[e];
    if (above > most || above == all) break;
    const double rms = std::sqrt(below[e] / double(all - above));
    if (counts[e] > 0 && double{smallest[e]} > kFar * rms) first = exponent;
  }
  std::vector<Escape> outliers;
  if (first == kExponents) return outliers;
  for (int64_t i = 0; i < all; ++i) {
    const float value = layer.values()[size_t(i)];
    if (value != 0 && ExponentOf(value) >= first) outliers.push_back({i, value});
  }
  return outliers;
}

void TakeOut(const std::vector<Escape>& outliers, Tensor* layer) {
  const std::span<float> values = layer->values();
  for (size_t k = 0; k < outliers.size(); ++k) {
    const int64_t i = outliers[k].index;
    if (i > 0) {
      values[size_t(i)] = values[size_t(i) - 1];
      continue;
    }
    size_t after = 1;  // the first value that is none
    while (after < outliers.size() && outliers[after].index == int64_t(after)) ++after;
    values[0] = after < values.size() ? values[after] : 0.0f;
  }
}

}  // namespace fsc
