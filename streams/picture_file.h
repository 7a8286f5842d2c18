// picture_file.h: pictures as files: PNG written, and whatever OpenCV reads.
#ifndef FSC_STREAMS_PICTURE_FILE_H_
#define FSC_STREAMS_PICTURE_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/image.h"
#include "fsc/plane.h"
#include "fsc/status.h"

namespace fsc {

// The bytes of a PNG file. kUsage for an empty picture.
Result<std::vector<uint8_t>> EncodePng(const Image& image);
Result<std::vector<uint8_t>> EncodePng(PlaneView<const uint8_t> gray);

// Written to a temporary name and renamed. kUsage for an empty picture, kIo when the file cannot be written.
Status WritePng(const std::string& path, const Image& image);
Status WritePng(const std::string& path, PlaneView<const uint8_t> gray);

// How a picture's samples come: as the file has them, as 8-bit grey, or as 8-bit BGR.
enum class PictureSamples { kAsStored, kGray, kBgr };

struct StoredPicture {
  int width_px = 0;
  int height_px = 0;
  int channels = 1;               // interleaved
  int bits = 8;                   // of a sample: 8 or 16; 0 = another type, whose samples are left out
  std::vector<uint16_t> samples;  // height x width x channels
};

// kBadInput where it cannot be read as a picture.
Result<StoredPicture> ReadPicture(const std::string& path, PictureSamples samples);

}  // namespace fsc

#endif  // FSC_STREAMS_PICTURE_FILE_H_
