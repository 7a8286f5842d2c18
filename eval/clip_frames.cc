#include "eval/clip_frames.h"

#include <filesystem>

#include "models/resize.h"
namespace fsc {
Result<std::unique_ptr<ClipFrames>> ClipFrames::Open(const SuiteClip& clip, const Limits& limits) {
  auto frames = std::make_unique<ClipFrames>();
  frames->clip_ = clip;
  FSC_ASSIGN_OR_RETURN(frames->source_, OpenVideo(clip.path, limits, 1, clip.frame_rate));
  for (; frames->next_ < clip.first_frame; ++frames->next_) {
    FSC_ASSIGN_OR_RETURN(const auto skipped, frames->source_->Next());
    if (!skipped)
      return Usage("the range starts past the end of the clip", clip.path,
                   "it has " + std::to_string(frames->next_) + " frames");
  }
  return frames;
}

Result<std::optional<ClipFrames::Frame>> ClipFrames::Next() {
  if (next_ >= clip_.end_frame) return std::optional<Frame>();
  FSC_ASSIGN_OR_RETURN(auto video_frame, source_->Next());
  if (!video_frame) return std::optional<Frame>();
  Frame frame;
  frame.timestamp_ticks = video_frame->timestamp_ticks;
  frame.file_width_px = video_frame->image.width_px;
  frame.file_height_px = video_frame->image.height_px;
  frame.image =
      clip_.width_px > 0 ? Resized(video_frame->image, clip_.width_px, clip_.height_px) : std::move(video_frame->image);
  ++next_;
  return std::optional<Frame>(std::move(frame));
}

Result<ClipListing> ListClip(const SuiteClip& clip, const Limits& limits) {
  ClipListing listing;
  auto opened = OpenVideo(clip.path, limits, 1, clip.frame_rate);
  if (!opened.ok() && clip.frame_rate && opened.error().kind == ErrorKind::kUsage) {
    return BadInput(opened.error().what, "fps: " + opened.error().where, opened.error().advice);
  }
  FSC_ASSIGN_OR_RETURN(const auto source, std::move(opened));
  listing.width_px = source->info().width_px;
  listing.height_px = source->info().height_px;
  if (std::filesystem::is_directory(clip.path)) {
    FSC_ASSIGN_OR_RETURN(listing.names, ListPictures(clip.path));
    listing.frames = int64_t(listing.names.size());
  } else if (source->info().frames_from_header) {
    listing.frames = *source->info().frames_from_header;
  } else {
    for (;; ++listing.frames) {
      FSC_ASSIGN_OR_RETURN(const auto frame, source->Next());
      if (!frame) break;
    }
  }
  if (listing.frames <= clip.first_frame) {
    return BadInput("the range starts past the end of the clip", clip.path,
                    "it has " + std::to_string(listing.frames) + " frames");
  }
  return listing;
}

}  // namespace fsc
