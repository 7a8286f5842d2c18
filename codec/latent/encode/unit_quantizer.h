// unit_quantizer.h: the encoder's choice of levels for a unit of 8 x 8 or 16 x 16 cells: squared error plus
// lambda times the bits that the real contexts would charge. Nothing here is part of the format.
#ifndef FSC_CODEC_LATENT_ENCODE_UNIT_QUANTIZER_H_
#define FSC_CODEC_LATENT_ENCODE_UNIT_QUANTIZER_H_

#include <array>
#include <cstdint>

#include "codec/latent/encode/level_costs.h"
#include "codec/latent/large_transform.h"
#include "codec/latent/residual.h"
#include "codec/latent/transform.h"

namespace fsc {

// Costs under one state of the contexts, for one plane and one size of units.
class UnitQuantizer {
 public:
  // `unit_blocks`: 2 or 4.
  UnitQuantizer(const ResidualContexts& contexts, const PlaneContext& plane, int unit_blocks,
                const Dequantizer& dequantizer);

  struct Choice {
    int magnitude = 0;  // sum of |level|; 0 = the unit stays without levels
    float saved = 0;    // squared error that the levels remove, in squared steps
    float benefit = 0;  // of that, what is left after lambda times the bits, flags included
  };
  // Levels by group (raster in the unit), each in scan order, and nonzero levels per group; all are written where the
  // choice has levels.
  using Groups = std::array<std::array<int16_t, kBlockCoefficients>, kBlockCoefficients>;
  // `lambda`: squared steps per bit in this unit.
  Choice Quantise(const LargeBlock& coefficients_q4, int neighbours, int place, float lambda, Groups* levels,
                  std::array<uint8_t, kBlockCoefficients>* counts) const;

  // Bits of a unit's flag.
  float FlagBits(int neighbours, int place, bool coded) const { return coded_[neighbours][place][coded]; }

 private:
  int unit_blocks_;
  LevelScale scale_;
  std::array<std::array<BitPair, kMapClasses>, kNeighbourClasses> coded_;
  std::array<float, kBlockCoefficients> last_;  // bits of the place of the last group
  std::array<BitPair, 4> group_;
  // [0: the group of the lowest frequencies, 1: another]
  std::array<LevelCosts, 2> levels_;
  std::array<PositionCosts, 2> positions_;
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_UNIT_QUANTIZER_H_
