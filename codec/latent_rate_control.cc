#include "codec/latent_rate_control.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "codec/latent_transform.h"

namespace fsc {
namespace {

constexpr int kShortestWindow = 8;
constexpr int kLongestWindow = 600;
constexpr int kWindowsAhead = 4;
constexpr double kPlay = 0.015;        // share of a window's bits that its budget may be off
constexpr double kTolerance = 0.01;    // .. and that may be left over at its end
constexpr double kOverdraft = 0.02;    // .. and that may be missing, before a frame is coded coarser whatever it shows
constexpr double kMaxStep = 3;         // change of the base qp from frame to frame
constexpr double kComfort = 2.5;       // .. that the rest of a window is asked for at most
constexpr double kLargestAhead = 0.4;  // share of a window that pays for what is sent ahead
constexpr int kTriesPerFrame = 3;
constexpr double kFirstAccount = 8;
constexpr double kAccountPerFrame = 0.1;

}  // namespace

RateControl::RateControl(const Options& options)
    : options_(options),
      model_(options.elements),
      planner_(options.gop_frames, options.span_frames),
      base_qp_(FirstQp(options.bits_per_frame / options.elements)),
      account_(kFirstAccount) {
  options_.window_frames = std::clamp(options.window_frames, kShortestWindow, kLongestWindow);
}

int RateControl::FirstQp(double bits_per_element) {
  // The curve of latent_rate_model.h through what four networks give on average: .39 bits per element at qp 44.
  const double below = 3.6 - std::min(std::log2(bits_per_element), 2.0);
  return int(std::lround(std::clamp(44 + std::log(below / 4.95) / 0.055, 8.0, 60.0)));
}

double RateControl::Predict(const RateSlot& slot, double base_qp) const {
  const double bits = model_.Bits(slot, std::clamp(base_qp + slot.qp_offset, 0.0, double{kMaxQp}));
  return options_.cap_bits > 0 ? std::min(bits, options_.cap_bits) : bits;
}

RateControl::Mixture RateControl::MixtureOf(int64_t first, int64_t count) const {
  Mixture mixture;
  for (int64_t i = 0; i < count; ++i) ++mixture[upcoming_[size_t(first + i)]];
  return mixture;
}

double RateControl::Predict(const Mixture& mixture, double base_qp) const {
  double bits = 0;
  for (const auto& [slot, frames] : mixture) bits += double(frames) * Predict(slot, base_qp);
  return bits;
}

double RateControl::Solve(const Mixture& mixture, double bits) const {
  double low = -4;
  double high = kMaxQp + 4;
  for (int i = 0; i < 16; ++i) {
    const double middle = (low + high) / 2;
    (Predict(mixture, middle) > bits ? low : high) = middle;
  }
  return high;
}

void RateControl::PlanAhead(int64_t frames) {
  std::vector<PlannedFrame> plans;
  while (int64_t(upcoming_.size()) < frames) {
    plans.clear();
    planner_.Push(planned_frames_++, &plans);
    for (const PlannedFrame& plan : plans) upcoming_.push_back({plan.frame_class, plan.qp_offset});
  }
}

void RateControl::BeginWindow() {
  const int64_t frames = options_.window_frames;
  const double fair = FairBits();
  // What this window would take if the next few had one base qp between them.
  const double common =
      Solve(MixtureOf(0, kWindowsAhead * frames), kWindowsAhead * fair - (spent_bits_ - promised_bits_));
  left_bits_ = std::clamp(Predict(MixtureOf(0, frames), common), (1 - kPlay) * fair, (1 + kPlay) * fair);
  const double ahead = std::min(ahead_bits_, kLargestAhead * fair);
  left_bits_ -= ahead;
  ahead_bits_ -= ahead;
  window_left_ = frames;
}

int RateControl::QpFor(const PlannedFrame& plan) {
  const RateSlot slot{plan.frame_class, plan.qp_offset};
  PlanAhead(kWindowsAhead * int64_t{options_.window_frames});
  upcoming_[0] = slot;  // the end of a clip is planned otherwise
  if (window_left_ == 0) BeginWindow();
  double wanted = Solve(MixtureOf(0, window_left_), std::max(left_bits_, 0.0));
  if (started_) {
    wanted = std::clamp(wanted, base_qp_ - kMaxStep, base_qp_ + kMaxStep);
  } else {
    wanted = base_qp_;
  }
  base_qp_ = std::clamp(wanted, -2.0, kMaxQp + 2.0);
  const double exact = base_qp_ + plan.qp_offset + carry_;
  const int qp = std::clamp(int(std::lround(exact)), 0, kMaxQp);
  carry_ = std::clamp(exact - qp, -0.5, 0.5);
  return qp;
}

double RateControl::LeastIntra(const Mixture& mixture) const {
  double bits = 0;
  for (const auto& [slot, frames] : mixture) {
    if (slot.frame_class == FrameClass::kIntra) bits += double(frames) * Predict(slot, kMaxQp);
  }
  return bits;
}

bool RateControl::Starves(const PlannedFrame& plan) {
  if (!started_ || plan.frame_class == FrameClass::kIntra || base_qp_ < kMaxQp - kMaxStep) return false;
  const Mixture mixture = MixtureOf(0, window_left_);
  const double rest = Predict(mixture, kMaxQp);
  const double excess = rest - left_bits_ - kTolerance * FairBits();
  if (excess <= 0) return false;
  starved_ += std::min(1.0, excess / (rest - LeastIntra(mixture)));
  if (starved_ < 1) return false;
  starved_ -= 1;
  return true;
}

double RateControl::MostBits(const PlannedFrame& plan) const {
  if (plan.frame_class == FrameClass::kIntra) return std::numeric_limits<double>::infinity();
  return std::max(0.0, left_bits_ + kOverdraft * FairBits() - LeastIntra(MixtureOf(1, window_left_ - 1)));
}

bool RateControl::Learn(const PlannedFrame& plan, int qp, double bits) {
  const RateSlot slot{plan.frame_class, plan.qp_offset};
  const bool known = model_.Knows(slot) && tries_ == 0;
  model_.Learn(slot, qp, bits, tries_ > 0);
  if (!started_) carry_ = 0;
  started_ = true;
  if (++tries_ > kTriesPerFrame || account_ < 1) return false;
  // The rest of the window, as it would be if this frame were kept.
  const double fair = FairBits();
  const double rest = left_bits_ - (options_.cap_bits > 0 ? std::min(bits, options_.cap_bits) : bits);
  const Mixture others = MixtureOf(1, window_left_ - 1);
  const double most = Predict(others, base_qp_ - kComfort) + kTolerance * fair;
  const double least = Predict(others, base_qp_ + kComfort) - kTolerance * fair;
  if (rest >= least && rest <= most) return false;
  // Coding it again helps only with another qp.
  const double better = Solve(MixtureOf(0, window_left_), std::max(left_bits_, 0.0));
  if (std::fabs(better + plan.qp_offset - qp) < (known ? 0.75 : 1.5)) return false;
  if ((better < base_qp_ && qp == 0) || (better > base_qp_ && qp == kMaxQp)) return false;
  base_qp_ = better;
  carry_ = 0;
  account_ -= 1;
  ++repeats_;
  return true;
}

void RateControl::Spend(double bits) {
  promised_bits_ += options_.bits_per_frame;
  spent_bits_ += bits;
  left_bits_ -= bits;
  --window_left_;
  if (!upcoming_.empty()) upcoming_.pop_front();
  tries_ = 0;
  account_ += kAccountPerFrame;
}

}  // namespace fsc
