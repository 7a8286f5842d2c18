#include "fsc/packet_encoder.h"

#include <utility>

#include "codec/at_frame.h"
#include "codec/guarded.h"
#include "codec/mode.h"
#include "codec/mode_registry.h"
#include "codec/profile/fit_check.h"
#include "codec/profile/parts.h"
#include "codec/profile/profile.h"
#include "codec/profile/stream_profile.h"
#include "codec/profile/task_map.h"
#include "codec/profile/transform.h"
#include "codec/qp.h"
#include "core/clock.h"
#include "core/thread_pool.h"
#include "fsc/version.h"
#include "streams/container_syntax.h"
#include "streams/packet_envelope.h"

namespace fsc {
namespace {

constexpr int kMostGopFrames = 1024;
constexpr double kMostKbps = 1e9;

Status CheckConfig(const EncoderConfig& config) {
  if (config.qp < 0 || config.qp > kMaxQp) return Usage("QP " + std::to_string(config.qp) + " is outside 0..63", "qp");
  if (config.gop_frames < 1 || config.gop_frames > kMostGopFrames) {
    return Usage("an intra period of " + std::to_string(config.gop_frames) + " frames is outside 1..1024",
                 "gop_frames");
  }
  return CheckThreads(config.threads);
}

Status CheckTimes(const StreamInfo& stream) {
  for (const TimeBase& time : {stream.time_base, stream.frame_rate}) {
    if (time.num <= 0 || time.den <= 0) return Usage("time base and frame rate must be positive fractions", "encoder");
  }
  return {};
}

}  // namespace

struct __attribute__((visibility("hidden"))) PacketEncoder::State {
  Status Create(const EncoderConfig& config, const StreamInfo& stream, const Limits& given_limits);
  Status UseProfile(const EncoderConfig& config, const StreamInfo& stream);
  Status CheckWeights(std::span<const Tensor> weights) const;
  // The same size in all frames that have one.
  Status CheckLuma(PlaneView<const uint8_t> luma);
  Status Push(const FeatureFrame& frame, const FrameHints& hints, std::vector<Packet>* out);
  Status Flush(std::vector<Packet>* out);
  // The first packet brings the configuration, and so does every key frame that was asked for.
  void Configure(size_t first_new, std::vector<Packet>* out);
  Status CheckOpen() const;

  StreamHeader header;
  std::shared_ptr<const Profile> profile;  // null = none
  std::vector<LayerSpec> coded_layers;     // what the mode sees
  std::unique_ptr<FitCheck> fit_check;     // null = no profile, or one that does not say how well it fitted
  std::unique_ptr<ThreadPool> pool;        // for the profile; null = one thread
  std::unique_ptr<ModeEncoder> mode;
  int luma_width_px = 0;  // 0 = none so far
  int luma_height_px = 0;
  int64_t frames_pushed = 0;
  double reduce_s = 0;
  std::vector<int64_t> to_configure = {0};  // frames: the random-access packet from there on brings the configuration
  Limits limits;
  bool closed = false;  // finished, or failed half-way through a frame: nothing more can come
};

PacketEncoder::PacketEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
PacketEncoder::~PacketEncoder() = default;

Result<std::unique_ptr<PacketEncoder>> PacketEncoder::Create(const EncoderConfig& config, const StreamInfo& stream,
                                                             const Limits& limits) {
  return Guarded("encoder", [&]() -> Result<std::unique_ptr<PacketEncoder>> {
    auto state = std::make_unique<State>();
    FSC_RETURN_IF_ERROR(state->Create(config, stream, limits));
    return std::unique_ptr<PacketEncoder>(new PacketEncoder(std::move(state)));
  });
}

Status PacketEncoder::State::UseProfile(const EncoderConfig& config, const StreamInfo& stream) {
  FSC_RETURN_IF_ERROR(CheckProfileFits(*config.profile, stream.model_id, stream.model_sha256, stream.layers));
  FSC_RETURN_IF_ERROR(CheckParts(config.profile->parts, stream.layers, true, limits, "profile"));
  FSC_ASSIGN_OR_RETURN(coded_layers, ReducedLayers(config.profile->parts, stream.layers, limits));
  profile = config.profile;
  if (!profile->fit.empty()) fit_check = std::make_unique<FitCheck>(profile, stream.layers);
  header.profile = WriteStreamProfile(*profile, config.profile_by_hash);
  if (config.threads > 1) pool = std::make_unique<ThreadPool>(config.threads);
  return {};
}

Status PacketEncoder::State::Create(const EncoderConfig& config, const StreamInfo& stream, const Limits& given_limits) {
  limits = given_limits;
  FSC_RETURN_IF_ERROR(CheckConfig(config));
  FSC_RETURN_IF_ERROR(CheckTimes(stream));
  FSC_RETURN_IF_ERROR(CheckLayers(stream.layers, limits, "encoder"));
  header.layers = stream.layers;
  header.time_base = stream.time_base;
  header.frame_rate = stream.frame_rate;
  header.picture = stream.picture;
  header.input_width_px = stream.input_width_px;
  header.input_height_px = stream.input_height_px;
  header.source_width_px = stream.source_width_px;
  header.source_height_px = stream.source_height_px;
  header.model_id = stream.model_id;
  header.model_sha256 = stream.model_sha256;
  header.mode = config.mode;
  if (config.profile_by_hash && config.profile == nullptr) {
    return Usage("there is no profile to name by its hash", "profile_by_hash", "give a profile");
  }
  coded_layers = stream.layers;
  EncoderConfig mode_settings = config;
  if (config.profile != nullptr) {
    mode_settings.latent.profile_planes = true;
    FSC_RETURN_IF_ERROR(UseProfile(config, stream));
  }
  FSC_ASSIGN_OR_RETURN(mode,
                       CreateModeEncoder(mode_settings, coded_layers, stream.time_base, stream.frame_rate, limits));
  header.encoder = std::string("fsc ") + kVersion + ", " + mode->description();
  if (header.encoder.size() > size_t(limits.max_name_bytes)) header.encoder.resize(size_t(limits.max_name_bytes));
  Status valid = CheckStreamHeader(header, limits, "encoder");
  if (valid.ok()) return {};
  Error error = valid.TakeError();
  return Usage(std::move(error.what), std::move(error.where), std::move(error.advice));
}

Status PacketEncoder::State::CheckOpen() const {
  if (closed) return Usage("the stream is closed", "encoder", "create a new encoder");
  return {};
}

Status PacketEncoder::State::CheckWeights(std::span<const Tensor> weights) const {
  if (weights.empty()) return {};
  const std::string where = "weights of frame " + std::to_string(frames_pushed);
  if (weights.size() != coded_layers.size()) return Usage("one tensor of weights a coded layer is wanted", where);
  for (size_t i = 0; i < weights.size(); ++i) {
    if (weights[i].channels() != 1 || weights[i].height_cells() != coded_layers[i].height_cells ||
        weights[i].width_cells() != coded_layers[i].width_cells) {
      return Usage("weights of another size than layer '" + coded_layers[i].name + "'", where);
    }
    for (const float value : weights[i].values()) {
      if (!(value >= kLeastTaskWeight) || !(value <= kMostTaskWeight)) {
        return Usage("a weight outside 1/64 .. 64", where, "weights are about 1 on average");
      }
    }
  }
  return {};
}

Status PacketEncoder::State::CheckLuma(PlaneView<const uint8_t> luma) {
  if (luma.data == nullptr || luma.width == 0 || luma.height == 0) return {};
  if (luma.width < 1 || luma.height < 1 || luma.stride < luma.width || luma.width > limits.max_picture_size_px ||
      luma.height > limits.max_picture_size_px || int64_t{luma.width} * luma.height > limits.max_picture_samples) {
    return Usage("luma of " + std::to_string(luma.width) + " x " + std::to_string(luma.height) +
                     " pixels, which no decoder takes",
                 "frame " + std::to_string(frames_pushed));
  }
  if (luma_width_px > 0 && (luma_width_px != luma.width || luma_height_px != luma.height)) {
    return Usage("luma changes its size", "frame " + std::to_string(frames_pushed));
  }
  luma_width_px = luma.width;
  luma_height_px = luma.height;
  return {};
}

Status PacketEncoder::State::Push(const FeatureFrame& frame, const FrameHints& hints, std::vector<Packet>* out) {
  FSC_RETURN_IF_ERROR(CheckOpen());
  if (out == nullptr) return Usage("no place for the packets", "encoder", "give a vector");
  const std::string where = "frame " + std::to_string(frames_pushed);
  FSC_RETURN_IF_ERROR(CheckFrame(frame, header.layers, where));
  if (frame.timestamp_ticks < -kMaxTicks || frame.timestamp_ticks > kMaxTicks) {
    return BadInput("a time stamp of 2^62 ticks or beyond", where);
  }
  FSC_RETURN_IF_ERROR(CheckWeights(hints.weights));
  FSC_RETURN_IF_ERROR(CheckLuma(hints.luma));
  FeatureFrame reduced;
  FrameHints coded_hints = hints;
  std::vector<Tensor> weights;
  if (profile != nullptr) {
    const auto start = Clock::now();
    reduced = ReduceFrame(profile->parts, frame, pool.get());
    reduce_s += SecondsSince(start);
    // Finite values can still be too large for their sums.
    FSC_RETURN_IF_ERROR(CheckFrame(reduced, coded_layers, where + ", reduced"));
    if (fit_check) fit_check->Look(frames_pushed, frame, reduced, pool.get());
    if (mode->weighs() && hints.weights.empty()) {
      weights = TaskWeights(profile->parts, reduced, pool.get());
      coded_hints.weights = weights;
    }
  }
  const size_t first_new = out->size();
  closed = true;  // unless it comes back
  Status status = mode->Push(profile != nullptr ? reduced : frame, coded_hints, out);
  closed = !status.ok();
  Configure(first_new, out);
  return AtFrame(frames_pushed++, std::move(status));
}

void PacketEncoder::State::Configure(size_t first_new, std::vector<Packet>* out) {
  for (size_t i = first_new; i < out->size(); ++i) {
    Packet& packet = (*out)[i];
    if (!packet.random_access) continue;
    const size_t told = std::erase_if(to_configure, [&](int64_t frame) { return frame <= packet.frame_number; });
    if (told > 0 && !packet.configures()) AddConfiguration(mode->mode_config(), &packet);
  }
}

Status PacketEncoder::Push(const FeatureFrame& frame, const FrameHints& hints, std::vector<Packet>* out) {
  return Guarded("encoder", [&] { return state_->Push(frame, hints, out); });
}

Status PacketEncoder::Push(std::span<const TensorView> layers, int64_t timestamp_ticks, const FrameHints& hints,
                           std::vector<Packet>* out) {
  return Guarded("encoder", [&]() -> Status {
    FSC_RETURN_IF_ERROR(state_->CheckOpen());
    FeatureFrame frame;
    frame.timestamp_ticks = timestamp_ticks;
    for (const TensorView& layer : layers) {
      Result<Tensor> tensor = TensorOf(layer);
      if (!tensor.ok()) return AtFrame(state_->frames_pushed, tensor.TakeStatus());
      frame.layers.push_back(std::move(*tensor));
    }
    return state_->Push(frame, hints, out);
  });
}

Status PacketEncoder::State::Flush(std::vector<Packet>* out) {
  FSC_RETURN_IF_ERROR(CheckOpen());
  if (out == nullptr) return Usage("no place for the packets", "encoder", "give a vector");
  closed = true;
  if (frames_pushed == 0) return BadInput("no frames to encode", "encoder", "a stream holds one frame at least");
  const size_t first_new = out->size();
  Status status = mode->Flush(out);
  Configure(first_new, out);
  if (status.ok() && !to_configure.empty() && to_configure.front() == 0)
    return Internal("the mode gave no packets", header.mode);
  return status;
}

Status PacketEncoder::Flush(std::vector<Packet>* out) {
  return Guarded("encoder", [&] { return state_->Flush(out); });
}

Status PacketEncoder::SetQp(int qp) {
  FSC_RETURN_IF_ERROR(state_->CheckOpen());
  if (qp < 0 || qp > kMaxQp) return Usage("QP " + std::to_string(qp) + " is outside 0..63", "encoder");
  return state_->mode->SetQp(qp);
}

Status PacketEncoder::SetBitrate(double bitrate_kbps) {
  FSC_RETURN_IF_ERROR(state_->CheckOpen());
  if (!(bitrate_kbps > 0) || !(bitrate_kbps <= kMostKbps)) {
    return Usage("a bitrate is more than 0 and at most 1e9 kbit/s", "encoder");
  }
  return state_->mode->SetBitrate(bitrate_kbps);
}

Status PacketEncoder::RequestKeyFrame() {
  FSC_RETURN_IF_ERROR(state_->CheckOpen());
  FSC_RETURN_IF_ERROR(state_->mode->RequestKeyFrame());
  // The latent mode tells its configuration itself: it may be another one by then.
  if (MayReconfigure(state_->header.mode) || state_->frames_pushed == 0) return {};
  state_->to_configure.push_back(state_->frames_pushed);
  return {};
}

const StreamHeader& PacketEncoder::header() const {
  return state_->header;
}
const std::vector<LayerSpec>& PacketEncoder::coded_layers() const {
  return state_->coded_layers;
}
int64_t PacketEncoder::frames_pushed() const {
  return state_->frames_pushed;
}
double PacketEncoder::reduce_seconds() const {
  return state_->reduce_s;
}

Warnings PacketEncoder::warnings() const {
  Warnings all = state_->mode->warnings();
  if (state_->fit_check) all.Add(state_->fit_check->warnings());
  return all;
}

}  // namespace fsc
