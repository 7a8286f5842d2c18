// palette_png.h: PNG pictures with a palette, as indices. Picture readers give their colours; label pictures of the VOC
// kind mean the indices.
#ifndef FSC_STREAMS_PALETTE_PNG_H_
#define FSC_STREAMS_PALETTE_PNG_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

struct PaletteIndices {
  int width_px = 0;
  int height_px = 0;
  std::vector<uint8_t> indices;  // row by row
};

// Nothing where the file is no PNG or has no palette. kIo when it cannot be read; kBadInput for damage, interlaced
// pictures, and sides above the limits.
Result<std::optional<PaletteIndices>> ReadPalettePng(const std::string& path, const Limits& limits);

}  // namespace fsc

#endif  // FSC_STREAMS_PALETTE_PNG_H_
