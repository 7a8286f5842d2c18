#include "tools/infer_source.h"

#include <algorithm>

#include "models/tensor_layers.h"
#include "streams/digest.h"
#include "streams/video_source.h"
#include "tools/clip_pictures.h"
#include "tools/feature_source.h"

namespace fsc::tools {
namespace {

// Features that are there already: a stream or tensors.
class CodedSource : public InferSource {
 public:
  static Result<std::unique_ptr<InferSource>> Open(const InferSourceOptions& options, const SplitModel& model) {
    FeatureSourceOptions features;
    features.path = options.path;
    features.profile_path = options.profile_path;
    features.frame_rate = options.frame_rate;
    features.frames = options.frames;
    features.threads = options.threads;
    FSC_ASSIGN_OR_RETURN(FeatureSource source, FeatureSource::Open(features));
    auto self = std::unique_ptr<CodedSource>(new CodedSource(std::move(source)));
    const std::vector<LayerSpec>& layers = self->features_.layers();
    FSC_RETURN_IF_ERROR(CheckLayersAgainst(model.spec(), layers, options.path));
    const StreamHeader* header = self->features_.header();
    if (header != nullptr) FSC_RETURN_IF_ERROR(CheckNetwork(*header, model, options.path));
    self->follows_pictures_ = header == nullptr;
    self->model_input_ = model.spec().input;
    if (header != nullptr && header->source_width_px > 0) {
      FSC_ASSIGN_OR_RETURN(self->geometry_,
                           GeometryFor(model.spec().input, header->source_width_px, header->source_height_px));
    } else {
      std::vector<LayerSpec> placed = layers;
      PlaceLayers(model.spec(), &placed);
      self->geometry_ = GeometryOfLayers(placed);
    }
    FSC_ASSIGN_OR_RETURN(self->pictures_, ClipPictures::Open(options.video_path, self->features_, options.threads));
    return std::unique_ptr<InferSource>(std::move(self));
  }

  std::optional<int64_t> frames() const override { return features_.frames(); }
  TimeBase time_base() const override { return features_.time_base(); }
  TimeBase frame_rate() const override { return features_.frame_rate(); }
  Warnings warnings() const override { return pictures_.warnings(); }
  bool broke_off() const override { return broke_off_; }

  Result<std::optional<InferFrame>> Next() override {
    auto next = features_.Next();
    broke_off_ = !next.ok() && next.error().kind == ErrorKind::kBadInput;
    FSC_ASSIGN_OR_RETURN(auto decoded, std::move(next));
    if (!decoded) return std::optional<InferFrame>();
    InferFrame result{decoded->frame_number, std::move(decoded->frame), geometry_, {}};
    FSC_ASSIGN_OR_RETURN(result.image, pictures_.At(result.frame.timestamp_ticks));
    if (follows_pictures_ && result.image.width_px > 0) {
      FSC_ASSIGN_OR_RETURN(result.geometry, GeometryFor(model_input_, result.image.width_px, result.image.height_px));
    }
    return std::optional<InferFrame>(std::move(result));
  }

 private:
  explicit CodedSource(FeatureSource features) : features_(std::move(features)) {}

  static Status CheckNetwork(const StreamHeader& header, const SplitModel& model, const std::string& path) {
    if (header.model_sha256 == Sha256{} || header.model_sha256 == model.front_sha256()) return {};
    return BadInput("the stream was made with another network: front " + HexText(header.model_sha256).substr(0, 16) +
                        ".. where " + model.spec().id + " has " + HexText(model.front_sha256()).substr(0, 16) + "..",
                    path, "give the model that the stream names: " + header.model_id);
  }

  FeatureSource features_;
  bool follows_pictures_ = false;  // tensors say nothing of the source: where there are pictures, it has their size
  InputSpec model_input_;
  InputGeometry geometry_;
  ClipPictures pictures_;
  bool broke_off_ = false;
};

class VideoFileSource : public InferSource {
 public:
  static Result<std::unique_ptr<InferSource>> Open(const InferSourceOptions& options, SplitModel* model) {
    auto self = std::unique_ptr<VideoFileSource>(new VideoFileSource);
    self->model_ = model;
    self->range_ = options.frames;
    FSC_ASSIGN_OR_RETURN(self->source_, OpenVideo(options.path, Limits{}, options.threads, options.frame_rate));
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
  Warnings warnings() const override { return source_->warnings(); }
  bool broke_off() const override { return source_->broke_off(); }

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
  if (HoldsFeatures(options.path)) return CodedSource::Open(options, *model);
  return VideoFileSource::Open(options, model);
}

}  // namespace fsc::tools
