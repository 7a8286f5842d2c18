// clip_file.h: rendered pictures as one H.264 file, near lossless, for players and for decoders under test.
#ifndef FSC_TOOLS_MATERIAL_CLIP_FILE_H_
#define FSC_TOOLS_MATERIAL_CLIP_FILE_H_

#include <memory>
#include <string>

#include "core/image.h"
#include "core/status.h"

namespace fsc::material {

// Writes to a temporary name beside `path`; Finish() gives the file its name, without it nothing is left behind.
class ClipWriter {
 public:
  // Even sizes only (4:2:0). kUsage for an odd size or without an H.264 encoder, kIo when the file cannot be made.
  static Result<std::unique_ptr<ClipWriter>> Create(const std::string& path, int width_px, int height_px,
                                                    int frame_rate);
  virtual ~ClipWriter() = default;
  virtual Status Write(const Image& image) = 0;
  virtual Status Finish() = 0;
};

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_CLIP_FILE_H_
