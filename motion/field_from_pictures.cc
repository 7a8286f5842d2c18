#include "motion/field_from_pictures.h"

#include <cmath>

#include "motion/block_search.h"
#include "motion/field_decision.h"
#include "motion/global_fit.h"
#include "motion/search_cost.h"

namespace fsc {
namespace {

constexpr uint32_t kFlatTexture = 2 * kMotionLeafPx * kMotionLeafPx;  // one grey level per pixel and direction
constexpr uint32_t kMaxLambda = 1 << 20;
constexpr uint32_t kGlobalBits16 = 80 * 16;  // typical of the affine model's numbers
constexpr uint32_t kBaseBits16 = 2 * 16;

bool HintUsable(const MotionSearchOptions& options, const MotionGeometry& geometry) {
  return options.hint.field != nullptr && options.hint.field->geometry() == geometry;
}

}  // namespace

Status CheckSearchOptions(const MotionSearchOptions& options) {
  if (!(options.lambda >= 0 && options.lambda <= kMaxLambda)) {
    return Usage("motion lambda " + std::to_string(options.lambda), "", "give 0 or more");
  }
  if (options.range_px < 0 || options.range_px > kMaxVectorQpel / 4) {
    return Usage("motion range " + std::to_string(options.range_px), "",
                 "give 0.." + std::to_string(kMaxVectorQpel / 4));
  }
  if (options.precision_qpel != 1 && options.precision_qpel != 2 && options.precision_qpel != 4) {
    return Usage("motion precision " + std::to_string(options.precision_qpel), "", "give 1, 2 or 4 quarter pixels");
  }
  const MotionHint& hint = options.hint;
  if (hint.field != nullptr && (hint.num < -64 || hint.num > 64 || hint.den < 1 || hint.den > 64)) {
    return Usage("motion hint scaled by " + std::to_string(hint.num) + "/" + std::to_string(hint.den));
  }
  return {};
}

MotionField DecideBestBase(const SearchLevel& pictures, const MotionGeometry& geometry,
                           const std::vector<MotionVector>& start, const MotionSearchOptions& options) {
  const SearchCost cost(options.lambda * double(pictures.current.size()));
  FieldDecision best = DecideField(pictures, geometry, start, MotionBaseKind::kZero, {}, options);
  const auto keep_better = [&](FieldDecision other, uint32_t bits16) {
    other.cost += cost.Bits(bits16);
    if (other.cost < best.cost) best = std::move(other);
  };
  if (HintUsable(options, geometry) && !options.hint.field->AllZero()) {
    keep_better(DecideField(pictures, geometry, start, MotionBaseKind::kHint, {}, options), kBaseBits16);
  }
  if (options.global) {
    std::vector<uint32_t> weights;
    for (int y = 0; y < geometry.leaves_y(); ++y) {
      for (int x = 0; x < geometry.leaves_x(); ++x) {
        const uint32_t texture = pictures.Texture(x, y) / uint32_t(pictures.current.size());
        weights.push_back(texture < kFlatTexture ? 0 : texture);
      }
    }
    const std::optional<GlobalMotion> global = FitGlobalMotion(geometry, best.field.leaves(), weights);
    if (global.has_value()) {
      keep_better(DecideField(pictures, geometry, start, MotionBaseKind::kGlobal, *global, options), kGlobalBits16);
    }
  }
  return std::move(best.field);
}

MotionField SearchField(const std::vector<SearchLevel>& levels, const MotionGeometry& geometry,
                        const MotionSearchOptions& options) {
  std::vector<std::vector<MotionVector>> predictors;
  if (options.previous != nullptr && options.previous->geometry() == geometry) {
    predictors.push_back(options.previous->leaves());
  }
  if (HintUsable(options, geometry)) {
    predictors.push_back(BaseVectors(geometry, MotionBaseKind::kHint, {}, options.hint));
  }
  return DecideBestBase(levels[0], geometry, SearchLeaves(levels, predictors, options), options);
}

}  // namespace fsc
