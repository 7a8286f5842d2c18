// clip_frames.h: the pictures of a suite's clip, in its range, at its size and frame rate.
#ifndef FSC_EVAL_CLIP_FRAMES_H_
#define FSC_EVAL_CLIP_FRAMES_H_

#include <memory>
#include <optional>

#include "eval/ground_truth.h"
#include "eval/suite.h"
#include "streams/video_source.h"

namespace fsc {

class ClipFrames {
 public:
  // kUsage when the range is past the end.
  static Result<std::unique_ptr<ClipFrames>> Open(const SuiteClip& clip, const Limits& limits);

  struct Frame {
    Image image;
    int64_t timestamp_ticks = 0;
    int file_width_px = 0, file_height_px = 0;  // before resizing
  };
  Result<std::optional<Frame>> Next();

  // What was mended in the clip or is missing from it; complete once Next() has given nullopt.
  Warnings warnings() const { return source_->warnings(); }
  TimeBase time_base() const { return source_->info().time_base; }
  TimeBase frame_rate() const { return source_->info().frame_rate; }  // frames per second

 private:
  SuiteClip clip_;
  std::unique_ptr<VideoSource> source_;
  int64_t next_ = 0;  // in the file
};

// The number, names and size of the frames of a clip. Videos whose header does not tell are decoded once.
Result<ClipListing> ListClip(const SuiteClip& clip, const Limits& limits);

}  // namespace fsc

#endif  // FSC_EVAL_CLIP_FRAMES_H_
