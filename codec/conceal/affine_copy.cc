#include "codec/conceal/affine_copy.h"

#include <algorithm>
#include <vector>

#include "codec/conceal/fills.h"
#include "codec/conceal/lost_rows.h"

namespace fsc {
namespace {

constexpr double kRidge = 1e-9;  // of the variance: copies are exact, and what is constant gets no slope

struct Fit {
  double slope = 0;
  double offset = 0;
  double explained = -1;  // share of the variance
};

// y = slope x + offset over the neighbour rows of two channels.
Fit FitAffine(const Tensor& tensor, std::span<const int> rows, int from, int to) {
  const size_t width = size_t(tensor.width_cells());
  double count = 0, mean_x = 0, mean_y = 0;
  for (const int row : rows) {
    for (size_t i = size_t(row) * width; i < (size_t(row) + 1) * width; ++i) {
      mean_x += tensor.plane(from)[i];
      mean_y += tensor.plane(to)[i];
      ++count;
    }
  }
  mean_x /= count;
  mean_y /= count;
  double xx = 0, xy = 0, yy = 0;
  for (const int row : rows) {
    for (size_t i = size_t(row) * width; i < (size_t(row) + 1) * width; ++i) {
      const double x = tensor.plane(from)[i] - mean_x;
      const double y = tensor.plane(to)[i] - mean_y;
      xx += x * x;
      xy += x * y;
      yy += y * y;
    }
  }
  if (!(xx > 0) || !(yy > 0)) return {0, mean_y, 0};
  const double slope = xy / (xx * (1 + kRidge));
  return {slope, mean_y - slope * mean_x, xy * xy / (xx * yy)};
}

// The nearest row of a channel that arrived, from `row` on in steps of `step`; -1 where there is none.
int NearestReceived(const ArrivalMap& arrived, int channel, int row, int step) {
  for (; row >= 0 && row < arrived.rows(); row += step) {
    if (arrived.arrived(channel, row)) return row;
  }
  return -1;
}

}  // namespace

void FillAffineCopies(const ArrivalMap& arrived, std::span<const float> otherwise, Tensor* tensor) {
  FillLinear(arrived, otherwise, tensor);
  const size_t width = size_t(tensor->width_cells());
  for (const RowGroup& group : RowGroupsOf(arrived)) {
    for (const int c : group.lost) {
      const int above = NearestReceived(arrived, c, group.first - 1, -1);
      const int below = NearestReceived(arrived, c, group.first + group.rows, 1);
      Fit best;
      int source = -1;
      for (const int k : group.received) {
        std::vector<int> rows;
        for (const int row : {above, below}) {
          if (row >= 0 && arrived.arrived(k, row)) rows.push_back(row);
        }
        if (rows.empty()) continue;
        const Fit fit = FitAffine(*tensor, rows, k, c);
        if (fit.explained <= best.explained) continue;
        best = fit;
        source = k;
      }
      if (source < 0) continue;
      for (size_t i = size_t(group.first) * width; i < size_t(group.first + group.rows) * width; ++i) {
        tensor->plane(c)[i] = float(best.slope * double(tensor->plane(source)[i]) + best.offset);
      }
    }
  }
  ClipLost(RangeOf(*tensor, arrived), arrived, tensor);
}

}  // namespace fsc
