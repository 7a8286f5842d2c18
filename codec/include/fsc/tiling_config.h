// tiling_config.h: how the channels of a frame's layers are laid out in one picture.
#ifndef FSC_TILING_CONFIG_H_
#define FSC_TILING_CONFIG_H_

namespace fsc {

enum class Arrangement {
  kTiles,  // each channel is a rectangle of its own
  kQuilt,  // channels interleaved: neighbours in the picture are co-located cells of different channels (Choi and
           // Bajic, "Deep feature compression for collaborative object detection", ICIP 2018)
  kMpeg,   // tiles on the grid of CompressAI-Vision's anchor (compressai_vision.codecs.utils): short edge = largest
           // divisor <= sqrt(C)
};

enum class ChannelOrder {
  kRaster,        // as the tensor has them
  kByMean,        // ascending mean of the first frame
  kBySimilarity,  // greedy chain of nearest neighbours of the first frame (tiling/channel_order.h)
};

struct TilingConfig {
  Arrangement arrangement = Arrangement::kTiles;
  ChannelOrder order = ChannelOrder::kRaster;
  int tile_multiple_px = 1;  // tiles are padded to a multiple of it by edge replication: 1 (no padding), 8, 16, ...
};

}  // namespace fsc

#endif  // FSC_TILING_CONFIG_H_
