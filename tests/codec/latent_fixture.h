// latent_fixture.h: small moving clips, and the latent mode through its two interfaces. For the tests of the whole
// mode.
#ifndef FSC_TESTS_CODEC_LATENT_FIXTURE_H_
#define FSC_TESTS_CODEC_LATENT_FIXTURE_H_

#include <cmath>
#include <random>
#include <vector>

#include "codec/latent/decoder.h"
#include "codec/latent/encode/encoder.h"

namespace fsc {

struct Stream {
  StreamHeader header;
  std::vector<Packet> packets;
};

struct Clip {
  std::vector<LayerSpec> layers;
  std::vector<FeatureFrame> frames;
  std::vector<Plane<uint8_t>> luma;  // empty without a video
};

// A pattern that moves by (2, 1) input pixels a frame, in every layer.
inline Clip MakeClip(std::vector<LayerSpec> layers, int frames, bool with_luma, uint32_t seed) {
  Clip clip;
  clip.layers = std::move(layers);
  std::mt19937 random(seed);
  std::normal_distribution<float> noise(0, 0.02f);
  for (int t = 0; t < frames; ++t) {
    FeatureFrame frame;
    frame.timestamp_ticks = 100 + 3 * t;
    int width_px = 16;
    int height_px = 16;
    for (const LayerSpec& spec : clip.layers) {
      Tensor tensor(spec.channels, spec.height_cells, spec.width_cells);
      for (int c = 0; c < spec.channels; ++c) {
        float* values = tensor.plane(c).data();
        for (int y = 0; y < spec.height_cells; ++y) {
          for (int x = 0; x < spec.width_cells; ++x) {
            const float px = float(x * spec.stride_px - 2 * t);
            const float py = float(y * spec.stride_px - t);
            values[y * spec.width_cells + x] =
                std::max(0.0f, std::sin(px * 0.05f + 0.7f * c) * std::cos(py * 0.04f + 0.3f * c) + noise(random)) *
                (1 + c % 3);
          }
        }
      }
      frame.layers.push_back(std::move(tensor));
      width_px = std::max(width_px, spec.width_cells * spec.stride_px);
      height_px = std::max(height_px, spec.height_cells * spec.stride_px);
    }
    clip.frames.push_back(std::move(frame));
    if (!with_luma) continue;
    Plane<uint8_t> luma(width_px, height_px);
    for (int y = 0; y < height_px; ++y) {
      for (int x = 0; x < width_px; ++x) {
        luma.row(y)[x] = uint8_t(128 + 100 * std::sin((x - 2 * t) * 0.05f) * std::cos((y - t) * 0.04f));
      }
    }
    clip.luma.push_back(std::move(luma));
  }
  return clip;
}

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

#endif  // FSC_TESTS_CODEC_LATENT_FIXTURE_H_
