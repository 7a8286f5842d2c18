// stream_sizes.h: the sizes that a stream tells of pictures, from how they were laid into a network's input.
#ifndef FSC_MODELS_STREAM_SIZES_H_
#define FSC_MODELS_STREAM_SIZES_H_

#include "fsc/stream_info.h"
#include "models/input_geometry.h"

namespace fsc {

inline void SetSizes(const InputGeometry& geometry, StreamInfo* stream) {
  stream->input_width_px = geometry.input_width_px;
  stream->input_height_px = geometry.input_height_px;
  stream->source_width_px = geometry.source_width_px;
  stream->source_height_px = geometry.source_height_px;
}

}  // namespace fsc

#endif  // FSC_MODELS_STREAM_SIZES_H_
