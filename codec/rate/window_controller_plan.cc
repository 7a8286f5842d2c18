// Part of WindowController: what the frames ahead will take, and the qp at which that is what there is.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "codec/qp.h"
#include "codec/rate/window_controller.h"

namespace fsc {
namespace {

// Shares of the buffer that a plan leaves, at most half of what it holds: as always, and for what may move after a
// still part.
constexpr double kReserve = 0.04;
constexpr double kStillReserve = 0.35;
// A copy takes no more than an empty packet and this share of an intra frame, or some flags; and much less than a frame
// may have, else there is nothing to gain.
constexpr double kCopyShare = 1.0 / 512;
constexpr double kCopyFlagsBits = 120;
constexpr double kStillCopyFactor =
    3;  // .. times that share or those flags in a still part: what a refinement left over
constexpr double kCopyFairShare = 0.5;
constexpr int kCoarsestCopyQp = 56;  // above it, frames that move may take as little
// A copy refined takes this much more than the difference of the intra frames; fewer qp do not pay.
constexpr double kRefinementPrice = 1.2;

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

double WindowController::Predict(const RateSlot& slot, double base_qp) const {
  if (watch_.still() && slot.frame_class != FrameClass::kIntra) return Capped(copy_bits_);
  return Capped(model_.Bits(slot, std::clamp(base_qp + slot.qp_offset, 0.0, double{kMaxQp})));
}

WindowController::Mixture WindowController::MixtureOf(int64_t first, int64_t count) const {
  Mixture mixture;
  for (int64_t i = 0; i < count; ++i) ++mixture[upcoming_[size_t(first + i)]];
  return mixture;
}

double WindowController::Predict(const Mixture& mixture, double base_qp) const {
  double bits = 0;
  for (const auto& [slot, frames] : mixture) bits += double(frames) * Predict(slot, base_qp);
  return bits;
}

double WindowController::PredictPresent(const RateSlot& slot, double qp) const {
  if (tried_.empty()) {
    if (!watch_.still() || slot.frame_class == FrameClass::kIntra) return model_.Bits(slot, qp);
    return copy_bits_ + Refinement(qp, reference_qp_);
  }
  const auto above = tried_.lower_bound(int(std::ceil(qp)));
  if (above == tried_.begin() || above == tried_.end()) {
    const auto& [known_qp, known_bits] = above == tried_.begin() ? *above : *std::prev(above);
    return model_.Bits(slot, qp) * known_bits / model_.Bits(slot, known_qp);
  }
  const auto below = std::prev(above);
  const double part = (qp - below->first) / (above->first - below->first);
  return below->second * std::pow(above->second / below->second, part);
}

double WindowController::Refinement(double qp, int shown_qp) const {
  if (qp > shown_qp - kLeastRefinement) return 0;
  return kRefinementPrice * std::max(0.0, model_.Bits(intra_slot_, qp) - model_.Bits(intra_slot_, shown_qp));
}

bool WindowController::Copies(const RateSlot& slot, int qp, double bits) const {
  if (slot.frame_class == FrameClass::kIntra || (qp > kCoarsestCopyQp && !watch_.still())) return false;
  const double flags =
      (watch_.still() ? kStillCopyFactor : 1) * std::max(kCopyFlagsBits, kCopyShare * model_.Bits(intra_slot_, qp));
  return bits <= std::min(RateModel::kEmptyPacketBits + flags, kCopyFairShare * options_.bits_per_frame);
}

bool WindowController::MayRefine(int qp, double bits) const {
  const double finer = model_.Bits(intra_slot_, qp) - model_.Bits(intra_slot_, reference_qp_);
  return qp < reference_qp_ && bits <= RateModel::kEmptyPacketBits + 2 * finer;
}

double WindowController::Overdraft(const RateSlot& slot, double base_qp) const {
  // A window that is not shorter than the buffer looks after it; nothing does for what comes after a still part.
  const int64_t planned = PlannedFrames();
  int64_t frames = planned;
  if (watch_.still() || options_.buffer_frames < options_.window_frames) {
    frames = std::clamp(int64_t(std::ceil(options_.buffer_frames)), frames, int64_t(upcoming_.size()));
  }
  const double share = watch_.still() ? kStillReserve : kReserve;
  const double reserve = std::min(share * buffer_bits_, 0.5 * std::max(held_bits_, 0.0));
  std::map<RateSlot, double> slots;
  double spent = 0;
  double held = held_bits_ - reserve;
  double overdraft = -std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < frames; ++i) {
    const RateSlot& next = upcoming_[size_t(i)];
    double bits = 0;
    if (i == 0) {
      bits = Capped(PredictPresent(slot, std::clamp(base_qp + slot.qp_offset, 0.0, double{kMaxQp})));
    } else if (const auto known = slots.find(next); known != slots.end()) {
      bits = known->second;
    } else {
      bits = slots[next] = Predict(next, base_qp);
    }
    spent += bits;
    held -= bits;
    overdraft = std::max(overdraft, -held);
    if (i + 1 == planned) overdraft = std::max(overdraft, spent - std::max(PlannedBits(), 0.0));
    held = std::min(held + options_.bits_per_frame, buffer_bits_ - reserve);
  }
  return overdraft;
}

double WindowController::Solve(const Mixture& mixture, double bits) const {
  return SolveFalling([&](double base_qp) { return Predict(mixture, base_qp); }, bits);
}

double WindowController::SolveWindow(const RateSlot& slot) const {
  return SolveFalling([&](double base_qp) { return Overdraft(slot, base_qp); }, 0);
}

void WindowController::PlanAhead(int64_t frames) {
  std::vector<PlannedFrame> plans;
  while (int64_t(upcoming_.size()) < frames) {
    plans.clear();
    planner_.Push(planned_frames_++, &plans);
    for (const PlannedFrame& plan : plans) upcoming_.push_back({plan.frame_class, plan.qp_offset});
  }
}

double WindowController::LeastIntra(const Mixture& mixture) const {
  double bits = 0;
  for (const auto& [slot, frames] : mixture) {
    if (slot.frame_class == FrameClass::kIntra) bits += double(frames) * Predict(slot, kMaxQp);
  }
  return bits;
}

}  // namespace fsc
