#include "codec/latent_frame_encoder.h"

#include "core/byte_writer.h"

namespace fsc {

EncodedFrame EncodeFrame(const FrameInput& input, const LatentFrameHeader& header, const LatentEffort& effort,
                         ThreadPool* pool) {
  EncodedFrame result;
  result.header = header;
  result.state = *input.state;
  if (header.frame_class == FrameClass::kIntra) result.state.Restart(header.qp);
  RangeEncoder motion_coder;
  for (size_t i = 0; i < input.fields.size(); ++i) {
    WriteMotionField(input.fields[i], HintFor(header, int(i), input.fields), &result.state.motion[i], &motion_coder);
  }
  result.motion = motion_coder.Finish();
  result.picture = std::make_shared<LatentPicture>();
  LatentEffort used = effort;
  if (input.starved) used.modes.lambda = used.quantizer.lambda = 1e9f;

  const FrameMotion motion(input.layers, input.fields, header.filter);
  for (size_t i = 0; i < input.layers.size(); ++i) {
    LayerFrame frame = MakeLayerFrame(*input.config, result.header, int(i), motion, input.references);
    LayerState* state = &result.state.layers[i];
    DecideModes((*input.planes)[i], *state, used.modes, pool, &frame);
    EncodedLayer layer = EncodeLayer(frame, (*input.planes)[i], used.quantizer, state, pool);
    result.statistics.Add(layer.statistics);
    result.picture->layers.push_back(std::move(layer.planes));
    result.layers.push_back(std::move(layer.bytes));
  }
  return result;
}

void FillPacket(const EncodedFrame& frame, const LatentFrameHeader& header, Packet* packet) {
  packet->sections.clear();
  packet->payload.clear();
  const auto append = [packet](SectionKind kind, int layer, std::span<const uint8_t> bytes) {
    packet->sections.push_back(Section{kind, layer, bytes.size()});
    packet->payload.insert(packet->payload.end(), bytes.begin(), bytes.end());
  };
  ByteWriter side;
  WriteLatentFrameHeader(header, &side);
  append(SectionKind::kSideInfo, -1, side.bytes());
  if (!header.references.empty()) append(SectionKind::kMotion, -1, frame.motion);
  for (size_t i = 0; i < frame.layers.size(); ++i) append(SectionKind::kResidual, int(i), frame.layers[i]);
}

}  // namespace fsc
