// calibration_json.h: what a calibration found, for programs.
#ifndef FSC_LEARN_CALIBRATION_JSON_H_
#define FSC_LEARN_CALIBRATION_JSON_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "learn/calibration.h"

namespace fsc {

// `output`: the profile's path, as it was given. `warnings`: as WarningsJson() makes it.
std::string CalibrationJson(const CalibrationOutcome& outcome, const std::string& output,
                            const nlohmann::ordered_json& warnings);

}  // namespace fsc

#endif  // FSC_LEARN_CALIBRATION_JSON_H_
