// picture_packing.h: channels out of a picture that others packed, and back into it, sample by sample.
//
// Values are the picture's samples, whole numbers from 0 to 2^bits - 1: what range they stand for is known to who made
// the picture.
#ifndef FSC_TILING_PICTURE_PACKING_H_
#define FSC_TILING_PICTURE_PACKING_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/packed_picture.h"
#include "fsc/plane.h"
#include "fsc/status.h"
#include "tiling/tile_layout.h"

namespace fsc {

// The layer of a picture that is a grid of tiles of this size, but for a column or row of at most one sample that makes
// its sides even. kUsage where the tiles do not fit.
Result<LayerSpec> LayerOfGrid(const PackedPicture& picture, int tile_width_px, int tile_height_px);

class PicturePacking {
 public:
  // kUsage for a picture outside `limits` or a depth outside 8..16, and where `layers` packed in that way have another
  // size; the message names both.
  static Result<PicturePacking> Create(const PackedPicture& picture, std::span<const LayerSpec> layers,
                                       const Limits& limits);

  // The picture of that format that CompressAI-Vision would pack these layers into, its sides made even. kUsage as
  // TileLayout.
  static Result<PackedPicture> MpegPicture(const PackedPicture& format, std::span<const LayerSpec> layers,
                                           const Limits& limits);

  const PackedPicture& picture() const { return picture_; }
  const std::vector<LayerSpec>& layers() const { return layers_; }

  // From the first picture of a clip: the sample that fills what no tile covers.
  void TakeFill(PlaneView<const uint16_t> samples);
  // `samples`: of the picture's size. `where`: for errors. kBadInput for a sample above the depth, and for one that no
  // tile covers and that is not the fill: it would be lost.
  Result<FeatureFrame> Unpack(PlaneView<const uint16_t> samples, const std::string& where) const;
  // Rounds to the nearest sample, and clips to what there is. The frame must have the layers' shapes.
  void Pack(const FeatureFrame& frame, PlaneView<uint16_t> samples) const;

 private:
  PicturePacking(const PackedPicture& picture, std::span<const LayerSpec> layers, TileLayout layout);

  PackedPicture picture_;
  std::vector<LayerSpec> layers_;
  TileLayout layout_;
  Plane<uint8_t> covered_;  // 1 where a tile lies
};

}  // namespace fsc

#endif  // FSC_TILING_PICTURE_PACKING_H_
