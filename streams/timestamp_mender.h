// timestamp_mender.h: time stamps as files have them, made to rise. Internal to streams/.
//
// Stamps that rise are kept exactly, whatever the distances between them. The rest:
// - missing, or the same as the one before: a frame duration later;
// - not later than what came out before, by up to 8 frames: half a frame duration later, and the next stamps hold
// again;
// - earlier by more (the stamps begin again), or later by more than `largest_gap_ticks`: a frame duration later, and
//   all that follow are moved with it.
#ifndef FSC_STREAMS_TIMESTAMP_MENDER_H_
#define FSC_STREAMS_TIMESTAMP_MENDER_H_

#include <cstdint>
#include <optional>

namespace fsc {

class TimestampMender {
 public:
  // `frame_ticks`: how long a frame is at the nominal rate, > 0. `start_ticks`: the first stamp, where the first frame
  // has none.
  TimestampMender(double frame_ticks, int64_t largest_gap_ticks, int64_t start_ticks);

  // The stamp of the next frame, higher than those before, between -2^62 and 2^62. nullopt = the file has none for it.
  int64_t Next(std::optional<int64_t> stamp);

  double frame_ticks() const { return frame_ticks_; }
  int64_t frames() const { return frames_; }
  int64_t mended() const { return mended_; }  // frames whose stamp was invented, or moved the rest

 private:
  int64_t Invent(double frames_after_base);

  double frame_ticks_;
  int64_t largest_gap_ticks_;
  int64_t start_ticks_;
  int64_t offset_ticks_ = 0;           // added to what the file says
  int64_t last_ticks_ = 0;             // given last
  int64_t base_ticks_ = 0;             // the last one that was not invented
  int64_t invented_ = 0;               // since then
  std::optional<int64_t> last_stamp_;  // as the file has it
  int64_t frames_ = 0;
  int64_t mended_ = 0;
};

}  // namespace fsc

#endif  // FSC_STREAMS_TIMESTAMP_MENDER_H_
