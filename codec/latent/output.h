// output.h: the last step at the decoder, outside the prediction loop: tables x -> E[true value | decoded x],
// and the lower bound of the layer (0 after a ReLU). Quantisation pulls values towards the mean and lets half of a
// sparse layer swing around its bound; a channel transform leaves out what single channels need. The tables undo what
// of that is known: each channel has one of up to eight. Floats on both sides of it: nothing that is parsed depends on
// them. docs/latent-mode.md, "Output", is the specification.
#ifndef FSC_CODEC_LATENT_OUTPUT_H_
#define FSC_CODEC_LATENT_OUTPUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

// One layer's output stage. A value becomes max(x, low) + correction(x), and at last max(., low).
// Corrections lie on centres; between the centres i and i + 1, at x = (start + i) and (start + i + 1) widths, they are
// interpolated linearly; outside, that of the first or last centre counts.
struct OutputStage {
  static constexpr int kMaxTables = 8;
  static constexpr int kMaxCentres = 64;
  static constexpr int kMaxWidthLevel = 127;
  static constexpr int kMaxStart = 1 << 20;
  static constexpr int kCorrectionsPerWidth = 8;
  static constexpr int kMaxCorrection = 127;
  static constexpr float kNoLow = -3.0e38f;

  float low = kNoLow;
  int width_level = 0;                      // a width is 2^(level / 4 - 12) plane units, 0..kMaxWidthLevel
  int start = 0;                            // of the first centre, in widths
  std::vector<std::vector<int8_t>> tables;  // none, or 1..kMaxTables of 1..kMaxCentres corrections in 1/8 width
  std::vector<uint8_t> classes;             // [channel]: its table; empty = the first one for all

  // In feature values. `unit`: that of the layer's ChannelTransform.
  static float Width(int width_level, float unit);
  void Apply(float unit, Tensor* tensor) const;
};

// What a frame says about one layer's stage: nothing, or another one.
void WriteOutputUpdate(const std::optional<OutputStage>& update, ByteWriter* out);
// `channels`: of the layer. kBadInput when damaged.
Result<std::optional<OutputStage>> ReadOutputUpdate(int channels, ByteReader* in, const std::string& where);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_OUTPUT_H_
