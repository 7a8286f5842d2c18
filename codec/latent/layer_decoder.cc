#include "codec/latent/layer_decoder.h"

#include "core/byte_reader.h"

namespace fsc {
namespace {

// `meters`: one for each group, then the modes'.
LayerAnalysis Analysis(const ModeMap& modes, double length_bits, std::span<const BitMeter> meters) {
  LayerAnalysis result;
  result.block_cells = kBlockCells;
  result.blocks_x = modes.grid.blocks_x;
  result.blocks_y = modes.grid.blocks_y;
  for (const BlockMode mode : modes.modes) result.modes.push_back(uint8_t(mode));
  result.mode_bits = meters.back().blocks();
  result.coefficient_bits.resize(result.modes.size());
  result.shared_bits = length_bits;
  for (const BitMeter& meter : meters.first(meters.size() - 1)) {
    result.shared_bits += meter.shared();
    for (size_t i = 0; i < result.modes.size(); ++i) result.coefficient_bits[i] += meter.blocks()[i];
  }
  return result;
}

}  // namespace

Result<LayerPlanes> DecodeLayer(std::span<const uint8_t> bytes, const std::string& where, LayerFrame* frame,
                                LayerState* state, ThreadPool* pool, LayerAnalysis* analysis) {
  const int groups = state->config->groups;
  ByteReader in(bytes);
  const uint64_t mode_bytes = in.Leb128();
  std::vector<uint64_t> sizes;
  for (int group = 0; group + 1 < groups; ++group) sizes.push_back(in.Leb128());
  const size_t length_bytes = bytes.size() - in.left();
  const std::span<const uint8_t> modes = in.Bytes(mode_bytes);
  std::vector<std::span<const uint8_t>> parts;
  for (const uint64_t size : sizes) parts.push_back(in.Bytes(size));
  parts.push_back(in.Bytes(in.left()));
  FSC_RETURN_IF_ERROR(in.Check("latent layer", where));

  const int references = frame->reference_count();
  RangeDecoder mode_coder(modes);
  std::vector<BitMeter> meters(analysis != nullptr ? size_t(groups) + 1 : 0, BitMeter(state->grid.blocks()));
  const auto meter = [&](int part) { return meters.empty() ? nullptr : &meters[size_t(part)]; };  // the modes' is last
  frame->modes = ReadModeMap(state->grid, references, &state->mode_contexts[int(frame->frame_class())], &mode_coder,
                             meter(groups));
  if (mode_coder.overrun()) return BadInput("block modes are cut short", where, "the stream is damaged");
  const int plane_count = state->config->transform.planes;
  LayerPlanes planes(plane_count, state->grid.width, state->grid.height);
  std::vector<uint8_t> overrun(groups);
  const FrameClass frame_class = frame->frame_class();
  RunOnPool(pool, groups, [&](int group) {
    ResidualContexts* contexts = &state->contexts[group][int(frame_class)];
    InterPredictor predictor(&frame->modes, frame->plans);
    BlockMap map(state->grid);
    PlaneLevels levels(state->grid);
    RangeDecoder coder(parts[group]);
    // What comes behind the end of the data would be thrown away.
    for (int k = group; k < plane_count && !coder.overrun(); k += groups) {
      const PlaneView<int16_t> plane = planes.plane(k);
      uint8_t& gain = state->gains[int(frame_class)][k];
      gain = uint8_t(ReadGain(gain, contexts, &coder));
      if (references > 0) {
        predictor.Predict(frame->reference_plane(0, k), frame->reference_plane(1, k), plane);
        ApplyGain(gain, plane);
      }
      const PlaneContext context{state->activity.Class(frame_class, k), state->activity.Lean(frame_class, k),
                                 frame->lossless, &map};
      ReadPlaneLevels(context, contexts, &coder, &levels, meter(group));
      ReconstructPlane(*frame, levels, state->gains[int(FrameClass::kIntra)][k], plane);
      const PlaneLevels::Totals totals = levels.totals();
      state->activity.Update(frame_class, k, totals, state->grid.blocks());
      if (totals.nonzero > 0) map.Update(levels);
    }
    overrun[group] = coder.overrun();
    if (meter(group) != nullptr) meter(group)->ChargeShared(coder);
  });
  for (const uint8_t cut : overrun) {
    if (cut) return BadInput("residual is cut short", where, "the stream is damaged");
  }
  if (analysis != nullptr) *analysis = Analysis(frame->modes, 8.0 * double(length_bytes), meters);
  return planes;
}

}  // namespace fsc
