// Reading a motion study's description and writing its results: the half of latent_motion_study.h that runs no network.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "core/json_value.h"
#include "core/resolve_path.h"
#include "eval/latent_motion_study.h"
#include "eval/report_chart.h"
#include "eval/report_style.h"
#include "eval/suite.h"
#include "eval/whole_files.h"

namespace fsc {
namespace {

std::string TextOfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

double PsnrDb(double nrmse) {
  return nrmse == 0 ? INFINITY : -20 * std::log10(nrmse);
}

const MotionSample* FindSample(const MotionStudyResult& result, const std::string& kind, double amount) {
  for (const MotionSample& sample : result.samples) {
    if (sample.kind == kind && sample.amount == amount) return &sample;
  }
  return nullptr;
}

std::string Csv(const MotionStudyResult& result) {
  std::string out = "motion,amount [px; degrees; factor; degrees; draw],NRMSE [1],PSNR [dB],interior NRMSE [1]\n";
  for (const MotionSample& s : result.samples) {
    out += fmt::format("{},{:g},{:.6g},{:.3f},{}\n", s.kind, s.amount, s.nrmse, PsnrDb(s.nrmse),
                       s.interior_nrmse < 0 ? "" : fmt::format("{:.3g}", s.interior_nrmse));
  }
  return out;
}

std::string Verdict(double value, double limit) {
  return value <= limit ? "yes" : "NO";
}

std::string Markdown(const MotionStudy& study, const MotionStudyResult& result) {
  std::string out = "# " + study.name +
                    "\n\nNRMSE over valid elements (source position inside the tensor), R = max - min of the actual "
                    "latent; PSNR = -20 log10 NRMSE.\n\n";
  out +=
      "| horizontal shift, whole cells | NRMSE | PSNR dB | <= .015 | interior NRMSE | <= 1e-5 "
      "|\n|---|---:|---:|---|---:|---|\n";
  for (const int px : {8, 16, 24, 32, 48}) {
    const MotionSample* s = FindSample(result, "translation", px);
    if (s == nullptr) continue;
    out += fmt::format("| {} px | {:.4f} | {:.1f} | {} | {:.2g} | {} |\n", px, s->nrmse, PsnrDb(s->nrmse),
                       Verdict(s->nrmse, 0.015), s->interior_nrmse, Verdict(s->interior_nrmse, 1e-5));
  }
  out += "\n| horizontal shift, fractions of a cell | NRMSE | PSNR dB | <= .03 |\n|---|---:|---:|---|\n";
  for (const int px : {1, 2, 4, 12, 18, 34, 50}) {
    const MotionSample* s = FindSample(result, "translation", px);
    if (s != nullptr)
      out += fmt::format("| {} px | {:.4f} | {:.1f} | {} |\n", px, s->nrmse, PsnrDb(s->nrmse), Verdict(s->nrmse, 0.03));
  }
  out += "\n| motion | amount | NRMSE | PSNR dB |\n|---|---:|---:|---:|\n";
  for (const MotionSample& s : result.samples) {
    if (s.kind == "translation" || s.kind == "random") continue;
    out += fmt::format("| {} | {:g} | {:.4f} | {:.1f} |\n", s.kind, s.amount, s.nrmse, PsnrDb(s.nrmse));
  }
  std::vector<double> random;
  for (const MotionSample& s : result.samples) {
    if (s.kind == "random") random.push_back(s.nrmse);
  }
  std::sort(random.begin(), random.end());
  if (!random.empty()) {
    out += fmt::format("\nRandom affine, {} draws: NRMSE median {:.4f}, range {:.4f} to {:.4f}.\n", random.size(),
                       random[random.size() / 2], random.front(), random.back());
  }
  if (!result.videos.empty()) {
    out +=
        "\n| video (DIS flow) | frames | variance | zero motion / variance | compensated / variance | compensated < "
        "zero motion | "
        "zero motion < variance |\n|---|---:|---:|---:|---:|---|---|\n";
  }
  for (const VideoSample& v : result.videos) {
    out += fmt::format("| {} | {} | {:.4g} | {:.3f} | {:.3f} | {} | {} |\n", v.video, v.frames, v.variance,
                       v.zero_motion / v.variance, v.compensated / v.variance,
                       v.compensated < v.zero_motion ? "yes" : "NO",
                       v.zero_motion < v.variance ? "yes" : "no: it moves too fast");
  }
  return out;
}

ChartSeries Series(const MotionStudyResult& result, const std::string& kind, const std::string& unit) {
  ChartSeries series{kind, 0, {}};
  for (const MotionSample& s : result.samples) {
    if (s.kind == kind)
      series.points.push_back(
          {s.amount, s.nrmse,
           fmt::format("{:g} {}: NRMSE {:.4f}, {:.1f} dB", s.amount, unit, s.nrmse, PsnrDb(s.nrmse))});
  }
  std::sort(series.points.begin(), series.points.end(),
            [](const ChartPoint& a, const ChartPoint& b) { return a.x < b.x; });
  return series;
}

// How many draws fall into each step of .0025.
ChartSeries Histogram(const MotionStudyResult& result) {
  constexpr double kStep = 0.0025;
  std::vector<int> counts;
  for (const MotionSample& s : result.samples) {
    if (s.kind != "random") continue;
    const size_t bin = size_t(s.nrmse / kStep);
    counts.resize(std::max(counts.size(), bin + 2));
    ++counts[bin];
  }
  ChartSeries series{"random", 3, {}};
  for (size_t i = 0; i < counts.size(); ++i) {
    series.points.push_back(
        {(double(i) + 0.5) * kStep, double(counts[i]),
         fmt::format("NRMSE {:.4f} to {:.4f}: {} draws", double(i) * kStep, double(i + 1) * kStep, counts[i])});
  }
  return series;
}

std::string Page(const MotionStudy& study, const MotionStudyResult& result) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><title>{0}</title>"
      "<style>{1}</style></head><body><h1>{0}</h1><p class=\"soft\">The previous latent, moved like the picture, "
      "against the next latent. Hover over, tap or focus a marker for "
      "its values.</p><div class=\"grid-of-charts\">",
      HtmlEscaped(study.name), kReportCss);
  out += ChartFigure(
      {"Translation", "horizontal shift (px)", "NRMSE", false, false, {Series(result, "translation", "px")}});
  out += ChartFigure({"Rotation", "angle (degrees)", "NRMSE", false, false, {Series(result, "rotation", "degrees")}});
  out += ChartFigure({"Zoom", "factor", "NRMSE", false, false, {Series(result, "zoom", "x")}});
  out += ChartFigure({"Shear", "angle (degrees)", "NRMSE", false, false, {Series(result, "shear", "degrees")}});
  out += ChartFigure({"Random affine", "NRMSE", "draws", false, false, {Histogram(result)}});
  out += "</div><h2>Tables</h2><pre>" + HtmlEscaped(Markdown(study, result)) + "</pre>";
  return out + fmt::format("<script>{}</script></body></html>\n", kReportScript);
}

}  // namespace

bool IsMotionStudy(const std::string& path) {
  const auto json = JsonValue::Parse(TextOfFile(path), path);
  return json.ok() && json->IsObject() && json->Has("study");
}

Result<MotionStudy> ReadMotionStudy(const std::string& path, const Limits& limits) {
  constexpr size_t kMostTextBytes = 1 << 20;
  const std::string text = TextOfFile(path);
  if (text.empty()) return IoError("cannot read the study", path);
  if (int64_t(text.size()) > limits.max_json_bytes) return BadInput("study too large", path);
  FSC_ASSIGN_OR_RETURN(const JsonValue root, JsonValue::Parse(text, path));
  FSC_RETURN_IF_ERROR(
      root.CheckKeys({"name", "study", "model", "stills"}, {"comment", "crop", "random_affines", "videos"}));
  const auto path_of = [&](const JsonValue& value) -> Result<std::string> {
    FSC_ASSIGN_OR_RETURN(const std::string named, value.String(kMostTextBytes));
    return ResolvePath(named, path, value.Where());
  };
  MotionStudy study;
  study.path = path;
  FSC_ASSIGN_OR_RETURN(study.name, root.At("name").String(kMostTextBytes));
  FSC_ASSIGN_OR_RETURN(const int kind, root.At("study").Word<int>({{"latent_motion", 0}}));
  (void)kind;
  FSC_ASSIGN_OR_RETURN(study.model_path, path_of(root.At("model")));
  FSC_ASSIGN_OR_RETURN(const std::vector<JsonValue> stills, root.At("stills").Items());
  for (const JsonValue& still : stills) {
    FSC_ASSIGN_OR_RETURN(std::string still_path, path_of(still));
    study.stills.push_back(std::move(still_path));
  }
  if (root.Has("crop")) {
    FSC_ASSIGN_OR_RETURN(study.crop_px, root.At("crop").Integer(64, 4096));
  }
  if (root.Has("random_affines")) {
    FSC_ASSIGN_OR_RETURN(study.random_affines, root.At("random_affines").Integer(0, 100000));
  }
  std::vector<JsonValue> videos;
  if (root.Has("videos")) {
    FSC_ASSIGN_OR_RETURN(videos, root.At("videos").Items());
  }
  for (const JsonValue& entry : videos) {
    FSC_RETURN_IF_ERROR(entry.CheckKeys({"name", "path", "frames"}, {}));
    MotionStudy::Video video;
    FSC_ASSIGN_OR_RETURN(video.name, entry.At("name").String(kMostTextBytes));
    FSC_ASSIGN_OR_RETURN(video.path, path_of(entry.At("path")));
    FSC_ASSIGN_OR_RETURN(const std::vector<int> range, entry.At("frames").Integers(0, 1 << 30));
    if (range.size() != 2 || range[1] < range[0] + 2)
      return BadInput("not a range [first, end] of two frames or more", entry.At("frames").Where());
    video.first_frame = range[0];
    video.end_frame = range[1];
    study.videos.push_back(video);
  }
  for (const std::string& still : study.stills) {
    if (!std::filesystem::exists(still)) return IoError("no such file", path + ", stills: " + still);
  }
  for (const MotionStudy::Video& video : study.videos) {
    if (!std::filesystem::exists(video.path)) return IoError("no such file", path + ", videos: " + video.path);
  }
  if (study.stills.empty()) return BadInput("no stills", path + ": stills");
  return study;
}

Status WriteMotionStudy(const MotionStudy& study, const MotionStudyResult& result, const std::string& folder) {
  WholeFiles files;
  FSC_RETURN_IF_ERROR(files.Add(folder + "/study.csv", Csv(result)));
  FSC_RETURN_IF_ERROR(files.Add(folder + "/study.md", Markdown(study, result)));
  FSC_RETURN_IF_ERROR(files.Add(folder + "/report.html", Page(study, result)));
  return files.Commit();
}

}  // namespace fsc
