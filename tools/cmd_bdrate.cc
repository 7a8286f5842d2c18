// cmd_bdrate.cc: fsc bdrate: Bjontegaard deltas between two rate-quality curves in CompressAI's JSON.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/limits.h"
#include "tools/command.h"
#include "tools/eval/bd_rate.h"
#include "tools/eval/result_files.h"

namespace fsc::tools {
namespace {

struct Options {
  std::string anchor;
  std::string test;
  std::string metric;
  std::string fit = "cubic";
  bool json = false;
};

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return IoError("cannot read the curve", path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (int64_t(text.size()) > Limits{}.max_json_bytes) return BadInput("file too large", path);
  return text;
}

// The metrics that both files have, or the one that was asked for.
Result<std::vector<std::string>> Metrics(const Options& options, const std::string& anchor, const std::string& test) {
  FSC_ASSIGN_OR_RETURN(const std::vector<std::string> in_anchor, ReadMetricNames(anchor, options.anchor));
  FSC_ASSIGN_OR_RETURN(const std::vector<std::string> in_test, ReadMetricNames(test, options.test));
  if (!options.metric.empty()) return std::vector<std::string>{options.metric};
  std::vector<std::string> both;
  for (const std::string& name : in_anchor) {
    if (std::find(in_test.begin(), in_test.end(), name) != in_test.end()) both.push_back(name);
  }
  if (both.empty()) return BadInput("the two files have no quality in common", options.test);
  return both;
}

nlohmann::ordered_json ToJson(const std::string& metric, const BdResult& bd) {
  nlohmann::ordered_json entry = {{"metric", metric}, {"bd_rate_percent", nullptr}, {"bd_metric", nullptr}};
  if (bd.bd_rate_percent) entry["bd_rate_percent"] = *bd.bd_rate_percent;
  if (bd.bd_metric) entry["bd_metric"] = *bd.bd_metric;
  entry["overlap"] = {bd.overlap_low, bd.overlap_high};
  entry["overlap_of_anchor"] = bd.overlap_of_anchor;
  entry["overlap_of_test"] = bd.overlap_of_test;
  entry["warnings"] = bd.warnings;
  entry["notes"] = bd.notes;
  return entry;
}

void PrintText(const std::string& metric, const BdResult& bd) {
  fmt::print("{:<16} BD-rate {}  BD-metric {}  overlap {:.6g}..{:.6g} ({:.0f} % of the anchor, {:.0f} % of the test)\n",
             metric, bd.bd_rate_percent ? fmt::format("{:+8.2f} %", *bd.bd_rate_percent) : "   none   ",
             bd.bd_metric ? fmt::format("{:+.6g}", *bd.bd_metric) : "none", bd.overlap_low, bd.overlap_high,
             100 * bd.overlap_of_anchor, 100 * bd.overlap_of_test);
  for (const std::string& warning : bd.warnings) fmt::print("{:<16} warning: {}\n", "", warning);
  for (const std::string& note : bd.notes) fmt::print("{:<16} note: {}\n", "", note);
}

Status BdRate(const Options& options) {
  FSC_ASSIGN_OR_RETURN(const CurveFit fit, ParseCurveFit(options.fit));
  FSC_ASSIGN_OR_RETURN(const std::string anchor, ReadText(options.anchor));
  FSC_ASSIGN_OR_RETURN(const std::string test, ReadText(options.test));
  FSC_ASSIGN_OR_RETURN(const std::vector<std::string> metrics, Metrics(options, anchor, test));
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const std::string& metric : metrics) {
    FSC_ASSIGN_OR_RETURN(const auto anchor_curve, ReadRateCurve(anchor, options.anchor, metric));
    FSC_ASSIGN_OR_RETURN(const auto test_curve, ReadRateCurve(test, options.test, metric));
    FSC_ASSIGN_OR_RETURN(const BdResult bd, BjontegaardDelta(anchor_curve, test_curve, fit));
    if (!options.json) PrintText(metric, bd);
    results.push_back(ToJson(metric, bd));
  }
  if (options.json) {
    const nlohmann::ordered_json report = {
        {"anchor", options.anchor}, {"test", options.test}, {"fit", CurveFitName(fit)}, {"results", results}};
    fmt::print("{}\n", report.dump(2));
  }
  return {};
}

}  // namespace

Command AddBdRate(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bdrate", "BD-rate and BD-metric of one rate-quality curve against another");
  command->add_option("ANCHOR", options->anchor, "a curve: CompressAI-style JSON, as fsc eval writes it")->required();
  command->add_option("TEST", options->test, "the curve to compare with it")->required();
  command->add_option("--metric", options->metric,
                      "a key of \"results\" (default: every quality that both files have)");
  command->add_option("--fit", options->fit, "of ln(rate): cubic (least squares), akima or pchip")
      ->capture_default_str();
  command->add_flag("--json", options->json, "the results as JSON");
  return {command, [options] { return BdRate(*options); }};
}

}  // namespace fsc::tools
