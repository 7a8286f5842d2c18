// tensor_sizes.h: the sizes that a suite tells of a clip of tensors, in the stream that is made of it.
#ifndef FSC_EVAL_TENSOR_SIZES_H_
#define FSC_EVAL_TENSOR_SIZES_H_

#include "eval/suite.h"
#include "fsc/stream_info.h"

namespace fsc {

inline void TellSizes(const SuiteClip& clip, StreamInfo* stream) {
  stream->input_width_px = clip.input_width_px;
  stream->input_height_px = clip.input_height_px;
  stream->source_width_px = clip.source_width_px;
  stream->source_height_px = clip.source_height_px;
}

}  // namespace fsc

#endif  // FSC_EVAL_TENSOR_SIZES_H_
