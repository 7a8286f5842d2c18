#include "streams/timestamp_mender.h"

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

constexpr int kReorderedFrames = 8;  // a stamp that is earlier by up to so many frames is a slip, by more a new start
constexpr int64_t kMostTicks = int64_t{1} << 60;  // what is beyond is no time stamp; leaves room for offsets

}  // namespace

TimestampMender::TimestampMender(double frame_ticks, int64_t largest_gap_ticks, int64_t start_ticks)
    : frame_ticks_(std::clamp(frame_ticks, 1e-6, 1e15)),
      largest_gap_ticks_(std::clamp<int64_t>(largest_gap_ticks, 1, kMostTicks)),
      start_ticks_(std::clamp(start_ticks, -kMostTicks, kMostTicks)) {}

int64_t TimestampMender::Invent(double frames_after_base) {
  ++mended_;
  ++invented_;
  const double later = std::min(frames_after_base * frame_ticks_, double(kMostTicks));
  last_ticks_ = std::max(last_ticks_ + 1, base_ticks_ + int64_t(std::llround(later)));
  return last_ticks_;
}

int64_t TimestampMender::Next(std::optional<int64_t> stamp) {
  if (stamp && (*stamp > kMostTicks || *stamp < -kMostTicks)) stamp.reset();
  if (frames_++ == 0) {
    if (!stamp) ++mended_;
    base_ticks_ = last_ticks_ = stamp.value_or(start_ticks_);
    last_stamp_ = stamp;
    return last_ticks_;
  }
  const bool repeated = stamp == last_stamp_;
  last_stamp_ = stamp;
  if (!stamp || repeated) return Invent(double(invented_ + 1));
  const int64_t ticks = *stamp + offset_ticks_;
  const int64_t step = ticks - last_ticks_;
  if (step > 0 && step <= largest_gap_ticks_) {
    base_ticks_ = last_ticks_ = ticks;
    invented_ = 0;
    return ticks;
  }
  if (step <= 0 && double(-step) <= kReorderedFrames * frame_ticks_) return Invent(double(invented_) + 0.5);
  Invent(double(invented_ + 1));
  offset_ticks_ = last_ticks_ - *stamp;
  base_ticks_ = last_ticks_;
  invented_ = 0;
  return last_ticks_;
}

}  // namespace fsc
