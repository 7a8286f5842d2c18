// coco_ap.h: average precision by the COCO protocol, as pycocotools computes it for boxes (COCOeval, iouType
// "bbox").
//
// IoU thresholds .50:.05:.95; precision interpolated at 101 recalls 0:.01:1; per picture and class the 100 best
// detections; area ranges all, small (< 32^2), medium (32^2..96^2), large (> 96^2), bounds included on both sides.
// Truth that is crowd or ignored (or out of the area range) neither helps nor hurts: a detection matched to it is left
// out, and a crowd box takes any number of detections, with IoU = intersection / detection area. Unmatched detections
// outside the area range are left out. Means run over the classes that have truth.
//
// A clip is a list of pictures: every frame counts as one, and all are pooled.
#ifndef FSC_EVAL_COCO_AP_H_
#define FSC_EVAL_COCO_AP_H_

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "models/task_result.h"

namespace fsc {

struct TrueBox {
  float x1_px, y1_px, x2_px, y2_px;  // in the source picture
  int label;
  bool crowd = false;
  bool ignore = false;   // without being a crowd: takes one detection, which is left out
  double area_px2 = -1;  // < 0: the box's own
};

struct CocoAp {
  double ap = -1;  // mean over the ten thresholds; -1 = no truth to find
  double ap50 = -1;
  double ap75 = -1;
  double ap_small = -1;
  double ap_medium = -1;
  double ap_large = -1;
};

class CocoApSum {
 public:
  static constexpr int kThresholds = 10;
  static constexpr int kAreas = 4;
  static constexpr int kMaxDetections = 100;

  // One picture. Detections in any order; equal scores keep their order. Labels >= 0. Memory grows with the detections
  // kept: 20 bytes each and area range.
  void Add(const std::vector<TrueBox>& truth, const std::vector<Detection>& detections);
  CocoAp Summary() const;
  // Mean over thresholds for one class, all areas; -1 without truth.
  double class_ap(int label) const;

 private:
  struct Judged {
    float score;
    uint16_t matched;  // bit t: found truth at threshold t
    uint16_t ignored;  // bit t: does not count at threshold t
  };
  struct ClassArea {
    std::vector<Judged> detections;  // in order of pictures, best first within one
    int64_t truth = 0;               // boxes to find
  };
  void Judge(const std::vector<TrueBox>& truth, const std::vector<Detection>& detections, int area,
             ClassArea* out) const;
  // -1 where the class has nothing to find.
  static double AveragePrecision(const ClassArea& pool, int threshold);
  double Mean(int area, int first_threshold, int last_threshold) const;

  std::map<int, std::array<ClassArea, kAreas>> classes_;
};

}  // namespace fsc

#endif  // FSC_EVAL_COCO_AP_H_
