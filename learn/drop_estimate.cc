#include "learn/drop_estimate.h"

#include <algorithm>
#include <cmath>

namespace fsc {

void DropEstimate::Add(int group, const TaskResult& reference, const TaskResult& test, double agreed, double compared) {
  Frame frame{agreed, compared, 0};
  Group& like = groups_[group];
  classes_ = reference.kind == TaskKind::kClassification;
  if (classes_ && reference.top_labels.size() > 1) {
    const auto margin = [&](const TaskResult& result, size_t other) {
      return double(result.raw[size_t(reference.top_labels[0])]) - result.raw[size_t(reference.top_labels[other])];
    };
    frame.margin = margin(reference, 1);
    for (size_t i = 1; i < reference.top_labels.size(); ++i) {
      const double error = margin(test, i) - margin(reference, i);
      like.squared_errors += error * error;
      ++like.margins;
    }
  }
  like.frames.push_back(frame);
}

double DropEstimate::OfDecisions() const {
  double squared_errors = 0, margins = 0;
  for (const auto& [number, group] : groups_) {
    const double frames = double(group.frames.size());
    squared_errors += group.squared_errors / frames;
    margins += group.margins / frames;
  }
  const double deviation = margins > 0 ? std::sqrt(squared_errors / margins) : 0;
  double sum = 0, square = 0;
  for (const auto& [number, group] : groups_) {
    double chance = 0;
    for (const Frame& frame : group.frames) {
      if (deviation > 0) chance += 0.5 * std::erfc(frame.margin / (deviation * std::sqrt(2.0)));
    }
    chance /= double(group.frames.size());
    sum += chance;
    square += chance * chance;
  }
  const double n = double(groups_.size()), mean = sum / n;
  const double variance = n > 1 ? std::max(0.0, square / n - mean * mean) / (n - 1) : mean * mean;
  return mean + std::sqrt(variance);
}

std::vector<DropEstimate::Frame> DropEstimate::MeanFrames() const {
  std::vector<Frame> means;
  for (const auto& [number, group] : groups_) {
    Frame mean;
    for (const Frame& frame : group.frames) {
      mean.agreed += frame.agreed / double(group.frames.size());
      mean.compared += frame.compared / double(group.frames.size());
    }
    means.push_back(mean);
  }
  return means;
}

double DropEstimate::OfCounts() const {
  const std::vector<Frame> frames = MeanFrames();
  double agreed = 0, compared = 0;
  for (const Frame& frame : frames) {
    agreed += frame.agreed;
    compared += frame.compared;
  }
  const auto drop = [](double of, double all) { return all > 0 ? 1 - of / all : 0.0; };
  if (compared <= 0) return 1;
  const double whole = drop(agreed, compared), one_more = 1 / compared, n = double(frames.size());
  if (n < 2) return 2 * whole + one_more;
  double sum = 0, square = 0;
  for (const Frame& frame : frames) {
    const double without = drop(agreed - frame.agreed, compared - frame.compared) - whole;
    sum += without;
    square += without * without;
  }
  return whole + one_more + std::sqrt(std::max(0.0, square - sum * sum / n) * (n - 1) / n);
}

double DropEstimate::UpperPercent() const {
  if (groups_.empty()) return 0;
  return std::clamp(100 * (classes_ ? OfDecisions() : OfCounts()), 0.0, 100.0);
}

}  // namespace fsc
