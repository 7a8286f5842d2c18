#include "codec/latent_rate_control.h"

#include <algorithm>
#include <cmath>

#include "codec/latent_transform.h"

namespace fsc {
namespace {

// log2 of the bits by which a frame shrinks per qp.
constexpr std::array<double, kFrameClasses> kOctavesPerQp = {0.21, 0.27, 0.3, 0.3};
// log2 of a frame's bits against an intra frame of the same qp.
constexpr std::array<double, kFrameClasses> kFirstGuess = {0, -0.5, -1.2, -2.2};
constexpr int kMaxTries = 4;  // at the first frame of a class
constexpr int kShortestHorizon = 10;
constexpr double kMaxStep = 3;  // change of the base qp from frame to frame

}  // namespace

RateControl::RateControl(double bits_per_frame, int window_frames, int gop_frames, int span_frames, int start_qp)
    : bits_per_frame_(bits_per_frame),
      window_frames_(std::max(window_frames, 1)),
      gop_frames_(gop_frames),
      base_qp_(start_qp) {
  // The mixture of classes over one group of pictures.
  GopPlanner planner(gop_frames, span_frames);
  std::vector<PlannedFrame> plans;
  for (int i = 0; i < gop_frames; ++i) planner.Push(i, &plans);
  planner.Flush(&plans);
  for (const PlannedFrame& plan : plans) {
    share_[int(plan.frame_class)] += 1.0 / double(plans.size());
    offset_[int(plan.frame_class)] += plan.qp_offset;
  }
  for (int c = 0; c < kFrameClasses; ++c) {
    if (share_[c] > 0) offset_[c] /= share_[c] * double(plans.size());
  }
}

double RateControl::Predict(FrameClass frame_class, double qp) const {
  const Line& line = lines_[int(frame_class)];
  if (line.known) return std::exp2(line.log2_bits - kOctavesPerQp[int(frame_class)] * (qp - line.qp));
  for (int c = 0; c < kFrameClasses; ++c) {
    if (!lines_[c].known) continue;
    const double difference = kFirstGuess[int(frame_class)] - kFirstGuess[c];
    return std::exp2(lines_[c].log2_bits + difference - kOctavesPerQp[c] * (qp - lines_[c].qp));
  }
  return bits_per_frame_;
}

double RateControl::BaseQp() const {
  const bool any = std::any_of(lines_.begin(), lines_.end(), [](const Line& line) { return line.known; });
  if (!any) return base_qp_;
  // To the end of the present window, but never so close that one frame would have to pay for all.
  const int64_t left = std::max<int64_t>(window_frames_ - spent_frames_ % window_frames_, kShortestHorizon);
  const int64_t intra = (spent_frames_ + left - 1) / gop_frames_ - (spent_frames_ - 1 + gop_frames_) / gop_frames_ + 1;
  const double others = double(left - intra) / std::max(1e-9, 1 - share_[0]);
  const double budget = std::max(0.1 * double(left) * bits_per_frame_, double(left) * bits_per_frame_ - debt_bits_);
  double low = 0;
  double high = kMaxQp;
  for (int i = 0; i < 24; ++i) {
    const double middle = (low + high) / 2;
    double bits = 0;
    for (int c = 0; c < kFrameClasses; ++c) {
      const double frames = c == 0 ? double(intra) : share_[c] * others;
      if (frames > 0) bits += frames * Predict(FrameClass(c), middle + offset_[c]);
    }
    (bits > budget ? low : high) = middle;
  }
  return high;
}

int RateControl::QpFor(const PlannedFrame& plan) {
  const double wanted = BaseQp();
  const bool experienced = std::all_of(lines_.begin(), lines_.end(), [&](const Line& line) {
    return line.known || share_[size_t(&line - lines_.data())] == 0;
  });
  base_qp_ = experienced ? std::clamp(wanted, base_qp_ - kMaxStep, base_qp_ + kMaxStep) : wanted;
  const double exact = base_qp_ + plan.qp_offset + carry_;
  const int qp = std::clamp(int(std::lround(exact)), 0, kMaxQp);
  carry_ = std::clamp(exact - qp, -0.5, 0.5);
  return qp;
}

bool RateControl::Learn(const PlannedFrame& plan, int qp, int64_t bits) {
  Line& line = lines_[int(plan.frame_class)];
  const double log2_bits = std::log2(std::max<double>(double(bits), 64));
  const double before = line.log2_bits - kOctavesPerQp[int(plan.frame_class)] * (qp - line.qp);
  line.log2_bits = line.final ? 0.3 * before + 0.7 * log2_bits : log2_bits;
  line.qp = qp;
  line.known = true;
  if (line.final) return false;
  // Nothing was known of frames like this one: what the first shows may ask for another qp.
  carry_ = 0;
  line.final = ++line.tries == kMaxTries || std::fabs(BaseQp() + plan.qp_offset - qp) < 1.5;
  return !line.final;
}

void RateControl::Spend(int64_t bits) {
  debt_bits_ += double(bits) - bits_per_frame_;
}

}  // namespace fsc
