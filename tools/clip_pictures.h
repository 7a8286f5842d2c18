// clip_pictures.h: the pictures of the clip that features were made from, to draw on, found by time.
#ifndef FSC_TOOLS_CLIP_PICTURES_H_
#define FSC_TOOLS_CLIP_PICTURES_H_

#include <memory>
#include <string>

#include "streams/video_source.h"
#include "tools/stored_features.h"

namespace fsc::tools {

class ClipPictures {
 public:
  // No pictures: At() gives empty ones.
  ClipPictures() = default;
  // `features` says what time base their timestamps have, and whether they came from a video: otherwise a timestamp is
  // the number of the picture.
  static Result<ClipPictures> Open(const std::string& path, const StoredFeatures& features, int threads);

  // The picture of a frame; timestamps rise from call to call. kBadInput when the video ends before it.
  Result<Image> At(int64_t timestamp_ticks);
  Warnings warnings() const { return source_ != nullptr ? source_->warnings() : Warnings(); }

 private:
  // Picture `number` with timestamp `ticks` is at the wanted one, or behind it.
  bool Reaches(int64_t wanted_ticks, int64_t ticks) const;

  std::unique_ptr<VideoSource> source_;
  std::string path_;
  TimeBase time_base_;  // of the features
  bool by_number_ = false;
  int64_t next_number_ = 0;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_CLIP_PICTURES_H_
