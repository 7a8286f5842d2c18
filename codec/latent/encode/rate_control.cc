#include "codec/latent/encode/rate_control.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "codec/latent/transform.h"

namespace fsc {
namespace {

constexpr int kShortestWindow = 8;
constexpr int kLongestWindow = 600;
constexpr int kWindowsAhead = 4;
constexpr double kPlay = 0.015;        // share of a window's bits that its budget may be off
constexpr double kTolerance = 0.01;    // .. and that may be left over at its end
constexpr double kOverdraft = 0.03;    // .. of a fair share: what may be missing before a frame is coded coarser
constexpr double kMaxStep = 3;         // change of the base qp from frame to frame
constexpr double kComfort = 2.5;       // .. that the rest of a window is asked for at most
constexpr double kLargestAhead = 0.4;  // share of a window that pays for what is sent ahead
constexpr int kTriesPerFrame = 4;
constexpr double kFirstAccount = 8;
constexpr double kAccountPerFrame = 0.1;

// Where `bits_at`, which falls, comes down to `bits`.
template <class Function>
double SolveFalling(const Function& bits_at, double bits) {
  double low = -4;
  double high = kMaxQp + 4;
  for (int i = 0; i < 16; ++i) {
    const double middle = (low + high) / 2;
    (bits_at(middle) > bits ? low : high) = middle;
  }
  return high;
}

}  // namespace

RateControl::RateControl(const Options& options)
    : options_(options),
      model_(options.elements),
      planner_(options.gop),
      base_qp_(FirstQp(options.bits_per_frame / options.elements)),
      account_(kFirstAccount) {
  options_.window_frames = std::clamp(options.window_frames, kShortestWindow, kLongestWindow);
}

int RateControl::FirstQp(double bits_per_element) {
  // The curve of latent/encode/rate_model.h through what four networks give on average: .39 bits per element at qp 44.
  const double below = 3.6 - std::min(std::log2(bits_per_element), 2.0);
  return int(std::lround(std::clamp(44 + std::log(below / 4.95) / 0.055, 8.0, 60.0)));
}

double RateControl::Predict(const RateSlot& slot, double base_qp) const {
  return Capped(model_.Bits(slot, std::clamp(base_qp + slot.qp_offset, 0.0, double{kMaxQp})));
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

double RateControl::PredictPresent(const RateSlot& slot, double qp) const {
  if (tried_.empty()) return model_.Bits(slot, qp);
  const auto above = tried_.lower_bound(int(std::ceil(qp)));
  if (above == tried_.begin() || above == tried_.end()) {
    const auto& [known_qp, known_bits] = above == tried_.begin() ? *above : *std::prev(above);
    return model_.Bits(slot, qp) * known_bits / model_.Bits(slot, known_qp);
  }
  const auto below = std::prev(above);
  const double part = (qp - below->first) / (above->first - below->first);
  return below->second * std::pow(above->second / below->second, part);
}

double RateControl::Solve(const Mixture& mixture, double bits) const {
  return SolveFalling([&](double base_qp) { return Predict(mixture, base_qp); }, bits);
}

double RateControl::SolveWindow(const RateSlot& slot) const {
  const Mixture others = MixtureOf(1, window_left_ - 1);
  const auto bits_at = [&](double base_qp) {
    const double present = PredictPresent(slot, std::clamp(base_qp + slot.qp_offset, 0.0, double{kMaxQp}));
    return Capped(present) + Predict(others, base_qp);
  };
  return SolveFalling(bits_at, std::max(left_bits_, 0.0));
}

void RateControl::PlanAhead(int64_t frames) {
  std::vector<PlannedFrame> plans;
  while (int64_t(upcoming_.size()) < frames) {
    plans.clear();
    planner_.Push(planned_frames_++, &plans);
    for (const PlannedFrame& plan : plans) upcoming_.push_back({plan.frame_class, plan.qp_offset});
  }
}

void RateControl::KeyFrameNow(double extra_bits) {
  upcoming_.clear();
  planner_ = GopPlanner(options_.gop);
  planned_frames_ = 0;
  SpendAhead(extra_bits);
}

void RateControl::BeginWindow() {
  const int64_t frames = options_.window_frames;
  const double fair = FairBits();
  // What this window would take if the next few had one base qp between them.
  const double common =
      Solve(MixtureOf(0, kWindowsAhead * frames), kWindowsAhead * fair - (spent_bits_ - promised_bits_));
  left_bits_ = std::clamp(Predict(MixtureOf(0, frames), common), (1 - kPlay) * fair, (1 + kPlay) * fair);
  kept_back_bits_ = fair - left_bits_;
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
  if (next_qp_) return *next_qp_;
  double wanted = SolveWindow(slot);
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
  starved_ = std::min(1.0, starved_ + excess / (rest - LeastIntra(mixture)));
  // What a frame leaves near the end of a window, the others have to be able to use.
  const double others = Predict(MixtureOf(1, window_left_ - 1), base_qp_ - kComfort);
  if (starved_ < 1 || others + kTolerance * FairBits() < left_bits_) return false;
  starved_ -= 1;
  return true;
}

double RateControl::MostBits(const PlannedFrame& plan) const {
  if (plan.frame_class == FrameClass::kIntra) return std::numeric_limits<double>::infinity();
  return std::max(0.0,
                  left_bits_ + kept_back_bits_ + kOverdraft * FairBits() - LeastIntra(MixtureOf(1, window_left_ - 1)));
}

bool RateControl::Learn(const PlannedFrame& plan, int qp, double bits) {
  const RateSlot slot{plan.frame_class, plan.qp_offset};
  const bool first = tried_.empty();
  const bool known = first && model_.Knows(slot);
  model_.Learn(slot, qp, bits, !first);
  tried_[qp] = bits;
  next_qp_.reset();
  if (!started_) carry_ = 0;
  started_ = true;
  if (settled_ || account_ < 1) return false;
  // The rest of the window, as it would be if this frame were kept.
  const double fair = FairBits();
  const double rest = left_bits_ - Capped(bits);
  const Mixture others = MixtureOf(1, window_left_ - 1);
  const double most = Predict(others, base_qp_ - kComfort) + kTolerance * fair;
  const double least = Predict(others, base_qp_ + kComfort) - kTolerance * fair;
  if (rest >= least && rest <= most) return false;
  // Coding it again helps only with another qp.
  const double better = SolveWindow(slot);
  const double least_change = known || rest < -kOverdraft * fair ? 0.75 : 1.5;
  const int next = std::clamp(int(std::lround(better + plan.qp_offset)), 0, kMaxQp);
  if (std::fabs(better + plan.qp_offset - qp) >= least_change && !tried_.contains(next) &&
      int(tried_.size()) <= kTriesPerFrame) {
    CodeAgain(next, better);
    return true;
  }
  // Nothing new to try: the one with which the window comes nearest to its fair share.
  const double wanted = left_bits_ + kept_back_bits_ - Predict(others, base_qp_);
  const auto misses = [&](const auto& a, const auto& b) {
    return std::fabs(Capped(a.second) - wanted) < std::fabs(Capped(b.second) - wanted);
  };
  const int best = std::min_element(tried_.begin(), tried_.end(), misses)->first;
  settled_ = true;
  if (best == qp) return false;
  CodeAgain(best, best - plan.qp_offset);
  return true;
}

void RateControl::CodeAgain(int qp, double base_qp) {
  next_qp_ = qp;
  base_qp_ = base_qp;
  carry_ = 0;
  account_ -= 1;
  ++repeats_;
}

void RateControl::Spend(double bits) {
  promised_bits_ += options_.bits_per_frame;
  spent_bits_ += bits;
  left_bits_ -= bits;
  --window_left_;
  if (!upcoming_.empty()) upcoming_.pop_front();
  tried_.clear();
  settled_ = false;
  account_ += kAccountPerFrame;
}

}  // namespace fsc
