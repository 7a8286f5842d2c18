// view_world.h: where things of a stream lie on the screen, and the picture of the network's input that they are drawn
// over.
#ifndef FSC_TOOLS_VIEW_WORLD_H_
#define FSC_TOOLS_VIEW_WORLD_H_

#include <optional>
#include <string>
#include <vector>

#include "core/image.h"
#include "fsc/feature_frame.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc::tools {

// How a source picture was laid into the network's input: input = source * scale + offset, where the first pixel
// covers 0..1.
struct SourceLayout {
  double scale_x = 1;
  double scale_y = 1;
  double offset_x_px = 0;
  double offset_y_px = 0;
};

// As the model's JSON says. kUsage in builds without LibTorch.
Result<SourceLayout> SourceLayoutOf(const std::string& model_path, int source_width_px, int source_height_px);

// The network's input on the screen, `zoom` screen pixels per input pixel.
class ViewWorld {
 public:
  // Size of the input: the stream's, else what the finest layer covers. zoom_px 0: about 800 screen pixels wide.
  ViewWorld(const StreamHeader& header, int zoom_px);

  int zoom() const { return zoom_; }
  int width_px() const { return input_width_px_ * zoom_; }  // of the screen
  int height_px() const { return input_height_px_ * zoom_; }
  // The screen position of the left edge of cell column `cell` of a layer; rows alike. May lie outside the screen.
  int CellEdge(const LayerSpec& layer, int cell) const;

  // The input picture. Without a layout: at its own size where only padding is missing, else stretched.
  Image Show(const Image& source, const std::optional<SourceLayout>& layout) const;
  // Without a video: how far the features lie from their channels' means, brighter for more; the finest layer.
  Image Show(const FeatureFrame& frame, const std::vector<LayerSpec>& layers) const;

 private:
  int input_width_px_ = 0;
  int input_height_px_ = 0;
  int zoom_ = 1;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VIEW_WORLD_H_
