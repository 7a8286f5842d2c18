// completion_calibration.h: fsc calibrate --kind completion and altec: what repair of lost rows knows of tensors.
#ifndef FSC_TOOLS_COMPLETION_CALIBRATION_H_
#define FSC_TOOLS_COMPLETION_CALIBRATION_H_

#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc::tools {

// Learns from tensor files of the same layers and writes `output` (.fscs). `altec`: its weights alone, a small file.
Status CalibrateCompletion(const std::vector<std::string>& inputs, const std::string& output, bool altec, bool quiet);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_COMPLETION_CALIBRATION_H_
