#include "codec/rate/window_controller.h"

#include <algorithm>
#include <cmath>

#include "codec/qp.h"

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
// Where a window begins early, it pays a part of the debt; shares of its bits that it has less at most, after a still
// part and for a key frame, and more.
constexpr double kRepaid = 0.5;
constexpr double kMostRepaidAwake = 0.2;
constexpr double kMostRepaidByKeyFrame = 0.6;
constexpr double kMostCredit = 0.05;
// Times its likely bits, and its fair share, that a frame has to take before it is coded again whatever the account.
constexpr double kSurprise = 6;
constexpr double kManyShares = 3;
constexpr int kTriesPerFrame = 4;
constexpr double kFirstAccount = 8;
constexpr double kAccountPerFrame = 0.1;

bool IsB(const PlannedFrame& plan) {
  return plan.frame_class == FrameClass::kReferenceB || plan.frame_class == FrameClass::kLeafB;
}

}  // namespace

WindowController::WindowController(const RateOptions& options)
    : options_(options),
      model_(options.elements),
      planner_(options.gop),
      watch_(options.gop),
      awake_model_(options.elements),
      base_qp_(FirstQp(options.bits_per_frame / options.elements)),
      account_(kFirstAccount) {
  awake_base_qp_ = base_qp_;
  options_.window_frames = std::clamp(options.window_frames, kShortestWindow, kLongestWindow);
  if (options_.buffer_frames <= 0) options_.buffer_frames = options_.window_frames;
  options_.buffer_frames = std::max(options_.buffer_frames, 1.0);
  buffer_bits_ = options_.buffer_frames * options_.bits_per_frame;
  held_bits_ = buffer_bits_;
}

int WindowController::FirstQp(double bits_per_element) {
  // The curve of codec/rate/rate_model.h through what four networks give on average: .39 bits per element at qp 44.
  const double below = 3.6 - std::min(std::log2(bits_per_element), 2.0);
  return int(std::lround(std::clamp(44 + std::log(below / 4.95) / 0.055, 8.0, 60.0)));
}

int WindowController::FirstStillQp() const {
  const double frames =
      std::min({double(options_.gop.gop_frames), double(options_.window_frames), options_.buffer_frames});
  return FirstQp(frames * options_.bits_per_frame / options_.elements);
}

void WindowController::BeginWindowWith(double bits) {
  const double ahead = std::min(ahead_bits_, kLargestAhead * FairBits());
  left_bits_ = bits - ahead;
  kept_back_bits_ = FairBits() - bits;
  ahead_bits_ -= ahead;
  debt_bits_ += ahead;
  window_left_ = options_.window_frames;
  restarted_ = false;
}

void WindowController::BeginWindow() {
  const int64_t frames = options_.window_frames;
  const double fair = FairBits();
  // What this window would take if the next few had one base qp between them.
  const double common = Solve(MixtureOf(0, kWindowsAhead * frames), kWindowsAhead * fair - debt_bits_);
  const double bits = Predict(MixtureOf(0, frames), common);
  if (watch_.still()) {
    BeginWindowWith(bits + Refinement(std::max(common, 0.0), watch_.ShownQp()));
  } else {
    BeginWindowWith(std::clamp(bits, (1 - kPlay) * fair, (1 + kPlay) * fair));
  }
}

void WindowController::RestartWindow(double most_repaid) {
  const double fair = FairBits();
  BeginWindowWith(fair - std::clamp(kRepaid * debt_bits_, -kMostCredit * fair, most_repaid * fair));
  restarted_ = true;
}

void WindowController::Wake() {
  watch_.Wake();
  base_qp_ = awake_base_qp_;
  carry_ = 0;
  account_ = std::max(account_, double{kTriesPerFrame});
  RestartWindow(kMostRepaidAwake);
}

double WindowController::KeyFrameBaseQp() const {
  return (awake_base_qp_ + FirstQp(options_.bits_per_frame / options_.elements)) / 2;
}

// The buffer keeps its length in seconds and how full it is; what was overdrawn is forgotten, and a window begins.
void WindowController::SetBitsPerFrame(double bits_per_frame) {
  const double ratio = bits_per_frame / options_.bits_per_frame;
  options_.bits_per_frame = bits_per_frame;
  buffer_bits_ *= ratio;
  held_bits_ *= ratio;
  debt_bits_ = 0;
  restart_ = true;
}

// Nothing of what was learned holds. The first windows pay for `extra_bits`.
void WindowController::KeyFrameNow(double extra_bits) {
  ahead_bits_ += extra_bits;
  held_bits_ -= extra_bits;
  planner_ = GopPlanner(options_.gop);
  planned_frames_ = 0;
  upcoming_.clear();
  model_.Forget();
  watch_ = StillWatch(options_.gop);
  base_qp_ = KeyFrameBaseQp();
  started_ = false;
  account_ = std::max(account_, double{kTriesPerFrame});
  restart_ = true;
}

int WindowController::StillQp(const PlannedFrame& plan) {
  const RateSlot slot{plan.frame_class, plan.qp_offset};
  const bool intra = plan.frame_class == FrameClass::kIntra;
  if (intra || plan.frame_class == FrameClass::kPredicted) {
    base_qp_ = std::clamp(SolveWindow(slot), -2.0, kMaxQp + 2.0);
  }
  carry_ = 0;
  const int qp = std::clamp(int(std::lround(base_qp_ + plan.qp_offset)), 0, kMaxQp);
  return intra ? qp : std::clamp(reference_qp_, qp, kMaxQp);
}

bool WindowController::RefinesCopy(const PlannedFrame& plan) {
  const int qp = std::clamp(int(std::lround(base_qp_ + plan.qp_offset)), 0, kMaxQp);
  if (plan.frame_class != FrameClass::kPredicted || qp > reference_qp_ - kLeastRefinement || account_ < 1) return false;
  CodeAgain(qp, base_qp_);
  return true;
}

int WindowController::QpFor(const PlannedFrame& plan) {
  const RateSlot slot{plan.frame_class, plan.qp_offset};
  PlanAhead(kWindowsAhead * int64_t{options_.window_frames});
  upcoming_[0] = slot;  // the end of a clip is planned otherwise
  if (plan.frame_class == FrameClass::kIntra) intra_slot_ = slot;
  reference_qp_ = watch_.ReferenceQp(plan);
  if (restart_) {
    RestartWindow(kMostRepaidByKeyFrame);
  } else if (window_left_ == 0) {
    BeginWindow();
  }
  restart_ = false;
  if (next_qp_) return *next_qp_;
  if (started_ && watch_.still()) return StillQp(plan);
  double wanted = SolveWindow(slot);
  if (started_) {
    wanted = std::clamp(wanted, base_qp_ - kMaxStep, base_qp_ + kMaxStep);
  } else {
    wanted = base_qp_;
  }
  base_qp_ = std::clamp(wanted, -2.0, kMaxQp + 2.0);
  const double exact = base_qp_ + plan.qp_offset + carry_;
  int qp = std::clamp(int(std::lround(exact)), 0, kMaxQp);
  // Nothing rests on most B frames, so they are not what a falling base qp makes finer first.
  if (IsB(plan) && reference_qp_ <= kMaxQp) qp = std::max(qp, reference_qp_);
  carry_ = std::clamp(exact - qp, -0.5, 0.5);
  return qp;
}

bool WindowController::Starves(const PlannedFrame& plan) {
  if (!started_ || plan.frame_class == FrameClass::kIntra || base_qp_ < kMaxQp - kMaxStep) return false;
  if (present_copies_) return false;  // nothing to save
  const Mixture mixture = MixtureOf(0, PlannedFrames());
  const double rest = Predict(mixture, kMaxQp);
  const double excess = rest - PlannedBits() - kTolerance * FairBits();
  if (excess <= 0) return false;
  starved_ = std::min(1.0, starved_ + excess / (rest - LeastIntra(mixture)));
  // What a frame leaves near the end of a window, the others have to be able to use.
  const double others = Predict(MixtureOf(1, PlannedFrames() - 1), base_qp_ - kComfort);
  if (starved_ < 1 || others + kTolerance * FairBits() < PlannedBits()) return false;
  starved_ -= 1;
  return true;
}

double WindowController::MostBits(const PlannedFrame& plan) const {
  double most = held_bits_;
  if (plan.frame_class != FrameClass::kIntra && !watch_.still() && !restarted_) {
    const double least = LeastIntra(MixtureOf(1, window_left_ - 1));
    most = std::min(most, left_bits_ + kept_back_bits_ + kOverdraft * FairBits() - least);
  }
  return std::max(0.0, most);
}

bool WindowController::Learn(const PlannedFrame& plan, int qp, double bits) {
  const RateSlot slot{plan.frame_class, plan.qp_offset};
  const bool intra = plan.frame_class == FrameClass::kIntra;
  const bool first = tried_.empty();
  const bool known = first && model_.Knows(slot);
  if (first && watch_.begins()) awake_model_ = model_;
  // In a still part, a frame is coded as a copy first. If it is one, it may be coded again, finer.
  const bool refines = watch_.still() && !intra && next_qp_;
  if (!refines) present_copies_ = plan.repeats || Copies(slot, qp, bits);
  const bool wakes = !intra && watch_.still() && !present_copies_;
  if (wakes) Wake();
  const bool still = watch_.still();
  if (still && !intra && !refines) return RefinesCopy(plan);
  if (!still || intra) {
    const bool surprises = known && bits > kSurprise * model_.Bits(slot, qp);
    if (surprises && bits > kManyShares * options_.bits_per_frame)
      account_ = std::max(account_, double{kTriesPerFrame});
    model_.Learn(slot, qp, bits, !first);
  }
  tried_[qp] = bits;
  next_qp_.reset();
  if (!started_) carry_ = 0;
  started_ = true;
  if (settled_ || account_ < 1) return false;
  // It says nothing of frames that move; if the clip stands still, it is refined soon.
  if (plan.repeats && !still) return false;
  // The rest of the window, as it would be if this frame were kept.
  const double fair = FairBits();
  const double rest = PlannedBits() - Capped(bits);
  const Mixture others = MixtureOf(1, PlannedFrames() - 1);
  const double most = Predict(others, base_qp_ - kComfort) + kTolerance * fair;
  const double least = Predict(others, base_qp_ + kComfort) - kTolerance * fair;
  if (!still && !wakes && rest >= least && rest <= most && bits <= held_bits_) return false;
  // What a copy leaves is for frames that move, or on which more rest than on a B frame.
  if (IsB(plan) && !still && !wakes && rest > most && (present_copies_ || MayRefine(qp, bits))) return false;
  // Coding it again helps only with another qp.
  const double better = SolveWindow(slot);
  const double least_change = !still && (known || rest < -kOverdraft * fair) ? 0.75 : 1.5;
  const int next = std::clamp(int(std::lround(better + plan.qp_offset)), 0, kMaxQp);
  if (std::fabs(better + plan.qp_offset - qp) >= least_change && !tried_.contains(next) &&
      int(tried_.size()) <= kTriesPerFrame) {
    CodeAgain(next, better);
    return true;
  }
  // Nothing new to try: the one with which the window comes nearest to its fair share.
  const double wanted =
      std::min(PlannedBits() + (still || restarted_ ? 0 : kept_back_bits_) - Predict(others, base_qp_), held_bits_);
  const auto misses = [&](const auto& a, const auto& b) {
    return std::fabs(Capped(a.second) - wanted) < std::fabs(Capped(b.second) - wanted);
  };
  const int best = std::min_element(tried_.begin(), tried_.end(), misses)->first;
  settled_ = true;
  if (best == qp) return false;
  CodeAgain(best, best - plan.qp_offset);
  return true;
}

void WindowController::CodeAgain(int qp, double base_qp) {
  next_qp_ = qp;
  base_qp_ = base_qp;
  carry_ = 0;
  account_ -= 1;
  ++repeats_;
}

void WindowController::Spend(const PlannedFrame& plan, int qp, double bits, bool starved) {
  debt_bits_ = std::max(debt_bits_ + bits - options_.bits_per_frame, -buffer_bits_);
  held_bits_ = std::min(held_bits_ - bits + options_.bits_per_frame, buffer_bits_);
  left_bits_ -= bits;
  --window_left_;
  if (!upcoming_.empty()) upcoming_.pop_front();
  tried_.clear();
  settled_ = false;
  account_ += kAccountPerFrame;

  const bool was_still = watch_.still();
  const bool copies = present_copies_ && !starved;
  if (copies && Refinement(qp, reference_qp_) == 0) copy_bits_ = bits;
  watch_.Add(plan, qp, copies, !starved && MayRefine(qp, bits));
  if (watch_.still() && !was_still) {
    model_.ForgetSince(awake_model_);
    account_ = std::max(account_, 1.0);  // a refinement is due
  }
  if (watch_.begins() && plan.frame_class != FrameClass::kIntra) awake_base_qp_ = base_qp_;
}

std::unique_ptr<RateController> MakeWindowController(const RateOptions& options) {
  return std::make_unique<WindowController>(options);
}

}  // namespace fsc
