#include "codec/rate/rate_model.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

constexpr double kAsymptote = 3.6;
constexpr double kCurvature = 0.055;
constexpr double kFlattest = -12;  // log2(bits per element) of a frame that is all flags
// What the four networks give at the same base qp: log2(bits per element) of an intra frame at qp 44, and how far other
// slots lie below, the typical qp offset included.
constexpr double kTypicalIntra = -0.2;
constexpr int kTypicalQp = 42;

// Octaves above what was expected from which on a frame belongs to other content than the frames before.
constexpr double kOtherContent = 2.6;
// Of what a frame takes more than was expected, the share that the other slots between intra frames are thought to.
constexpr double kSharedSurprise = 0.5;

double BelowIntra(const RateSlot& slot) {
  switch (slot.frame_class) {
    case FrameClass::kIntra:
      return 0;
    case FrameClass::kPredicted:
      return slot.qp_offset <= 0 ? 0.8 : 1.6;
    case FrameClass::kReferenceB:
    case FrameClass::kLeafB:
      return 1.2 + 0.35 * std::min(slot.qp_offset, 5);
  }
  return 0;
}

}  // namespace

double RateModel::Moved(double height, double qp_steps) const {
  const double below = kAsymptote - std::clamp(height, kFlattest, kAsymptote - 0.5);
  return std::max(kFlattest, kAsymptote - below * std::exp(kCurvature * bend_ * qp_steps));
}

double RateModel::Height(const RateSlot& slot, double qp) const {
  const auto known = lines_.find(slot);
  if (known != lines_.end()) return Moved(known->second.height, qp - known->second.qp);
  // From the intra frame and the slot farthest below it, at the same base qp.
  const double base_qp = qp - slot.qp_offset;
  double intra = Moved(kTypicalIntra, base_qp - 2 - kTypicalQp);
  double stretch = 1;
  double farthest = 0;
  for (const auto& [other, line] : lines_) {
    const double height = Moved(line.height, base_qp + other.qp_offset - line.qp);
    const double below = BelowIntra(other);
    if (below == 0) intra = height;
    if (below > farthest) {
      farthest = below;
      stretch = std::clamp((intra - height) / below, 0.2, 2.5);
    }
  }
  return intra - stretch * BelowIntra(slot);
}

double RateModel::Bits(const RateSlot& slot, double qp) const {
  return kEmptyPacketBits + elements_ * std::exp2(Height(slot, qp));
}

void RateModel::Learn(const RateSlot& slot, int qp, double bits, bool again) {
  const double height = std::log2(std::max(bits - kEmptyPacketBits, 16.0) / elements_);
  if (again && qp != last_.qp) {
    const double before = kAsymptote - last_.height;
    const double after = kAsymptote - height;
    if (before > 0.5 && after > 0.5) {
      const double seen = std::log(after / before) / (kCurvature * (qp - last_.qp));
      bend_ = std::clamp(0.7 * bend_ + 0.3 * seen, 0.8, 1.25);
    }
  }
  last_ = {height, double(qp)};
  if (!again) before_ = lines_;
  lines_ = before_;
  const auto known = lines_.find(slot);
  if (known == lines_.end()) {
    lines_[slot] = last_;
    return;
  }
  constexpr double kNewest = 0.7;
  const double surprise = height - Moved(known->second.height, qp - known->second.qp);
  if (surprise > kOtherContent) {
    // .. of which nothing else is known, but that intra frames take more than predicted ones.
    std::erase_if(lines_, [&](const auto& entry) {
      if (slot.frame_class == FrameClass::kIntra || entry.first.frame_class != FrameClass::kIntra) return true;
      return Moved(entry.second.height, qp - slot.qp_offset + entry.first.qp_offset - entry.second.qp) < height;
    });
    lines_[slot] = last_;
    return;
  }
  if (slot.frame_class != FrameClass::kIntra) {
    for (auto& [other, line] : lines_) {
      if (other.frame_class != FrameClass::kIntra) line.height += kSharedSurprise * std::clamp(surprise, -2.0, 2.0);
    }
  }
  known->second = {height - (1 - kNewest) * surprise, double(qp)};
}

void RateModel::Forget() {
  lines_.clear();
  before_.clear();
}

void RateModel::ForgetSince(const RateModel& before) {
  const auto other = [](const auto& entry) { return entry.first.frame_class != FrameClass::kIntra; };
  std::erase_if(lines_, other);
  for (const auto& entry : before.lines_) {
    if (other(entry)) lines_.insert(entry);
  }
}

}  // namespace fsc
