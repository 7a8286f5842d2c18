// frame_analysis.h: what a decoder can tell about how a frame was coded: its motion, the mode of each block and where
// the bits went. For people and tools that look (fsc view); filled only when asked for (ModeDecoder::Analyse), and of
// no influence on what is decoded.
#ifndef FSC_CODEC_FRAME_ANALYSIS_H_
#define FSC_CODEC_FRAME_ANALYSIS_H_

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/range_coder.h"
#include "fsc/packet.h"
#include "motion/motion_field.h"

namespace fsc {

// The blocks of one layer, in raster order. Block (i, j) covers cells block_cells i .. block_cells (i + 1) - 1, cut off
// at the layer's edge; rows alike.
struct LayerAnalysis {
  int block_cells = 0;
  int blocks_x = 0;
  int blocks_y = 0;
  std::vector<uint8_t> modes;           // index into FrameAnalysis::mode_names
  std::vector<float> mode_bits;         // what the mode of a block took
  std::vector<float> coefficient_bits;  // what its coefficients took, all planes together
  // What belongs to no single block: lengths of substreams, gains, flags of planes and superblocks.
  double shared_bits = 0;
};

// Bits are those that the range decoder took in, in fractions of a bit. All of a frame's together are its payload, but
// for the few bits that each substream is rounded up by.
struct FrameAnalysis {
  FrameType type = FrameType::kIntra;
  int qp = 0;
  std::vector<int64_t> references;               // frame numbers
  std::vector<MotionField> motion;               // one for each reference
  std::vector<LayerAnalysis> layers;             // in the order of the stream's layers
  std::span<const std::string_view> mode_names;  // of static storage
  double side_info_bits = 0;
  double motion_bits = 0;
  uint64_t payload_bytes = 0;

  // Side information, motion and all layers.
  double total_bits() const;
};

// Charges what a range decoder has read since the last call to one block, or to none.
class BitMeter {
 public:
  explicit BitMeter(int blocks) : blocks_(size_t(blocks)) {}
  void ChargeBlock(int block, const RangeDecoder& in) { blocks_[size_t(block)] += float(Lap(in)); }
  // The same, in equal parts, for `columns` x `rows` blocks from `first` on, rows `stride` blocks apart.
  void ChargeBlocks(int first, int columns, int rows, int stride, const RangeDecoder& in);
  void ChargeShared(const RangeDecoder& in) { shared_ += Lap(in); }

  const std::vector<float>& blocks() const { return blocks_; }
  double shared() const { return shared_; }

 private:
  double Lap(const RangeDecoder& in);

  std::vector<float> blocks_;
  double shared_ = 0;
  double last_ = 0;
};

}  // namespace fsc

#endif  // FSC_CODEC_FRAME_ANALYSIS_H_
