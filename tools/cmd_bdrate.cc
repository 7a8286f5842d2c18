// cmd_bdrate.cc: fsc bdrate: Bjontegaard deltas between two rate-quality curves, JSON or CSV.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/address.h"
#include "eval/bd_rate.h"
#include "eval/curve_file.h"
#include "fsc/limits.h"
#include "tools/command.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct BdrateArguments {
  std::string anchor;
  std::string test;
  std::string metric;
  std::string anchor_curve;
  std::string test_curve;
  std::string fit = "cubic";
  bool json = false;
  WarningOptions warnings;
};

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file && !std::filesystem::exists(path)) return NoSuchFile("cannot read the curve", path);
  if (!file) return IoError("cannot read the curve", path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (int64_t(text.size()) > Limits{}.max_json_bytes) return BadInput("file too large", path);
  return text;
}

// `option` is the one that chooses among the file's curves.
Result<CurveTable> ReadCurve(const std::string& path, const std::string& name, const std::string& option) {
  FSC_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
  FSC_ASSIGN_OR_RETURN(std::vector<CurveTable> curves, ParseCurves(text, path));
  Result<CurveTable> chosen = ChooseCurve(std::move(curves), name, path);
  if (chosen.ok()) return chosen;
  Error error = chosen.error();
  error.advice = option + ": " + error.advice;
  return error;
}

struct Pair {
  std::string metric;
  std::vector<RatePoint> anchor, test;
};

// The metrics that both files have, or the one that was asked for. Of the former, those that are not whole are left
// out with a warning.
Result<std::vector<Pair>> ReadPairs(const BdrateArguments& options, const CurveTable& anchor, const CurveTable& test,
                                    const RateUnit& unit, Warnings* warnings) {
  std::vector<std::string> metrics = {options.metric};
  if (options.metric.empty()) {
    const std::vector<std::string> in_test = QualityNames(test);
    metrics = QualityNames(anchor);
    std::erase_if(metrics, [&](const std::string& name) {
      return std::find(in_test.begin(), in_test.end(), name) == in_test.end();
    });
  }
  std::vector<Pair> pairs;
  for (const std::string& metric : metrics) {
    auto anchor_curve = RateCurveOf(anchor, unit.anchor_key, metric, options.anchor);
    auto test_curve = RateCurveOf(test, unit.test_key, metric, options.test);
    if (anchor_curve.ok() && test_curve.ok()) {
      pairs.push_back({metric, std::move(*anchor_curve), std::move(*test_curve)});
      continue;
    }
    const Error& error = anchor_curve.ok() ? test_curve.error() : anchor_curve.error();
    if (!options.metric.empty()) return error;
    warnings->Add({.kind = "metric-left-out", .what = metric + " was left out: " + error.what, .where = error.where});
  }
  if (pairs.empty()) {
    return BadInput("the two files have no quality in common", options.test,
                    warnings->empty() ? "" : warnings->list()[0].what);
  }
  return pairs;
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

Status BdRate(const BdrateArguments& options) {
  FSC_ASSIGN_OR_RETURN(const CurveFit fit, ParseCurveFit(options.fit));
  FSC_ASSIGN_OR_RETURN(const CurveTable anchor, ReadCurve(options.anchor, options.anchor_curve, "--anchor-curve"));
  FSC_ASSIGN_OR_RETURN(const CurveTable test, ReadCurve(options.test, options.test_curve, "--test-curve"));
  FSC_ASSIGN_OR_RETURN(const RateUnit unit, CommonRateUnit(anchor, options.anchor, test, options.test));
  Warnings warnings;
  FSC_ASSIGN_OR_RETURN(const std::vector<Pair> pairs, ReadPairs(options, anchor, test, unit, &warnings));
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const auto& [metric, anchor_curve, test_curve] : pairs) {
    const auto bd = BjontegaardDelta(anchor_curve, test_curve, fit);
    if (!bd.ok() && pairs.size() == 1) return bd.error();
    if (!bd.ok()) {
      warnings.Add({.kind = "metric-left-out", .what = metric + " was left out: " + bd.error().OneLine()});
      continue;
    }
    if (!options.json) PrintText(metric, *bd);
    results.push_back(ToJson(metric, *bd));
  }
  if (results.empty()) return BadInput(warnings.list()[0].what, options.test);
  FSC_RETURN_IF_ERROR(ReportWarnings(warnings, options.warnings));
  if (options.json) {
    const nlohmann::ordered_json report = {{"anchor", options.anchor},           {"test", options.test},
                                           {"fit", CurveFitName(fit)},           {"rate_unit", unit.name},
                                           {"warnings", WarningsJson(warnings)}, {"results", results}};
    fmt::print("{}\n", report.dump(2));
  }
  return {};
}

}  // namespace

Command AddBdRate(CLI::App& app) {
  auto options = std::make_shared<BdrateArguments>();
  CLI::App* command = app.add_subcommand("bdrate", "BD-rate and BD-metric of one rate-quality curve against another");
  command->add_option("ANCHOR", options->anchor, "a curve: CompressAI-style JSON or CSV, as fsc eval writes it")
      ->required();
  command->add_option("TEST", options->test, "the curve to compare with it")->required();
  command->add_option("--metric", options->metric,
                      "a key of \"results\", or a column (default: every quality that both files have)");
  command->add_option("--anchor-curve", options->anchor_curve,
                      "of a CSV with several: its name, model/clip/configuration, or a part of it");
  command->add_option("--test-curve", options->test_curve, "the same for TEST");
  command->add_option("--fit", options->fit, "of ln(rate): cubic (least squares), akima or pchip")
      ->capture_default_str();
  command->add_flag("--json", options->json, "the results as JSON");
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return BdRate(*options); }};
}

}  // namespace fsc::tools
