#include "codec/latent/encode/layer_encoder.h"

#include "core/byte_writer.h"

namespace fsc {

EncodedLayer EncodeLayer(const LayerFrame& frame, const LayerPlanes& target, const QuantizerOptions& options,
                         LayerState* state, ThreadPool* pool) {
  EncodedLayer result;
  result.planes = LayerPlanes(target.planes(), target.width(), target.height());
  RangeEncoder mode_coder;
  WriteModeMap(frame.modes, frame.reference_count(), &state->mode_contexts[int(frame.frame_class())], &mode_coder);
  const std::vector<uint8_t> modes = mode_coder.Finish();

  const int groups = state->config->groups;
  std::vector<std::vector<uint8_t>> parts(groups);
  std::vector<RecentreStatistics> statistics(groups);
  RunOnPool(pool, groups, [&](int group) {
    PlaneEncoder encoder(frame, group, options, state);
    InterPredictor predictor(&frame.modes, frame.plans);
    RangeEncoder out;
    for (int k = group; k < target.planes(); k += groups) {
      const PlaneView<int16_t> plane = result.planes.plane(k);
      if (frame.reference_count() > 0)
        predictor.Predict(frame.reference_plane(0, k), frame.reference_plane(1, k), plane);
      encoder.Encode(k, target.plane(k), plane, &out);
    }
    parts[group] = out.Finish();
    statistics[group] = encoder.statistics();
  });
  for (const RecentreStatistics& part : statistics) result.statistics.Add(part);

  ByteWriter out;
  out.Leb128(modes.size());
  for (int group = 0; group + 1 < groups; ++group) out.Leb128(parts[group].size());
  out.Bytes(modes);
  for (const std::vector<uint8_t>& part : parts) out.Bytes(part);
  result.bytes = out.Take();
  return result;
}

}  // namespace fsc
