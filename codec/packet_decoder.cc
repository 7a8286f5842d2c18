#include "fsc/packet_decoder.h"

#include <algorithm>
#include <utility>

#include "codec/at_frame.h"
#include "codec/guarded.h"
#include "codec/mode.h"
#include "codec/mode_registry.h"
#include "codec/profile/stream_profile.h"
#include "codec/profile/transform.h"
#include "core/clock.h"
#include "core/thread_pool.h"
#include "streams/container_syntax.h"

namespace fsc {

struct __attribute__((visibility("hidden"))) PacketDecoder::State {
  Status Create(const StreamHeader& given, const DecoderOptions& options);
  // Goes by another mode configuration from the next packet on.
  Status Configure(std::span<const uint8_t> configuration);
  Status Decode(const Packet& packet, std::vector<DecodedFrame>* decoded);
  void Finish(std::vector<DecodedFrame> decoded, std::vector<DecodedFrame>* out);
  void Restore(DecodedFrame* frame);  // where there is a profile

  StreamHeader header;
  Limits limits;
  int threads = 1;
  bool keep_coded = false;
  bool analyses = false;
  StreamHeader coded;              // as the mode sees it
  std::vector<ReducedPart> parts;  // of the profile; empty = none
  std::unique_ptr<ThreadPool> pool;
  double restore_s = 0;
  std::unique_ptr<ModeDecoder> mode;  // null until its configuration is known
  bool unsure = false;                // after a jump: another configuration may be in force than the last one
};

PacketDecoder::PacketDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
PacketDecoder::~PacketDecoder() = default;

Result<std::unique_ptr<PacketDecoder>> PacketDecoder::Create(const StreamHeader& header,
                                                             const DecoderOptions& options) {
  return Guarded("decoder", [&]() -> Result<std::unique_ptr<PacketDecoder>> {
    auto state = std::make_unique<State>();
    FSC_RETURN_IF_ERROR(state->Create(header, options));
    return std::unique_ptr<PacketDecoder>(new PacketDecoder(std::move(state)));
  });
}

Status PacketDecoder::State::Create(const StreamHeader& given, const DecoderOptions& options) {
  FSC_RETURN_IF_ERROR(CheckThreads(options.threads));
  FSC_RETURN_IF_ERROR(CheckStreamHeader(given, options.limits, "stream header"));
  header = given;
  limits = options.limits;
  threads = options.threads;
  coded = given;
  FSC_ASSIGN_OR_RETURN(parts, RestoringParts(coded, options.profile, limits));
  coded.profile.clear();  // which modes know nothing of, and which may be large
  if (!parts.empty()) {
    FSC_ASSIGN_OR_RETURN(coded.layers, ReducedLayers(parts, coded.layers, limits));
    if (threads > 1) pool = std::make_unique<ThreadPool>(threads);
    keep_coded = options.keep_coded;
  }
  if (given.mode_config.empty()) return CheckMode(given.mode);
  return Configure(given.mode_config);
}

Status PacketDecoder::State::Configure(std::span<const uint8_t> configuration) {
  if (mode != nullptr && std::ranges::equal(configuration, coded.mode_config)) return {};
  if (mode != nullptr) {
    FSC_RETURN_IF_ERROR(mode->Configure(configuration));
    coded.mode_config.assign(configuration.begin(), configuration.end());
    return {};
  }
  StreamHeader configured = coded;
  configured.mode_config.assign(configuration.begin(), configuration.end());
  FSC_ASSIGN_OR_RETURN(mode, CreateModeDecoder(configured, limits, threads));
  coded.mode_config = std::move(configured.mode_config);
  if (analyses) mode->Analyse();
  return {};
}

Status PacketDecoder::State::Decode(const Packet& packet, std::vector<DecodedFrame>* decoded) {
  const auto configuration = ConfigurationOf(packet);
  if (!configuration) {
    if (mode == nullptr || unsure) {
      return BadInput("no configuration has come yet", "", "begin with a random-access packet that brings one");
    }
    return mode->Push(packet, decoded);
  }
  if (mode != nullptr && !std::ranges::equal(*configuration, coded.mode_config)) {
    FSC_RETURN_IF_ERROR(mode->Flush(decoded));
  }
  FSC_RETURN_IF_ERROR(Configure(*configuration));
  unsure = false;
  Packet bare = packet;
  RemoveConfiguration(&bare);
  return mode->Push(bare, decoded);
}

void PacketDecoder::State::Restore(DecodedFrame* frame) {
  const auto start = Clock::now();
  FeatureFrame restored = RestoreFrame(parts, header.layers, frame->frame, pool.get());
  std::swap(frame->frame, restored);
  if (keep_coded) {
    frame->coded = std::move(restored);
  } else {
    mode->Recycle(std::move(restored));
  }
  restore_s += SecondsSince(start);
}

void PacketDecoder::State::Finish(std::vector<DecodedFrame> decoded, std::vector<DecodedFrame>* out) {
  for (DecodedFrame& frame : decoded) {
    if (!parts.empty()) Restore(&frame);
    out->push_back(std::move(frame));
  }
}

Status PacketDecoder::Push(const Packet& packet, std::vector<DecodedFrame>* out) {
  if (out == nullptr) return Usage("no place for the frames", "decoder", "give a vector");
  return Guarded("decoder", [&] {
    std::vector<DecodedFrame> decoded;
    Status status = state_->Decode(packet, &decoded);
    state_->Finish(std::move(decoded), out);
    return AtFrame(packet.frame_number, std::move(status));
  });
}

Status PacketDecoder::Flush(std::vector<DecodedFrame>* out) {
  if (out == nullptr) return Usage("no place for the frames", "decoder", "give a vector");
  if (state_->mode == nullptr) return {};
  return Guarded("decoder", [&] {
    std::vector<DecodedFrame> decoded;
    Status status = state_->mode->Flush(&decoded);
    state_->Finish(std::move(decoded), out);
    return status;
  });
}

Status PacketDecoder::Restart(std::span<const uint8_t> configuration) {
  if (state_->mode != nullptr) state_->mode->Reset();
  state_->unsure = configuration.empty() && MayReconfigure(state_->header.mode);
  if (configuration.empty()) return {};
  return Guarded("decoder", [&] { return state_->Configure(configuration); });
}

void PacketDecoder::Recycle(DecodedFrame frame) {
  if (state_->mode == nullptr) return;
  if (state_->parts.empty()) state_->mode->Recycle(std::move(frame.frame));
  if (!frame.coded.layers.empty()) state_->mode->Recycle(std::move(frame.coded));
}

Status PacketDecoder::Analyse() {
  if (!MayAnalyse(state_->header.mode)) {
    return Usage("the mode has no motion, block modes or bits per block", state_->header.mode);
  }
  state_->analyses = true;
  if (state_->mode != nullptr) state_->mode->Analyse();
  return {};
}

const StreamHeader& PacketDecoder::header() const {
  return state_->header;
}
const std::vector<LayerSpec>& PacketDecoder::coded_layers() const {
  return state_->coded.layers;
}
double PacketDecoder::restore_seconds() const {
  return state_->restore_s;
}

}  // namespace fsc
