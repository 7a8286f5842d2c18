// plane_encoder.h: one plane at the encoder: gain, residual, levels, zero decisions, bytes, decoded plane.
#ifndef FSC_CODEC_LATENT_ENCODE_PLANE_ENCODER_H_
#define FSC_CODEC_LATENT_ENCODE_PLANE_ENCODER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "codec/latent/encode/quantizer.h"
#include "codec/latent/encode/unit_quantizer.h"
#include "codec/latent/layer.h"
#include "core/range_coder.h"

namespace fsc {

// Where the true coefficients lie around the levels: input of the next frame's Dequantizer::recentre.
struct RecentreStatistics {
  std::array<double, 2> excess = {};  // sum of |c| / step - |level|, for levels 1 and above
  std::array<int64_t, 2> count = {};

  void Add(const RecentreStatistics& other) {
    for (int i = 0; i < 2; ++i) {
      excess[i] += other.excess[i];
      count[i] += other.count[i];
    }
  }
};

// Encodes the planes of one group in order. All borrowed; one thread.
class PlaneEncoder {
 public:
  // `group`: whose contexts of `state` are used.
  PlaneEncoder(const LayerFrame& frame, int group, const QuantizerOptions& options, LayerState* state);

  // `plane`: the inter prediction on entry (anything where the frame has no references), the decoded plane on return.
  void Encode(int k, PlaneView<const int16_t> target, PlaneView<int16_t> plane, RangeEncoder* out);

  const RecentreStatistics& statistics() const { return statistics_; }

 private:
  void QuantisePlane(int k, PlaneView<const int16_t> target, int intra_gain, PlaneView<int16_t> plane);
  // A superblock in blocks of 4 cells. Returns the cost in squared steps, or 0 where it is clear that no level pays.
  float QuantiseBlocks(int k, PlaneView<const int16_t> target, int intra_gain, int superblock_x, int superblock_y,
                       PlaneView<int16_t> plane);
  // The same in larger units.
  float QuantiseUnits(int k, PlaneView<const int16_t> target, int intra_gain, int superblock_x, int superblock_y,
                      int unit_blocks, PlaneView<int16_t> plane);
  void QuantiseBlock(int k, const Block& residual, int block_x, int block_y);
  void QuantiseLossless(PlaneView<const int16_t> target, int intra_gain, PlaneView<int16_t> plane);
  void QuantiseLosslessBlock(PlaneView<const int16_t> target, int intra_gain, int block_x, int block_y,
                             PlaneView<int16_t> plane);
  void DropPoorSuperblocks(int k);
  PlaneContext ContextOf(int k) const;
  const BlockQuantizer& Quantizer(int k);
  const UnitQuantizer& UnitQuantizerOf(int k, int unit_blocks);
  float SizeBits(int k, int superblock_x, int superblock_y, int unit_blocks) const;
  // Of squared error in the unit that begins at a block: the mean of its blocks that are there.
  float WeightOf(int block_x, int block_y, int unit_blocks) const;

  const LayerFrame& frame_;
  const bool has_intra_;  // some block is predicted from the plane itself: then it is reconstructed as it is quantised
  QuantizerOptions options_;
  LayerState* state_;
  ResidualContexts* contexts_;
  BlockMap map_;
  PlaneLevels levels_;
  std::vector<float> benefits_;       // per block, squared steps
  std::vector<float> unit_benefits_;  // per superblock of larger units: over dropping it
  std::array<std::unique_ptr<UnitQuantizer>, kUnitSizes> unit_quantizers_;
  std::unique_ptr<BlockQuantizer> quantizer_;  // of the current plane, once something needs it
  RecentreStatistics statistics_;
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_PLANE_ENCODER_H_
