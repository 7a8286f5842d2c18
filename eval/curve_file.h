// curve_file.h: rate-quality curves as people have them: CompressAI-style JSON, results.csv and summary.csv of
// `fsc eval`, CompressAI-Vision's summary.csv, any CSV with a header.
//
// A value that is no number (null, NaN, an empty cell) is one that was not measured: the point is not on the curves
// that would need it, and on all others.
#ifndef FSC_EVAL_CURVE_FILE_H_
#define FSC_EVAL_CURVE_FILE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eval/bd_rate.h"
#include "fsc/status.h"

namespace fsc {

// One curve: what was measured at each of its points.
struct CurveTable {
  using Values = std::vector<std::optional<double>>;
  std::string name;  // of CSV: "model/clip/configuration" or the data set; of JSON: empty
  std::vector<std::pair<std::string, Values>> columns;  // by key; JSON lists may differ in length

  const Values* Find(const std::string& key) const;
};

// All curves of a file's text, one or more. JSON begins with a brace, all else is CSV: columns by their header (those
// of results.csv by MetricColumn::key), rows of one model, clip, configuration or data set are a curve. kBadInput,
// naming `where`, for what is neither.
Result<std::vector<CurveTable>> ParseCurves(const std::string& text, const std::string& where);

// The one curve, or the one that `name` names: in full, by its configuration, or by a part that no other has. kUsage
// that lists the curves where it is none or several.
Result<CurveTable> ChooseCurve(std::vector<CurveTable> curves, const std::string& name, const std::string& where);

// A unit that curves have their rate in.
struct RateUnit {
  const char* name = "";   // "bit/element", "kbit/s", "bit/pixel"
  std::string anchor_key;  // the column
  std::string test_key;
};
// The first of these that both have. kBadInput that names both files' units where there is none: nothing here tells how
// many elements, pixels or seconds there were.
Result<RateUnit> CommonRateUnit(const CurveTable& anchor, const std::string& anchor_where, const CurveTable& test,
                                const std::string& test_where);

// The keys of columns that are qualities: higher or lower is better is known from MetricColumns(); foreign keys count
// as higher.
std::vector<std::string> QualityNames(const CurveTable& curve);

// The curve of `metric` over column `rate`, in the file's order. kBadInput where a column is missing, the two differ in
// length, or no point has both; points of infinite quality are none.
Result<std::vector<RatePoint>> RateCurveOf(const CurveTable& curve, const std::string& rate, const std::string& metric,
                                           const std::string& where);

}  // namespace fsc

#endif  // FSC_EVAL_CURVE_FILE_H_
