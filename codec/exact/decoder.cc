#include "codec/exact/decoder.h"

#include "codec/exact/encoder.h"
#include "codec/float_syntax.h"
#include "streams/packet_sections.h"

namespace fsc {
namespace {

class ExactDecoder : public ModeDecoder {
 public:
  explicit ExactDecoder(std::vector<LayerSpec> layers) : layers_(std::move(layers)) {}

  Status Push(const Packet& packet, std::vector<DecodedFrame>* out) override {
    const std::string where = "frame " + std::to_string(packet.frame_number);
    FSC_ASSIGN_OR_RETURN(const std::vector<SectionView> sections, SectionsOf(packet, where));
    FSC_RETURN_IF_ERROR(CheckSections(sections, where));
    DecodedFrame decoded;
    decoded.frame_number = packet.frame_number;
    decoded.frame.timestamp_ticks = packet.timestamp_ticks;
    for (size_t i = 0; i < layers_.size(); ++i) {
      ByteReader in(sections[i].bytes);
      if (!PromiseFloats(in, size_t(layers_[i].elements()))) {
        return BadInput("layer '" + layers_[i].name + "' is cut short or malformed", where);
      }
      Tensor tensor(layers_[i].channels, layers_[i].height_cells, layers_[i].width_cells);
      ReadFloats(&in, tensor.values());
      FSC_RETURN_IF_ERROR(in.CheckAtEnd("layer '" + layers_[i].name + "'", where));
      decoded.frame.layers.push_back(std::move(tensor));
    }
    FSC_RETURN_IF_ERROR(CheckFrame(decoded.frame, layers_, where));
    out->push_back(std::move(decoded));
    return {};
  }

  Status Flush(std::vector<DecodedFrame>*) override { return {}; }
  void Reset() override {}

 private:
  // One section of coded samples a layer, in their order.
  Status CheckSections(std::span<const SectionView> sections, const std::string& where) const {
    bool right = sections.size() == layers_.size();
    for (size_t i = 0; right && i < layers_.size(); ++i) {
      right = sections[i].kind == SectionKind::kResidual && sections[i].layer == int(i);
    }
    if (right) return {};
    return BadInput("a packet with sections that mode float does not have", where, "the stream is damaged");
  }

  std::vector<LayerSpec> layers_;
};

}  // namespace

Result<std::unique_ptr<ModeDecoder>> CreateExactDecoder(const StreamHeader& header) {
  const std::string where = "configuration of mode float";
  ByteReader in(header.mode_config);
  const uint8_t version = in.U8();
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("configuration", where));
  if (version != kExactVersion) {
    return BadInput("configuration of version " + std::to_string(version), where, "a newer fsc may read it");
  }
  return std::unique_ptr<ModeDecoder>(new ExactDecoder(header.layers));
}

}  // namespace fsc
