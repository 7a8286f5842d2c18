#include "eval/coco_ap.h"

#include <random>

#include <gtest/gtest.h>

#include "tests/eval/python_reference.h"

namespace fsc {
namespace {

TEST(CocoAp, PerfectAndEmpty) {
  CocoApSum sum;
  EXPECT_EQ(sum.Summary().ap, -1);
  sum.Add({{0, 0, 50, 50, 3}}, {{0, 0, 50, 50, 0.9f, 3}});
  EXPECT_NEAR(sum.Summary().ap, 1, 1e-12);
  EXPECT_NEAR(sum.Summary().ap_medium, 1, 1e-12);
  EXPECT_EQ(sum.Summary().ap_small, -1);
  CocoApSum blind;
  blind.Add({{0, 0, 50, 50, 3}}, {});
  EXPECT_EQ(blind.Summary().ap, 0);
}

TEST(CocoAp, InterpolatedPrecisionByHand) {
  // Two boxes; the best detection is right, the second wrong, the third right. Precision 1 up to recall .5 (51 of the
  // 101 recalls), then 2/3 up to recall 1 (50 of them).
  CocoApSum sum;
  sum.Add({{0, 0, 40, 40, 0}, {100, 0, 140, 40, 0}},
          {{0, 0, 40, 40, 0.9f, 0}, {200, 0, 240, 40, 0.8f, 0}, {100, 0, 140, 40, 0.7f, 0}});
  EXPECT_NEAR(sum.Summary().ap50, (51 + 50 * 2.0 / 3) / 101, 1e-12);
}

TEST(CocoAp, ThresholdsByHand) {
  // IoU .8: right at .50 .55 .60 .65 .70 .75 .80, wrong at .85 .90 .95.
  CocoApSum sum;
  sum.Add({{0, 0, 100, 100, 0}}, {{0, 0, 100, 80, 0.9f, 0}});
  EXPECT_NEAR(sum.Summary().ap, 0.7, 1e-12);
  EXPECT_NEAR(sum.Summary().ap50, 1, 1e-12);
  EXPECT_NEAR(sum.Summary().ap75, 1, 1e-12);
}

TEST(CocoAp, CrowdTakesManyIgnoredTakesOne) {
  const TrueBox real = {0, 0, 40, 40, 0};
  const std::vector<Detection> seen = {{200, 0, 220, 40, 0.9f, 0}, {220, 0, 240, 40, 0.8f, 0}, {0, 0, 40, 40, 0.7f, 0}};
  CocoApSum crowd;  // each half lies wholly in the crowd: IoU 1 by its own area
  crowd.Add({real, {.x1_px = 200, .y1_px = 0, .x2_px = 240, .y2_px = 40, .label = 0, .crowd = true}}, seen);
  EXPECT_NEAR(crowd.Summary().ap, 1, 1e-12);
  CocoApSum ignored;  // IoU .5 with the first; the second finds it taken and counts as wrong
  ignored.Add({real, {.x1_px = 200, .y1_px = 0, .x2_px = 240, .y2_px = 40, .label = 0, .ignore = true}}, seen);
  EXPECT_NEAR(ignored.Summary().ap50, 0.5, 1e-12);
}

TEST(CocoAp, OnlyTheHundredBestOfAClassCount) {
  std::vector<Detection> seen;
  for (int i = 0; i < 100; ++i) seen.push_back({500, 500, 510, 510, 0.9f, 0});
  seen.push_back({0, 0, 40, 40, 0.5f, 0});
  CocoApSum sum;
  sum.Add({{0, 0, 40, 40, 0}}, seen);
  EXPECT_EQ(sum.Summary().ap, 0);
}

TEST(CocoAp, RandomScenesAgreeWithAnIndependentComputation) {
  if (!PythonHasNumpy()) GTEST_SKIP() << "needs NumPy: install python3-numpy";
  std::mt19937 random(5);
  const auto uniform = [&](float low, float high) { return std::uniform_real_distribution<float>(low, high)(random); };
  for (const bool with_ignored : {false, true}) {
    CocoApSum sum;
    nlohmann::json job = {{"pictures", nlohmann::json::array()}};
    for (int picture = 0; picture < 25; ++picture) {
      std::vector<TrueBox> truth;
      std::vector<Detection> seen;
      nlohmann::json boxes = nlohmann::json::array(), found = nlohmann::json::array();
      for (int i = int(random() % 9); i > 0; --i) {
        TrueBox t{uniform(0, 300), uniform(0, 300), 0, 0, int(random() % 4)};
        t.x2_px = t.x1_px + uniform(8, 180);
        t.y2_px = t.y1_px + uniform(8, 180);
        t.crowd = random() % 8 == 0;
        t.ignore = with_ignored && random() % 6 == 0;
        if (random() % 3 == 0) t.area_px2 = 0.6 * (t.x2_px - t.x1_px) * (t.y2_px - t.y1_px);
        truth.push_back(t);
        boxes.push_back({t.x1_px, t.y1_px, t.x2_px, t.y2_px, t.label, int(t.crowd), int(t.ignore), t.area_px2});
        for (int k = int(random() % 3); k > 0; --k) {
          const float score = std::round(uniform(0.1f, 1) * 20) / 20;  // coarse: equal scores happen
          seen.push_back({t.x1_px + uniform(-9, 9), t.y1_px + uniform(-9, 9), t.x2_px + uniform(-4, 9),
                          t.y2_px + uniform(-4, 9), score, random() % 7 == 0 ? int(random() % 5) : t.label});
        }
      }
      for (int i = int(random() % 4); i > 0; --i) {
        const float x = uniform(0, 300), y = uniform(0, 300);
        seen.push_back({x, y, x + uniform(5, 150), y + uniform(5, 150), uniform(0.05f, 0.9f), int(random() % 4)});
      }
      for (const Detection& d : seen) found.push_back({d.x1_px, d.y1_px, d.x2_px, d.y2_px, d.score, d.label});
      job["pictures"].push_back({{"truth", boxes}, {"seen", found}});
      sum.Add(truth, seen);
    }
    const nlohmann::json expected = RunPython("reference_coco_ap.py", job);
    ASSERT_FALSE(expected.is_null());
    const CocoAp ap = sum.Summary();
    EXPECT_NEAR(ap.ap, expected[0].get<double>(), 1e-9);
    EXPECT_NEAR(ap.ap50, expected[1].get<double>(), 1e-9);
    EXPECT_NEAR(ap.ap75, expected[2].get<double>(), 1e-9);
    EXPECT_NEAR(ap.ap_small, expected[3].get<double>(), 1e-9);
    EXPECT_NEAR(ap.ap_medium, expected[4].get<double>(), 1e-9);
    EXPECT_NEAR(ap.ap_large, expected[5].get<double>(), 1e-9);
    EXPECT_GT(ap.ap, 0.1);
    EXPECT_LT(ap.ap, 0.9);
  }
}

}  // namespace
}  // namespace fsc
