// file.cc: a .fsc file written, read from the middle on, and removed.
#include <fsc/fsc.h>

#include <cstdio>

namespace {

constexpr int kFrames = 20;

fsc::FeatureFrame Paint(int t) {
  fsc::FeatureFrame frame;
  frame.timestamp_ticks = t;
  frame.layers.emplace_back(4, 8, 8);
  float value = float(t);
  for (float& cell : frame.layers[0].values()) cell = value += 0.25f;
  return frame;
}

fsc::Status Write(const char* path) {
  fsc::EncoderConfig config;
  config.mode = "latent";
  config.qp = 20;
  config.gop_frames = 8;
  fsc::StreamInfo stream;
  stream.layers = {{.name = "features", .channels = 4, .height_cells = 8, .width_cells = 8, .stride_px = 16}};
  FSC_ASSIGN_OR_RETURN(const auto sink, fsc::OpenSink(path));
  FSC_ASSIGN_OR_RETURN(const auto encoder, fsc::FeatureEncoder::Create(config, stream, sink.get()));
  for (int t = 0; t < kFrames; ++t) FSC_RETURN_IF_ERROR(encoder->Push(Paint(t)));
  FSC_RETURN_IF_ERROR(encoder->Finish());
  return sink->Commit();
}

fsc::Result<int> Read(const char* path, int first_frame) {
  FSC_ASSIGN_OR_RETURN(const auto source, fsc::OpenSource(path));
  FSC_ASSIGN_OR_RETURN(const auto decoder, fsc::FeatureDecoder::Open(source.get()));
  FSC_ASSIGN_OR_RETURN(const fsc::StreamIndex index, decoder->Index());
  std::printf("%s: mode %s, %zu packets\n", path, decoder->header().mode.c_str(), index.entries.size());
  FSC_RETURN_IF_ERROR(decoder->SeekToFrame(first_frame));
  int frames = 0;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto frame, decoder->Next());
    if (!frame) return frames;
    std::printf("frame %lld begins with %.2f\n", static_cast<long long>(frame->frame_number),
                frame->frame.layers[0].values()[0]);
    ++frames;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const char* const path = argc > 1 ? argv[1] : "example.fsc";
  const fsc::Status written = Write(path);
  if (!written.ok()) std::fprintf(stderr, "%s\n", written.error().OneLine().c_str());
  const auto frames = written.ok() ? Read(path, 13) : fsc::Result<int>(0);
  if (!frames.ok()) std::fprintf(stderr, "%s\n", frames.error().OneLine().c_str());
  std::remove(path);
  return frames.ok() && *frames == kFrames - 13 ? 0 : 1;
}
