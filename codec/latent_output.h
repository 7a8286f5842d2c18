// latent_output.h: the last step at the decoder, outside the prediction loop: a pointwise table x -> E[true value |
// decoded x] and the lower bound of the layer (0 after a ReLU). Quantisation pulls values towards the mean and lets
// half of a sparse layer swing around its bound; the table undoes what of that is known. Floats on both sides of it:
// nothing that is parsed depends on it.
#ifndef FSC_CODEC_LATENT_OUTPUT_H_
#define FSC_CODEC_LATENT_OUTPUT_H_

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/feature_frame.h"
#include "core/status.h"

namespace fsc {

// One layer's table. Values below `low` become `low` at last.
//   t = (x - start) / width; between the centres i and i + 1 (t = i, i + 1) the correction is interpolated linearly;
//   outside it is that of the first or last centre; x + width * correction / 32.
struct OutputTable {
  static constexpr int kMaxCentres = 64;

  float low = -3.0e38f;
  float start = 0;
  float width = 0;                  // 0 = no correction
  std::vector<int8_t> corrections;  // 1/32 width; 0..kMaxCentres entries

  void Apply(std::span<float> values) const;
};

void WriteOutputTable(const OutputTable& table, ByteWriter* out);
Result<OutputTable> ReadOutputTable(ByteReader* in, const std::string& where);

// Collects pairs of decoded and true values of one layer. Encoder only. The corrections are least squares with the
// interpolation in force, which keeps the mean of the pairs: a shift of all channels costs a network more than its
// square says.
class OutputTableFit {
 public:
  // Centres every `width` around the range that matters: `spread_below` and `spread_above` widths around `middle`.
  OutputTableFit() = default;
  OutputTableFit(float middle, float width);
  void Add(std::span<const float> decoded, std::span<const float> original);
  // Old pairs count half from now on.
  void Decay();
  // `low`: the smallest value that the layer has shown.
  OutputTable Table(float low) const;

 private:
  float start_ = 0;
  float width_ = 0;
  std::array<double, OutputTable::kMaxCentres> sums_{};
  std::array<double, OutputTable::kMaxCentres> squares_{};
  std::array<double, OutputTable::kMaxCentres> products_{};
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_OUTPUT_H_
