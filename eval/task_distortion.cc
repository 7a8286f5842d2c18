#include "eval/task_distortion.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

constexpr double kMatchIou = 0.5;
constexpr double kLeastProbability = 1e-7;

double LogSumExp(const float* logits, int64_t classes, int64_t stride) {
  double highest = logits[0];
  for (int64_t c = 1; c < classes; ++c) highest = std::max(highest, double(logits[c * stride]));
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) sum += std::exp(logits[c * stride] - highest);
  return highest + std::log(sum);
}

double DetectionDivergence(std::span<const float> p, std::span<const float> q, int64_t anchors, int64_t columns) {
  double sum = 0;
  for (int64_t a = 0; a < anchors; ++a) {
    const float* pa = p.data() + a * columns;
    const float* qa = q.data() + a * columns;
    double classes = 0;
    for (int64_t c = 5; c < columns; ++c) classes += CoinDivergence(pa[c], qa[c]);
    sum += CoinDivergence(pa[4], qa[4]) + std::clamp(double(pa[4]), 0.0, 1.0) * classes;
  }
  return anchors == 0 ? 0 : sum / double(anchors);
}

double PixelDivergence(std::span<const float> p, std::span<const float> q, int64_t classes, int64_t pixels) {
  double sum = 0;
  for (int64_t i = 0; i < pixels; ++i) sum += SoftmaxDivergence(p.data() + i, q.data() + i, classes, pixels);
  return pixels == 0 ? 0 : sum / double(pixels);
}

Status CheckShapes(const TaskResult& p, const TaskResult& q) {
  if (p.kind != q.kind) return BadInput("task results of different kinds", "task distortion");
  if (p.raw_shape != q.raw_shape || p.raw.size() != q.raw.size()) {
    return BadInput("task results of different shapes", "task distortion");
  }
  const size_t rank = p.kind == TaskKind::kClassification ? 1 : p.kind == TaskKind::kSegmentation ? 3 : 2;
  if (p.kind == TaskKind::kNone || p.raw_shape.size() != rank || (rank == 2 && p.raw_shape[1] < 6)) {
    return BadInput("task result without the output of its kind", "task distortion");
  }
  int64_t elements = 1;
  for (const int64_t size : p.raw_shape) elements *= size;
  if (elements <= 0 || size_t(elements) != p.raw.size())
    return BadInput("task result whose values do not fill its shape", "task distortion");
  if (p.kind == TaskKind::kSegmentation && (p.labels.size() != q.labels.size() || p.labels.empty())) {
    return BadInput("label pictures of different sizes", "task distortion");
  }
  if (p.kind == TaskKind::kClassification && (p.top_labels.empty() || q.top_labels.empty())) {
    return BadInput("classification without a best class", "task distortion");
  }
  return {};
}

}  // namespace

double BoxIou(const Detection& a, const Detection& b) {
  const double width = std::min(a.x2_px, b.x2_px) - std::max(a.x1_px, b.x1_px);
  const double height = std::min(a.y2_px, b.y2_px) - std::max(a.y1_px, b.y1_px);
  if (width <= 0 || height <= 0) return 0;
  const double common = width * height;
  const double area_a = (double(a.x2_px) - a.x1_px) * (double(a.y2_px) - a.y1_px);
  const double area_b = (double(b.x2_px) - b.x1_px) * (double(b.y2_px) - b.y1_px);
  return common / (area_a + area_b - common);
}

double SoftmaxDivergence(const float* p_logits, const float* q_logits, int64_t classes, int64_t stride) {
  const double p_norm = LogSumExp(p_logits, classes, stride);
  const double q_norm = LogSumExp(q_logits, classes, stride);
  double sum = 0;
  for (int64_t c = 0; c < classes; ++c) {
    const double log_p = p_logits[c * stride] - p_norm;
    const double log_q = q_logits[c * stride] - q_norm;
    sum += std::exp(log_p) * (log_p - log_q);
  }
  return std::max(0.0, sum);  // rounding may leave -1e-17
}

double CoinDivergence(double p, double q) {
  p = std::clamp(p, kLeastProbability, 1 - kLeastProbability);
  q = std::clamp(q, kLeastProbability, 1 - kLeastProbability);
  return std::max(0.0, p * std::log(p / q) + (1 - p) * std::log((1 - p) / (1 - q)));
}

int64_t MatchedBoxes(const std::vector<Detection>& truth, const std::vector<Detection>& test, double iou_threshold) {
  std::vector<bool> taken(truth.size(), false);
  int64_t matched = 0;
  for (const Detection& box : test) {
    int best = -1;
    double best_iou = iou_threshold;
    for (size_t i = 0; i < truth.size(); ++i) {
      if (taken[i] || truth[i].label != box.label) continue;
      const double iou = BoxIou(truth[i], box);
      if (iou < best_iou || (best >= 0 && iou == best_iou)) continue;
      best = int(i);
      best_iou = iou;
    }
    if (best < 0) continue;
    taken[best] = true;
    ++matched;
  }
  return matched;
}

Status TaskDistortionSum::Add(const TaskResult& reference, const TaskResult& test) {
  FSC_RETURN_IF_ERROR(CheckShapes(reference, test));
  if (frames_ > 0 && reference.kind != kind_)
    return BadInput("the kind of task changed between frames", "task distortion");
  kind_ = reference.kind;
  double agreed = 0, compared = 0;
  if (kind_ == TaskKind::kClassification) {
    last_kl_ = SoftmaxDivergence(reference.raw.data(), test.raw.data(), reference.raw_shape[0], 1);
    agreed = reference.top_labels[0] == test.top_labels[0];
    compared = 1;
  } else if (kind_ == TaskKind::kSegmentation) {
    last_kl_ = PixelDivergence(reference.raw, test.raw, reference.raw_shape[0],
                               reference.raw_shape[1] * reference.raw_shape[2]);
    for (size_t i = 0; i < reference.labels.size(); ++i) agreed += reference.labels[i] == test.labels[i];
    compared = double(reference.labels.size());
  } else {
    last_kl_ = DetectionDivergence(reference.raw, test.raw, reference.raw_shape[0], reference.raw_shape[1]);
    agreed = double(MatchedBoxes(reference.detections, test.detections, kMatchIou));
    compared = double(reference.detections.size() + test.detections.size()) / 2;
  }
  output_.Add(reference.raw, test.raw);
  kl_sum_ += last_kl_;
  agreed_ += agreed;
  compared_ += compared;
  last_agreed_ = agreed;
  last_compared_ = compared;
  last_agreement_ = compared == 0 ? 1 : agreed / compared;
  ++frames_;
  return {};
}

TaskDistortion TaskDistortionSum::Summary() const {
  TaskDistortion out;
  if (frames_ == 0) return out;
  out.kl_nats = kl_sum_ / double(frames_);
  out.agreement = compared_ == 0 ? 1 : agreed_ / compared_;
  out.task_snr_db = output_.Summary().snr_db;
  return out;
}

}  // namespace fsc
