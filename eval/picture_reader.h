// picture_reader.h: the pictures of a video in a range and at a size: how every command and every evaluation reads one.
#ifndef FSC_EVAL_PICTURE_READER_H_
#define FSC_EVAL_PICTURE_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/frame_range.h"
#include "streams/video_source.h"

namespace fsc {

struct PictureReaderOptions {
  std::string path;                    // as OpenVideo() takes it
  std::optional<TimeBase> frame_rate;  // of what has no time stamps, frames per second
  FrameRange frames;
  int width_px = 0, height_px = 0;  // pictures are resized to it (area averaging); 0 = as they are
  int threads = 1;                  // of the video's decoder
};

class PictureReader {
 public:
  // Errors as OpenVideo(); kUsage also when the range begins past the end.
  static Result<PictureReader> Open(const PictureReaderOptions& options, const Limits& limits);

  // nullopt at the end of the range or of the video. kBadInput for a picture that cannot be decoded.
  Result<std::optional<VideoFrame>> Next();
  // Passes over so many pictures of the range; the number that there were.
  Result<int64_t> Skip(int64_t pictures);

  const VideoInfo& info() const { return source_->info(); }
  int64_t next_number() const { return next_; }  // in the video, of what Next() gives
  // In the range, as far as the video says.
  std::optional<int64_t> pictures() const;
  // What was mended in the video or is missing from it; complete once Next() has given nullopt.
  Warnings warnings() const { return source_->warnings(); }
  // Next() has failed because the video ends too early or is damaged from there on: the pictures before are good.
  bool broke_off() const { return source_->broke_off(); }

 private:
  PictureReaderOptions options_;
  std::unique_ptr<VideoSource> source_;
  int64_t next_ = 0;
};

}  // namespace fsc

#endif  // FSC_EVAL_PICTURE_READER_H_
