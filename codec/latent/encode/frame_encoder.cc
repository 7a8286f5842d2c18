#include "codec/latent/encode/frame_encoder.h"

#include <algorithm>

#include "core/byte_writer.h"
#include "streams/packet_sections.h"

namespace fsc {

namespace {

constexpr float kThriftyQp = 4;

// A way to predict the frame: references, fields, and the modes that suit them.
struct Prediction {
  LatentFrameHeader header;
  std::vector<MotionField> fields;
  FrameMotion motion;
  std::vector<ModeMap> modes;  // [layer]
  double cost = 0;             // squared steps, bits of motion and modes included
};

Prediction Judge(const FrameInput& input, const LatentFrameHeader& header, std::vector<MotionField> fields,
                 const LatentState& state, const ModeDecisionOptions& options, ThreadPool* pool) {
  Prediction prediction{header, std::move(fields), {}, {}, 0};
  ModeDecisionOptions layer_options = options;
  prediction.motion = FrameMotion(input.layers, prediction.fields, header.filter);
  const auto references = input.references.first(header.references.size());
  for (size_t i = 0; i < input.layers.size(); ++i) {
    LayerFrame frame = MakeLayerFrame(*input.config, header, int(i), prediction.motion, references);
    if (!input.weights.empty()) layer_options.weights = input.weights[i];
    prediction.cost += DecideModes((*input.planes)[i], state.layers[i], layer_options, pool, &frame);
    prediction.modes.push_back(std::move(frame.modes));
  }
  uint64_t bits256 = 0;
  for (size_t i = 0; i < prediction.fields.size(); ++i) {
    const MotionHint hint = HintFor(header, int(i), prediction.fields);
    bits256 += MotionFieldBits256(prediction.fields[i], hint, state.motion[i]);
  }
  prediction.cost += options.lambda * double(bits256) / 256.0;
  return prediction;
}

Prediction ChoosePrediction(const FrameInput& input, const LatentFrameHeader& header, const LatentState& state,
                            const LatentEffort& effort, ThreadPool* pool) {
  ModeDecisionOptions options = effort.modes;
  options.wants_cost = input.weighs_motion && !input.starved;
  const std::vector<MotionField> still(input.references.size(), MotionField(input.config->motion));
  if (input.starved) {
    options.lambda = 1e9f;
    return Judge(input, header, still, state, options, pool);
  }
  const std::vector<MotionField> fields(input.fields.begin(), input.fields.end());
  Prediction best = Judge(input, header, fields, state, options, pool);
  if (!input.weighs_motion || fields.empty()) return best;
  const auto consider = [&](Prediction other) {
    if (other.cost < best.cost) best = std::move(other);
  };
  if (!std::ranges::all_of(fields, [](const MotionField& field) { return field.AllZero(); })) {
    consider(Judge(input, header, still, state, options, pool));
  }
  if (fields.size() == 2 && header.frame_class == FrameClass::kPredicted) {
    LatentFrameHeader one = header;
    one.references.resize(1);
    consider(Judge(input, one, {fields[0]}, state, options, pool));
  }
  return best;
}

}  // namespace

EncodedFrame EncodeFrame(const FrameInput& input, const LatentFrameHeader& header, const LatentEffort& effort,
                         ThreadPool* pool) {
  EncodedFrame result;
  result.state = *input.state;
  if (header.frame_class == FrameClass::kIntra) result.state.Restart(header.qp);
  Prediction prediction = ChoosePrediction(input, header, result.state, effort, pool);
  result.header = prediction.header;
  result.moved = !std::ranges::all_of(prediction.fields, [](const MotionField& field) { return field.AllZero(); });
  RangeEncoder motion_coder;
  for (size_t i = 0; i < prediction.fields.size(); ++i) {
    WriteMotionField(prediction.fields[i], HintFor(result.header, int(i), prediction.fields), &result.state.motion[i],
                     &motion_coder);
  }
  result.motion = motion_coder.Finish();
  QuantizerOptions quantizer = effort.quantizer;
  // At the finest qps values count for more than bits: no finer one gives back what a zeroed level takes.
  if (!input.config->lossless) quantizer.lambda *= std::min(1.0f, float(header.qp) / kThriftyQp);
  if (input.starved) quantizer.lambda = 1e9f;
  result.picture = std::make_shared<LatentPicture>();
  const auto references = input.references.first(result.header.references.size());
  for (size_t i = 0; i < input.layers.size(); ++i) {
    LayerFrame frame = MakeLayerFrame(*input.config, result.header, int(i), prediction.motion, references);
    frame.modes = std::move(prediction.modes[i]);
    if (!input.weights.empty()) quantizer.weights = input.weights[i];
    EncodedLayer layer = EncodeLayer(frame, (*input.planes)[i], quantizer, &result.state.layers[i], pool);
    result.statistics.Add(layer.statistics);
    result.picture->layers.push_back(std::move(layer.planes));
    result.layers.push_back(std::move(layer.bytes));
  }
  return result;
}

void FillPacket(const EncodedFrame& frame, const LatentFrameHeader& header, Packet* packet) {
  packet->sections.clear();
  packet->payload.clear();
  ByteWriter side;
  WriteLatentFrameHeader(header, &side);
  AppendSection(SectionKind::kSideInfo, -1, side.bytes(), packet);
  if (!header.references.empty()) AppendSection(SectionKind::kMotion, -1, frame.motion, packet);
  for (size_t i = 0; i < frame.layers.size(); ++i)
    AppendSection(SectionKind::kResidual, int(i), frame.layers[i], packet);
}

}  // namespace fsc
