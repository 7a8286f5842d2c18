#include "eval/latent_warp.h"

#include <cmath>

#include <gtest/gtest.h>

#include "eval/feature_distortion.h"

namespace fsc {
namespace {

Tensor Waves(int channels, int height, int width, double shift_cells) {
  Tensor t(channels, height, width);
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x)
        t.plane(c)[size_t(y) * width + x] = float(std::sin(0.4 * (x - shift_cells) + c) + 0.3 * std::cos(0.5 * y));
    }
  }
  return t;
}

SourceOf ShiftedBy(double dx_px, double dy_px) {
  return [=](double x, double y, double* u, double* v) {
    *u = x - dx_px;
    *v = y - dy_px;
  };
}

TEST(LatentWarp, NoMotionChangesNothing) {
  const Tensor t = Waves(3, 7, 11, 0);
  for (const double phase : {0.0, 2.5, 7.0}) {
    const WarpedLatent out = WarpLatent(t, 8, phase, ShiftedBy(0, 0));
    for (size_t i = 0; i < t.size(); ++i) {
      EXPECT_NEAR(out.tensor.values()[i], t.values()[i], 1e-6);
      EXPECT_EQ(out.valid[i], 1);
    }
  }
}

TEST(LatentWarp, WholeCellsAreCopiedAndTheRestIsMasked) {
  const Tensor t = Waves(2, 6, 12, 0);
  const WarpedLatent out = WarpLatent(t, 8, 2.5, ShiftedBy(24, -8));
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 12; ++x) {
      const bool inside = x >= 3 && y + 1 < 6;
      EXPECT_EQ(out.valid[size_t(y) * 12 + x], inside);
      if (!inside) continue;
      EXPECT_NEAR(out.tensor.plane(1)[size_t(y) * 12 + x], t.plane(1)[size_t(y + 1) * 12 + x - 3], 1e-6);
    }
  }
}

TEST(LatentWarp, FractionsOfACellFollowTheSignal) {
  const Tensor before = Waves(4, 10, 40, 0), after = Waves(4, 10, 40, 2.25);
  const WarpedLatent out = WarpLatent(before, 8, 2.5, ShiftedBy(18, 0));
  DistortionSum sum;
  sum.Add(after.values(), out.tensor.values(), out.valid);
  EXPECT_LT(sum.Summary().nrmse, 0.01);
  DistortionSum still;
  still.Add(after.values(), before.values());
  EXPECT_GT(still.Summary().nrmse, 0.15);
}

// Zooming about an input position that is no cell's centre needs the phase: with the wrong one everything shifts.
TEST(LatentWarp, ZoomNeedsThePhase) {
  const double zoom = 1.2, centre_px = 100, stride = 8, phase = 3.5;
  Tensor before(1, 24, 24), after(1, 24, 24);
  const auto content = [](double x, double y) { return std::sin(x / 14) + std::cos(y / 17); };
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 24; ++x) {
      const double px = x * stride + phase, py = y * stride + phase;
      before.plane(0)[size_t(y) * 24 + x] = float(content(px, py));
      after.plane(0)[size_t(y) * 24 + x] =
          float(content(centre_px + (px - centre_px) / zoom, centre_px + (py - centre_px) / zoom));
    }
  }
  const auto zoomed = [&](double x, double y, double* u, double* v) {
    *u = centre_px + (x - centre_px) / zoom;
    *v = centre_px + (y - centre_px) / zoom;
  };
  const auto nrmse = [&](double assumed_phase) {
    const WarpedLatent out = WarpLatent(before, stride, assumed_phase, zoomed);
    DistortionSum sum;
    sum.Add(after.values(), out.tensor.values(), out.valid);
    return sum.Summary().nrmse;
  };
  EXPECT_LT(nrmse(phase), 0.5 * nrmse(0));
}

}  // namespace
}  // namespace fsc
