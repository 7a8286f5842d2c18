// packets.cc: a synthetic clip coded and decoded packet by packet; half-way a key frame is asked for and the QP raised.
#include <fsc/fsc.h>

#include <cmath>
#include <cstdio>

namespace {

constexpr int kChannels = 16, kHeight = 24, kWidth = 32, kFrames = 24;

fsc::FeatureFrame Paint(int t) {
  fsc::FeatureFrame frame;
  frame.timestamp_ticks = t;
  frame.layers.emplace_back(kChannels, kHeight, kWidth);
  for (int c = 0; c < kChannels; ++c) {
    const std::span<float> plane = frame.layers[0].plane(c);
    for (int i = 0; i < kHeight * kWidth; ++i) {
      plane[size_t(i)] =
          std::sin(0.3f * (float(i % kWidth) - 0.5f * float(t)) + float(c)) * std::cos(0.2f * float(i / kWidth));
    }
  }
  return frame;
}

fsc::Status Run() {
  fsc::EncoderConfig config;
  config.mode = "latent";
  config.qp = 24;
  config.low_delay = true;
  config.gop_frames = 64;
  fsc::StreamInfo stream;
  stream.layers = {
      {.name = "features", .channels = kChannels, .height_cells = kHeight, .width_cells = kWidth, .stride_px = 8}};
  FSC_ASSIGN_OR_RETURN(const auto encoder, fsc::PacketEncoder::Create(config, stream));
  FSC_ASSIGN_OR_RETURN(const auto decoder, fsc::PacketDecoder::Create(encoder->header()));

  std::vector<fsc::DecodedFrame> frames;
  for (int t = 0; t < kFrames; ++t) {
    if (t == kFrames / 2) {
      FSC_RETURN_IF_ERROR(encoder->RequestKeyFrame());
      FSC_RETURN_IF_ERROR(encoder->SetQp(40));
    }
    std::vector<fsc::Packet> packets;
    FSC_RETURN_IF_ERROR(encoder->Push(Paint(t), {}, &packets));
    for (const fsc::Packet& packet : packets) {
      std::printf("frame %2lld  %5zu bytes%s\n", static_cast<long long>(packet.frame_number), packet.payload.size(),
                  packet.random_access ? "  key" : "");
      FSC_RETURN_IF_ERROR(decoder->Push(packet, &frames));
    }
  }
  FSC_RETURN_IF_ERROR(decoder->Flush(&frames));
  std::printf("%zu of %d frames\n", frames.size(), kFrames);
  return frames.size() == kFrames ? fsc::Status() : fsc::Internal("frames were lost");
}

}  // namespace

int main() {
  const fsc::Status status = Run();
  if (!status.ok()) std::fprintf(stderr, "%s\n", status.error().OneLine().c_str());
  return status.ok() ? 0 : 1;
}
