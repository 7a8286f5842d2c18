#include "eval/network_run.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/clock.h"
#include "eval/clip_listing.h"
#include "eval/feature_distortion.h"
#include "eval/front_reader.h"
#include "eval/rate_account.h"
#include "eval/task_distortion.h"
#include "eval/task_scorer.h"
#include "eval/tensor_sizes.h"
#include "models/split_model.h"
#include "models/tensor_layers.h"

namespace fsc {
namespace {

// Labels of the clip, scaled to its pictures; null without.
Result<std::unique_ptr<GroundTruth>> LoadTruth(const SuiteClip& clip, const ModelSpec& spec, const Limits& limits) {
  if (!clip.truth) return std::unique_ptr<GroundTruth>();
  ClipListing listing;
  if (clip.tensors) {
    FSC_ASSIGN_OR_RETURN(const auto tensors, OpenTensorFile(clip.path, limits));
    listing.frames = tensors->frames();
  } else {
    FSC_ASSIGN_OR_RETURN(listing, ListClip(clip, limits));
  }
  FSC_ASSIGN_OR_RETURN(GroundTruth truth, GroundTruth::Load(*clip.truth, clip, listing, spec.task, clip.truth_where));
  if (clip.width_px > 0)
    truth.Scale(double(clip.width_px) / listing.width_px, double(clip.height_px) / listing.height_px);
  return std::make_unique<GroundTruth>(std::move(truth));
}

Result<InputGeometry> GeometryOf(const SuiteClip& clip, const ModelSpec& spec, const ReferenceFrame& frame,
                                 const ReferenceInfo& info) {
  if (clip.tensors && clip.source_width_px == 0) return GeometryOfLayers(info.stream.layers);
  return GeometryFor(spec.input, frame.source_width_px, frame.source_height_px);
}

// The network says which input it makes of a source.
Status CheckSizes(const SuiteClip& clip, const ModelSpec& spec) {
  if (clip.source_width_px == 0) return {};
  FSC_ASSIGN_OR_RETURN(const InputGeometry geometry,
                       GeometryFor(spec.input, clip.source_width_px, clip.source_height_px));
  const bool fits = clip.input_width_px == geometry.input_width_px && clip.input_height_px == geometry.input_height_px;
  if (clip.input_width_px == 0 || fits) return {};
  return BadInput(fmt::format("of a source of {}x{} the network's input is {}x{} and not {}x{}", clip.source_width_px,
                              clip.source_height_px, geometry.input_width_px, geometry.input_height_px,
                              clip.input_width_px, clip.input_height_px),
                  clip.path, "correct source_size or input_size");
}

// One frame of the uncompressed run.
class ReferenceMaker {
 public:
  ReferenceMaker(const SuiteClip& clip, const SuiteModel& model, const Limits& limits)
      : clip_(clip), model_(model), limits_(limits) {}

  Status Run(int many_threads, const std::string& folder) {
    FSC_ASSIGN_OR_RETURN(spec_, ReadModelSpec(model_.path, limits_));
    FSC_ASSIGN_OR_RETURN(truth_, LoadTruth(clip_, spec_, limits_));
    if (truth_) scorer_.emplace(*truth_, spec_.task);
    FSC_RETURN_IF_ERROR(Load(1));
    FSC_RETURN_IF_ERROR(clip_.tensors ? Tensors(folder) : Video(folder));
    if (info_.frames == 0) return BadInput("clip without frames", clip_.path);
    const StreamInfo& s = info_.stream;
    info_.seconds = ClipSeconds(first_ticks_, last_ticks_, s.time_base, s.frame_rate);
    info_.has_results = network_ && !spec_.back_path.empty();
    if (!clip_.tensors) info_.values["front_ms"] = 1000 * front_s_ / double(info_.frames);
    if (info_.has_results) info_.values["back_ms"] = 1000 * back_s_ / double(info_.frames);
    if (scorer_) {
      info_.accuracy_name = scorer_->name();
      info_.values.merge(scorer_->values());
    }
    if (many_threads > 1) FSC_RETURN_IF_ERROR(TimeOn(many_threads));
    return writer_->Finish(info_);
  }

 private:
  Status Load(int threads) {
    SplitModel::Options options;
    options.front = !clip_.tensors;
    options.back = !spec_.back_path.empty();
    options.threads = threads;
    FSC_ASSIGN_OR_RETURN(network_, SplitModel::Load(spec_, options));
    info_.stream.model_id = spec_.id;
    info_.stream.model_sha256 = network_->front_sha256();
    return {};
  }

  Status Keep(ReferenceFrame frame, const InputGeometry& geometry, const std::string& folder) {
    if (!writer_) {
      FSC_ASSIGN_OR_RETURN(writer_, ReferenceWriter::Create(folder, info_.stream.layers));
    }
    if (!spec_.back_path.empty()) {
      const auto start = Clock::now();
      FSC_ASSIGN_OR_RETURN(frame.result, network_->RunBack(frame.frame, geometry));
      back_s_ += SecondsSince(start);
      if (scorer_) FSC_RETURN_IF_ERROR(scorer_->Add(info_.frames, frame.result, geometry));
    }
    if (info_.frames++ == 0) first_ticks_ = frame.frame.timestamp_ticks;
    last_ticks_ = frame.frame.timestamp_ticks;
    return writer_->Write(frame);
  }

  Status Video(const std::string& folder) {
    FSC_ASSIGN_OR_RETURN(const auto reader, FrontReader::Open({PicturesOf(clip_)}, network_.get(), limits_));
    for (;;) {
      FSC_ASSIGN_OR_RETURN(auto read, reader->Next());
      if (!read) break;
      info_.stream = reader->stream();
      front_s_ += read->front_s;
      FrontOutput& front = read->front;
      ReferenceFrame frame;
      frame.frame = std::move(front.frame);
      frame.luma = std::move(front.luma);
      frame.source_width_px = front.geometry.source_width_px;
      frame.source_height_px = front.geometry.source_height_px;
      FSC_RETURN_IF_ERROR(Keep(std::move(frame), front.geometry, folder));
    }
    info_.warnings = reader->warnings();
    return {};
  }

  Status Tensors(const std::string& folder) {
    FSC_ASSIGN_OR_RETURN(const auto tensors, OpenTensorFile(clip_.path, limits_));
    StreamInfo& s = info_.stream;
    s.layers = tensors->layers();
    FSC_RETURN_IF_ERROR(CheckLayersAgainst(spec_, s.layers, clip_.path));
    PlaceLayers(spec_, &s.layers);
    s.frame_rate = clip_.frame_rate.value_or(TimeBase{25, 1});
    s.time_base = {s.frame_rate.den, s.frame_rate.num};
    TellSizes(clip_, &s);
    FSC_RETURN_IF_ERROR(tensors->SeekToFrame(std::min(clip_.first_frame, tensors->frames())));
    for (int64_t t = clip_.first_frame; t < clip_.end_frame; ++t) {
      FSC_ASSIGN_OR_RETURN(auto features, tensors->Next());
      if (!features) break;
      ReferenceFrame frame;
      frame.frame = std::move(*features);
      frame.source_width_px = clip_.source_width_px;
      frame.source_height_px = clip_.source_height_px;
      FSC_ASSIGN_OR_RETURN(const InputGeometry geometry, GeometryOf(clip_, spec_, frame, info_));
      FSC_RETURN_IF_ERROR(Keep(std::move(frame), geometry, folder));
    }
    info_.warnings = tensors->warnings();
    return {};
  }

  // The first frames again on many threads: front and back times alone.
  Status TimeOn(int threads) {
    constexpr int kFrames = 8;
    if (clip_.tensors) return {};
    FSC_RETURN_IF_ERROR(Load(threads));
    FSC_ASSIGN_OR_RETURN(const auto reader, FrontReader::Open({PicturesOf(clip_)}, network_.get(), limits_));
    double front_s = 0, back_s = 0;
    int count = 0;
    for (; count < kFrames; ++count) {
      FSC_ASSIGN_OR_RETURN(const auto frame, reader->Next());
      if (!frame) break;
      front_s += frame->front_s;
      const auto start = Clock::now();
      if (!spec_.back_path.empty()) {
        FSC_ASSIGN_OR_RETURN(const TaskResult result, network_->RunBack(frame->front.frame, frame->front.geometry));
        back_s += SecondsSince(start);
      }
    }
    info_.values["front_n_ms"] = 1000 * front_s / count;
    if (!spec_.back_path.empty()) info_.values["back_n_ms"] = 1000 * back_s / count;
    return {};
  }

  const SuiteClip& clip_;
  const SuiteModel& model_;
  const Limits& limits_;
  ModelSpec spec_;
  std::unique_ptr<SplitModel> network_;
  std::unique_ptr<GroundTruth> truth_;
  std::optional<AccuracyScorer> scorer_;
  std::unique_ptr<ReferenceWriter> writer_;
  ReferenceInfo info_;
  int64_t first_ticks_ = 0, last_ticks_ = 0;
  double front_s_ = 0, back_s_ = 0;
};

class NetworkOriginalBack : public OriginalBack {
 public:
  Status Open(const std::string& model_path, const Limits& limits) {
    FSC_ASSIGN_OR_RETURN(spec_, ReadModelSpec(model_path, limits));
    if (spec_.back_path.empty()) return {};
    SplitModel::Options options;
    options.front = false;
    FSC_ASSIGN_OR_RETURN(network_, SplitModel::Load(spec_, options));
    return {};
  }

  Result<TaskResult> Run(const ReferenceFrame& frame, const std::vector<LayerSpec>& layers) override {
    if (network_ == nullptr) return TaskResult();
    InputGeometry geometry = GeometryOfLayers(layers);
    if (frame.source_width_px > 0) {
      FSC_ASSIGN_OR_RETURN(geometry, GeometryFor(spec_.input, frame.source_width_px, frame.source_height_px));
    }
    return network_->RunBack(frame.frame, geometry);
  }

 private:
  ModelSpec spec_;
  std::unique_ptr<SplitModel> network_;  // null without a back
};

class NetworkBackRun : public BackRun {
 public:
  NetworkBackRun(const SuiteClip& clip) : clip_(clip) {}

  Status Open(const SuiteModel& model, const std::string& folder, const Limits& limits) {
    FSC_ASSIGN_OR_RETURN(spec_, ReadModelSpec(model.path, limits));
    FSC_ASSIGN_OR_RETURN(truth_, LoadTruth(clip_, spec_, limits));
    if (truth_) scorer_.emplace(*truth_, spec_.task);
    FSC_ASSIGN_OR_RETURN(reference_, ReferenceReader::Open(folder, limits));
    SplitModel::Options options;
    options.front = false;
    FSC_ASSIGN_OR_RETURN(network_, SplitModel::Load(spec_, options));
    return {};
  }

  Status Add(int64_t frame_number, const FeatureFrame& decoded) override {
    FSC_ASSIGN_OR_RETURN(const auto original, reference_->Next());
    if (!original || frame_number != frames_)
      return Internal("decoded frames out of step with the clip", fmt::format("frame {}", frame_number));
    FSC_ASSIGN_OR_RETURN(const InputGeometry geometry, GeometryOf(clip_, spec_, *original, reference_->info()));
    const auto start = Clock::now();
    FSC_ASSIGN_OR_RETURN(const TaskResult result, network_->RunBack(decoded, geometry));
    back_s_ += SecondsSince(start);
    if (spec_.task.kind != TaskKind::kNone) FSC_RETURN_IF_ERROR(distortion_.Add(original->result, result));
    frame_kl_.push_back(distortion_.last_kl_nats());
    if (scorer_) FSC_RETURN_IF_ERROR(scorer_->Add(frames_, result, geometry));
    ++frames_;
    return {};
  }

  Status Finish(EvalPoint* point) override {
    const TaskDistortion d = distortion_.Summary();
    if (distortion_.frames() > 0) {
      point->values["kl_nats"] = d.kl_nats;
      point->values["agreement"] = d.agreement;
      point->values["task_snr_db"] = d.task_snr_db;
      point->frame_kl_nats = frame_kl_;
    }
    if (frames_ > 0) point->values["back_ms"] = 1000 * back_s_ / double(frames_);
    if (!scorer_) return {};
    point->accuracy_name = scorer_->name();
    for (const auto& [key, value] : scorer_->values()) point->values[key] = value;
    // An accuracy that is undefined is not in the cache.
    const auto found = reference_->info().values.find("accuracy");
    const double uncompressed =
        found == reference_->info().values.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
    point->values["accuracy_uncompressed"] = uncompressed;
    point->values["accuracy_loss_percent"] = RelativeAccuracyLossPercent(uncompressed, point->value("accuracy"));
    return {};
  }

 private:
  const SuiteClip& clip_;
  ModelSpec spec_;
  std::unique_ptr<SplitModel> network_;
  std::unique_ptr<GroundTruth> truth_;
  std::optional<AccuracyScorer> scorer_;
  std::unique_ptr<ReferenceReader> reference_;
  TaskDistortionSum distortion_;
  std::vector<double> frame_kl_;
  int64_t frames_ = 0;
  double back_s_ = 0;
};

}  // namespace

Result<std::vector<std::string>> ModelFiles(const SuiteModel& model, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(model.path, limits));
  std::vector<std::string> files = {model.path, spec.front_path};
  if (!spec.back_path.empty()) files.push_back(spec.back_path);
  return files;
}

Status CheckNetworkClip(const SuiteClip& clip, const SuiteModel& model, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(model.path, limits));
  if (clip.truth && spec.back_path.empty()) {
    return BadInput("accuracy is asked of a model without a back", clip.truth_where,
                    "give model " + model.name + " a back, or leave the truth out");
  }
  if (clip.tensors) {
    FSC_ASSIGN_OR_RETURN(const auto tensors, OpenTensorFile(clip.path, limits));
    FSC_RETURN_IF_ERROR(CheckLayersAgainst(spec, tensors->layers(), clip.path));
    FSC_RETURN_IF_ERROR(CheckSizes(clip, spec));
  } else {
    FSC_ASSIGN_OR_RETURN(const ClipListing listing, ListClip(clip, limits));
  }
  FSC_ASSIGN_OR_RETURN(const auto truth, LoadTruth(clip, spec, limits));
  return {};
}

Status MakeNetworkReference(const SuiteClip& clip, const SuiteModel& model, int many_threads, const std::string& folder,
                            const Limits& limits) {
  return ReferenceMaker(clip, model, limits).Run(many_threads, folder);
}

Result<std::unique_ptr<OriginalBack>> OriginalBack::Load(const std::string& model_path, const Limits& limits) {
  auto back = std::make_unique<NetworkOriginalBack>();
  FSC_RETURN_IF_ERROR(back->Open(model_path, limits));
  return std::unique_ptr<OriginalBack>(std::move(back));
}

Result<std::unique_ptr<BackRun>> BackRun::Create(const SuiteClip& clip, const SuiteModel& model,
                                                 const std::string& reference_folder, const Limits& limits) {
  auto run = std::make_unique<NetworkBackRun>(clip);
  FSC_RETURN_IF_ERROR(run->Open(model, reference_folder, limits));
  return std::unique_ptr<BackRun>(std::move(run));
}

}  // namespace fsc
