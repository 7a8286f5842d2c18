// planes_only.h: rewrites a latent stream so that any decoder's output is its planes, bit for bit: channels become
// planes, the unit becomes 1, and means, matrix and output tables go. What is coded stays as it is.
#ifndef FSC_CONFORMANCE_PLANES_ONLY_H_
#define FSC_CONFORMANCE_PLANES_ONLY_H_

#include <cstdint>
#include <span>
#include <vector>

#include "fsc/status.h"

namespace fsc::conformance {

// kBadInput for a stream whose configuration or side information cannot be read. Without index where the stream is cut
// or damaged: its packets up to there.
Result<std::vector<uint8_t>> PlanesOnly(std::span<const uint8_t> stream);

}  // namespace fsc::conformance

#endif  // FSC_CONFORMANCE_PLANES_ONLY_H_
