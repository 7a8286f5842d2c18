#include "eval/coco_ap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

namespace fsc {
namespace {

struct AreaRange {
  double low, high;
};
constexpr std::array<AreaRange, CocoApSum::kAreas> kAreaRanges = {
    {{0, 1e10}, {0, 32.0 * 32}, {32.0 * 32, 96.0 * 96}, {96.0 * 96, 1e10}}};

// numpy.linspace(.5, .95, 10), to the last bit: overlaps such as 11 / 20 are compared with it.
constexpr double kStep = (0.95 - 0.5) / 9;
constexpr std::array<double, CocoApSum::kThresholds> kIouThresholds = {0.5,
                                                                       0.5 + kStep,
                                                                       0.5 + 2 * kStep,
                                                                       0.5 + 3 * kStep,
                                                                       0.5 + 4 * kStep,
                                                                       0.5 + 5 * kStep,
                                                                       0.5 + 6 * kStep,
                                                                       0.5 + 7 * kStep,
                                                                       0.5 + 8 * kStep,
                                                                       0.95};

bool Outside(double area, const AreaRange& range) {
  return area < range.low || area > range.high;
}

template <class Box>
double BoxArea(const Box& box) {
  return (double(box.x2_px) - box.x1_px) * (double(box.y2_px) - box.y1_px);
}

double TruthArea(const TrueBox& box) {
  return box.area_px2 < 0 ? BoxArea(box) : box.area_px2;
}

double CocoIou(const Detection& d, const TrueBox& g) {
  const double width = double(std::min(d.x2_px, g.x2_px)) - std::max(d.x1_px, g.x1_px);
  const double height = double(std::min(d.y2_px, g.y2_px)) - std::max(d.y1_px, g.y1_px);
  if (width <= 0 || height <= 0) return 0;
  const double common = width * height;
  return common / (g.crowd ? BoxArea(d) : BoxArea(d) + BoxArea(g) - common);
}

}  // namespace

void CocoApSum::Judge(const std::vector<TrueBox>& truth, const std::vector<Detection>& detections, int area,
                      ClassArea* out) const {
  const AreaRange& range = kAreaRanges[area];
  std::vector<bool> ignored(truth.size());
  for (size_t g = 0; g < truth.size(); ++g) {
    ignored[g] = truth[g].crowd || truth[g].ignore || Outside(TruthArea(truth[g]), range);
    out->truth += !ignored[g];
  }
  // What counts comes before what is ignored, as the matching below relies on.
  std::vector<size_t> order(truth.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return ignored[a] < ignored[b]; });

  const size_t first = out->detections.size();
  for (const Detection& d : detections) out->detections.push_back({d.score, 0, 0});
  for (int t = 0; t < kThresholds; ++t) {
    std::vector<bool> taken(truth.size(), false);
    for (size_t d = 0; d < detections.size(); ++d) {
      double best_iou = kIouThresholds[t];
      int best = -1;
      for (const size_t g : order) {
        if (taken[g] && !truth[g].crowd) continue;
        if (best >= 0 && !ignored[best] && ignored[g]) break;
        const double iou = CocoIou(detections[d], truth[g]);
        if (iou < best_iou) continue;
        best_iou = iou;
        best = int(g);
      }
      Judged& judged = out->detections[first + d];
      if (best >= 0) {
        taken[best] = true;
        judged.matched |= uint16_t(1 << t);
        if (ignored[best]) judged.ignored |= uint16_t(1 << t);
      } else if (Outside(BoxArea(detections[d]), range)) {
        judged.ignored |= uint16_t(1 << t);
      }
    }
  }
}

void CocoApSum::Add(const std::vector<TrueBox>& truth, const std::vector<Detection>& detections) {
  std::set<int> labels;
  for (const TrueBox& box : truth) labels.insert(box.label);
  for (const Detection& box : detections) labels.insert(box.label);
  for (const int label : labels) {
    std::vector<TrueBox> own_truth;
    std::vector<Detection> own;
    for (const TrueBox& box : truth) {
      if (box.label == label) own_truth.push_back(box);
    }
    for (const Detection& box : detections) {
      if (box.label == label) own.push_back(box);
    }
    std::stable_sort(own.begin(), own.end(), [](const Detection& a, const Detection& b) { return a.score > b.score; });
    if (own.size() > kMaxDetections) own.resize(kMaxDetections);
    for (int area = 0; area < kAreas; ++area) Judge(own_truth, own, area, &classes_[label][area]);
  }
}

double CocoApSum::AveragePrecision(const ClassArea& pool, int threshold) {
  if (pool.truth == 0) return -1;
  std::vector<const Judged*> ranked;
  for (const Judged& judged : pool.detections) ranked.push_back(&judged);
  std::stable_sort(ranked.begin(), ranked.end(), [](const Judged* a, const Judged* b) { return a->score > b->score; });
  std::vector<double> recall, precision;
  int64_t right = 0, wrong = 0;
  for (const Judged* judged : ranked) {
    // A detection that does not count still makes a step (with the numbers before it), as in the original.
    if ((judged->ignored >> threshold & 1) == 0) ++(judged->matched >> threshold & 1 ? right : wrong);
    recall.push_back(double(right) / double(pool.truth));
    precision.push_back(double(right) / (double(right + wrong) + std::numeric_limits<double>::epsilon()));
  }
  for (size_t i = precision.size(); i-- > 1;) precision[i - 1] = std::max(precision[i - 1], precision[i]);
  double sum = 0;
  size_t at = 0;
  for (int step = 0; step <= 100; ++step) {
    // numpy.linspace(0, 1, 101) to the last bit, since recalls such as 0.07 are compared with it.
    const double wanted = step == 100 ? 1.0 : step * 0.01;
    while (at < recall.size() && recall[at] < wanted) ++at;
    if (at == recall.size()) break;
    sum += precision[at];
  }
  return sum / 101;
}

double CocoApSum::Mean(int area, int first_threshold, int last_threshold) const {
  double sum = 0;
  int count = 0;
  for (const auto& [label, areas] : classes_) {
    if (areas[area].truth == 0) continue;
    for (int t = first_threshold; t <= last_threshold; ++t) {
      sum += AveragePrecision(areas[area], t);
      ++count;
    }
  }
  return count == 0 ? -1 : sum / count;
}

CocoAp CocoApSum::Summary() const {
  CocoAp out;
  out.ap = Mean(0, 0, kThresholds - 1);
  out.ap50 = Mean(0, 0, 0);
  out.ap75 = Mean(0, 5, 5);
  out.ap_small = Mean(1, 0, kThresholds - 1);
  out.ap_medium = Mean(2, 0, kThresholds - 1);
  out.ap_large = Mean(3, 0, kThresholds - 1);
  return out;
}

double CocoApSum::class_ap(int label) const {
  const auto found = classes_.find(label);
  if (found == classes_.end() || found->second[0].truth == 0) return -1;
  double sum = 0;
  for (int t = 0; t < kThresholds; ++t) sum += AveragePrecision(found->second[0], t);
  return sum / kThresholds;
}

}  // namespace fsc
