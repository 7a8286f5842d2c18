#include "codec/latent/encode/motion_source.h"

#include <algorithm>
#include <cmath>

#include "motion/flow_opencv.h"
#include "motion/motion_planes.h"

namespace fsc {
namespace {

// Planes of finer layers are large and smooth, and say less about motion than the picture does
// (bench/results/latent_motion_sources.md).
constexpr int kPlaneSearchStridePx = 8;

bool HasSize(const MotionLuma* luma, const MotionGeometry& geometry) {
  return luma != nullptr && luma->view().width == geometry.width_px && luma->view().height == geometry.height_px;
}

}  // namespace

MotionSource::MotionSource(LatentMotion motion, const std::string& preset, std::span<const LayerSpec> layers)
    : motion_(motion), layers_(layers) {
  const auto finest = std::min_element(
      layers.begin(), layers.end(), [](const LayerSpec& a, const LayerSpec& b) { return a.stride_px < b.stride_px; });
  finest_ = size_t(finest - layers.begin());
  if (motion_ != LatentMotion::kAuto) return;
  motion_ = preset == "high" && finest->stride_px >= kPlaneSearchStridePx ? LatentMotion::kPlanes : LatentMotion::kLuma;
}

MotionGeometry MotionSource::GeometryFor(const MotionLuma* first_luma) const {
  if (first_luma != nullptr && motion_ != LatentMotion::kPlanes) {
    return {first_luma->view().width, first_luma->view().height, 1};
  }
  return VirtualMotionGeometry(layers_[finest_]);
}

Result<std::vector<MotionField>> MotionSource::Search(const LatentFrameHeader& header, const MotionGeometry& geometry,
                                                      const MotionLuma* luma, std::span<const LayerPlanes> planes,
                                                      std::span<const LatentPicture* const> references,
                                                      ThreadPool* pool) const {
  std::vector<MotionField> fields;
  fields.reserve(kMaxReferences);  // a hint points into it
  for (size_t i = 0; i < references.size(); ++i) {
    MotionSearchOptions options;
    // Grows with the step, as 2^(qp / 8): an error in motion matters less where the residual is not coded anyway.
    const double ratio = std::sqrt(double(StepQ4(header.qp, 8)) / StepQ4(52, 8));
    options.lambda = 70.0 * ratio * std::sqrt(ratio);
    options.unit_px = geometry.unit_px;
    options.precision_qpel = MotionPrecisionQpel(layers_[finest_].stride_px);
    options.hint = HintFor(header, int(i), fields);
    options.pool = pool;
    FSC_ASSIGN_OR_RETURN(MotionField field, SearchOne(options, geometry, luma, planes, *references[i]));
    fields.push_back(std::move(field));
  }
  return fields;
}

Result<MotionField> MotionSource::SearchOne(const MotionSearchOptions& options, const MotionGeometry& geometry,
                                            const MotionLuma* luma, std::span<const LayerPlanes> planes,
                                            const LatentPicture& reference) const {
  const MotionField zero(geometry);
  if (motion_ == LatentMotion::kZero) return zero;
  if (motion_ != LatentMotion::kPlanes && HasSize(luma, geometry) && HasSize(reference.luma.get(), geometry)) {
    return motion_ == LatentMotion::kFlow ? EstimateFlow(*luma, *reference.luma, options)
                                          : EstimateMotion(*luma, *reference.luma, options);
  }
  if (VirtualMotionGeometry(layers_[finest_]) != geometry) return zero;  // luma at first, and none now
  std::vector<PlaneView<const int16_t>> current;
  std::vector<PlaneView<const int16_t>> before;
  for (int k = 0; k < planes[finest_].planes(); ++k) {
    current.push_back(planes[finest_].plane(k));
    before.push_back(reference.layers[finest_].plane(k));
  }
  return EstimateMotionFromPlanes(current, before, layers_[finest_], options);
}

}  // namespace fsc
