// label_picture.h: the class of every pixel, from the pictures that data sets have.
#ifndef FSC_EVAL_LABEL_PICTURE_H_
#define FSC_EVAL_LABEL_PICTURE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

struct LabelImage {
  int width_px = 0, height_px = 0;
  std::vector<uint8_t> labels;
};

// 8-bit grey, palette PNG (its indices, not its colours), 16-bit grey with values up to 255, and colours that are all
// grey. kBadInput for anything else.
Result<LabelImage> ReadLabelImage(const std::string& path);

}  // namespace fsc

#endif  // FSC_EVAL_LABEL_PICTURE_H_
