// eval_point.h: one measured point: one clip through one model and one coder at one setting. What the result files,
// tables and the report are made of.
#ifndef FSC_EVAL_EVAL_POINT_H_
#define FSC_EVAL_EVAL_POINT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

struct EvalPoint {
  std::string model;
  std::string clip;
  std::string config;  // the name of the curve that the point lies on: "x265 slow, tiles"
  std::string mode;    // "hevc", "latent", "remote", "raw"
  std::string preset;
  int qp = -1;  // -1 = the coder has none
  int64_t frames = 0;
  double frames_per_s = 0;
  std::string profile;        // kind of the stream's profile; empty = none
  std::string accuracy_name;  // what values["accuracy"] is: "mIoU", "top-1", "AP", "box IoU"; empty = no labels
  std::string error;          // not empty: the point failed, one line; the values are not there
  std::string command;        // `fsc` command line that makes the same bytes; empty where none does
  std::string stream_sha256;  // of the coded stream, in hexadecimal; empty = none was kept
  std::string processor;      // of the machine that measured it; empty = not known
  std::string program;        // digest of the build that measured it; points of another build are measured again

  // By MetricColumn::key. A key that is absent was not measured.
  std::map<std::string, double> values;

  // One entry a frame, or empty.
  std::vector<double> frame_bits;
  std::vector<double> frame_nrmse;
  std::vector<double> frame_kl_nats;

  // "model, clip, configuration, QP 32"
  std::string Title() const;
  bool has(const std::string& key) const { return values.count(key) != 0; }
  // NaN when absent.
  double value(const std::string& key) const;
};

// A measured quantity: how it is named and written everywhere.
struct MetricColumn {
  const char* key;     // in EvalPoint::values and in JSON
  const char* header;  // of a CSV column, with its unit
  const char* label;   // of an axis or a table column, with its unit
  enum class Better { kHigher, kLower, kNeither } better;
  bool is_time;  // differs between two runs of the same point
};

// All of them, in the order of results.csv.
const std::vector<MetricColumn>& MetricColumns();
// Null when there is no such key.
const MetricColumn* FindMetric(const std::string& key);

// The quality axis that a Bjontegaard delta of `key` is taken over: the value itself for accuracies, agreement and
// decibels; -10 log10 for KL, MSE and NRMSE (squared), so that a curve is nearly straight; higher is better.
double QualityOf(const EvalPoint& point, const std::string& key);

// One point as a JSON object and back. Infinite values are written as the strings "inf" and "-inf". kBadInput for
// anything else than what PointToJson writes.
std::string PointToJson(const EvalPoint& point);
Result<EvalPoint> PointFromJson(const std::string& text, const std::string& where);

}  // namespace fsc

#endif  // FSC_EVAL_EVAL_POINT_H_
