#include "motion/enlarge.h"

#include <algorithm>
#include <cmath>

#include "motion/warp.h"

namespace fsc {
namespace {

constexpr int kCellsBefore = 2;  // that a pixel reads before the cell to its left

}  // namespace

ToGrey GreyOf(PlaneView<const int16_t> a, PlaneView<const int16_t> b) {
  double sum = 0;
  double squares = 0;
  for (const auto& plane : {a, b}) {
    for (int y = 0; y < plane.height; ++y) {
      for (int x = 0; x < plane.width; ++x) {
        const double v = plane.row(y)[x];
        sum += v;
        squares += v * v;
      }
    }
  }
  const double count = 2.0 * a.width * a.height;
  const double mean = sum / count;
  const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
  return {mean, deviation > 0 ? 25.5 / deviation : 0};
}

Enlargement::Enlargement(const LayerSpec& layer, const MotionGeometry& geometry)
    : width_cells_(layer.width_cells),
      height_cells_(layer.height_cells),
      rows_(PlacesOf(geometry.height_px, layer.height_cells, layer, geometry.unit_px)) {
  const WarpTaps& taps = TapsOf(WarpFilter::kSixTap);
  for (const Place& place : PlacesOf(geometry.width_px, layer.width_cells, layer, geometry.unit_px)) {
    AcrossTap& tap = columns_.emplace_back();
    std::copy(taps[place.phase].begin(), taps[place.phase].end(), tap.weights.begin());
    tap.first = place.cell - kFirstCell;
  }
}

std::vector<Enlargement::Place> Enlargement::PlacesOf(int pixels, int cells, const LayerSpec& layer, int unit_px) {
  std::vector<Place> places(pixels);
  for (int p = 0; p < pixels; ++p) {
    // Centre of the field pixel in sixteenths of an input pixel, then in 1/32 cell.
    const int64_t centre_px16 = int64_t{16} * unit_px * p + 8 * (unit_px - 1);
    const int64_t position = (centre_px16 - layer.phase_px16) * 2;
    const int64_t cell32 =
        position >= 0 ? position / layer.stride_px : -((-position + layer.stride_px - 1) / layer.stride_px);
    places[p] = {int(std::clamp<int64_t>(cell32 >> 5, kFirstCell, cells + 1)), int(cell32 & 31)};
  }
  return places;
}

Plane<uint8_t> Enlargement::Picture(PlaneView<const int16_t> plane, const ToGrey& to_grey) const {
  const int width_px = int(columns_.size());
  // Sample 0 is cell kFirstCell - kCellsBefore; the last pixel's vector begins kCellsBefore before cell `width + 1`.
  constexpr int kBefore = kCellsBefore - kFirstCell;
  std::vector<int16_t> cells(kBefore + width_cells_ + 1 - kCellsBefore + kAcrossReads);
  Plane<int32_t> across(width_px, height_cells_);
  for (int y = 0; y < height_cells_; ++y) {
    const int16_t* row = plane.row(y);
    std::fill_n(cells.begin(), kBefore, row[0]);
    std::copy_n(row, width_cells_, cells.begin() + kBefore);
    std::fill(cells.begin() + kBefore + width_cells_, cells.end(), row[width_cells_ - 1]);
    AcrossRow(cells.data(), columns_.data(), width_px, across.row(y));
  }
  const WarpTaps& taps = TapsOf(WarpFilter::kSixTap);
  Plane<uint8_t> picture(width_px, int(rows_.size()));
  for (int y = 0; y < picture.height(); ++y) {
    SixRows six;
    for (int k = 0; k < kWarpTaps; ++k) {
      six[k] = across.row(std::clamp(rows_[y].cell - kCellsBefore + k, 0, height_cells_ - 1));
    }
    GreyRow(six, taps[rows_[y].phase], to_grey, width_px, picture.row(y));
  }
  return picture;
}

}  // namespace fsc
