// report_style.h: the style sheet and the script of report.html.
#ifndef FSC_EVAL_REPORT_STYLE_H_
#define FSC_EVAL_REPORT_STYLE_H_

namespace fsc {

extern const char kReportCss[];
// Writes a marker's values below its chart on hover, tap and focus.
extern const char kReportScript[];

}  // namespace fsc

#endif  // FSC_EVAL_REPORT_STYLE_H_
