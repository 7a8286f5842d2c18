// plain_decoder.h: a second decoder of the latent mode, slow and plain, that was written from the documentation alone:
// docs/latent-mode.md, docs/latent-motion.md and the conventions of docs/bitstream.md. It shows that the text says
// enough, and every stream of the conformance tests is decoded by both.
//
// It shares with the library the container reader (which has its own tests), planes and errors, and the table of start
// states that the text names. It knows no threads, no vector instructions and no shortcut.
#ifndef FSC_CONFORMANCE_PLAIN_DECODER_H_
#define FSC_CONFORMANCE_PLAIN_DECODER_H_

#include <cstdint>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "fsc/status.h"

namespace fsc::plain {

struct Frame {
  int64_t number = 0;
  int64_t timestamp_ticks = 0;
  std::vector<std::vector<Plane<int16_t>>> planes;  // [layer][plane]: bit-exact
  std::vector<Tensor> layers;                       // the output, in floating point
};

struct Decoded {
  std::vector<Frame> frames;  // in display order
  Status status;              // kBadInput: what came after the frames is damaged, or not a stream of the mode "latent"
};

Decoded Decode(ByteSource* source);

}  // namespace fsc::plain

#endif  // FSC_CONFORMANCE_PLAIN_DECODER_H_
