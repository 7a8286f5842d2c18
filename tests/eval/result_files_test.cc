#include "eval/result_files.h"

#include <cmath>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace fsc {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

EvalPoint Point(const std::string& config, int qp, double rate, double accuracy) {
  EvalPoint p;
  p.model = "net";
  p.clip = "street, night";
  p.config = config;
  p.mode = "hevc";
  p.preset = "slow";
  p.qp = qp;
  p.frames = 20;
  p.frames_per_s = 25;
  p.accuracy_name = "mIoU";
  p.values = {{"bits_per_element", rate},
              {"bits_per_pixel", 2 * rate},
              {"kbit_per_s", 1000 * rate},
              {"accuracy", accuracy},
              {"mse", 0.25},
              {"psnr_db", std::numeric_limits<double>::infinity()},
              {"encode_ms", 40}};
  return p;
}

std::vector<EvalPoint> TwoCurves() {
  std::vector<EvalPoint> points;
  for (int i = 0; i < 5; ++i) points.push_back(Point("anchor", 40 - i, 0.1 * std::pow(2, i), 0.5 + 0.05 * i));
  for (int i = 0; i < 5; ++i) points.push_back(Point("test", 40 - i, 0.05 * std::pow(2, i), 0.5 + 0.05 * i));
  return points;
}

TEST(ResultFiles, CsvNamesItsUnitsAndQuotes) {
  std::vector<EvalPoint> points = {Point("anchor", 30, 0.5, 0.6)};
  EvalPoint failed = Point("anchor", 20, 0, 0);
  failed.values.clear();
  failed.error = "the \"encoder\" failed";
  points.push_back(failed);
  const std::string csv = ResultsCsv(points);
  EXPECT_THAT(csv, StartsWith("model,clip,configuration,mode,preset,QP,frames,frame rate [1/s],accuracy is,size "
                              "[bytes],rate [bit/element]"));
  EXPECT_THAT(csv, HasSubstr("net,\"street, night\",anchor,hevc,slow,30,20,25,mIoU,,0.5,1,500,"));
  EXPECT_THAT(csv, HasSubstr("\"the \"\"encoder\"\" failed\"\n"));
  EXPECT_THAT(csv, HasSubstr("encode, 1 thread [ms/frame]"));
  EXPECT_THAT(ResultsCsv(points, false), ::testing::Not(HasSubstr("ms/frame")));
  // Every row has as many fields as the header: count commas outside quotes.
  size_t fields = 0;
  bool quoted = false;
  std::vector<size_t> rows;
  for (const char c : csv) {
    quoted ^= c == '"';
    fields += c == ',' && !quoted;
    if (c != '\n') continue;
    rows.push_back(fields);
    fields = 0;
  }
  EXPECT_THAT(rows, ::testing::ElementsAre(rows[0], rows[0], rows[0]));
}

TEST(ResultFiles, CompressAiJsonHasListsOfOneLength) {
  const std::vector<EvalPoint> points = TwoCurves();
  std::vector<const EvalPoint*> curve;
  for (int i = 0; i < 5; ++i) curve.push_back(&points[i]);
  const auto json = nlohmann::json::parse(CompressAiJson("anchor", "a test", curve));
  EXPECT_EQ(json["name"], "anchor");
  for (const auto& [key, list] : json["results"].items()) EXPECT_EQ(list.size(), 5u) << key;
  EXPECT_EQ(json["results"]["qp"][0], 40);
  EXPECT_DOUBLE_EQ(json["results"]["encoding_time"][0].get<double>(), 0.04);
  EXPECT_FALSE(json["results"].contains("psnr_db")) << "an infinite value has no place in JSON";
}

TEST(ResultFiles, PointSurvivesJson) {
  EvalPoint p = Point("x", 7, 0.1, 0.7);
  p.frame_bits = {1, 2.5};
  p.frame_kl_nats = {0.125};
  p.values["snr_db"] = -std::numeric_limits<double>::infinity();
  const Result<EvalPoint> back = PointFromJson(PointToJson(p), "p.json");
  ASSERT_TRUE(back.ok()) << back.error().OneLine();
  EXPECT_EQ(back->values, p.values);
  EXPECT_EQ(back->frame_bits, p.frame_bits);
  EXPECT_EQ(back->clip, p.clip);
  EXPECT_EQ(PointToJson(*back), PointToJson(p));
  EXPECT_FALSE(PointFromJson("{}", "p.json").ok());
  EXPECT_FALSE(PointFromJson("", "p.json").ok());
  std::string unknown = PointToJson(p);
  unknown.insert(1, "\"extra\": 1,");
  EXPECT_FALSE(PointFromJson(unknown, "p.json").ok());
}

TEST(ResultFiles, SummaryHasCompressAiVisionsColumns) {
  const EvalPoint p = Point("x", 32, 0.5, 0.6);
  EXPECT_EQ(SummaryCsv({&p}),
            "Dataset,fps,num_of_coded_frame,qp,bitrate (kbps),end_accuracy,nn_part_1,encode,decode,nn_part_2,inv_mse\n"
            "\"street, night\",25,20,32,500,0.6,,0.8,,,4\n");
}

TEST(Curves, BdTableAndMean) {
  std::vector<EvalPoint> points = TwoCurves();
  EvalPoint failed = Point("test", 1, 0, 0);
  failed.error = "broken";
  points.push_back(failed);
  // A second clip where "test" reaches nothing of the anchor's quality.
  for (int i = 0; i < 5; ++i) {
    for (const auto& [config, base] : {std::pair{"anchor", 0.5}, std::pair{"test", 0.1}}) {
      points.push_back(Point(config, 40 - i, 0.1 * std::pow(2, i), base + 0.05 * i));
      points.back().clip = "other";
    }
  }
  const std::vector<CurveGroup> groups = GroupCurves(points);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].find("test")->points.size(), 5u);
  EXPECT_LT(groups[0].curves[0].points[0]->value("bits_per_element"),
            groups[0].curves[0].points[1]->value("bits_per_element"));
  const std::vector<BdCell> cells = BdAgainst(groups, "anchor", {"accuracy", "agreement"}, CurveFit::kCubic);
  ASSERT_EQ(cells.size(), 2u) << "no agreement was measured, so it has no cells";
  EXPECT_NEAR(cells[0].bd_rate_percent.value(), -50, 1e-6);
  EXPECT_FALSE(cells[1].bd_rate_percent.has_value());
  const BdMean mean = MeanOver(cells, "test", "accuracy");
  EXPECT_NEAR(mean.bd_rate_percent.value(), -50, 1e-6);
  EXPECT_EQ(mean.used, 1);
  EXPECT_EQ(mean.wanted, 2);
  const std::string table = BdMarkdown(cells, "anchor", "accuracy", CurveFit::kCubic);
  EXPECT_THAT(table, HasSubstr("| net | street, night | -50.00 |"));
  EXPECT_THAT(table, HasSubstr("| net | other | - (1) |"));
  EXPECT_THAT(table, HasSubstr("(1 of 2 pairs)"));
  EXPECT_THAT(table, HasSubstr("no common quality"));
  EXPECT_THAT(PointsMarkdown(groups[0]), HasSubstr("| anchor | 40 | 0.1000 | 100.0 | 50.00 |"));
}

TEST(Curves, QualityAxisOfErrors) {
  EvalPoint p;
  p.values = {{"kl_nats", 0.01}, {"nrmse", 0.1}, {"agreement", 0.9}};
  EXPECT_NEAR(QualityOf(p, "kl_nats"), 20, 1e-12);
  EXPECT_NEAR(QualityOf(p, "nrmse"), 20, 1e-12);
  EXPECT_DOUBLE_EQ(QualityOf(p, "agreement"), 0.9);
}

}  // namespace
}  // namespace fsc
