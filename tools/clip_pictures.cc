#include "tools/clip_pictures.h"

#include "tools/stdin_peek.h"

namespace fsc::tools {

Result<ClipPictures> ClipPictures::Open(const std::string& path, const StoredFeatures& features, int threads) {
  ClipPictures pictures;
  if (path.empty()) return pictures;
  if (IsStandardInput(path)) return Usage("a clip beside features is opened twice", "--video " + path, "give a file");
  pictures.path_ = path;
  pictures.time_base_ = features.time_base();
  pictures.by_number_ = features.header() == nullptr || features.header()->source_width_px == 0;
  // Stills and elementary streams follow each other at the rate that the features were made at.
  auto source = OpenVideo(path, Limits{}, threads, features.frame_rate());
  const bool has_times = !source.ok() && source.error().kind == ErrorKind::kUsage;
  if (has_times) source = OpenVideo(path, Limits{}, threads);
  FSC_ASSIGN_OR_RETURN(pictures.source_, std::move(source));
  return pictures;
}

bool ClipPictures::Reaches(int64_t wanted_ticks, int64_t ticks) const {
  if (by_number_) return next_number_ >= wanted_ticks;
  const VideoInfo& info = source_->info();
  if (info.time_base == time_base_) return ticks >= wanted_ticks;
  const double wanted_s = double(wanted_ticks) * time_base_.num / time_base_.den;
  const double half_frame_s = 0.5 * info.frame_rate.den / info.frame_rate.num;
  return double(ticks) * info.time_base.num / info.time_base.den > wanted_s - half_frame_s;
}

Result<Image> ClipPictures::At(int64_t timestamp_ticks) {
  if (source_ == nullptr) return Image{};
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto frame, source_->Next());
    if (!frame)
      return BadInput("the video ends before the features do", path_, "give the clip that they were made from");
    const bool found = Reaches(timestamp_ticks, frame->timestamp_ticks);
    ++next_number_;
    if (found) return std::move(frame->image);
  }
}

}  // namespace fsc::tools
