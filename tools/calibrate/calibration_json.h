// calibration_json.h: what a calibration found, for programs.
#ifndef FSC_TOOLS_CALIBRATE_CALIBRATION_JSON_H_
#define FSC_TOOLS_CALIBRATE_CALIBRATION_JSON_H_

#include <string>

#include "tools/calibrate/calibration.h"

namespace fsc::tools {

// `output`: the profile's path, as it was given.
std::string CalibrationJson(const CalibrationOutcome& outcome, const std::string& output);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_CALIBRATE_CALIBRATION_JSON_H_
