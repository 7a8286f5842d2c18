#include "tools/calibrate/drop_estimate.h"

#include <algorithm>
#include <cmath>

namespace fsc::tools {

void DropEstimate::Add(const TaskResult& reference, const TaskResult& test, double agreed, double compared) {
  Frame frame{agreed, compared, 0};
  classes_ = reference.kind == TaskKind::kClassification;
  if (classes_ && reference.top_labels.size() > 1) {
    const auto margin = [&](const TaskResult& result, size_t other) {
      return double(result.raw[size_t(reference.top_labels[0])]) - result.raw[size_t(reference.top_labels[other])];
    };
    frame.margin = margin(reference, 1);
    for (size_t i = 1; i < reference.top_labels.size(); ++i) {
      const double error = margin(test, i) - margin(reference, i);
      squared_errors_ += error * error;
      ++margins_;
    }
  }
  frames_.push_back(frame);
}

double DropEstimate::OfDecisions() const {
  const double deviation = margins_ > 0 ? std::sqrt(squared_errors_ / margins_) : 0;
  double sum = 0, square = 0;
  for (const Frame& frame : frames_) {
    const double chance = deviation > 0 ? 0.5 * std::erfc(frame.margin / (deviation * std::sqrt(2.0))) : 0;
    sum += chance;
    square += chance * chance;
  }
  const double n = double(frames_.size()), mean = sum / n;
  const double variance = n > 1 ? std::max(0.0, square / n - mean * mean) / (n - 1) : mean * mean;
  return mean + std::sqrt(variance);
}

double DropEstimate::OfCounts() const {
  double agreed = 0, compared = 0;
  for (const Frame& frame : frames_) {
    agreed += frame.agreed;
    compared += frame.compared;
  }
  const auto drop = [](double of, double all) { return all > 0 ? 1 - of / all : 0.0; };
  if (compared <= 0) return 1;
  const double whole = drop(agreed, compared), one_more = 1 / compared, n = double(frames_.size());
  if (n < 2) return 2 * whole + one_more;
  double sum = 0, square = 0;
  for (const Frame& frame : frames_) {
    const double without = drop(agreed - frame.agreed, compared - frame.compared) - whole;
    sum += without;
    square += without * without;
  }
  return whole + one_more + std::sqrt(std::max(0.0, square - sum * sum / n) * (n - 1) / n);
}

double DropEstimate::UpperPercent() const {
  if (frames_.empty()) return 0;
  return std::clamp(100 * (classes_ ? OfDecisions() : OfCounts()), 0.0, 100.0);
}

}  // namespace fsc::tools
