// luma_input.h: the luma of a video that tensors belong to, at the size of the network's input.
#ifndef FSC_TOOLS_LUMA_INPUT_H_
#define FSC_TOOLS_LUMA_INPUT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "fsc/status.h"
#include "fsc/warning.h"

namespace fsc::tools {

class LumaInput {
 public:
  virtual ~LumaInput() = default;
  // The next picture as 8-bit full-range BT.601 luma. kBadInput when the video ends before the tensors do.
  virtual Result<Plane<uint8_t>> Next() = 0;
  virtual TimeBase frame_rate() const = 0;  // of the video, frames per second
  virtual Warnings warnings() const = 0;
};

// Skips `first_frame` pictures. Pictures of another size are stretched to width x height (area or bilinear
// interpolation). kUsage in builds without FFmpeg.
Result<std::unique_ptr<LumaInput>> OpenLumaInput(const std::string& video_path, int width_px, int height_px,
                                                 int64_t first_frame, int threads);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_LUMA_INPUT_H_
