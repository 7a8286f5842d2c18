#include "eval/picture_reader.h"

#include <algorithm>

#include "models/resize.h"

namespace fsc {

Result<PictureReader> PictureReader::Open(const PictureReaderOptions& options, const Limits& limits) {
  PictureReader reader;
  reader.options_ = options;
  FSC_ASSIGN_OR_RETURN(reader.source_, OpenVideo(options.path, limits, options.threads, options.frame_rate));
  const int64_t first = options.frames.first;
  FSC_ASSIGN_OR_RETURN(reader.next_, reader.source_->Skip(first));
  if (reader.next_ < first) {
    return Usage("frame " + std::to_string(first) + " is past the end", options.path,
                 "it has " + std::to_string(reader.next_) + " frames");
  }
  return reader;
}

Result<std::optional<VideoFrame>> PictureReader::Next() {
  if (next_ >= options_.frames.last) return std::optional<VideoFrame>();
  FSC_ASSIGN_OR_RETURN(auto frame, source_->Next());
  if (!frame) return std::optional<VideoFrame>();
  if (options_.width_px > 0) frame->image = Resized(frame->image, options_.width_px, options_.height_px);
  ++next_;
  return frame;
}

Result<int64_t> PictureReader::Skip(int64_t pictures) {
  FSC_ASSIGN_OR_RETURN(const int64_t passed, source_->Skip(std::min(pictures, options_.frames.last - next_)));
  next_ += passed;
  return passed;
}

std::optional<int64_t> PictureReader::pictures() const {
  const auto claimed = source_->info().frames_from_header;
  const int64_t end = std::min(claimed.value_or(options_.frames.last), options_.frames.last);
  if (end == FrameRange{}.last) return std::nullopt;
  return std::max<int64_t>(end - options_.frames.first, 0);
}

}  // namespace fsc
