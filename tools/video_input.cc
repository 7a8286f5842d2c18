#include "tools/video_input.h"

#include <utility>

#include "eval/front_reader.h"

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
    FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(options.model_path, Limits{}));
    SplitModel::Options parts;
    parts.back = false;
    parts.threads = 1;  // LibTorch's results depend on it in their last bits: threads take a frame each instead
    FSC_ASSIGN_OR_RETURN(input->model_, SplitModel::Load(spec, parts));
    FrontReaderOptions reading;
    // A video decoder on several threads reads ahead as well.
    reading.side_by_side = options.read_ahead ? options.threads : 1;
    reading.pictures = {options.path,          options.frame_rate,     options.frames,
                        options.size.width_px, options.size.height_px, reading.side_by_side};
    FSC_ASSIGN_OR_RETURN(input->reader_, FrontReader::Open(reading, input->model_.get(), Limits{}));
    FSC_ASSIGN_OR_RETURN(input->pending_, input->Read());
    if (!input->pending_) return BadInput("the range has no frame", options.path, "see --frames");
    return std::unique_ptr<FeatureInput>(std::move(input));
  }

  const StreamInfo& stream() const override { return reader_->stream(); }
  std::optional<int64_t> frames() const override { return reader_->frames(); }
  Warnings warnings() const override { return reader_->warnings(); }
  bool broke_off() const override { return reader_->broke_off(); }

  Result<std::optional<InputFrame>> Next() override {
    if (pending_) return std::exchange(pending_, std::nullopt);
    return Read();
  }

 private:
  Result<std::optional<InputFrame>> Read() {
    FSC_ASSIGN_OR_RETURN(auto read, reader_->Next());
    if (!read) return std::optional<InputFrame>();
    InputFrame result;
    result.frame = std::move(read->front.frame);
    result.luma = std::move(read->front.luma);
    result.image = std::move(read->picture.image);
    result.front_s = read->front_s;
    result.front_cpu_s = read->front_cpu_s;
    return std::optional<InputFrame>(std::move(result));
  }

  std::unique_ptr<SplitModel> model_;
  std::unique_ptr<FrontReader> reader_;
  std::optional<InputFrame> pending_;  // the first frame, read at Open to know the shapes
};

}  // namespace

Result<std::unique_ptr<FeatureInput>> OpenVideoInput(const FeatureInputOptions& options) {
  return VideoInput::Open(options);
}

}  // namespace fsc::tools
