#include "eval/clip_coder.h"

#include <zstd.h>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/clock.h"
#include "core/half_float.h"
#include "fsc/decoder.h"
#include "fsc/stream_reader.h"
#include "streams/packet_sections.h"

namespace fsc {
namespace {

constexpr int kZstdLevel = 3;

// What the packets of the stream are, without decoding them.
Status Account(CodedClip* clip, int64_t frames, const Limits& limits) {
  const auto source = MemorySource(clip->bytes);
  FSC_ASSIGN_OR_RETURN(const auto reader, StreamReader::Open(source.get(), limits));
  clip->frame_bits.assign(size_t(frames), 0.0);
  clip->profile_bytes = reader->header().profile.size();
  KindBytes kinds;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto packet, reader->Next());
    if (!packet) break;
    for (const Section& section : packet->sections) kinds.Add(section);
    if (packet->frame_number < frames)
      clip->frame_bits[size_t(packet->frame_number)] += 8.0 * double(packet->payload.size());
  }
  clip->split.motion_bytes = kinds.motion;
  clip->split.residual_bytes = kinds.residual;
  clip->split.side_bytes = kinds.side_info + kinds.configuration;
  clip->split.header_bytes = clip->bytes.size() - kinds.total();
  return {};
}

}  // namespace

Result<CodedClip> EncodeStream(const std::string& reference_folder, const EncoderConfig& config, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const auto reference, ReferenceReader::Open(reference_folder, limits));
  CodedClip clip;
  const auto sink = MemorySink(&clip.bytes);
  FSC_ASSIGN_OR_RETURN(const auto encoder,
                       FeatureEncoder::Create(config, reference->info().stream, sink.get(), limits));
  int64_t frames = 0;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto frame, reference->Next(false));
    if (!frame) break;
    const StreamInfo& stream = reference->info().stream;
    clip.one_size = clip.one_size && frame->source_width_px == stream.source_width_px &&
                    frame->source_height_px == stream.source_height_px;
    const auto start = Clock::now();
    FSC_RETURN_IF_ERROR(encoder->Push(frame->frame, {.luma = frame->luma.view()}));
    clip.encode_s += SecondsSince(start);
    ++frames;
  }
  const auto start = Clock::now();
  FSC_RETURN_IF_ERROR(encoder->Finish());
  clip.encode_s += SecondsSince(start);
  clip.reduce_s = encoder->reduce_seconds();
  if (config.profile != nullptr) clip.profile_kind = Describe(*config.profile).kind;
  FSC_RETURN_IF_ERROR(sink->Commit());
  FSC_RETURN_IF_ERROR(Account(&clip, frames, limits));
  return clip;
}

Result<DecodeSeconds> DecodeStream(const std::vector<uint8_t>& bytes, int threads, const Profile* profile,
                                   const Limits& limits, const FrameTaker& take) {
  const auto source = MemorySource(bytes);
  DecodeSeconds seconds;
  auto start = Clock::now();
  FSC_ASSIGN_OR_RETURN(const auto decoder,
                       FeatureDecoder::Open(source.get(), {.limits = limits, .threads = threads, .profile = profile}));
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto frame, decoder->Next());
    seconds.all += SecondsSince(start);
    seconds.restoring = decoder->restore_seconds();
    if (!frame) return seconds;
    FSC_RETURN_IF_ERROR(take(frame->frame_number, frame->frame));
    start = Clock::now();
  }
}

Result<CodedClip> EncodeRaw(const std::string& reference_folder, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const auto reference, ReferenceReader::Open(reference_folder, limits));
  CodedClip clip;
  ByteWriter out;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto frame, reference->Next(false));
    if (!frame) break;
    const auto start = Clock::now();
    std::vector<uint8_t> low, high;
    for (const Tensor& layer : frame->frame.layers) {
      for (const float value : layer.values()) {
        const uint16_t half = HalfFromFloat(value);
        low.push_back(uint8_t(half));
        high.push_back(uint8_t(half >> 8));
      }
    }
    high.insert(high.end(), low.begin(), low.end());
    std::vector<uint8_t> packed(ZSTD_compressBound(high.size()));
    const size_t size = ZSTD_compress(packed.data(), packed.size(), high.data(), high.size(), kZstdLevel);
    if (ZSTD_isError(size)) return Internal("Zstandard failed", "raw", ZSTD_getErrorName(size));
    packed.resize(size);
    out.U32(uint32_t(size));
    out.Bytes(packed);
    clip.encode_s += SecondsSince(start);
    clip.frame_bits.push_back(8.0 * double(size));
    clip.split.header_bytes += 4;
    clip.split.residual_bytes += size;
  }
  clip.bytes = out.Take();
  return clip;
}

Result<DecodeSeconds> DecodeRaw(const std::vector<uint8_t>& bytes, const std::vector<LayerSpec>& layers,
                                const FrameTaker& take) {
  ByteReader in(bytes);
  const size_t elements = size_t(TotalElements(layers));
  DecodeSeconds seconds;
  for (int64_t number = 0; in.left() > 0; ++number) {
    const auto start = Clock::now();
    const auto packed = in.Bytes(in.U32());
    std::vector<uint8_t> halves(2 * elements);
    const size_t size = ZSTD_decompress(halves.data(), halves.size(), packed.data(), packed.size());
    if (in.broken() || ZSTD_isError(size) || size != halves.size())
      return BadInput("raw frame is damaged", std::to_string(number));
    FeatureFrame frame;
    size_t at = 0;
    for (const LayerSpec& layer : layers) {
      Tensor tensor(layer.channels, layer.height_cells, layer.width_cells);
      for (float& value : tensor.values()) {
        value = FloatFromHalf(uint16_t(halves[elements + at] | halves[at] << 8));
        ++at;
      }
      frame.layers.push_back(std::move(tensor));
    }
    seconds.all += SecondsSince(start);
    FSC_RETURN_IF_ERROR(take(number, frame));
  }
  return seconds;
}

}  // namespace fsc
