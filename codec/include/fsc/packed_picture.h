// packed_picture.h: what is needed to make the picture again whose tiles a stream's channels are.
#ifndef FSC_PACKED_PICTURE_H_
#define FSC_PACKED_PICTURE_H_

namespace fsc {

// A planar picture of luma samples, as test software of feature coding exchanges it. The layers of the stream say what
// the tiles are.
struct PackedPicture {
  enum class Packing {
    kGrid = 0,  // one layer, its channels row by row
    kMpeg = 1,  // the layers as CompressAI-Vision's anchor packs them (compressai_vision.codecs.utils)
  };
  int width_px = 0;  // 1 or more, for both
  int height_px = 0;
  int bits = 8;         // of a sample, 8..16
  bool chroma = false;  // 4:2:0, with chroma planes that say nothing; else 4:0:0
  Packing packing = Packing::kGrid;
  int fill = 0;  // the sample of all that no tile covers

  bool operator==(const PackedPicture&) const = default;
};

}  // namespace fsc

#endif  // FSC_PACKED_PICTURE_H_
