#include "tools/luma_input.h"

#include "core/luma.h"
#include "models/resize.h"
#include "streams/video_source.h"

namespace fsc::tools {
namespace {

class VideoLuma : public LumaInput {
 public:
  VideoLuma(std::unique_ptr<VideoSource> source, std::string path, int width_px, int height_px)
      : source_(std::move(source)), path_(std::move(path)), width_px_(width_px), height_px_(height_px) {}

  Status Skip(int64_t frames) {
    FSC_ASSIGN_OR_RETURN(frames_read_, source_->Skip(frames));
    return frames_read_ == frames ? Status() : TooShort();
  }

  Result<Plane<uint8_t>> Next() override {
    FSC_ASSIGN_OR_RETURN(VideoFrame frame, Read());
    Image& image = frame.image;
    if (image.width_px != width_px_ || image.height_px != height_px_) {
      image = Resized(image, width_px_, height_px_);
    }
    return LumaOf(image);
  }

  TimeBase frame_rate() const override { return source_->info().frame_rate; }
  Warnings warnings() const override { return source_->warnings(); }

 private:
  Error TooShort() const {
    return BadInput("the video has only " + std::to_string(frames_read_) + " frames", path_,
                    "give the clip that the tensors were made from, or cut the tensors with --frames");
  }

  Result<VideoFrame> Read() {
    FSC_ASSIGN_OR_RETURN(auto frame, source_->Next());
    if (!frame) return TooShort();
    ++frames_read_;
    return std::move(*frame);
  }

  std::unique_ptr<VideoSource> source_;
  std::string path_;
  int width_px_;
  int height_px_;
  int64_t frames_read_ = 0;
};

}  // namespace

Result<std::unique_ptr<LumaInput>> OpenLumaInput(const std::string& video_path, int width_px, int height_px,
                                                 int64_t first_frame, int threads) {
  FSC_ASSIGN_OR_RETURN(auto source, OpenVideo(video_path, Limits{}, threads));
  auto luma = std::make_unique<VideoLuma>(std::move(source), video_path, width_px, height_px);
  FSC_RETURN_IF_ERROR(luma->Skip(first_frame));
  return std::unique_ptr<LumaInput>(std::move(luma));
}

}  // namespace fsc::tools
