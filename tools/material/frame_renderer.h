// frame_renderer.h: one picture of a scene by ray casting, with the class of every pixel and the boxes of what moves.
#ifndef FSC_TOOLS_MATERIAL_FRAME_RENDERER_H_
#define FSC_TOOLS_MATERIAL_FRAME_RENDERER_H_

#include <cstdint>
#include <vector>

#include "core/image.h"
#include "fsc/plane.h"
#include "tools/material/scene.h"

namespace fsc::material {

// The smallest box, in whole pixels of the picture, around all of an object that the picture holds, hidden parts
// included.
struct TrackBox {
  int track_id = 0;
  ClassIndex label = kCar;
  int left_px = 0, top_px = 0, width_px = 0, height_px = 0;
  float visibility = 0;  // pixels seen / pixels that would be seen were nothing in front, 0..1
};

struct RenderedFrame {
  Image image;
  Plane<uint8_t> labels;        // ClassIndex of what the centre of each pixel shows
  Plane<uint16_t> tracks;       // track id of what it shows; 0 for what does not move by itself
  std::vector<TrackBox> boxes;  // by track id; only objects of which at least one pixel is in the picture
};

// The scene at frame_number / frame_rate seconds. Colours come from five rays a pixel, labels from the one in the
// middle. Sensor noise depends on the scene's seed and the frame number. width_px, height_px: 16..4096.
RenderedFrame RenderFrame(const Scene& scene, int frame_number, float frame_rate, int width_px, int height_px);

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_FRAME_RENDERER_H_
