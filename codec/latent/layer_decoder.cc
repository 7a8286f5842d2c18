#include "codec/latent/layer_decoder.h"

#include <algorithm>

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

LayerDecoder::LayerDecoder(LayerState* state) : state_(state) {
  for (int group = 0; group < state->config->groups; ++group) groups_.emplace_back(state->grid);
}

void LayerDecoder::KeepNeededWarps(LayerFrame* frame) {
  std::vector<uint8_t> needed(frame->modes.modes.size());
  for (int reference = 0; reference < frame->reference_count(); ++reference) {
    const BlockMode alone = reference == 0 ? BlockMode::kFirst : BlockMode::kSecond;
    std::transform(frame->modes.modes.begin(), frame->modes.modes.end(), needed.begin(),
                   [&](BlockMode mode) { return uint8_t(mode == alone || mode == BlockMode::kBoth); });
    plans_[size_t(reference)] = frame->plans[size_t(reference)]->For(needed, kBlockCells);
    frame->plans[size_t(reference)] = &plans_[size_t(reference)];
  }
}

bool LayerDecoder::DecodeGroup(int group, std::span<const uint8_t> bytes, const LayerFrame& frame, BitMeter* meter,
                               LayerPlanes* planes) {
  const FrameClass frame_class = frame.frame_class();
  ResidualContexts* contexts = &state_->contexts[group][int(frame_class)];
  Group& own = groups_[size_t(group)];
  const bool moves = frame.reference_count() > 0;
  if (moves) own.predictor.Begin(&frame.modes, frame.plans);
  own.map.Clear();
  RangeDecoder coder(bytes);
  // What comes behind the end of the data would be thrown away.
  for (int k = group; k < planes->planes() && !coder.overrun(); k += int(groups_.size())) {
    const PlaneView<int16_t> plane = planes->plane(k);
    uint8_t& gain = state_->gains[int(frame_class)][k];
    gain = uint8_t(ReadGain(gain, contexts, &coder));
    if (moves) {
      own.predictor.Predict(frame.reference_plane(0, k), frame.reference_plane(1, k), gain, plane);
    }
    const PlaneContext context{state_->activity.Class(frame_class, k), state_->activity.Lean(frame_class, k),
                               frame.lossless, &own.map};
    ReadPlaneLevels(context, contexts, &coder, &own.levels, meter);
    ReconstructPlane(frame, own.levels, state_->gains[int(FrameClass::kIntra)][k], plane);
    const PlaneLevels::Totals totals = own.levels.totals();
    state_->activity.Update(frame_class, k, totals, state_->grid.blocks());
    if (totals.nonzero > 0) own.map.Update(own.levels);
  }
  if (meter != nullptr) meter->ChargeShared(coder);
  return !coder.overrun();
}

Status LayerDecoder::Decode(std::span<const uint8_t> bytes, const std::string& where, LayerFrame* frame,
                            ThreadPool* pool, LayerPlanes* planes, LayerAnalysis* analysis) {
  const int groups = int(groups_.size());
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

  RangeDecoder mode_coder(modes);
  std::vector<BitMeter> meters(analysis != nullptr ? size_t(groups) + 1 : 0, BitMeter(state_->grid.blocks()));
  const auto meter = [&](int part) { return meters.empty() ? nullptr : &meters[size_t(part)]; };  // the modes' is last
  frame->modes = ReadModeMap(state_->grid, frame->reference_count(), &state_->mode_contexts[int(frame->frame_class())],
                             &mode_coder, meter(groups));
  if (mode_coder.overrun()) return BadInput("block modes are cut short", where, "the stream is damaged");
  KeepNeededWarps(frame);
  std::vector<uint8_t> whole(size_t(groups), 0);
  RunOnPool(pool, groups, [&](int group) {
    whole[size_t(group)] = DecodeGroup(group, parts[size_t(group)], *frame, meter(group), planes);
  });
  if (std::find(whole.begin(), whole.end(), 0) != whole.end()) {
    return BadInput("residual is cut short", where, "the stream is damaged");
  }
  if (analysis != nullptr) *analysis = Analysis(frame->modes, 8.0 * double(length_bytes), meters);
  return {};
}

}  // namespace fsc
