// dataset.h: rendered pictures with labels, one from each of many scenes.
#ifndef FSC_TOOLS_MATERIAL_DATASET_H_
#define FSC_TOOLS_MATERIAL_DATASET_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "core/image.h"
#include "fsc/plane.h"

namespace fsc::material {

struct LabelledPicture {
  Image image;
  Plane<uint8_t> labels;  // ClassIndex
};

// Pictures of scenes first_seed, first_seed + 1, ..., each at a moment of its own (a frame number below 48 at 25 frames
// per second, from the seed). The same on any number of threads. `progress` hears the count of finished pictures from
// several threads.
std::vector<LabelledPicture> RenderDataset(uint32_t first_seed, int count, int width_px, int height_px, int threads,
                                           const std::function<void(int)>& progress);

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_DATASET_H_
