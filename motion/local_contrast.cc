#include "motion/local_contrast.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fsc {
namespace {

constexpr int kCellPx = 8;
constexpr int kRadiusCells = 2;
constexpr int kGain = 48;
constexpr int kSoftening = 24;  // grey levels added to the deviation: flat parts are not blown up

struct CellStatistics {
  int32_t mean16 = 0;   // 1/16 grey level
  int32_t gain256 = 0;  // 1/256, at most 256 * kGain / kSoftening
};

struct CellSums {
  int64_t sum = 0;
  int64_t squares = 0;
};

// Of every 8 x 8 cell; the last row and column of the picture stand in for what cells lack.
Plane<CellSums> SumCells(PlaneView<const uint8_t> picture) {
  Plane<CellSums> cells((picture.width + kCellPx - 1) / kCellPx, (picture.height + kCellPx - 1) / kCellPx);
  for (int y = 0; y < cells.height() * kCellPx; ++y) {
    const uint8_t* row = picture.row(std::min(y, picture.height - 1));
    CellSums* sums = cells.row(y / kCellPx);
    for (int cell = 0; cell < cells.width(); ++cell) {
      int32_t sum = 0;
      int32_t squares = 0;
      if ((cell + 1) * kCellPx <= picture.width) {
        for (int x = cell * kCellPx; x < (cell + 1) * kCellPx; ++x) {
          sum += row[x];
          squares += row[x] * row[x];
        }
      } else {
        for (int x = cell * kCellPx; x < (cell + 1) * kCellPx; ++x) {
          const int v = row[std::min(x, picture.width - 1)];
          sum += v;
          squares += v * v;
        }
      }
      sums[cell].sum += sum;
      sums[cell].squares += squares;
    }
  }
  return cells;
}

// Sums over 2 * kRadiusCells + 1 cells along rows, then along columns, edges repeated.
Plane<CellSums> Spread(const Plane<CellSums>& cells) {
  Plane<CellSums> across(cells.width(), cells.height());
  Plane<CellSums> both(cells.width(), cells.height());
  for (int y = 0; y < cells.height(); ++y) {
    for (int x = 0; x < cells.width(); ++x) {
      for (int k = -kRadiusCells; k <= kRadiusCells; ++k) {
        const CellSums& from = cells.row(y)[std::clamp(x + k, 0, cells.width() - 1)];
        across.row(y)[x].sum += from.sum;
        across.row(y)[x].squares += from.squares;
      }
    }
  }
  for (int y = 0; y < cells.height(); ++y) {
    for (int k = -kRadiusCells; k <= kRadiusCells; ++k) {
      const CellSums* from = across.row(std::clamp(y + k, 0, cells.height() - 1));
      for (int x = 0; x < cells.width(); ++x) {
        both.row(y)[x].sum += from[x].sum;
        both.row(y)[x].squares += from[x].squares;
      }
    }
  }
  return both;
}

CellStatistics StatisticsOf(const CellSums& sums) {
  constexpr int64_t kCount = int64_t{kCellPx} * kCellPx * (2 * kRadiusCells + 1) * (2 * kRadiusCells + 1);
  // 256 times the variance is a whole number below 2^24, whose square root is exact enough to be floored alike
  // everywhere.
  const int64_t variance256 = (sums.squares * kCount - sums.sum * sums.sum) * 256 / (kCount * kCount);
  const int32_t deviation16 = int32_t(std::sqrt(double(variance256)));
  return {int32_t(sums.sum * 16 / kCount), kGain * 256 * 16 / (deviation16 + 16 * kSoftening)};
}

// Between which two cells pixel `p` lies, and its distance from the first one's centre in sixteenths of a cell.
struct Between {
  int first = 0;
  int second = 0;
  int weight16 = 0;
};

Between BetweenCells(int p, int cells) {
  const int position16 = 2 * p - (kCellPx - 1);  // from the centre of cell 0
  if (position16 < 0) return {0, 0, 0};
  const int first = std::min(position16 / 16, cells - 1);
  return {first, std::min(first + 1, cells - 1), position16 % 16};
}

}  // namespace

Plane<uint8_t> LocalContrast(PlaneView<const uint8_t> picture) {
  const Plane<CellSums> sums = Spread(SumCells(picture));
  const int cells_x = sums.width();
  Plane<CellStatistics> statistics(cells_x, sums.height());
  for (size_t i = 0; i < statistics.samples().size(); ++i) statistics.samples()[i] = StatisticsOf(sums.samples()[i]);

  Plane<uint8_t> out(picture.width, picture.height);
  std::vector<CellStatistics> blended(cells_x);  // of this row, times 16
  for (int y = 0; y < picture.height; ++y) {
    const Between rows = BetweenCells(y, sums.height());
    const CellStatistics* upper = statistics.row(rows.first);
    const CellStatistics* lower = statistics.row(rows.second);
    for (int i = 0; i < cells_x; ++i) {
      blended[i].mean16 = upper[i].mean16 * (16 - rows.weight16) + lower[i].mean16 * rows.weight16;
      blended[i].gain256 = upper[i].gain256 * (16 - rows.weight16) + lower[i].gain256 * rows.weight16;
    }
    const uint8_t* from = picture.row(y);
    uint8_t* to = out.row(y);
    // One span between two cells' centres at a time: four pixels, then eights.
    for (int x = 0; x < picture.width;) {
      const Between columns = BetweenCells(x, cells_x);
      const int end = std::min(x < kCellPx / 2 ? kCellPx / 2 : x + kCellPx, picture.width);
      const CellStatistics left = blended[columns.first];
      const CellStatistics right = blended[columns.second];
      const int first_weight = columns.weight16;
      const int step = x < kCellPx / 2 ? 0 : 2;
      for (int i = 0; i < end - x; ++i) {
        const int weight = first_weight + step * i;
        const int mean16 = (left.mean16 * (16 - weight) + right.mean16 * weight + 128) >> 8;
        const int gain256 = (left.gain256 * (16 - weight) + right.gain256 * weight + 128) >> 8;
        const int value = 128 + ((gain256 * (16 * from[x + i] - mean16) + 2048) >> 12);
        to[x + i] = uint8_t(std::clamp(value, 0, 255));
      }
      x = end;
    }
  }
  return out;
}

}  // namespace fsc
