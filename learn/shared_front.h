// shared_front.h: several networks that are one front with a back each, so that one profile can serve them all.
#ifndef FSC_LEARN_SHARED_FRONT_H_
#define FSC_LEARN_SHARED_FRONT_H_

#include <span>

#include "fsc/status.h"
#include "models/model_spec.h"

namespace fsc {

// kUsage unless all models have the same front (by the SHA-256 of its file), the same input and the same layers; the
// error names the first that differs, and how. kIo where a front cannot be read.
Status CheckSharedFront(std::span<const ModelSpec> models);

}  // namespace fsc

#endif  // FSC_LEARN_SHARED_FRONT_H_
