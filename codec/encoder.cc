#include "codec/encoder.h"

#include <chrono>
#include <utility>

#include "codec/mode_registry.h"
#include "codec/profile/parts.h"
#include "codec/profile/stream_profile.h"
#include "codec/profile/task_map.h"
#include "codec/profile/transform.h"
#include "core/version.h"
#include "streams/container_syntax.h"

namespace fsc {
namespace {

constexpr int kMostGopFrames = 1024;
constexpr int kMostQp = 63;

Status CheckConfig(const EncoderConfig& config) {
  if (config.qp < 0 || config.qp > kMostQp)
    return Usage("QP " + std::to_string(config.qp) + " is outside 0..63", "encoder");
  if (config.gop_frames < 1 || config.gop_frames > kMostGopFrames) {
    return Usage("an intra period of " + std::to_string(config.gop_frames) + " frames is outside 1..1024", "encoder");
  }
  if (config.threads < 1) return Usage("at least one thread is needed", "encoder");
  return {};
}

Status CheckTimes(const StreamInfo& stream) {
  for (const TimeBase& time : {stream.time_base, stream.frame_rate}) {
    if (time.num <= 0 || time.den <= 0) return Usage("time base and frame rate must be positive fractions", "encoder");
  }
  return {};
}

// Puts the frame in front of where an error says it happened.
Status AtFrame(int64_t frame_number, Status status) {
  if (status.ok()) return status;
  Error error = status.TakeError();
  const std::string frame = "frame " + std::to_string(frame_number);
  if (error.where.empty()) {
    error.where = frame;
  } else if (error.where.find(frame) == std::string::npos) {
    error.where = frame + ", " + error.where;
  }
  return error;
}

}  // namespace

FeatureEncoder::~FeatureEncoder() = default;

Result<std::unique_ptr<FeatureEncoder>> FeatureEncoder::Create(const EncoderConfig& config, const StreamInfo& stream,
                                                               ByteSink* sink, const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckConfig(config));
  FSC_RETURN_IF_ERROR(CheckTimes(stream));
  FSC_RETURN_IF_ERROR(CheckLayers(stream.layers, limits, "encoder"));
  std::unique_ptr<FeatureEncoder> encoder(new FeatureEncoder);
  encoder->sink_ = sink;
  StreamHeader& header = encoder->header_;
  header.layers = stream.layers;
  header.time_base = stream.time_base;
  header.frame_rate = stream.frame_rate;
  header.input_width_px = stream.input_width_px;
  header.input_height_px = stream.input_height_px;
  header.source_width_px = stream.source_width_px;
  header.source_height_px = stream.source_height_px;
  header.model_id = stream.model_id;
  header.model_sha256 = stream.model_sha256;
  header.mode = config.mode;
  if (config.profile_by_hash && config.profile == nullptr) {
    return Usage("there is no profile to name", "--profile-by-hash", "give one with --profile");
  }
  encoder->coded_layers_ = stream.layers;
  EncoderConfig mode_settings = config;
  if (config.profile != nullptr) {
    mode_settings.latent.profile_planes = true;
    FSC_RETURN_IF_ERROR(CheckProfileFits(*config.profile, stream.model_id, stream.model_sha256, stream.layers));
    FSC_RETURN_IF_ERROR(CheckParts(config.profile->parts, stream.layers, true, limits, "profile"));
    FSC_ASSIGN_OR_RETURN(encoder->coded_layers_, ReducedLayers(config.profile->parts, stream.layers, limits));
    encoder->profile_ = config.profile;
    if (!config.profile->fit.empty()) encoder->fit_check_ = std::make_unique<FitCheck>(config.profile, stream.layers);
    header.profile = WriteStreamProfile(*config.profile, config.profile_by_hash);
    if (config.threads > 1) encoder->pool_ = std::make_unique<ThreadPool>(config.threads);
  }
  FSC_ASSIGN_OR_RETURN(encoder->mode_, CreateModeEncoder(mode_settings, encoder->coded_layers_, stream.time_base,
                                                         stream.frame_rate, limits));
  header.encoder = std::string("fsc ") + kVersion + ", " + encoder->mode_->description();
  if (header.encoder.size() > size_t(limits.max_name_bytes)) header.encoder.resize(size_t(limits.max_name_bytes));
  Status valid = CheckStreamHeader(header, limits, "encoder");
  if (!valid.ok()) {
    Error error = valid.TakeError();
    return Usage(std::move(error.what), std::move(error.where), std::move(error.advice));
  }
  return encoder;
}

Status FeatureEncoder::Push(const FeatureFrame& frame, PlaneView<const uint8_t> luma) {
  if (closed_) return Usage("the stream is closed", sink_->name(), "create a new encoder");
  const std::string where = "frame " + std::to_string(frames_pushed_);
  std::vector<Tensor> weights = std::exchange(weights_, {});  // of this frame, also where it is refused
  FSC_RETURN_IF_ERROR(CheckFrame(frame, header_.layers, where));
  FeatureFrame reduced;
  if (profile_ != nullptr) {
    const auto start = std::chrono::steady_clock::now();
    reduced = ReduceFrame(profile_->parts, frame, pool_.get());
    reduce_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    // Finite values can still be too large for their sums.
    FSC_RETURN_IF_ERROR(CheckFrame(reduced, coded_layers_, where + ", reduced"));
    if (fit_check_) fit_check_->Look(frames_pushed_, frame, reduced, pool_.get());
  }
  if (mode_->weighs()) {
    if (weights.empty() && profile_ != nullptr) weights = TaskWeights(profile_->parts, reduced, pool_.get());
    if (!weights.empty()) mode_->Weigh(std::move(weights));
  }
  Status status = mode_->Push(profile_ != nullptr ? reduced : frame, luma, &ready_);
  if (status.ok()) status = Drain();
  closed_ = !status.ok();
  return AtFrame(frames_pushed_++, std::move(status));
}

Status FeatureEncoder::Weigh(std::vector<Tensor> weights) {
  const std::string where = "weights of frame " + std::to_string(frames_pushed_);
  if (weights.size() != coded_layers_.size()) return Usage("one tensor of weights a coded layer is wanted", where);
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].channels() != 1 || weights[i].height_cells() != coded_layers_[i].height_cells ||
        weights[i].width_cells() != coded_layers_[i].width_cells) {
      return Usage("weights of another size than layer '" + coded_layers_[i].name + "'", where);
    }
    for (const float value : weights[i].values()) {
      if (!(value >= kLeastTaskWeight) || !(value <= kMostTaskWeight)) {
        return Usage("a weight outside 1/64 .. 64", where, "weights are about 1 on average");
      }
    }
  }
  weights_ = std::move(weights);
  return {};
}

Status FeatureEncoder::Finish() {
  if (closed_) return Usage("the stream is closed", sink_->name(), "create a new encoder");
  closed_ = true;
  if (frames_pushed_ == 0) return BadInput("no frames to encode", sink_->name(), "a stream holds one frame at least");
  FSC_RETURN_IF_ERROR(mode_->Flush(&ready_));
  FSC_RETURN_IF_ERROR(Drain());
  if (writer_ == nullptr) return Internal("the mode gave no packets", header_.mode);
  return writer_->Finish();
}

Status FeatureEncoder::Drain() {
  if (ready_.empty()) return {};
  if (writer_ == nullptr) {
    header_.mode_config = mode_->mode_config();
    FSC_ASSIGN_OR_RETURN(writer_, ContainerWriter::Create(sink_, header_));
  }
  for (const Packet& packet : ready_) FSC_RETURN_IF_ERROR(writer_->Write(packet));
  ready_.clear();
  return {};
}

Warnings FeatureEncoder::warnings() const {
  Warnings all = mode_->warnings();
  if (fit_check_) all.Add(fit_check_->warnings());
  return all;
}

uint64_t FeatureEncoder::bytes_written() const {
  return writer_ == nullptr ? 0 : writer_->bytes_written();
}

}  // namespace fsc
