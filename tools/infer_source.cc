#include "tools/infer_source.h"

#include <algorithm>

#include "codec/decoder.h"
#include "streams/digest.h"
#include "streams/video_source.h"
#include "tools/feature_input.h"
#include "tools/tensor_input.h"

namespace fsc::tools {
namespace {

// Layers as the model's JSON has them: same number, same channels.
Status CheckLayersAgainst(const ModelSpec& spec, const std::vector<LayerSpec>& layers, const std::string& where) {
  bool same = spec.layers.size() == layers.size();
  for (size_t i = 0; same && i < layers.size(); ++i) same = spec.layers[i].channels == layers[i].channels;
  if (same) return {};
  const auto text = [](const std::vector<LayerSpec>& list) {
    std::string channels;
    for (const LayerSpec& layer : list) channels += (channels.empty() ? "" : " + ") + std::to_string(layer.channels);
    return channels + " channels";
  };
  return BadInput(
      "the tensors are of another network: " + text(layers) + " where " + spec.id + " has " + text(spec.layers), where,
      "give the model that they were made with");
}

// Tensors say nothing of the source: it is taken to have the size of the network's input.
Result<InputGeometry> GeometryOfTensors(const ModelSpec& spec, const std::vector<LayerSpec>& layers) {
  const int stride_px = spec.layers.front().stride_px;
  return GeometryFor(spec.input, layers.front().width_cells * stride_px, layers.front().height_cells * stride_px);
}

// Pictures to draw on, read beside a stream or tensors.
class Pictures {
 public:
  static Result<Pictures> Open(const std::string& path, int threads) {
    Pictures pictures;
    if (path.empty()) return pictures;
    pictures.path_ = path;
    FSC_ASSIGN_OR_RETURN(pictures.source_, OpenVideo(path, Limits{}, threads));
    return pictures;
  }
  // The picture of a frame; frame numbers rise from call to call. Empty without a video.
  Result<Image> At(int64_t frame_number) {
    if (source_ == nullptr) return Image{};
    for (;; ++next_frame_) {
      FSC_ASSIGN_OR_RETURN(auto frame, source_->Next());
      if (!frame)
        return BadInput("the video ends before the features do", path_, "give the clip that they were made from");
      if (next_frame_ == frame_number) {
        ++next_frame_;
        return std::move(frame->image);
      }
    }
  }

 private:
  int64_t next_frame_ = 0;
  std::unique_ptr<VideoSource> source_;
  std::string path_;
};

class StreamSource : public InferSource {
 public:
  static Result<std::unique_ptr<InferSource>> Open(const InferSourceOptions& options, const SplitModel& model) {
    auto self = std::unique_ptr<StreamSource>(new StreamSource);
    self->range_ = options.frames;
    FSC_ASSIGN_OR_RETURN(self->bytes_, OpenSource(options.path));
    FSC_ASSIGN_OR_RETURN(self->decoder_, FeatureDecoder::Open(self->bytes_.get(), Limits{}, options.threads));
    const StreamHeader& header = self->decoder_->header();
    FSC_RETURN_IF_ERROR(CheckLayersAgainst(model.spec(), header.layers, options.path));
    if (header.model_sha256 != Sha256{} && header.model_sha256 != model.front_sha256()) {
      return BadInput("the stream was made with another network: front " + HexText(header.model_sha256).substr(0, 16) +
                          ".. where " + model.spec().id + " has " + HexText(model.front_sha256()).substr(0, 16) + "..",
                      options.path, "give the model that the stream names: " + header.model_id);
    }
    FSC_ASSIGN_OR_RETURN(self->geometry_, GeometryOf(header, model.spec()));
    if (options.frames.first > 0) FSC_RETURN_IF_ERROR(self->decoder_->SeekToFrame(options.frames.first));
    FSC_ASSIGN_OR_RETURN(self->pictures_, Pictures::Open(options.video_path, options.threads));
    return std::unique_ptr<InferSource>(std::move(self));
  }

  std::optional<int64_t> frames() const override { return std::nullopt; }
  TimeBase time_base() const override { return decoder_->header().time_base; }
  TimeBase frame_rate() const override { return {time_base().den, time_base().num}; }

  Result<std::optional<InferFrame>> Next() override {
    FSC_ASSIGN_OR_RETURN(auto decoded, decoder_->Next());
    if (!decoded || decoded->frame_number >= range_.last) return std::optional<InferFrame>();
    InferFrame result{decoded->frame_number, std::move(decoded->frame), geometry_, {}};
    FSC_ASSIGN_OR_RETURN(result.image, pictures_.At(result.frame_number));
    return std::optional<InferFrame>(std::move(result));
  }

 private:
  static Result<InputGeometry> GeometryOf(const StreamHeader& header, const ModelSpec& spec) {
    if (header.source_width_px > 0) return GeometryFor(spec.input, header.source_width_px, header.source_height_px);
    return GeometryOfTensors(spec, header.layers);
  }

  FrameRange range_;
  std::unique_ptr<ByteSource> bytes_;
  std::unique_ptr<FeatureDecoder> decoder_;
  InputGeometry geometry_;
  Pictures pictures_;
};

class TensorFileSource : public InferSource {
 public:
  static Result<std::unique_ptr<InferSource>> Open(const InferSourceOptions& options, const SplitModel& model) {
    auto self = std::unique_ptr<TensorFileSource>(new TensorFileSource);
    FeatureInputOptions input;
    input.path = options.path;
    input.frame_rate = options.frame_rate;
    input.frames = options.frames;
    self->next_frame_ = options.frames.first;
    FSC_ASSIGN_OR_RETURN(self->input_, OpenTensorInput(input));
    const auto& layers = self->input_->stream().layers;
    FSC_RETURN_IF_ERROR(CheckLayersAgainst(model.spec(), layers, options.path));
    self->model_input_ = model.spec().input;
    FSC_ASSIGN_OR_RETURN(self->geometry_, GeometryOfTensors(model.spec(), layers));
    FSC_ASSIGN_OR_RETURN(self->pictures_, Pictures::Open(options.video_path, options.threads));
    return std::unique_ptr<InferSource>(std::move(self));
  }

  std::optional<int64_t> frames() const override { return input_->frames(); }
  TimeBase time_base() const override { return input_->stream().time_base; }
  TimeBase frame_rate() const override { return input_->stream().frame_rate; }

  Result<std::optional<InferFrame>> Next() override {
    FSC_ASSIGN_OR_RETURN(auto frame, input_->Next());
    if (!frame) return std::optional<InferFrame>();
    InferFrame result{next_frame_++, std::move(frame->frame), geometry_, {}};
    FSC_ASSIGN_OR_RETURN(result.image, pictures_.At(result.frame_number));
    if (result.image.width_px > 0) {
      FSC_ASSIGN_OR_RETURN(result.geometry, GeometryFor(model_input_, result.image.width_px, result.image.height_px));
    }
    return std::optional<InferFrame>(std::move(result));
  }

 private:
  InputSpec model_input_;  // where pictures give the source size, the geometry follows from it
  std::unique_ptr<FeatureInput> input_;
  InputGeometry geometry_;
  Pictures pictures_;
  int64_t next_frame_ = 0;
};

class VideoFileSource : public InferSource {
 public:
  static Result<std::unique_ptr<InferSource>> Open(const InferSourceOptions& options, SplitModel* model) {
    auto self = std::unique_ptr<VideoFileSource>(new VideoFileSource);
    self->model_ = model;
    self->range_ = options.frames;
    FSC_ASSIGN_OR_RETURN(self->source_, OpenVideo(options.path, Limits{}, options.threads));
    for (; self->next_frame_ < options.frames.first; ++self->next_frame_) {
      FSC_ASSIGN_OR_RETURN(const auto frame, self->source_->Next());
      if (!frame) return Usage("frame " + std::to_string(options.frames.first) + " is past the end", options.path);
    }
    return std::unique_ptr<InferSource>(std::move(self));
  }

  std::optional<int64_t> frames() const override {
    const auto claimed = source_->info().frames_from_header;
    return claimed ? std::optional(std::min(*claimed, range_.last) - range_.first) : std::nullopt;
  }
  TimeBase time_base() const override { return source_->info().time_base; }
  TimeBase frame_rate() const override { return source_->info().frame_rate; }

  Result<std::optional<InferFrame>> Next() override {
    if (next_frame_ >= range_.last) return std::optional<InferFrame>();
    FSC_ASSIGN_OR_RETURN(auto frame, source_->Next());
    if (!frame) return std::optional<InferFrame>();
    FSC_ASSIGN_OR_RETURN(FrontOutput front, model_->RunFront(frame->image));
    front.frame.timestamp_ticks = frame->timestamp_ticks;
    return std::optional<InferFrame>(
        InferFrame{next_frame_++, std::move(front.frame), front.geometry, std::move(frame->image)});
  }

 private:
  SplitModel* model_ = nullptr;
  FrameRange range_;
  std::unique_ptr<VideoSource> source_;
  int64_t next_frame_ = 0;
};

}  // namespace

Result<std::unique_ptr<InferSource>> OpenInferSource(const InferSourceOptions& options, SplitModel* model) {
  if (IsStreamFile(options.path) || options.path == "-") return StreamSource::Open(options, *model);
  if (IsTensorFile(options.path)) return TensorFileSource::Open(options, *model);
  return VideoFileSource::Open(options, model);
}

}  // namespace fsc::tools
