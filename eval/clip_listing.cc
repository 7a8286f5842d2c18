#include "eval/clip_listing.h"

#include <filesystem>

namespace fsc {

PictureReaderOptions PicturesOf(const SuiteClip& clip) {
  return {clip.path, clip.frame_rate, {clip.first_frame, clip.end_frame}, clip.width_px, clip.height_px};
}

Result<ClipListing> ListClip(const SuiteClip& clip, const Limits& limits) {
  ClipListing listing;
  auto opened = OpenVideo(clip.path, limits, 1, clip.frame_rate);
  if (!opened.ok() && clip.frame_rate && opened.error().kind == ErrorKind::kUsage) {
    return BadInput(opened.error().what, "fps: " + opened.error().where,
                    "leave it out, or write the video anew at another rate");
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
    FSC_ASSIGN_OR_RETURN(listing.frames, source->Skip(FrameRange{}.last));
  }
  if (listing.frames <= clip.first_frame) {
    return BadInput("the range starts past the end of the clip", clip.path,
                    "it has " + std::to_string(listing.frames) + " frames");
  }
  return listing;
}

}  // namespace fsc
