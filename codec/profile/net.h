// net.h: the bytes of a ConvNet inside a profile (docs/profile.md, "Network"): weights as range-coded integers
// with one scale for each output.
#ifndef FSC_CODEC_PROFILE_NET_H_
#define FSC_CODEC_PROFILE_NET_H_

#include <cstdint>
#include <string>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/conv_net.h"
#include "fsc/status.h"

namespace fsc {

// What is to be said of a profile whose bytes cannot be right.
inline constexpr char kDamagedProfile[] = "the profile is damaged";

// `net` was checked (CheckConvNet).
void WriteConvNet(const ConvNet& net, ByteWriter* out);
// The net with its weights and biases as the decoder has them. kBadInput for what breaks CheckConvNet, or claims more
// weights than the bytes can pay for, or than `*weights_left`, which goes down by what is read.
Result<ConvNet> ReadConvNet(ByteReader* in, const std::string& where, int64_t* weights_left);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_NET_H_
