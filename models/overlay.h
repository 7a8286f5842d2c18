// overlay.h: draws what a back says onto the picture that it says it about.
#ifndef FSC_MODELS_OVERLAY_H_
#define FSC_MODELS_OVERLAY_H_

#include "core/image.h"
#include "fsc/status.h"
#include "models/input_geometry.h"
#include "models/task_result.h"

namespace fsc {

// A copy of `source` with the result on it; the source is not changed.
//   classification  the best labels with their probabilities, top left
//   segmentation    each label's colour, blended half and half; pixels outside the network's crop stay as they are
//   detection       boxes with label and score
//   none            the picture as it is
// Labels without a name show their number. Colours depend on the label number alone.
// kUsage when source, geometry and result do not belong together.
Result<Image> DrawOverlay(const Image& source, const TaskSpec& task, const TaskResult& result,
                          const InputGeometry& geometry);

}  // namespace fsc

#endif  // FSC_MODELS_OVERLAY_H_
