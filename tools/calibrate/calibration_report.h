// calibration_report.h: what a calibration found, as one self-contained HTML page, in the style of the evaluation's.
#ifndef FSC_TOOLS_CALIBRATE_CALIBRATION_REPORT_H_
#define FSC_TOOLS_CALIBRATE_CALIBRATION_REPORT_H_

#include <string>

#include "tools/calibrate/calibration.h"

namespace fsc::tools {

// `title`: of the page, plain text; `command`: what made it.
std::string CalibrationReportHtml(const CalibrationOutcome& outcome, const std::string& title,
                                  const std::string& command);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_CALIBRATE_CALIBRATION_REPORT_H_
