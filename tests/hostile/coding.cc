#include "coding.h"

#include <optional>
#include <utility>

#include "fsc/decoder.h"
#include "fsc/encoder.h"
#include "streams/container_reader.h"

namespace fsc::hostile {
namespace {

Result<std::vector<uint8_t>> Encode(const EncoderConfig& config, const Clip& clip, Warnings* warnings) {
  StreamInfo info;
  info.layers = clip.layers;
  info.time_base = {1, 25};
  info.frame_rate = {25, 1};
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_ASSIGN_OR_RETURN(const auto encoder, FeatureEncoder::Create(config, info, sink.get()));
  int64_t ticks = 0;
  for (const FeatureFrame& frame : clip.frames) {
    FeatureFrame stamped = Copy(frame);
    stamped.timestamp_ticks = ticks++;
    FSC_RETURN_IF_ERROR(encoder->Push(stamped));
  }
  FSC_RETURN_IF_ERROR(encoder->Finish());
  *warnings = encoder->warnings();
  return bytes;
}

Status ReadSizes(std::span<const uint8_t> stream, CodedClip* coded) {
  const auto source = MemorySource(stream);
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source.get(), {}));
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const std::optional<Packet> packet, reader->Next());
    if (!packet) return {};
    if (packet->frame_number >= int64_t(coded->frame_bytes.size())) return Internal("a frame too many", "stream");
    uint64_t bytes = packet->payload.size();
    if (const auto configuration = ConfigurationOf(*packet); configuration && packet->frame_number == 0) {
      coded->configuration_bytes = configuration->size();
      bytes -= configuration->size();
    }
    coded->frame_bytes[size_t(packet->frame_number)] += bytes;
    if (packet->random_access) coded->random_access[size_t(packet->frame_number)] = true;
  }
}

}  // namespace

uint64_t CodedClip::BytesFrom(int first) const {
  uint64_t bytes = first == 0 ? configuration_bytes : 0;
  for (size_t t = size_t(first); t < frame_bytes.size(); ++t) bytes += frame_bytes[t];
  return bytes;
}

Result<CodedClip> CodeClip(const EncoderConfig& config, const Clip& clip) {
  CodedClip coded;
  FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> stream, Encode(config, clip, &coded.warnings));
  coded.frame_bytes.resize(clip.frames.size());
  coded.random_access.resize(clip.frames.size());
  FSC_RETURN_IF_ERROR(ReadSizes(stream, &coded));
  const auto source = MemorySource(stream);
  FSC_ASSIGN_OR_RETURN(const auto decoder, FeatureDecoder::Open(source.get()));
  for (;;) {
    FSC_ASSIGN_OR_RETURN(std::optional<DecodedFrame> next, decoder->Next());
    if (!next) break;
    coded.frames.push_back(std::move(next->frame));
  }
  if (coded.frames.size() != clip.frames.size()) {
    return Internal(
        std::to_string(coded.frames.size()) + " frames of " + std::to_string(clip.frames.size()) + " came back",
        "stream");
  }
  return coded;
}

}  // namespace fsc::hostile
