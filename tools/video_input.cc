#include "tools/video_input.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "core/clock.h"
#include "core/thread_pool.h"
#include "models/resize.h"
#include "models/split_model.h"
#include "streams/video_source.h"

namespace fsc::tools {
namespace {

class VideoInput : public FeatureInput {
 public:
  static Result<std::unique_ptr<FeatureInput>> Open(const FeatureInputOptions& options) {
    if (options.model_path.empty()) {
      return Usage("a video needs a network to make features of it", options.path,
                   "give --model M.json, or tensors as .npy or .npz");
    }
    auto input = std::unique_ptr<VideoInput>(new VideoInput);
    input->path_ = options.path;
    input->range_ = options.frames;
    input->size_ = options.size;
    FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(options.model_path, Limits{}));
    SplitModel::Options parts;
    parts.back = false;
    parts.threads = 1;  // LibTorch's results depend on it in their last bits: threads take a frame each instead
    input->pool_ = std::make_unique<ThreadPool>(options.read_ahead ? options.threads : 1);
    FSC_ASSIGN_OR_RETURN(input->model_, SplitModel::Load(spec, parts));
    FSC_ASSIGN_OR_RETURN(input->source_, OpenVideo(options.path, Limits{}, options.threads, options.frame_rate));
    FSC_RETURN_IF_ERROR(input->SkipTo(options.frames.first));
    FSC_ASSIGN_OR_RETURN(input->pending_, input->Read());
    if (!input->pending_) return BadInput("the range has no frame", options.path, "see --frames");
    return std::unique_ptr<FeatureInput>(std::move(input));
  }

  const StreamInfo& stream() const override { return stream_; }

  std::optional<int64_t> frames() const override {
    const auto claimed = source_->info().frames_from_header;
    const int64_t end = std::min(claimed.value_or(range_.last), range_.last);
    if (end == FrameRange{}.last) return std::nullopt;
    return std::max<int64_t>(end - range_.first, 0);
  }

  Warnings warnings() const override { return source_->warnings(); }
  bool broke_off() const override { return passed_.empty() && source_->broke_off(); }

  Result<std::optional<InputFrame>> Next() override {
    if (pending_) return std::exchange(pending_, std::nullopt);
    return Read();
  }

 private:
  Status SkipTo(int64_t frame_number) {
    for (; next_frame_ < frame_number; ++next_frame_) {
      FSC_ASSIGN_OR_RETURN(const auto frame, source_->Next());
      if (!frame) {
        return Usage("frame " + std::to_string(frame_number) + " is past the end", path_,
                     "it has " + std::to_string(next_frame_) + " frames");
      }
    }
    return {};
  }

  // A frame that was read, and what the front made of it.
  struct Passed {
    VideoFrame video;
    std::optional<Result<FrontOutput>> front;
    double front_s = 0;
  };

  // As many frames as there are threads, side by side through the front. What ends or breaks the video is kept for
  // after them.
  void ReadSome() {
    while (!ended_ && int(passed_.size()) < pool_->threads() && next_frame_ + int64_t(passed_.size()) < range_.last) {
      auto video_frame = source_->Next();
      if (video_frame.ok() && *video_frame) {
        Image& image = (**video_frame).image;
        if (size_.width_px > 0) image = Resized(image, size_.width_px, size_.height_px);
        passed_.push_back({std::move(**video_frame), std::nullopt, 0});
      } else {
        ended_ = true;
        if (!video_frame.ok()) failure_ = video_frame.error();
      }
    }
    pool_->Run(int(passed_.size()), [&](int i) {
      Passed& frame = passed_[size_t(i)];
      const auto start = Clock::now();
      frame.front = model_->RunFront(frame.video.image);
      frame.front_s = SecondsSince(start);
    });
  }

  Result<std::optional<InputFrame>> Read() {
    if (passed_.empty()) ReadSome();
    if (passed_.empty()) {
      if (failure_) return *failure_;
      return std::optional<InputFrame>();
    }
    Passed passed = std::move(passed_.front());
    passed_.pop_front();
    FSC_ASSIGN_OR_RETURN(FrontOutput front, std::move(*passed.front));
    if (stream_.layers.empty()) {
      Describe(front);
    } else if (front.layers != stream_.layers) {
      return BadInput("the picture's size changes, and with it the tensors'",
                      path_ + ", frame " + std::to_string(next_frame_) +
                          (passed.video.name.empty() ? "" : " (" + passed.video.name + ")"),
                      "use a model with a fixed input size, or code pictures of one size at a time");
    }
    InputFrame result;
    result.frame = std::move(front.frame);
    result.frame.timestamp_ticks = passed.video.timestamp_ticks;
    result.luma = std::move(front.luma);
    result.image = std::move(passed.video.image);
    result.front_s = passed.front_s;
    ++next_frame_;
    return std::optional<InputFrame>(std::move(result));
  }

  void Describe(const FrontOutput& front) {
    stream_.layers = front.layers;
    stream_.time_base = source_->info().time_base;
    stream_.frame_rate = source_->info().frame_rate;
    stream_.input_width_px = front.geometry.input_width_px;
    stream_.input_height_px = front.geometry.input_height_px;
    stream_.source_width_px = front.geometry.source_width_px;
    stream_.source_height_px = front.geometry.source_height_px;
    stream_.model_id = model_->spec().id;
    stream_.model_sha256 = model_->front_sha256();
  }

  std::string path_;
  FrameRange range_;
  PictureSize size_;
  std::unique_ptr<SplitModel> model_;
  std::unique_ptr<VideoSource> source_;
  StreamInfo stream_;
  std::unique_ptr<ThreadPool> pool_;
  std::deque<Passed> passed_;     // not given yet
  std::optional<Error> failure_;  // of the video, after them
  bool ended_ = false;
  std::optional<InputFrame> pending_;  // the first frame, read at Open to know the shapes
  int64_t next_frame_ = 0;             // that Read() gives
};

}  // namespace

Result<std::unique_ptr<FeatureInput>> OpenVideoInput(const FeatureInputOptions& options) {
  return VideoInput::Open(options);
}

}  // namespace fsc::tools
