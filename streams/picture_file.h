// picture_file.h: still pictures as PNG files.
#ifndef FSC_STREAMS_PICTURE_FILE_H_
#define FSC_STREAMS_PICTURE_FILE_H_

#include <cstdint>
#include <string>

#include "core/image.h"
#include "core/plane.h"
#include "core/status.h"

namespace fsc {

// Written to a temporary name and renamed. kUsage for an empty picture, kIo when the file cannot be written.
Status WritePng(const std::string& path, const Image& image);
Status WritePng(const std::string& path, PlaneView<const uint8_t> gray);

}  // namespace fsc

#endif  // FSC_STREAMS_PICTURE_FILE_H_
