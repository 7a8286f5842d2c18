#include "eval/suite_files.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "eval/curves.h"
#include "eval/report.h"
#include "eval/result_files.h"
#include "eval/whole_files.h"
#include "fsc/version.h"
#include "streams/picture_codec.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

std::string ReadBinary(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// One JSON a curve, one summary.csv a model and configuration.
Status AddRuns(const std::string& folder, const std::vector<CurveGroup>& groups, WholeFiles* files) {
  std::vector<std::pair<std::string, std::vector<const EvalPoint*>>> summaries;  // by run
  for (const CurveGroup& group : groups) {
    for (const Curve& curve : group.curves) {
      const std::string run = folder + "/runs/" + FileNameOf(group.model) + "/" + FileNameOf(curve.config);
      const std::string description = fmt::format("{} on {}, fsc {}", group.model, group.clip, kVersion);
      FSC_RETURN_IF_ERROR(files->Add(run + "/" + FileNameOf(group.clip) + ".json",
                                     CompressAiJson(curve.config, description, curve.points)));
      auto summary = std::find_if(summaries.begin(), summaries.end(), [&](const auto& s) { return s.first == run; });
      if (summary == summaries.end()) summary = summaries.insert(summaries.end(), {run, {}});
      summary->second.insert(summary->second.end(), curve.points.begin(), curve.points.end());
    }
  }
  for (const auto& [run, points] : summaries) FSC_RETURN_IF_ERROR(files->Add(run + "/summary.csv", SummaryCsv(points)));
  return {};
}

std::string ResultsMarkdown(const Suite& suite, const std::vector<CurveGroup>& groups,
                            const std::vector<std::string>& notes) {
  std::string out = "# " + suite.name + "\n\n";
  for (const std::string& note : notes) out += "- Warning: " + note + "\n";
  if (!notes.empty()) out += "\n";
  for (const char* metric : {"accuracy", "agreement", "kl_nats", "task_snr_db", "snr_db"}) {
    const std::string table =
        BdMarkdown(BdAgainst(groups, suite.anchor, {metric}, suite.fit), suite.anchor, metric, suite.fit);
    if (!table.empty()) out += table + "\n";
  }
  for (const CurveGroup& group : groups) {
    out += fmt::format("## {} on {}\n\n", group.model, group.clip);
    for (const Curve& curve : group.curves) {
      const EvalPoint* p = curve.points.empty() ? nullptr : curve.points[0];
      if (p == nullptr || !std::isfinite(p->value("accuracy_uncompressed"))) continue;
      out += fmt::format("Uncompressed {}: {:.2f} %. {} frames at {:.5g} Hz.\n\n", p->accuracy_name,
                         100 * p->value("accuracy_uncompressed"), p->frames, p->frames_per_s);
      break;
    }
    out += PointsMarkdown(group) + "\n";
  }
  return out;
}

std::vector<ReportFigure> ReadExamples(const std::vector<std::string>& files) {
  std::vector<ReportFigure> figures;
  for (const std::string& file : files) {
    // The file's name is the point's key; its model and clip are those of the point beside it.
    const Result<EvalPoint> point = PointFromJson(ReadBinary(fs::path(file).replace_extension(".json").string()), file);
    std::ifstream captions(file);
    if (!point.ok() || !captions) continue;
    int i = 0;
    for (std::string caption; std::getline(captions, caption); ++i) {
      const std::string png = ReadBinary(fmt::format("{}.{}.png", file, i));
      figures.push_back({point->model, point->clip, caption, {png.begin(), png.end()}});
    }
  }
  return figures;
}

// Of the machines that measured the points. Those of a cluster may differ.
std::string Processors(const std::vector<EvalPoint>& points) {
  std::vector<std::string> names;
  for (const EvalPoint& point : points) {
    if (point.processor.empty() || std::find(names.begin(), names.end(), point.processor) != names.end()) continue;
    names.push_back(point.processor);
  }
  return names.empty() ? "unknown" : fmt::format("{}", fmt::join(names, "; "));
}

}  // namespace

std::string FileNameOf(const std::string& name) {
  std::string out;
  for (const char c : name)
    out += std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' ? c : '_';
  return out.empty() || out[0] == '.' ? "_" + out : out;
}

Status WriteSuiteFiles(const Suite& suite, const std::string& folder, const std::string& command,
                       const std::vector<EvalPoint>& points, const std::vector<std::string>& notes,
                       const std::vector<std::string>& example_files) {
  const std::vector<CurveGroup> groups = GroupCurves(points);
  WholeFiles files;
  FSC_RETURN_IF_ERROR(files.Add(folder + "/results.csv", ResultsCsv(points)));
  FSC_RETURN_IF_ERROR(files.Add(folder + "/results.md", ResultsMarkdown(suite, groups, notes)));
  FSC_RETURN_IF_ERROR(AddRuns(folder, groups, &files));
  Report report;
  report.title = suite.name;
  report.points = points;
  report.notes = notes;
  report.anchor = suite.anchor;
  report.fit = suite.fit;
  report.figures = ReadExamples(example_files);
  report.command = command;
  report.versions = {{"fsc", kVersion}, {"suite", suite.path}, {"processor", Processors(points)}};
  std::string modes;
  for (const std::string& mode : AvailablePictureModes()) modes += (modes.empty() ? "" : ", ") + mode;
  report.versions.push_back({"picture modes", modes});
  FSC_RETURN_IF_ERROR(files.Add(folder + "/report.html", ReportHtml(report)));
  return files.Commit();
}

}  // namespace fsc
