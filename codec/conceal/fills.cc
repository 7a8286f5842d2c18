#include "codec/conceal/fills.h"

#include <algorithm>
#include <cmath>

#include "codec/conceal/lost_rows.h"

namespace fsc {
namespace {

std::span<float> RowOf(Tensor* tensor, int channel, int row) {
  return tensor->plane(channel).subspan(size_t(row) * size_t(tensor->width_cells()), size_t(tensor->width_cells()));
}

// For each lost row: the run that it is in, and its number there.
template <class Fill>
void FillRuns(const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor, const Fill& fill) {
  for (const LostRun& run : LostRunsOf(arrived)) {
    const int below = run.first + run.rows;
    const bool has_above = run.first > 0;
    const bool has_below = below < arrived.rows();
    for (int i = 0; i < run.rows; ++i) {
      const std::span<float> row = RowOf(tensor, run.channel, run.first + i);
      if (!has_above && !has_below) {
        std::fill(row.begin(), row.end(), otherwise[size_t(run.channel)]);
        continue;
      }
      const std::span<const float> a = RowOf(tensor, run.channel, has_above ? run.first - 1 : below);
      const std::span<const float> b = RowOf(tensor, run.channel, has_below ? below : run.first - 1);
      fill(a, b, i, run.rows, row);
    }
  }
}

}  // namespace

float ReceivedRange::Clip(float value) const {
  if (!std::isfinite(value)) value = 0;
  return low > high ? value : std::clamp(value, low, high);
}

ReceivedRange RangeOf(const Tensor& tensor, const ArrivalMap& arrived) {
  ReceivedRange range;
  bool any = false;
  const size_t width = size_t(tensor.width_cells());
  for (int c = 0; c < tensor.channels(); ++c) {
    for (int y = 0; y < tensor.height_cells(); ++y) {
      if (!arrived.arrived(c, y)) continue;
      const auto row = tensor.plane(c).subspan(size_t(y) * width, width);
      float low = row[0];
      float high = row[0];
      for (const float value : row) {
        low = value < low ? value : low;
        high = value > high ? value : high;
      }
      range.low = any ? std::min(range.low, low) : low;
      range.high = any ? std::max(range.high, high) : high;
      any = true;
    }
  }
  return range;
}

std::vector<float> ReceivedMeans(const Tensor& tensor, const ArrivalMap& arrived, std::span<const float> otherwise) {
  std::vector<float> means(otherwise.begin(), otherwise.end());
  const size_t width = size_t(tensor.width_cells());
  for (int c = 0; c < tensor.channels(); ++c) {
    double sum = 0;
    int rows = 0;
    for (int y = 0; y < tensor.height_cells(); ++y) {
      if (!arrived.arrived(c, y)) continue;
      for (const float value : tensor.plane(c).subspan(size_t(y) * width, width)) sum += value;
      ++rows;
    }
    if (rows > 0) means[size_t(c)] = float(sum / (double(rows) * double(width)));
  }
  return means;
}

void FillConstant(const ArrivalMap& arrived, std::span<const float> values, Tensor* tensor) {
  for (const LostRun& run : LostRunsOf(arrived)) {
    for (int i = 0; i < run.rows; ++i) {
      std::ranges::fill(RowOf(tensor, run.channel, run.first + i), values[size_t(run.channel)]);
    }
  }
}

void FillFrom(const Tensor& source, const ArrivalMap& arrived, Tensor* tensor) {
  const size_t width = size_t(tensor->width_cells());
  for (const LostRun& run : LostRunsOf(arrived)) {
    const auto from = source.plane(run.channel).subspan(size_t(run.first) * width, size_t(run.rows) * width);
    std::ranges::copy(from, tensor->plane(run.channel).begin() + ptrdiff_t(size_t(run.first) * width));
  }
}

void FillLinear(const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor) {
  FillRuns(arrived, otherwise, tensor,
           [](std::span<const float> above, std::span<const float> below, int i, int rows, std::span<float> out) {
             const float share = float(i + 1) / float(rows + 1);
             for (size_t x = 0; x < out.size(); ++x) out[x] = (1 - share) * above[x] + share * below[x];
           });
}

void FillNearest(const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor) {
  FillRuns(arrived, otherwise, tensor,
           [](std::span<const float> above, std::span<const float> below, int i, int rows, std::span<float> out) {
             std::ranges::copy(2 * i + 1 <= rows ? above : below, out.begin());
           });
}

void ClipLost(const ReceivedRange& range, const ArrivalMap& arrived, Tensor* tensor) {
  for (const LostRun& run : LostRunsOf(arrived)) {
    for (int i = 0; i < run.rows; ++i) {
      for (float& value : RowOf(tensor, run.channel, run.first + i)) value = range.Clip(value);
    }
  }
}

}  // namespace fsc
