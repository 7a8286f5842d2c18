#include "codec/exact/encoder.h"

#include "codec/float_syntax.h"
#include "streams/packet_sections.h"

namespace fsc {
namespace {

constexpr int kZstdLevel = 3;

class ExactEncoder : public ModeEncoder {
 public:
  Status Push(const FeatureFrame& frame, const FrameHints&, std::vector<Packet>* out) override {
    Packet packet;
    packet.random_access = true;
    packet.frame_number = next_frame_++;
    packet.timestamp_ticks = frame.timestamp_ticks;
    for (size_t layer = 0; layer < frame.layers.size(); ++layer) {
      ByteWriter bytes;
      FSC_RETURN_IF_ERROR(WriteFloats(frame.layers[layer].values(), kZstdLevel, &bytes));
      AppendSection(SectionKind::kResidual, int(layer), bytes.bytes(), &packet);
    }
    out->push_back(std::move(packet));
    return {};
  }

  Status Flush(std::vector<Packet>*) override { return {}; }
  Status SetQp(int) override { return Usage("mode float has no QP", "encoder"); }
  Status SetBitrate(double) override { return Usage("mode float has no bitrate", "encoder"); }
  Status RequestKeyFrame() override { return {}; }  // every frame is one
  std::vector<uint8_t> mode_config() const override { return {kExactVersion}; }
  std::string description() const override { return FloatSyntaxLibrary(); }

 private:
  int64_t next_frame_ = 0;
};

}  // namespace

Result<std::unique_ptr<ModeEncoder>> CreateExactEncoder(const EncoderConfig& config, std::span<const LayerSpec>) {
  if (!config.preset.empty()) return Usage("mode float has no presets", config.preset, "leave it out");
  return std::unique_ptr<ModeEncoder>(new ExactEncoder);
}

}  // namespace fsc
