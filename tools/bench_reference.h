// bench_reference.h: what `fsc bench` measures with: the frames of its input, and what a back says of them, in a folder
// that every part of the measurement reads.
#ifndef FSC_TOOLS_BENCH_REFERENCE_H_
#define FSC_TOOLS_BENCH_REFERENCE_H_

#include <string>

#include "tools/feature_input.h"

namespace fsc::tools {

// Errors as OpenFeatureInput(), of the input's frames, and of the network's back where there is one.
Status MakeBenchReference(const FeatureInputOptions& input, const std::string& folder, bool quiet);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_BENCH_REFERENCE_H_
