#include "eval/label_picture.h"

#include <fmt/format.h>

#include <utility>

#include "fsc/limits.h"
#include "streams/palette_png.h"
#include "streams/picture_file.h"

namespace fsc {

Result<LabelImage> ReadLabelImage(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(auto palette, ReadPalettePng(path, Limits{}));
  if (palette) return LabelImage{palette->width_px, palette->height_px, std::move(palette->indices)};
  FSC_ASSIGN_OR_RETURN(const StoredPicture picture, ReadPicture(path, PictureSamples::kAsStored));
  const bool gray = picture.channels == 1 && picture.bits != 0;
  if (!gray && (picture.channels != 3 || picture.bits != 8)) {
    return BadInput("label picture of another kind", path,
                    "store one class index a pixel: 8 or 16 bits with one channel, or a palette");
  }
  LabelImage out{picture.width_px, picture.height_px, {}};
  out.labels.reserve(size_t(picture.width_px) * size_t(picture.height_px));
  const size_t channels = size_t(picture.channels);
  for (size_t at = 0; at < picture.samples.size(); at += channels) {
    const uint16_t label = picture.samples[at];
    if (!gray && (picture.samples[at + 1] != label || picture.samples[at + 2] != label)) {
      return BadInput("label picture in colours", path,
                      "store one class index a pixel: 8 or 16 bits with one channel, or a palette");
    }
    if (label > 255) {
      return BadInput(fmt::format("label {} in a 16-bit picture", label), path, "class indices are 0 to 255");
    }
    out.labels.push_back(uint8_t(label));
  }
  return out;
}

}  // namespace fsc
