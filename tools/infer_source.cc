#include "tools/infer_source.h"

#include "eval/front_reader.h"
#include "models/tensor_layers.h"
#include "streams/digest.h"
#include "tools/clip_pictures.h"
#include "tools/stored_features.h"

namespace fsc::tools {
namespace {

// Features that are there already: a stream or tensors.
class CodedSource : public InferSource {
 public:
  static Result<std::unique_ptr<InferSource>> Open(const InferSourceOptions& options, const SplitModel& model) {
    if (options.size.width_px > 0)
      return Usage("features cannot be resized", "--size", "leave it out: it is for videos and stills");
    StoredFeaturesOptions features;
    features.path = options.path;
    features.profile_path = options.profile_path;
    features.frame_rate = options.frame_rate;
    features.frames = options.frames;
    features.threads = options.threads;
    FSC_ASSIGN_OR_RETURN(StoredFeatures source, StoredFeatures::Open(features));
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
  Warnings warnings() const override {
    Warnings warnings = features_.warnings();
    warnings.Add(pictures_.warnings());
    return warnings;
  }
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
  explicit CodedSource(StoredFeatures features) : features_(std::move(features)) {}

  static Status CheckNetwork(const StreamHeader& header, const SplitModel& model, const std::string& path) {
    if (header.model_sha256 == Sha256{} || header.model_sha256 == model.front_sha256()) return {};
    return BadInput("the stream was made with another network: front " + HexText(header.model_sha256).substr(0, 16) +
                        ".. where " + model.spec().id + " has " + HexText(model.front_sha256()).substr(0, 16) + "..",
                    path, "give the model that the stream names: " + header.model_id);
  }

  StoredFeatures features_;
  bool follows_pictures_ = false;  // tensors say nothing of the source: where there are pictures, it has their size
  InputSpec model_input_;
  InputGeometry geometry_;
  ClipPictures pictures_;
  bool broke_off_ = false;
};

// A video through the front.
class FrontSource : public InferSource {
 public:
  static Result<std::unique_ptr<InferSource>> Open(const InferSourceOptions& options, SplitModel* model) {
    if (!options.video_path.empty())
      return Usage("the input is a video itself", "--video", "leave it out: it is for streams and tensors");
    if (!options.profile_path.empty())
      return Usage("a video has no profile", "--profile", "leave it out: it is for streams that name theirs by hash");
    FrontReaderOptions reading;
    reading.pictures = {options.path,          options.frame_rate,     options.frames,
                        options.size.width_px, options.size.height_px, options.threads};
    reading.side_by_side = options.threads;
    reading.one_size = false;
    auto self = std::unique_ptr<FrontSource>(new FrontSource);
    FSC_ASSIGN_OR_RETURN(self->reader_, FrontReader::Open(reading, model, Limits{}));
    return std::unique_ptr<InferSource>(std::move(self));
  }

  std::optional<int64_t> frames() const override { return reader_->frames(); }
  TimeBase time_base() const override { return reader_->stream().time_base; }
  TimeBase frame_rate() const override { return reader_->stream().frame_rate; }
  Warnings warnings() const override { return reader_->warnings(); }
  bool broke_off() const override { return reader_->broke_off(); }

  Result<std::optional<InferFrame>> Next() override {
    FSC_ASSIGN_OR_RETURN(auto read, reader_->Next());
    if (!read) return std::optional<InferFrame>();
    return std::optional<InferFrame>(
        InferFrame{read->number, std::move(read->front.frame), read->front.geometry, std::move(read->picture.image)});
  }

 private:
  std::unique_ptr<FrontReader> reader_;
};

}  // namespace

Result<std::unique_ptr<InferSource>> OpenInferSource(const InferSourceOptions& options, SplitModel* model) {
  if (HoldsFeatures(options.path)) return CodedSource::Open(options, *model);
  return FrontSource::Open(options, model);
}

}  // namespace fsc::tools
