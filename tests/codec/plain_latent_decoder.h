// plain_latent_decoder.h: a second decoder of the latent mode, slow and plain, in the order of docs/latent-mode.md and
// docs/latent-motion.md. It shares nothing with the library but the container's types, the table of start states and
// the six-tap table. It trusts its input: the test gives it only good streams.
#ifndef FSC_TESTS_CODEC_PLAIN_LATENT_DECODER_H_
#define FSC_TESTS_CODEC_PLAIN_LATENT_DECODER_H_

#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "streams/container_format.h"

namespace fsc_plain {

struct Plane {
  int width = 0;
  int height = 0;
  std::vector<int> z;
  int& at(int x, int y) { return z[size_t(y) * width + x]; }
};

struct Output {
  int64_t frame_number = 0;
  std::vector<std::vector<float>> layers;  // C x H x W each
};

// Every frame of the stream, in display order.
std::vector<Output> DecodeAll(const fsc::StreamHeader& header, const std::vector<fsc::Packet>& packets);

}  // namespace fsc_plain

#endif  // FSC_TESTS_CODEC_PLAIN_LATENT_DECODER_H_
