// prediction.h: how the blocks of a layer are predicted: one choice per 4 x 4 block for all of its planes, coded
// once per layer, and the prediction of a plane that follows from it. Part of the format (docs/latent-mode.md,
// "Layer").
#ifndef FSC_CODEC_LATENT_PREDICTION_H_
#define FSC_CODEC_LATENT_PREDICTION_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/frame_analysis.h"
#include "codec/latent/picture.h"
#include "core/range_coder.h"
#include "motion/warp.h"

namespace fsc {

enum class BlockMode : uint8_t {
  kFirst = 0,       // from the first reference, moved
  kSecond = 1,      // from the second
  kBoth = 2,        // (first + second + 1) >> 1
  kNone = 3,        // zero: the plane's mean
  kMean = 4,        // mean of the cells left of the block and above it, decoded before
  kHorizontal = 5,  // the cell left of the row
  kVertical = 6,    // the cell above the column
  kPlanar = 7,      // a plane through the edges of the block
  // 15 directions, from the left edge upwards and along the upper edge.
  kFirstDirection = 8,
};
inline constexpr int kDirections = 15;
inline constexpr int kBlockModes = int(BlockMode::kFirstDirection) + kDirections;
// For people, in the order of BlockMode.
inline constexpr std::array<std::string_view, kBlockModes> kBlockModeNames = {
    "first reference", "second reference", "both references", "none",          "mean",          "horizontal",
    "vertical",        "planar",           "left, 32 down",   "left, 21 down", "left, 13 down", "left, 5 down",
    "left, 5 up",      "left, 13 up",      "left, 21 up",     "diagonal",      "top, 21 left",  "top, 13 left",
    "top, 5 left",     "top, 5 right",     "top, 13 right",   "top, 21 right", "top, 32 right"};
static_assert(!kBlockModeNames.back().empty());
inline constexpr int kGainUnit = 16;  // gain of 1

inline bool IsInter(BlockMode mode) {
  return mode <= BlockMode::kBoth;
}

// The modes of a layer's blocks, raster order.
struct ModeMap {
  BlockGrid grid;
  std::vector<BlockMode> modes;

  BlockMode at(int block_x, int block_y) const { return modes[size_t(block_y) * grid.blocks_x + block_x]; }
  bool Uses(BlockMode mode) const;
  bool HasIntra() const;
};

inline constexpr int kModeTreeBits = 5;

// Adaptive state of one layer for one frame class.
struct ModeContexts {
  std::array<BitModel, 3> same_as_left_or_up;     // the mode is that of the left (else upper) block
  BitModel same_as_up;                            // it is that of the upper block, which has another than the left one
  std::array<BitModel, 1 << kModeTreeBits> tree;  // its place among those that exist
};

// `references`: 0, 1 or 2, which says what modes exist. Reading gives only modes that exist, whatever the bytes are,
// and tells `meter` what each block took.
void WriteModeMap(const ModeMap& map, int references, ModeContexts* contexts, RangeEncoder* out);
ModeMap ReadModeMap(const BlockGrid& grid, int references, ModeContexts* contexts, RangeDecoder* in,
                    BitMeter* meter = nullptr);
// What writing `mode` costs, in 1/256 bit, given the blocks before it in `map`.
uint32_t ModeCost256(const ModeMap& map, int block_x, int block_y, BlockMode mode, int references,
                     const ModeContexts& contexts);
bool ModeExists(BlockMode mode, int references);

// The moved references of one plane put together by the map, times gain / 16: the prediction of the blocks that are
// inter.
class InterPredictor {
 public:
  // `plans`: one per reference of the frame. All borrowed, for the life of the predictor.
  InterPredictor(const ModeMap* map, const std::array<const WarpPlan*, 2>& plans);
  // Prediction of a plane from the same plane of the references (the second may be null). `out` has the plane's size;
  // cells of intra blocks are unspecified. Not for use by two threads at once.
  void Predict(PlaneView<const int16_t> first, PlaneView<const int16_t> second, PlaneView<int16_t> out);

 private:
  const ModeMap* map_;
  std::array<const WarpPlan*, 2> plans_;
  bool needs_first_ = false;
  bool needs_second_ = false;
  bool uniform_ = false;  // one inter mode everywhere
  Plane<int16_t> moved_first_;
  Plane<int16_t> moved_second_;
};

// plane = (plane * gain + 8) >> 4
void ApplyGain(int gain, PlaneView<int16_t> plane);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_PREDICTION_H_
