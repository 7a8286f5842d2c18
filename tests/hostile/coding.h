// coding.h: a clip through the library's two front doors, in memory.
#ifndef FSC_TESTS_HOSTILE_CODING_H_
#define FSC_TESTS_HOSTILE_CODING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "content.h"
#include "fsc/encoder_config.h"
#include "fsc/status.h"
#include "fsc/warning.h"

namespace fsc::hostile {

struct CodedClip {
  std::vector<FeatureFrame> frames;   // as they come back
  std::vector<uint64_t> frame_bytes;  // payload of each frame's packet, a configuration that it brings included
  uint64_t configuration_bytes = 0;   // the mode's part of the stream header
  std::vector<bool> random_access;    // whether decoding can start at the frame
  Warnings warnings;

  // Of all frames from `first` on; of the whole clip with the header's configuration.
  uint64_t BytesFrom(int first) const;
};

Result<CodedClip> CodeClip(const EncoderConfig& config, const Clip& clip);

}  // namespace fsc::hostile

#endif  // FSC_TESTS_HOSTILE_CODING_H_
