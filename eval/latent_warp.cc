#include "eval/latent_warp.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace fsc {
namespace {

// Keys' cubic convolution with a = -0.75: weights of the four cells around a position with fraction t.
std::array<double, 4> CubicWeights(double t) {
  constexpr double a = -0.75;
  std::array<double, 4> w;
  w[0] = ((a * (t + 1) - 5 * a) * (t + 1) + 8 * a) * (t + 1) - 4 * a;
  w[1] = ((a + 2) * t - (a + 3)) * t * t + 1;
  w[2] = ((a + 2) * (1 - t) - (a + 3)) * (1 - t) * (1 - t) + 1;
  w[3] = 1 - w[0] - w[1] - w[2];
  return w;
}

}  // namespace

WarpedLatent WarpLatent(const Tensor& previous, double stride_px, double phase_px, const SourceOf& source_of) {
  const int width = previous.width_cells(), height = previous.height_cells();
  WarpedLatent out{Tensor(previous.channels(), height, width), std::vector<uint8_t>(previous.size())};
  constexpr double kRounding = 1e-9;  // positions that are whole cells but for rounding
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      double source_x = 0, source_y = 0;
      source_of(x * stride_px + phase_px, y * stride_px + phase_px, &source_x, &source_y);
      const double u = (source_x - phase_px) / stride_px;
      const double v = (source_y - phase_px) / stride_px;
      const bool inside =
          u >= -kRounding && v >= -kRounding && u <= width - 1 + kRounding && v <= height - 1 + kRounding;
      const double u_floor = std::floor(u + kRounding), v_floor = std::floor(v + kRounding);
      const std::array<double, 4> wx = CubicWeights(std::max(0.0, u - u_floor)),
                                  wy = CubicWeights(std::max(0.0, v - v_floor));
      std::array<int, 4> xs, ys;
      for (int k = 0; k < 4; ++k) {
        xs[k] = int(std::clamp(u_floor + k - 1, 0.0, width - 1.0));
        ys[k] = int(std::clamp(v_floor + k - 1, 0.0, height - 1.0));
      }
      for (int c = 0; c < previous.channels(); ++c) {
        const auto plane = previous.plane(c);
        double sum = 0;
        for (int j = 0; j < 4; ++j) {
          const float* row = plane.data() + size_t(ys[j]) * width;
          sum += wy[j] * (wx[0] * row[xs[0]] + wx[1] * row[xs[1]] + wx[2] * row[xs[2]] + wx[3] * row[xs[3]]);
        }
        out.tensor.plane(c)[size_t(y) * width + x] = float(sum);
        out.valid[(size_t(c) * height + y) * width + x] = inside;
      }
    }
  }
  return out;
}

}  // namespace fsc
