// latent_scale.h: from one motion field to the motion of one layer's cells: divided by the layer's stride, looked up at
// the cell's centre. Exact integers; part of the format (docs/latent-motion.md).
//
// For convolutions and pooling, motion commutes with the network up to aliasing and latent motion is input motion
// divided by the stride (Ulhaq and Bajic, "Latent space motion analysis for collaborative intelligence", ICASSP 2021).
#ifndef FSC_MOTION_LATENT_SCALE_H_
#define FSC_MOTION_LATENT_SCALE_H_

#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "motion/motion_field.h"

namespace fsc {

// 1/32 cell. The cell at (x, y) is predicted from the reference plane at (x + dx / 32, y + dy / 32).
struct CellVector {
  int16_t dx = 0;
  int16_t dy = 0;
  bool operator==(const CellVector&) const = default;
};

// Vector of every cell, H x W of `layer`, all of its channels alike.
//   column i has its centre at c = phase_px16 + 16 stride i sixteenths of an input pixel and looks up leaf column
//   clamp(floor((c + 8) / (256 unit_px)), 0, leaves_x - 1); rows alike;
//   dx = round(8 unit_px dx_qpel / stride), halves away from zero, saturated to int16.
Plane<CellVector> ScaleToLayer(const MotionField& field, const LayerSpec& layer);

// The leaf column (or row) of every cell column (or row): `cells` entries. Both directions of ScaleToLayer are this.
std::vector<int> LeafOfCells(int cells, int stride_px, int phase_px16, int unit_px, int leaves);

// One component: round(8 unit_px v_qpel / stride), halves away from zero, saturated.
int16_t ScaleComponent(int v_qpel, int unit_px, int stride_px);

}  // namespace fsc

#endif  // FSC_MOTION_LATENT_SCALE_H_
