// view_coding.h: how a frame was coded, drawn over its picture: the motion field, the modes of blocks, and the bits of
// blocks. What there is to draw comes from FrameAnalysis; nothing here knows a mode by name.
#ifndef FSC_TOOLS_VIEW_CODING_H_
#define FSC_TOOLS_VIEW_CODING_H_

#include <string>
#include <vector>

#include "codec/frame_analysis.h"
#include "tools/view_canvas.h"
#include "tools/view_world.h"

namespace fsc::tools {

// A frame and the picture that is drawn over. All borrowed.
struct CodedView {
  const FrameAnalysis& analysis;
  const std::vector<LayerSpec>& layers;
  const ViewWorld& world;
  const Image& backdrop;  // of the world's size
  int64_t frame_number = 0;
};

// "P, qp 44, 9160 bytes: motion 3 %, ..."
std::string DescribeCoding(const FrameAnalysis& analysis);

// The field towards reference `reference`: colour and arrows for where each unit comes from, lines for the quadtree. A
// reference that the frame does not have gives the bare picture and says so.
Panel DrawMotion(const CodedView& view, int reference);

// The mode of each block of a layer, and the share of each mode.
Panel DrawModes(const CodedView& view, int layer);

// Bits of each block of a layer, mode and coefficients of all planes, on a logarithmic scale up to `top_bits` (> 0).
Panel DrawBits(const CodedView& view, int layer, double top_bits);
// The scale that shows all blocks of a frame: a power of two.
double TopBits(const FrameAnalysis& analysis);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VIEW_CODING_H_
