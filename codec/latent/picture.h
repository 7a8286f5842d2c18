// picture.h: the planes of one frame, as the prediction loop keeps them, and the constants of the block grid.
//
// A plane is one channel after the channel transform, in plane units (ChannelTransform); H x W int16, rows adjacent,
// planes one after the other. Blocks are 4 x 4 cells, superblocks 4 x 4 blocks; both are cut off at the right and lower
// edge.
#ifndef FSC_CODEC_LATENT_PICTURE_H_
#define FSC_CODEC_LATENT_PICTURE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fsc/plane.h"

namespace fsc {

inline constexpr int kBlockCells = 4;
inline constexpr int kBlockCoefficients = kBlockCells * kBlockCells;
inline constexpr int kSuperblockBlocks = 4;

// The blocks of a plane.
struct BlockGrid {
  BlockGrid() = default;
  BlockGrid(int width_cells, int height_cells)
      : width(width_cells),
        height(height_cells),
        blocks_x((width_cells + kBlockCells - 1) / kBlockCells),
        blocks_y((height_cells + kBlockCells - 1) / kBlockCells),
        superblocks_x((blocks_x + kSuperblockBlocks - 1) / kSuperblockBlocks),
        superblocks_y((blocks_y + kSuperblockBlocks - 1) / kSuperblockBlocks) {}

  int blocks() const { return blocks_x * blocks_y; }

  int width = 0;  // cells
  int height = 0;
  int blocks_x = 0;
  int blocks_y = 0;
  int superblocks_x = 0;
  int superblocks_y = 0;
};

// The planes of one layer.
class LayerPlanes {
 public:
  LayerPlanes() = default;
  LayerPlanes(int planes, int width_cells, int height_cells)
      : planes_(planes),
        width_(width_cells),
        height_(height_cells),
        samples_(size_t(planes) * width_cells * height_cells) {}

  int planes() const { return planes_; }
  int width() const { return width_; }
  int height() const { return height_; }
  PlaneView<int16_t> plane(int k) { return {samples_.data() + k * plane_size(), width_, height_, width_}; }
  PlaneView<const int16_t> plane(int k) const { return {samples_.data() + k * plane_size(), width_, height_, width_}; }
  std::span<int16_t> samples() { return samples_; }
  std::span<const int16_t> samples() const { return samples_; }
  size_t plane_size() const { return size_t(width_) * height_; }

 private:
  int planes_ = 0;
  int width_ = 0;
  int height_ = 0;
  std::vector<int16_t> samples_;
};

class MotionLuma;  // motion/motion_luma.h

// One frame: what later frames refer to.
struct LatentPicture {
  int64_t frame_number = 0;
  std::vector<LayerPlanes> layers;
  std::shared_ptr<const MotionLuma> luma;  // encoder only; null where there is no video
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_PICTURE_H_
