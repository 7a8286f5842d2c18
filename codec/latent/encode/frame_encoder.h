// frame_encoder.h: one frame at one quantiser: modes, layers, header and packet. It changes nothing that it is
// given, so a frame can be coded again until its size fits.
#ifndef FSC_CODEC_LATENT_ENCODE_FRAME_ENCODER_H_
#define FSC_CODEC_LATENT_ENCODE_FRAME_ENCODER_H_

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "codec/latent/encode/effort.h"
#include "codec/latent/encode/layer_encoder.h"
#include "codec/latent/frame_coder.h"
#include "core/thread_pool.h"
#include "fsc/packet.h"

namespace fsc {

// What a frame is made from. All borrowed.
struct FrameInput {
  std::span<const LayerSpec> layers;
  const LatentStreamConfig* config = nullptr;
  const std::vector<LayerPlanes>* planes = nullptr;  // of the frame itself
  std::span<const LatentPicture* const> references;
  std::span<const MotionField> fields;  // one per reference; none where starved
  const LatentState* state = nullptr;   // before the frame
  bool starved = false;                 // no residual, no motion, the cheapest modes: the smallest frame that there is
  bool weighs_motion = true;            // the fields have to be better than none, and two references than one
  std::span<const std::vector<float>> weights = {};  // of squared error, of each block of each layer; empty = 1
};

struct EncodedFrame {
  LatentFrameHeader header;
  LatentState state;                       // after the frame
  std::shared_ptr<LatentPicture> picture;  // as decoded
  RecentreStatistics statistics;
  bool moved = false;           // a vector is not zero
  std::vector<uint8_t> motion;  // section payloads
  std::vector<std::vector<uint8_t>> layers;
};

EncodedFrame EncodeFrame(const FrameInput& input, const LatentFrameHeader& header, const LatentEffort& effort,
                         ThreadPool* pool);

// Sections and payload. `header` may differ from `frame.header` in what does not touch the planes: the output stages.
void FillPacket(const EncodedFrame& frame, const LatentFrameHeader& header, Packet* packet);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_FRAME_ENCODER_H_
