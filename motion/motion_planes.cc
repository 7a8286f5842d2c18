#include "motion/motion_planes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "motion/field_from_pictures.h"
#include "motion/warp.h"

namespace fsc {
namespace {

constexpr size_t kSearchedPlanes = 8;
constexpr int kCellPx = 8;  // field pixels per cell that the virtual picture aims at

// How the cells of the layer lie on the field's pixels.
struct CellSize {
  int stride_px;
  int unit_px;
  int phase_px16;
};

// Squared differences between neighbours: what a search can hold on to.
double Activity(PlaneView<const int16_t> plane) {
  double sum = 0;
  for (int y = 0; y < plane.height; ++y) {
    const int16_t* row = plane.row(y);
    const int16_t* below = plane.row(std::min(y + 1, plane.height - 1));
    for (int x = 0; x < plane.width; ++x) {
      const double across = row[std::min(x + 1, plane.width - 1)] - row[x];
      const double down = below[x] - row[x];
      sum += across * across + down * down;
    }
  }
  return sum;
}

// Maps samples of both planes to 0..255 around their common mean: five standard deviations either way.
struct ToLuma {
  double mean = 0;
  double scale = 0;

  ToLuma(PlaneView<const int16_t> a, PlaneView<const int16_t> b) {
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
    mean = sum / count;
    const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
    scale = deviation > 0 ? 25.5 / deviation : 0;
  }
  uint8_t operator()(double v) const { return uint8_t(std::clamp(std::lround(128 + scale * (v - mean)), 0L, 255L)); }
};

// For every field pixel along one axis: the cell to its left (or above) and the six weights of the cells around it.
struct AxisTap {
  int cell = 0;
  const std::array<int16_t, kWarpTaps>* taps = nullptr;
};

std::vector<AxisTap> AxisTaps(int pixels, const CellSize& size) {
  std::vector<AxisTap> axis(pixels);
  for (int p = 0; p < pixels; ++p) {
    // Centre of the field pixel in sixteenths of an input pixel, then in 1/32 cell.
    const int64_t centre_px16 = int64_t{16} * size.unit_px * p + 8 * (size.unit_px - 1);
    const int64_t position = (centre_px16 - size.phase_px16) * 2;
    const int64_t cell32 =
        position >= 0 ? position / size.stride_px : -((-position + size.stride_px - 1) / size.stride_px);
    axis[p] = {int(cell32 >> 5), &TapsOf(WarpFilter::kSixTap)[size_t(cell32 & 31)]};
  }
  return axis;
}

Plane<uint8_t> Enlarge(PlaneView<const int16_t> plane, const std::vector<AxisTap>& columns,
                       const std::vector<AxisTap>& rows, const ToLuma& to_luma) {
  const int width = int(columns.size());
  Plane<int32_t> across(width, plane.height);  // times 64
  for (int y = 0; y < plane.height; ++y) {
    const int16_t* row = plane.row(y);
    for (int x = 0; x < width; ++x) {
      int32_t sum = 0;
      for (int k = 0; k < kWarpTaps; ++k) {
        sum += (*columns[x].taps)[k] * row[std::clamp(columns[x].cell + k - 2, 0, plane.width - 1)];
      }
      across.row(y)[x] = sum;
    }
  }
  Plane<uint8_t> picture(width, int(rows.size()));
  for (int y = 0; y < picture.height(); ++y) {
    for (int x = 0; x < width; ++x) {
      int64_t sum = 0;
      for (int k = 0; k < kWarpTaps; ++k) {
        sum += int64_t{(*rows[y].taps)[k]} * across.row(std::clamp(rows[y].cell + k - 2, 0, plane.height - 1))[x];
      }
      picture.row(y)[x] = to_luma(double(sum) / 4096);
    }
  }
  return picture;
}

}  // namespace

MotionGeometry VirtualMotionGeometry(const LayerSpec& layer) {
  const int unit_px = std::max(1, layer.stride_px / kCellPx);
  const auto extent = [&](int cells) {
    const int64_t last_px16 = int64_t{16} * layer.stride_px * cells + std::max(0, layer.phase_px16);
    return int(std::clamp<int64_t>((last_px16 + 16 * unit_px - 1) / (16 * unit_px), 1, Limits().max_picture_size_px));
  };
  return {extent(layer.width_cells), extent(layer.height_cells), unit_px};
}

Result<MotionField> EstimateMotionFromPlanes(std::span<const PlaneView<const int16_t>> current,
                                             std::span<const PlaneView<const int16_t>> reference,
                                             const LayerSpec& layer, const MotionSearchOptions& options) {
  FSC_RETURN_IF_ERROR(CheckSearchOptions(options));
  if (current.empty() || current.size() != reference.size())
    return Usage("motion search between different numbers of planes");
  for (const auto& planes : {current, reference}) {
    for (const PlaneView<const int16_t>& plane : planes) {
      if (plane.data == nullptr || plane.width != layer.width_cells || plane.height != layer.height_cells) {
        return Usage("motion search between planes of another size than their layer");
      }
    }
  }
  const MotionGeometry geometry = VirtualMotionGeometry(layer);
  if (Status status = CheckMotionGeometry(geometry, Limits(), "motion search"); !status.ok()) {
    return Usage(status.error().what, status.error().where);
  }
  if (options.range_px == 0) return MotionField(geometry);

  std::vector<std::pair<double, size_t>> by_activity;
  for (size_t i = 0; i < current.size(); ++i) by_activity.emplace_back(-Activity(current[i]), i);
  std::stable_sort(by_activity.begin(), by_activity.end());
  by_activity.resize(std::min(by_activity.size(), kSearchedPlanes));

  const CellSize size{layer.stride_px, geometry.unit_px, layer.phase_px16};
  const std::vector<AxisTap> columns = AxisTaps(geometry.width_px, size);
  const std::vector<AxisTap> rows = AxisTaps(geometry.height_px, size);
  std::vector<PicturePyramid> pyramids;
  pyramids.reserve(2 * by_activity.size());
  std::vector<const PicturePyramid*> currents;
  std::vector<const PicturePyramid*> references;
  for (const auto& [negative_activity, i] : by_activity) {
    const ToLuma to_luma(current[i], reference[i]);
    currents.push_back(&pyramids.emplace_back(Enlarge(current[i], columns, rows, to_luma).view()));
    references.push_back(&pyramids.emplace_back(Enlarge(reference[i], columns, rows, to_luma).view()));
  }
  return SearchField(SearchLevels(currents, references, options.range_px), geometry, options);
}

}  // namespace fsc
