// calibration_report.h: what a calibration found, as one self-contained HTML page, in the style of the evaluation's.
#ifndef FSC_LEARN_CALIBRATION_REPORT_H_
#define FSC_LEARN_CALIBRATION_REPORT_H_

#include <string>

#include "learn/calibration.h"

namespace fsc {

// `title`: of the page, plain text; `command`: what made it.
std::string CalibrationReportHtml(const CalibrationOutcome& outcome, const std::string& title,
                                  const std::string& command);

}  // namespace fsc

#endif  // FSC_LEARN_CALIBRATION_REPORT_H_
