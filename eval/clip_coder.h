// clip_coder.h: feature frames to bytes and back, with the clock running: our streams, and raw float16 with Zstandard.
#ifndef FSC_EVAL_CLIP_CODER_H_
#define FSC_EVAL_CLIP_CODER_H_

#include <functional>
#include <string>
#include <vector>

#include "eval/rate_account.h"
#include "eval/reference_cache.h"
#include "fsc/encoder_config.h"

namespace fsc {

struct CodedClip {
  std::vector<uint8_t> bytes;      // the whole file
  RateSplit split;                 // of it
  std::vector<double> frame_bits;  // by frame number; headers and index not in it
  double encode_s = 0;             // all frames, input and output of files not counted
  double reduce_s = 0;             // part of it: in the profile's reducers
  std::string profile_kind;        // of the stream; empty = none
  uint64_t profile_bytes = 0;      // part of split.header_bytes
  bool one_size = true;            // all source pictures have the size of the first
};

// Encodes the frames of a cached run as `fsc encode` would. `limits` as for the library.
Result<CodedClip> EncodeStream(const std::string& reference_folder, const EncoderConfig& config, const Limits& limits);
// Each frame in 16-bit floats (round to nearest), its bytes split in a high and a low half, by Zstandard level 3: what
// an application gets without a codec. Rate: the compressed blocks, and 4 bytes of length a frame.
Result<CodedClip> EncodeRaw(const std::string& reference_folder, const Limits& limits);

// Gets each frame in display order.
using FrameTaker = std::function<Status(int64_t frame_number, const FeatureFrame& frame)>;
// Time spent decoding, `take` not counted.
struct DecodeSeconds {
  double all = 0;
  double restoring = 0;  // part of it: in the profile's restorers
};
// `profile`: of streams that name theirs by hash; may be null.
Result<DecodeSeconds> DecodeStream(const std::vector<uint8_t>& bytes, int threads, const Profile* profile,
                                   const Limits& limits, const FrameTaker& take);
Result<DecodeSeconds> DecodeRaw(const std::vector<uint8_t>& bytes, const std::vector<LayerSpec>& layers,
                                const FrameTaker& take);

}  // namespace fsc

#endif  // FSC_EVAL_CLIP_CODER_H_
