// report.h: everything that an evaluation found, as one HTML page that needs nothing else: no network, no other file.
// Light and dark after the reader's system; legible on a phone.
#ifndef FSC_EVAL_REPORT_H_
#define FSC_EVAL_REPORT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "eval/curve_fit.h"
#include "eval/eval_point.h"

namespace fsc {

// A picture of the report: an example frame with its overlay, or the coded tiles.
struct ReportFigure {
  std::string model;
  std::string clip;
  std::string caption;
  std::vector<uint8_t> png;  // a PNG file
};

struct Report {
  std::string title;
  std::vector<EvalPoint> points;
  std::string anchor;  // a configuration; Bjontegaard deltas are against it
  CurveFit fit = CurveFit::kCubic;
  std::vector<ReportFigure> figures;
  std::vector<std::pair<std::string, std::string>> versions;  // name, version: libraries, machine, suite
  std::string command;                                        // the command line that made the report
  std::vector<std::string> notes;                             // what the clips warn of, a line each
};

std::string ReportHtml(const Report& report);

// RFC 4648, with padding.
std::string Base64(const std::vector<uint8_t>& bytes);

}  // namespace fsc

#endif  // FSC_EVAL_REPORT_H_
