#include "motion/latent_scale.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace fsc {

int16_t ScaleComponent(int v_qpel, int unit_px, int stride_px) {
  const int64_t product = int64_t{8} * unit_px * v_qpel;
  const int64_t magnitude = (2 * std::abs(product) + stride_px) / (2 * int64_t{stride_px});
  return int16_t(std::clamp<int64_t>(product < 0 ? -magnitude : magnitude, INT16_MIN, INT16_MAX));
}

std::vector<int> LeafOfCells(int cells, int stride_px, int phase_px16, int unit_px, int leaves) {
  std::vector<int> leaf(cells);
  const int64_t leaf_px16 = int64_t{16} * kMotionLeafPx * unit_px;
  for (int i = 0; i < cells; ++i) {
    const int64_t right_of_edge = phase_px16 + int64_t{16} * stride_px * i + 8;
    leaf[i] = right_of_edge < 0 ? 0 : int(std::min<int64_t>(right_of_edge / leaf_px16, leaves - 1));
  }
  return leaf;
}

Plane<CellVector> ScaleToLayer(const MotionField& field, const LayerSpec& layer) {
  const MotionGeometry& geometry = field.geometry();
  const std::vector<int> leaf_of_column =
      LeafOfCells(layer.width_cells, layer.stride_px, layer.phase_px16, geometry.unit_px, geometry.leaves_x());
  const std::vector<int> leaf_of_row =
      LeafOfCells(layer.height_cells, layer.stride_px, layer.phase_px16, geometry.unit_px, geometry.leaves_y());
  Plane<CellVector> vectors(layer.width_cells, layer.height_cells);
  for (int y = 0; y < layer.height_cells; ++y) {
    CellVector* row = vectors.row(y);
    if (y > 0 && leaf_of_row[y] == leaf_of_row[y - 1]) {
      std::copy_n(vectors.row(y - 1), layer.width_cells, row);
      continue;
    }
    for (int x = 0; x < layer.width_cells; ++x) {
      if (x > 0 && leaf_of_column[x] == leaf_of_column[x - 1]) {
        row[x] = row[x - 1];
        continue;
      }
      const MotionVector v = field.leaf(leaf_of_column[x], leaf_of_row[y]);
      row[x] = {ScaleComponent(v.dx_qpel, geometry.unit_px, layer.stride_px),
                ScaleComponent(v.dy_qpel, geometry.unit_px, layer.stride_px)};
    }
  }
  return vectors;
}

}  // namespace fsc
