// motion_search.h: estimates a motion field from pictures. Encoder only: any field is a correct field, so nothing here
// is part of the format; but the result is the same for every thread count and CPU.
//
// Method: the pictures are brought to even local contrast; on a pyramid of half-size pictures a diamond search per 16
// px leaf starts from spatial, coarser-level and previous-field predictors; then one pass in coding order refines to
// quarter pixels on bilinear samples and chooses, for each 32 px block, between one vector and four, by SAD + lambda *
// bits of the coded difference. A global affine model is fitted to the vectors by iteratively reweighted least squares
// and kept where the pass with it costs less.
#ifndef FSC_MOTION_MOTION_SEARCH_H_
#define FSC_MOTION_MOTION_SEARCH_H_

#include <cstdint>
#include <memory>

#include "core/thread_pool.h"
#include "fsc/plane.h"
#include "motion/motion_field.h"

namespace fsc {

class PicturePyramid;  // search_pictures.h

struct MotionSearchOptions {
  double lambda = 24.0;    // sum of absolute differences (8-bit, even contrast) per bit of motion, >= 0
  int range_px = 64;       // farthest displacement looked for, 0..kMaxVectorQpel / 4; 0 gives a zero field
  int precision_qpel = 1;  // of the vectors: 1, 2 or 4 quarter pixels; 4 is best for strides of 8 and more
  bool global = true;      // try the affine model
  int unit_px = 1;         // written into the field's geometry
  MotionHint hint;         // candidate predictor and base; may be null
  const MotionField* previous = nullptr;  // earlier field, only a source of predictors; may be null or of another size
  ThreadPool* pool = nullptr;             // borrowed; null = serial
};

// A picture made ready for searches: local contrast, padding and pyramid, done once however many searches it takes part
// in. Copies share the samples, which never change.
class MotionPicture {
 public:
  // kUsage where there are no pixels or more than Limits allow.
  static Result<MotionPicture> Create(PlaneView<const uint8_t> luma);

  int width_px() const;
  int height_px() const;
  const PicturePyramid& pyramid() const { return *pyramid_; }

 private:
  MotionPicture() = default;

  std::shared_ptr<const PicturePyramid> pyramid_;
};

// Motion of `current` against `reference`. kUsage when their sizes differ or an option is out of range.
Result<MotionField> EstimateMotion(const MotionPicture& current, const MotionPicture& reference,
                                   const MotionSearchOptions& options);
// The same on 8-bit luma.
Result<MotionField> EstimateMotion(PlaneView<const uint8_t> current, PlaneView<const uint8_t> reference,
                                   const MotionSearchOptions& options);

// The precision to search with where the finest layer has this stride: an eighth of a cell, but no less than a quarter
// pixel and no more than a pixel. Finer vectors cost bits and predict no better (docs/latent-motion.md).
int MotionPrecisionQpel(int finest_stride_px);

// The predicted picture: `reference` moved by `field` with the search's bilinear samples, edges repeated. For tests and
// views.
Plane<uint8_t> CompensateLuma(PlaneView<const uint8_t> reference, const MotionField& field);

}  // namespace fsc

#endif  // FSC_MOTION_MOTION_SEARCH_H_
