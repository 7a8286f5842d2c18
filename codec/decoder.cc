#include "codec/decoder.h"

#include <algorithm>
#include <chrono>

#include "codec/mode_registry.h"
#include "codec/profile/stream_profile.h"
#include "codec/profile/transform.h"

namespace fsc {

FeatureDecoder::~FeatureDecoder() = default;

Result<std::unique_ptr<FeatureDecoder>> FeatureDecoder::Open(ByteSource* source, const Limits& limits, int threads,
                                                             const Profile* profile) {
  if (threads < 1) return Usage("at least one thread is needed", "decoder");
  std::unique_ptr<FeatureDecoder> decoder(new FeatureDecoder);
  FSC_ASSIGN_OR_RETURN(decoder->reader_, ContainerReader::Open(source, limits));
  StreamHeader coded = decoder->header();  // as the mode sees it
  FSC_ASSIGN_OR_RETURN(decoder->parts_, RestoringParts(coded, profile, limits));
  if (!decoder->parts_.empty()) {
    FSC_ASSIGN_OR_RETURN(coded.layers, ReducedLayers(decoder->parts_, coded.layers, limits));
    if (threads > 1) decoder->pool_ = std::make_unique<ThreadPool>(threads);
  }
  decoder->coded_layers_ = coded.layers;
  FSC_ASSIGN_OR_RETURN(decoder->mode_, CreateModeDecoder(coded, limits, threads));
  decoder->mode_config_ = coded.mode_config;
  return decoder;
}

Status FeatureDecoder::Configure(std::span<const uint8_t> mode_config) {
  if (std::ranges::equal(mode_config, mode_config_)) return {};
  FSC_RETURN_IF_ERROR(mode_->Configure(mode_config));
  mode_config_.assign(mode_config.begin(), mode_config.end());
  return {};
}

Status FeatureDecoder::DecodePacket(Packet packet, std::vector<DecodedFrame>* decoded) {
  if (const auto configuration = ConfigurationOf(packet)) {
    FSC_RETURN_IF_ERROR(mode_->Flush(decoded));
    FSC_RETURN_IF_ERROR(Configure(*configuration));
    RemoveConfiguration(&packet);
  }
  return mode_->Push(packet, decoded);
}

Result<std::optional<DecodedFrame>> FeatureDecoder::Next() {
  for (;;) {
    while (!ready_.empty()) {
      DecodedFrame frame = std::move(ready_.front());
      ready_.pop_front();
      if (frame.frame_number < skip_before_) continue;
      if (!parts_.empty()) Restore(&frame);
      return std::optional<DecodedFrame>(std::move(frame));
    }
    if (!damage_.ok()) {
      // The stream stays damaged: the same answer every time.
      return Error(damage_.error());
    }
    if (ended_) return std::optional<DecodedFrame>();
    DecodeMore();
  }
}

void FeatureDecoder::Restore(DecodedFrame* frame) {
  const auto start = std::chrono::steady_clock::now();
  FeatureFrame restored = RestoreFrame(parts_, header().layers, frame->frame, pool_.get());
  std::swap(frame->frame, restored);
  mode_->Recycle(std::move(restored));
  restore_s_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void FeatureDecoder::DecodeMore() {
  std::vector<DecodedFrame> decoded;
  Result<std::optional<Packet>> packet = reader_->Next();
  if (packet.ok() && packet->has_value()) {
    const int64_t frame_number = (*packet)->frame_number;
    damage_ = DecodePacket(std::move(**packet), &decoded);
    if (!damage_.ok()) {
      Error error = damage_.TakeError();
      const std::string frame = "frame " + std::to_string(frame_number);
      if (error.where.find(frame) == std::string::npos)
        error.where = frame + (error.where.empty() ? "" : ", ") + error.where;
      damage_ = std::move(error);
    }
  } else {
    ended_ = true;
    if (!packet.ok()) damage_ = packet.TakeStatus();
  }
  if (ended_ || !damage_.ok()) {
    // What the mode holds is whole: it comes before the end, or before the report of the damage.
    Status flushed = mode_->Flush(&decoded);
    if (damage_.ok()) damage_ = std::move(flushed);
  }
  for (DecodedFrame& frame : decoded) ready_.push_back(std::move(frame));
}

Status FeatureDecoder::SeekToFrame(int64_t frame_number) {
  FSC_RETURN_IF_ERROR(reader_->SeekToFrame(frame_number));
  mode_->Reset();
  ready_.clear();
  skip_before_ = frame_number;
  ended_ = false;
  // Where it fails, the frames from here on cannot be decoded: Next() gives the same error.
  damage_ = Configure(reader_->mode_config());
  if (!damage_.ok()) return Error(damage_.error());
  return {};
}

}  // namespace fsc
