#include "tools/vtm/qp_scale.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "codec/latent/encode/frame_scan.h"
#include "codec/qp.h"

namespace fsc::tools {
namespace {

// By which the scales differ where the deviation is one sample of 10 bits: with it the errors are those of x265 at the
// same QP (bench/results/inner_codec.md).
constexpr double kOffset = 50.5;
constexpr int kOffsetBits = 10;
constexpr double kLeastScale = 1e-3;  // of black pictures

// By which the latent mode's steps go, of all layers together.
double ScaleOf(const FeatureFrame& frame) {
  double squares = 0, elements = 0;
  const FrameScan scan = ScanFrame(frame.layers, nullptr);
  for (size_t i = 0; i < scan.size(); ++i) {
    const double count = double(frame.layers[i].size());
    squares += scan[i].Scale() * scan[i].Scale() * count;
    elements += count;
  }
  return std::sqrt(squares / elements);
}

}  // namespace

int LatentQpOf(int vtm_qp, int bits, const FeatureFrame& first) {
  const double scale = std::max(ScaleOf(first), kLeastScale);
  const double offset = kOffset + 6 * (bits - kOffsetBits) - 6 * std::log2(scale);
  return std::clamp(vtm_qp + int(std::lround(offset)), 0, kMaxQp);
}

}  // namespace fsc::tools
