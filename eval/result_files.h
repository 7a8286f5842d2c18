// result_files.h: measured points as the text of the files that `fsc eval` leaves: results.csv, CompressAI-style JSON,
// CompressAI-Vision's summary.csv, and Markdown tables.
#ifndef FSC_EVAL_RESULT_FILES_H_
#define FSC_EVAL_RESULT_FILES_H_

#include <string>
#include <vector>

#include "eval/curves.h"
#include "eval/eval_point.h"

namespace fsc {

// One row a point; the first row has the names with their units. Fields with commas, quotes or line ends are quoted
// (RFC 4180). Unmeasured values are empty. `with_times` = false leaves out the columns that differ from run to run.
std::string ResultsCsv(const std::vector<EvalPoint>& points, bool with_times = true);

// {"name", "description", "results": {key: [value a point, ...], ...}}: the lists have one length, so that CompressAI's
// plot and find_close read it. Rates and times also under CompressAI's names: bpp (bits per input pixel), bitrate
// (kbit/s), qp, encoding_time and decoding_time (seconds a frame). A quantity that not every point has as a finite
// number is left out.
std::string CompressAiJson(const std::string& name, const std::string& description,
                           const std::vector<const EvalPoint*>& points);

// CompressAI-Vision's columns for one model and configuration: Dataset (= clip), fps, num_of_coded_frame, qp, bitrate
// (kbps), end_accuracy, nn_part_1, encode, decode, nn_part_2 (seconds for the whole clip, one thread), inv_mse (1 /
// feature MSE).
std::string SummaryCsv(const std::vector<const EvalPoint*>& points);

// A table of every point of a group: rate, distortions, accuracy, speed.
std::string PointsMarkdown(const CurveGroup& group);
// A table of BD-rates: one row per model and clip, one column per configuration; a mean row that says over how many.
// Cells with a warning are marked, and the warnings follow as numbered notes.
std::string BdMarkdown(const std::vector<BdCell>& cells, const std::string& anchor, const std::string& metric,
                       CurveFit fit);

}  // namespace fsc

#endif  // FSC_EVAL_RESULT_FILES_H_
