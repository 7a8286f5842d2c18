// report_tables.h: the tables of report.html, as HTML fragments.
#ifndef FSC_EVAL_REPORT_TABLES_H_
#define FSC_EVAL_REPORT_TABLES_H_

#include <string>
#include <vector>

#include "eval/curves.h"

namespace fsc {

// Points that failed, with their errors; empty when none did.
std::string FailuresHtml(const std::vector<EvalPoint>& points);
// What the clips warn of; empty when nothing.
std::string NotesHtml(const std::vector<std::string>& notes);
// One table a metric: BD-rate of every configuration against the anchor, warnings as notes.
std::string BdTablesHtml(const std::vector<CurveGroup>& groups, const std::string& anchor, CurveFit fit);
// Time per stage of every configuration (mean over its points, one thread), as bars and numbers; empty when none was
// measured.
std::string StageTimesHtml(const CurveGroup& group);
// Every point of the group, folded.
std::string PointsHtml(const CurveGroup& group);

}  // namespace fsc

#endif  // FSC_EVAL_REPORT_TABLES_H_
