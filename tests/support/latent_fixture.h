// latent_fixture.h: the latent mode through its two interfaces, for the tests of the whole mode.
#ifndef FSC_TESTS_SUPPORT_LATENT_FIXTURE_H_
#define FSC_TESTS_SUPPORT_LATENT_FIXTURE_H_

#include <vector>

#include "codec/latent/decoder.h"
#include "codec/latent/encode/encoder.h"
#include "tests/support/moving_frames.h"

namespace fsc {

struct Stream {
  StreamHeader header;
  std::vector<Packet> packets;
};

inline Result<Stream> EncodeClip(const Clip& clip, const EncoderConfig& config) {
  FSC_ASSIGN_OR_RETURN(auto encoder, CreateLatentEncoder(config, clip.layers, {25, 1}, {}));
  Stream stream;
  for (size_t t = 0; t < clip.frames.size(); ++t) {
    PlaneView<const uint8_t> luma;
    if (!clip.luma.empty()) luma = clip.luma[t].view();
    const size_t before = stream.packets.size();
    FSC_RETURN_IF_ERROR(encoder->Push(clip.frames[t], {.luma = luma}, &stream.packets));
    if (config.low_delay && stream.packets.size() != before + 1) return Internal("low delay held a frame back");
  }
  FSC_RETURN_IF_ERROR(encoder->Flush(&stream.packets));
  stream.header.layers = clip.layers;
  stream.header.mode = "latent";
  stream.header.mode_config = encoder->mode_config();
  return stream;
}

inline Result<std::vector<DecodedFrame>> DecodeStream(const Stream& stream, int threads = 1, size_t first = 0) {
  FSC_ASSIGN_OR_RETURN(auto decoder, CreateLatentDecoder(stream.header, {}, threads));
  std::vector<DecodedFrame> frames;
  for (size_t i = first; i < stream.packets.size(); ++i) {
    Packet packet = stream.packets[i];
    if (const auto configuration = ConfigurationOf(packet)) {
      FSC_RETURN_IF_ERROR(decoder->Flush(&frames));
      FSC_RETURN_IF_ERROR(decoder->Configure(*configuration));
      RemoveConfiguration(&packet);
    }
    FSC_RETURN_IF_ERROR(decoder->Push(packet, &frames));
  }
  FSC_RETURN_IF_ERROR(decoder->Flush(&frames));
  return frames;
}

inline EncoderConfig Config(int qp) {
  EncoderConfig config;
  config.mode = "latent";
  config.qp = qp;
  config.gop_frames = 11;
  return config;
}

inline const std::vector<std::vector<LayerSpec>> kShapes = {
    {{"one", 1, 1, 1, 8, 0}},
    {{"primes", 7, 13, 17, 8, 56}},
    {{"flat", 3, 1, 29, 4, 0}},
    {{"a", 5, 24, 32, 4, 0}, {"b", 12, 12, 16, 8, 0}, {"c", 20, 6, 8, 16, 0}},
};

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_LATENT_FIXTURE_H_
