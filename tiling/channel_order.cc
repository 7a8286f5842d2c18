#include "tiling/channel_order.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace fsc {
namespace {

struct PlaneStatistics {
  double mean = 0;
  double deviation = 0;
};

PlaneStatistics StatisticsOf(std::span<const float> plane) {
  double sum = 0;
  for (const float x : plane) sum += x;
  const double mean = sum / double(plane.size());
  double squares = 0;
  for (const float x : plane) squares += (x - mean) * (x - mean);
  return {mean, std::sqrt(squares / double(plane.size()))};
}

// C rows of `side` x `side` pooled values each: the largest and the smallest of each window of the normalised plane.
struct PooledPlanes {
  size_t dimensions = 0;
  std::vector<float> largest;
  std::vector<float> smallest;
};

PooledPlanes Pool(const Tensor& tensor, int side) {
  const int rows = std::min(side, tensor.height_cells()), columns = std::min(side, tensor.width_cells());
  PooledPlanes pooled;
  pooled.dimensions = size_t(rows) * columns;
  pooled.largest.reserve(pooled.dimensions * tensor.channels());
  pooled.smallest.reserve(pooled.dimensions * tensor.channels());
  for (int c = 0; c < tensor.channels(); ++c) {
    const auto plane = tensor.plane(c);
    const PlaneStatistics statistics = StatisticsOf(plane);
    const double scale = statistics.deviation > 0 ? 1 / statistics.deviation : 0;
    for (int r = 0; r < rows; ++r) {
      const int y0 = int(int64_t{r} * tensor.height_cells() / rows),
                y1 = int(int64_t{r + 1} * tensor.height_cells() / rows);
      for (int k = 0; k < columns; ++k) {
        const int x0 = int(int64_t{k} * tensor.width_cells() / columns);
        const int x1 = int(int64_t{k + 1} * tensor.width_cells() / columns);
        float low = std::numeric_limits<float>::infinity(), high = -low;
        for (int y = y0; y < y1; ++y) {
          for (int x = x0; x < x1; ++x) {
            const float value = plane[size_t(y) * tensor.width_cells() + x];
            low = std::min(low, value);
            high = std::max(high, value);
          }
        }
        pooled.largest.push_back(float((high - statistics.mean) * scale));
        pooled.smallest.push_back(float((low - statistics.mean) * scale));
      }
    }
  }
  return pooled;
}

LayerOrder SimilarityChain(const Tensor& tensor) {
  constexpr int64_t kComparisons = int64_t{1} << 31;
  const int64_t channels = tensor.channels();
  int side = 8;
  while (side > 1 && channels * channels * side * side > kComparisons) side /= 2;
  const PooledPlanes pooled = Pool(tensor, side);
  const size_t d = pooled.dimensions;

  LayerOrder order;
  std::vector<int> left(size_t(channels) - 1);  // channels not yet in the chain
  std::iota(left.begin(), left.end(), 1);
  order.channel_at.push_back(0);
  order.inverted_at.push_back(false);
  while (!left.empty()) {
    const float* here = &pooled.largest[size_t(order.channel_at.back()) * d];
    float nearest = std::numeric_limits<float>::infinity();
    size_t nearest_index = 0;
    bool opposite = false;
    for (size_t i = 0; i < left.size(); ++i) {
      const float* high = &pooled.largest[size_t(left[i]) * d];
      const float* low = &pooled.smallest[size_t(left[i]) * d];  // maxpool(-T) = -minpool(T)
      float same = 0, inverse = 0;
      for (size_t k = 0; k < d; ++k) {
        same += (here[k] - high[k]) * (here[k] - high[k]);
        inverse += (here[k] + low[k]) * (here[k] + low[k]);
      }
      if (std::min(same, inverse) < nearest) {
        nearest = std::min(same, inverse);
        nearest_index = i;
        opposite = inverse < same;
      }
    }
    order.inverted_at.push_back(order.inverted_at.back() != opposite);
    order.channel_at.push_back(left[nearest_index]);
    left.erase(left.begin() + ptrdiff_t(nearest_index));
  }
  return order;
}

}  // namespace

LayerOrder MakeChannelOrder(const Tensor& tensor, ChannelOrder order) {
  if (order == ChannelOrder::kRaster) return {};
  if (order == ChannelOrder::kBySimilarity) return SimilarityChain(tensor);
  std::vector<double> means;
  for (int c = 0; c < tensor.channels(); ++c) means.push_back(StatisticsOf(tensor.plane(c)).mean);
  LayerOrder result;
  result.channel_at.resize(size_t(tensor.channels()));
  std::iota(result.channel_at.begin(), result.channel_at.end(), 0);
  std::stable_sort(result.channel_at.begin(), result.channel_at.end(),
                   [&](int a, int b) { return means[size_t(a)] < means[size_t(b)]; });
  result.inverted_at.assign(size_t(tensor.channels()), false);
  return result;
}

}  // namespace fsc
