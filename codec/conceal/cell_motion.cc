#include "codec/conceal/cell_motion.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

constexpr int kPowerSteps = 8;  // towards the leading component; what they leave of the next ones does no harm
constexpr int kSmallestCells = 8;

// The leading principal component of the channels of `tensor` around `mean`, by power iteration.
std::vector<float> LeadingComponent(const Tensor& tensor, std::span<const float> mean) {
  const size_t channels = size_t(tensor.channels());
  const size_t cells = tensor.plane(0).size();
  std::vector<float> component(channels, 1.0F);
  std::vector<float> plane(cells);
  for (int step = 0; step < kPowerSteps; ++step) {
    std::fill(plane.begin(), plane.end(), 0.0F);
    for (size_t c = 0; c < channels; ++c) {
      const auto values = tensor.plane(int(c));
      for (size_t i = 0; i < cells; ++i) plane[i] += component[c] * (values[i] - mean[c]);
    }
    double norm = 0;
    for (size_t c = 0; c < channels; ++c) {
      const auto values = tensor.plane(int(c));
      float sum = 0;
      for (size_t i = 0; i < cells; ++i) sum += plane[i] * (values[i] - mean[c]);
      component[c] = sum;
      norm += double(sum) * double(sum);
    }
    if (!(norm > 0) || !std::isfinite(norm)) return std::vector<float>(channels, 1.0F);
    for (float& part : component) part = float(part / std::sqrt(norm));
  }
  return component;
}

// What the channels that arrived in each row have of the component, per unit of the part of it that they hold.
std::vector<float> Project(const Tensor& tensor, const ArrivalMap& arrived, std::span<const float> component,
                           std::span<const float> mean) {
  const size_t width = size_t(tensor.width_cells());
  std::vector<float> plane(tensor.plane(0).size(), 0.0F);
  for (int y = 0; y < tensor.height_cells(); ++y) {
    const std::span<float> row = std::span(plane).subspan(size_t(y) * width, width);
    float held = 0;
    for (int c = 0; c < tensor.channels(); ++c) {
      if (!arrived.arrived(c, y)) continue;
      const float part = component[size_t(c)];
      const auto values = tensor.plane(c).subspan(size_t(y) * width, width);
      for (size_t x = 0; x < width; ++x) row[x] += part * (values[x] - mean[size_t(c)]);
      held += part * part;
    }
    for (float& value : row) value = held > 0 ? value / held : 0;
  }
  return plane;
}

}  // namespace

Tensor MoveTensor(const Tensor& previous, const CellMotion& motion) {
  const int height = previous.height_cells();
  const int width = previous.width_cells();
  struct Source {
    int at[4];
    float weight[4];
  };
  std::vector<Source> sources(size_t(height) * size_t(width));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const size_t i = size_t(y) * size_t(width) + size_t(x);
      const auto position = [](int from, float by, int size) {
        return std::clamp(float(from) + (std::isfinite(by) ? by : 0.0F), 0.0F, float(size - 1));
      };
      const float from_x = position(x, motion.dx_cells[i], width);
      const float from_y = position(y, motion.dy_cells[i], height);
      const int left = int(from_x);
      const int top = int(from_y);
      const int right = std::min(left + 1, width - 1);
      const int bottom = std::min(top + 1, height - 1);
      const float across = from_x - float(left);
      const float down = from_y - float(top);
      sources[i] = {{top * width + left, top * width + right, bottom * width + left, bottom * width + right},
                    {(1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across}};
    }
  }
  Tensor moved(previous.channels(), height, width);
  for (int c = 0; c < previous.channels(); ++c) {
    const float* from = previous.plane(c).data();
    float* to = moved.plane(c).data();
    for (const Source& source : sources) {
      *to++ = source.weight[0] * from[source.at[0]] + source.weight[1] * from[source.at[1]] +
              source.weight[2] * from[source.at[2]] + source.weight[3] * from[source.at[3]];
    }
  }
  return moved;
}

Result<CellMotion> EstimateCellMotion(const Tensor& tensor, const ArrivalMap& arrived, const Tensor& previous) {
  const int height = tensor.height_cells();
  const int width = tensor.width_cells();
  if (std::min(height, width) < kSmallestCells) {
    const std::vector<float> none(tensor.plane(0).size(), 0.0F);
    return CellMotion{none, none};
  }
  std::vector<float> mean;
  for (int c = 0; c < previous.channels(); ++c) {
    double sum = 0;
    for (const float value : previous.plane(c)) sum += value;
    mean.push_back(float(sum / double(previous.plane(c).size())));
  }
  const std::vector<float> component = LeadingComponent(previous, mean);
  return PlaneFlow(Project(tensor, arrived, component, mean), Project(previous, arrived, component, mean), height,
                   width);
}

}  // namespace fsc
