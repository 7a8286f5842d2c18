// Curves read from files as people have them: JSON and CSV, units, gaps, several curves in a file.
#include "eval/curve_file.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/result_files.h"

namespace fsc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

EvalPoint Point(const std::string& config, int i) {
  EvalPoint p;
  p.model = "net";
  p.clip = "street, night";
  p.config = config;
  p.qp = 40 - i;
  p.frames = 20;
  p.frames_per_s = 25;
  const double rate = 0.1 * std::pow(2, i);
  p.values = {{"bits_per_element", rate}, {"bits_per_pixel", 2 * rate}, {"kbit_per_s", 1000 * rate},
              {"mse", 0.25 / (i + 1)},    {"accuracy", 0.5 + 0.05 * i}, {"encode_ms", 40}};
  return p;
}

CurveTable One(const std::string& text, const std::string& name = "") {
  auto curves = ParseCurves(text, "a");
  EXPECT_TRUE(curves.ok()) << curves.error().OneLine();
  auto curve = ChooseCurve(std::move(*curves), name, "a");
  EXPECT_TRUE(curve.ok()) << curve.error().OneLine();
  return curve.ok() ? *curve : CurveTable();
}

void ExpectTheCurve(const CurveTable& curve) {
  const auto points = RateCurveOf(curve, "bits_per_element", "accuracy", "a");
  ASSERT_TRUE(points.ok()) << points.error().OneLine();
  ASSERT_EQ(points->size(), 5u);
  EXPECT_NEAR(points->at(1).rate, 0.2, 1e-9);
  EXPECT_DOUBLE_EQ(points->at(1).metric, 0.55);
  EXPECT_NEAR(RateCurveOf(curve, "bits_per_element", "mse", "a")->at(0).metric, 10 * std::log10(4), 1e-9);
  EXPECT_THAT(QualityNames(curve), UnorderedElementsAre("accuracy", "mse"));
}

TEST(CurveFile, WhatEvalWritesIsReadBack) {
  std::vector<EvalPoint> points;
  for (const char* config : {"anchor, slow", "test"}) {
    for (int i = 0; i < 5; ++i) points.push_back(Point(config, i));
  }
  points.push_back(Point("test", 6));
  points.back().values.clear();
  points.back().error = "the \"encoder\" failed,\nand said so";
  std::vector<const EvalPoint*> curve;
  for (size_t i = 0; i < 5; ++i) curve.push_back(&points[i]);
  ExpectTheCurve(One(CompressAiJson("anchor", "", curve)));
  const std::string csv = ResultsCsv(points);
  for (const char* name : {"anchor, slow", "slow", "test", "net/street, night/test"}) ExpectTheCurve(One(csv, name));
  ExpectTheCurve(One("\xef\xbb\xbf" + csv, "test"));

  const auto all = ParseCurves(csv, "r.csv");
  ASSERT_TRUE(all.ok());
  for (const char* name : {"", "t", "nonesuch"}) {
    const auto none = ChooseCurve(*all, name, "r.csv");
    ASSERT_FALSE(none.ok()) << name;
    EXPECT_THAT(none.error().OneLine(), HasSubstr("'net/street, night/test'"));
  }
  const CurveTable summary = One(SummaryCsv({&points[0], &points[1]}));
  EXPECT_EQ(RateCurveOf(summary, "bitrate", "end_accuracy", "s")->at(1).metric, 0.55);
  EXPECT_EQ(RateCurveOf(summary, "bitrate", "inv_mse", "s")->at(1).metric, 8);
}

TEST(CurveFile, UnitsAreFoundOrRefused) {
  const CurveTable pixel = One(R"({"results": {"bpp": [1], "q": [1]}})");
  const CurveTable second = One(R"({"results": {"bitrate": [1], "q": [1]}})");
  const CurveTable three = One(R"({"results": {"bits_per_element": [1], "kbit_per_s": [2], "bpp": [3], "q": [1]}})");
  const auto unlike = CommonRateUnit(pixel, "p.json", second, "s.json");
  ASSERT_FALSE(unlike.ok());
  for (const char* word : {"bit/pixel in p.json", "kbit/s in s.json"}) {
    EXPECT_THAT(unlike.error().OneLine(), HasSubstr(word));
  }
  const auto common = CommonRateUnit(second, "s.json", three, "t.json");
  ASSERT_TRUE(common.ok());
  EXPECT_EQ(std::string(common->name), "kbit/s");
  EXPECT_EQ(common->anchor_key, "bitrate");
  EXPECT_EQ(common->test_key, "kbit_per_s");
  // A column without a number is none.
  const CurveTable empty = One(R"({"results": {"bits_per_element": [null], "bpp": [3], "q": [1]}})");
  EXPECT_EQ(std::string(CommonRateUnit(three, "t", empty, "e")->name), "bit/pixel");
}

TEST(CurveFile, GapsConcernOnlyWhoAsks) {
  const CurveTable curve = One(
      R"({"results": {"bpp": [4, 3, 2, 1], "a": [8, null, 6, 5], "b": [NaN, Infinity, -Infinity, null],
          "few": [1, 2], "text": ["x", "y", "z", "w"], "deep": {"a": 1}, "qp": [1, 2, 3, 4]}})");
  EXPECT_THAT(QualityNames(curve), ElementsAre("a", "few"));
  const auto points = RateCurveOf(curve, "bpp", "a", "c.json");
  ASSERT_TRUE(points.ok());
  ASSERT_EQ(points->size(), 3u);
  EXPECT_EQ(points->at(1).rate, 2);
  EXPECT_EQ(points->at(1).metric, 6);
  for (const auto& [metric, word] :
       {std::pair{"b", "no point"}, {"few", "4 rates, but 2"}, {"deep", "no such quality"}, {"text", "no point"}}) {
    const auto bad = RateCurveOf(curve, "bpp", metric, "c.json");
    ASSERT_FALSE(bad.ok()) << metric;
    EXPECT_EQ(bad.error().kind, ErrorKind::kBadInput);
    EXPECT_THAT(bad.error().OneLine(), HasSubstr(word));
    EXPECT_THAT(bad.error().OneLine(), HasSubstr("c.json"));
  }
  // The words are left alone where they are text.
  EXPECT_EQ(One(R"({"results": {"NaN \" Infinity": [1]}})").columns[0].first, "NaN \" Infinity");
}

TEST(CurveFile, WhatCompressAiVisionWrites) {
  const CurveTable video =
      One("Dataset,fps,num_of_coded_frame,qp,bitrate (kbps),end_accuracy,nn_part_1,encode,encode_conversion,"
          "encode_inner_codec,decode,decode_inner_codec,decode_conversion,nn_part_2\n"
          "Traffic,30,33,40,410.5,0.61,1,2,0.5,1.5,1,0.75,0.25,3\nTraffic,30,33,46,205.25,0.55,1,2,0.5,1.5,1,0.75,0.25,"
          "3\n");
  EXPECT_THAT(QualityNames(video), ElementsAre("end_accuracy"));
  const auto points = RateCurveOf(video, "bitrate", "end_accuracy", "s");
  ASSERT_TRUE(points.ok()) << points.error().OneLine();
  EXPECT_EQ(points->at(1).rate, 205.25);
  const CurveTable images =
      One("Dataset,qp,avg_bpp,end_accuracy,encode,encode_inner_codec\nMPEGOIV6,40,0.25,0.7,2,1.5\n");
  EXPECT_THAT(QualityNames(images), ElementsAre("end_accuracy"));
  EXPECT_EQ(RateCurveOf(images, "bpp", "end_accuracy", "s")->at(0).rate, 0.25);
}

TEST(CurveFile, CsvOfOtherHands) {
  const CurveTable semicolons = One("qp;bpp;psnr\r\n22;0.5;38.5\r\n\r\n27; 0.25 ;35\r\n32;;33\r\n");
  const auto points = RateCurveOf(semicolons, "bpp", "psnr", "c");
  ASSERT_TRUE(points.ok()) << points.error().OneLine();
  ASSERT_EQ(points->size(), 2u);
  EXPECT_EQ(points->at(1).rate, 0.25);
  for (const char* bad : {"", "{", "[]", "{}", R"({"results": 3})", "bpp\n1\n", "bpp,q\n", "bpp,q\n1\n", "text"}) {
    const auto curves = ParseCurves(bad, "f.txt");
    ASSERT_FALSE(curves.ok()) << bad;
    EXPECT_EQ(curves.error().kind, ErrorKind::kBadInput);
    EXPECT_THAT(curves.error().OneLine(), HasSubstr("f.txt"));
  }
}

}  // namespace
}  // namespace fsc
