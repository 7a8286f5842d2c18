// view_tiles.h: the channels of a frame side by side, in grey, or their errors in colour.
#ifndef FSC_TOOLS_VIEW_TILES_H_
#define FSC_TOOLS_VIEW_TILES_H_

#include <vector>

#include "fsc/feature_frame.h"
#include "tiling/tile_layout.h"
#include "tools/view_canvas.h"

namespace fsc::tools {

// Every channel of every layer is a tile; one cell lies between tiles, so that their borders stay visible.
class TileView {
 public:
  // `zoom_px`: screen pixels per cell; 0 = what fills about 720 pixels.
  static Result<TileView> Create(const std::vector<LayerSpec>& layers, int zoom_px);

  // Grey. Black and white of each layer are those of the first frame drawn, half a percent clipped at either end.
  Image DrawChannels(const FeatureFrame& frame);
  // |frame - original|, dark to bright; of each layer, bright is a half of the standard deviation of the first original
  // drawn. Both frames have the layers of Create().
  Panel DrawErrors(const FeatureFrame& frame, const FeatureFrame& original);

 private:
  // Black and white of one layer's display.
  struct Shades {
    float black = 0;
    float white = 1;
    static Shades Of(std::span<const float> values);
    float At(float value) const;  // 0..1
  };

  explicit TileView(TileLayout layout) : layout_(std::move(layout)) {}
  template <class ColourAt>  // Colour(int layer, int channel, size_t cell)
  Image Draw(const FeatureFrame& frame, const ColourAt& colour_at) const;

  TileLayout layout_;
  int zoom_ = 1;
  std::vector<Shades> shades_;
  std::vector<double> deviations_;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VIEW_TILES_H_
