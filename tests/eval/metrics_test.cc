// Feature and task distortions and the accuracies with labels.
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include "eval/accuracy.h"
#include "eval/feature_distortion.h"
#include "eval/rate_account.h"
#include "eval/task_distortion.h"
#include "tests/eval/python_reference.h"

namespace fsc {
namespace {

std::vector<float> RandomValues(std::mt19937& random, size_t count, float low, float high) {
  std::uniform_real_distribution<float> value(low, high);
  std::vector<float> out(count);
  for (float& v : out) v = value(random);
  return out;
}

TEST(FeatureDistortion, HandWorkedCase) {
  // Frame 1: range 4, errors 1 0 0 1, MSE .5. Frame 2: range 2, errors 0 0 0 2, MSE 1. All: MSE .75, range 4.
  const std::vector<float> a1 = {0, 1, 2, 4}, b1 = {1, 1, 2, 3}, a2 = {1, 1, 3, 3}, b2 = {1, 1, 3, 1};
  DistortionSum sum;
  sum.Add(a1, b1);
  EXPECT_DOUBLE_EQ(sum.last_nrmse(), std::sqrt(0.5) / 4);
  sum.Add(a2, b2);
  const FeatureDistortion d = sum.Summary();
  EXPECT_DOUBLE_EQ(d.mse, 0.75);
  EXPECT_DOUBLE_EQ(d.nrmse, (std::sqrt(0.5) / 4 + 1.0 / 2) / 2);
  EXPECT_DOUBLE_EQ(d.psnr_db, 10 * std::log10(16 / 0.75));
  // Values 0 1 2 4 1 1 3 3: mean 15/8, squares 41, variance 41/8 - 225/64.
  EXPECT_NEAR(d.snr_db, 10 * std::log10((41.0 / 8 - 225.0 / 64) / 0.75), 1e-12);
}

TEST(FeatureDistortion, ThePaperTiesNrmseToPsnr) {
  // NRMSE 0.0111 is 39.1 dB with the decimal logarithm (and 90 "dB" with the natural one, which this project does not
  // use).
  std::vector<float> a(1000, 0.0f), b(1000, 0.0f);
  a[0] = b[0] = 1.0f;
  for (size_t i = 0; i < a.size(); ++i) b[i] += i % 2 == 0 ? 0.0111f : -0.0111f;
  DistortionSum sum;
  sum.Add(a, b);
  EXPECT_NEAR(sum.Summary().nrmse, 0.0111, 1e-6);
  EXPECT_NEAR(sum.Summary().psnr_db, 39.09, 0.01);
}

TEST(FeatureDistortion, EqualConstantAndMasked) {
  const std::vector<float> flat(8, 3.0f), off(8, 3.5f), ramp = {0, 1, 2, 3, 4, 5, 6, 7}, bad = {9, 1, 2, 3, 4, 5, 6, 7};
  DistortionSum equal;
  equal.Add(flat, flat);
  EXPECT_EQ(equal.Summary().nrmse, 0);
  EXPECT_TRUE(std::isinf(equal.Summary().psnr_db));
  DistortionSum constant;
  constant.Add(flat, off);
  EXPECT_TRUE(std::isinf(constant.Summary().nrmse));
  const std::vector<uint8_t> all_but_first = {0, 1, 1, 1, 1, 1, 1, 1};
  DistortionSum masked;
  masked.Add(ramp, bad, all_but_first);
  EXPECT_EQ(masked.Summary().mse, 0);
  EXPECT_EQ(masked.elements(), 7);
}

FeatureFrame OneLayer(const std::vector<float>& values) {
  FeatureFrame frame;
  frame.layers.emplace_back(1, 1, int(values.size()));
  std::copy(values.begin(), values.end(), frame.layers[0].values().begin());
  return frame;
}

TEST(FeatureDistortion, LayersWeighByTheirElements) {
  FeatureFrame a = OneLayer({0, 2}), b = OneLayer({0, 1});
  a.layers.push_back(OneLayer({0, 0, 0, 0, 0, 4}).layers[0].Clone());
  b.layers.push_back(OneLayer({0, 0, 0, 0, 0, 4}).layers[0].Clone());
  FrameDistortion sum(2);
  ASSERT_TRUE(sum.Add(a, b).ok());
  EXPECT_DOUBLE_EQ(sum.layer(0).mse, 0.5);
  EXPECT_EQ(sum.layer(1).mse, 0);
  EXPECT_DOUBLE_EQ(sum.AllLayers().mse, 0.5 * 2 / 8);
  EXPECT_DOUBLE_EQ(sum.AllLayers().nrmse, std::sqrt(0.5) / 2 * 2 / 8);
  EXPECT_NEAR(sum.AllLayers().psnr_db, -10 * std::log10(0.5 / 4 * 2 / 8), 1e-12);
  EXPECT_FALSE(sum.Add(a, OneLayer({1, 2})).ok());
}

TaskResult Classified(std::vector<float> logits, std::vector<int> top) {
  TaskResult r;
  r.kind = TaskKind::kClassification;
  r.raw_shape = {int64_t(logits.size())};
  r.raw = std::move(logits);
  r.top_labels = std::move(top);
  return r;
}

TaskResult Detected(std::vector<float> anchors, int64_t columns, std::vector<Detection> boxes) {
  TaskResult r;
  r.kind = TaskKind::kDetection;
  r.raw_shape = {int64_t(anchors.size()) / columns, columns};
  r.raw = std::move(anchors);
  r.detections = std::move(boxes);
  return r;
}

TEST(TaskDistortion, ClassificationByHand) {
  // P = (3/4, 1/4), Q = (1/4, 3/4): D = 3/4 ln 3 - 1/4 ln 3 = ln(3) / 2. A constant added to all logits changes
  // nothing.
  const float l3 = std::log(3.0f);
  TaskDistortionSum sum;
  ASSERT_TRUE(sum.Add(Classified({l3 + 5, 5}, {0, 1}), Classified({0, l3}, {1, 0})).ok());
  EXPECT_NEAR(sum.Summary().kl_nats, std::log(3.0) / 2, 1e-6);
  EXPECT_EQ(sum.Summary().agreement, 0);
  ASSERT_TRUE(sum.Add(Classified({1, 0}, {0, 1}), Classified({1, 0}, {0, 1})).ok());
  EXPECT_NEAR(sum.Summary().kl_nats, std::log(3.0) / 4, 1e-6);
  EXPECT_EQ(sum.Summary().agreement, 0.5);
  EXPECT_EQ(sum.last_kl_nats(), 0);
  EXPECT_FALSE(sum.Add(Classified({1, 0}, {0}), Classified({1, 0, 0}, {0})).ok());
  EXPECT_FALSE(sum.Add(Detected({0, 0, 1, 1, 0.5, 0.5}, 6, {}), Detected({0, 0, 1, 1, 0.5, 0.5}, 6, {})).ok());
}

TEST(TaskDistortion, SurvivesExtremeLogits) {
  TaskDistortionSum sum;
  ASSERT_TRUE(sum.Add(Classified({1000, -1000}, {0}), Classified({900, -900}, {0})).ok());
  EXPECT_EQ(sum.Summary().kl_nats, 0);
  EXPECT_NEAR(SoftmaxDivergence(std::array<float, 2>{0, -50}.data(), std::array<float, 2>{-50, 0}.data(), 2, 1), 50,
              1e-6);
}

TEST(TaskDistortion, DetectionMatchesByClassScoreAndOverlap) {
  const std::vector<Detection> truth = {{0, 0, 10, 10, 0.9f, 1}, {20, 0, 30, 10, 0.8f, 2}};
  // The first takes truth 0 (IoU .8); the second is too late for it; the third has the wrong class; the fourth IoU 1/3.
  const std::vector<Detection> seen = {
      {0, 0, 10, 8, 0.9f, 1}, {0, 0, 10, 10, 0.8f, 1}, {20, 0, 30, 10, 0.7f, 1}, {25, 0, 35, 10, 0.6f, 2}};
  EXPECT_EQ(MatchedBoxes(truth, seen, 0.5), 1);
  TaskDistortionSum sum;
  ASSERT_TRUE(sum.Add(Detected({0, 0, 1, 1, 0.5f, 0.5f}, 6, truth), Detected({0, 0, 1, 1, 0.5f, 0.5f}, 6, seen)).ok());
  EXPECT_DOUBLE_EQ(sum.Summary().agreement, 2.0 * 1 / (2 + 4));
  TaskDistortionSum none;
  ASSERT_TRUE(none.Add(Detected({0, 0, 1, 1, 0.5f, 0.5f}, 6, {}), Detected({0, 0, 1, 1, 0.5f, 0.5f}, 6, {})).ok());
  EXPECT_EQ(none.Summary().agreement, 1);
}

TEST(TaskDistortion, BoxesThatJustTouchOrHalfOverlap) {
  EXPECT_EQ(BoxIou({0, 0, 10, 10, 1, 0}, {10, 0, 20, 10, 1, 0}), 0);
  EXPECT_DOUBLE_EQ(BoxIou({0, 0, 10, 10, 1, 0}, {5, 0, 15, 10, 1, 0}), 1.0 / 3);
  EXPECT_EQ(MatchedBoxes({{0, 0, 10, 10, 1, 0}}, {{0, 0, 10, 5, 1, 0}}, 0.5), 1);  // exactly .5 counts
}

TEST(Accuracy, TopOneAndTopFive) {
  TopAccuracy top;
  top.Add(std::vector<int>{4, 3, 2, 1, 0}, 4);
  top.Add(std::vector<int>{4, 3, 2, 1, 0}, 0);
  top.Add(std::vector<int>{4, 3, 2, 1, 0, 9}, 9);  // sixth: too late
  top.Add(std::vector<int>{}, 1);
  EXPECT_DOUBLE_EQ(top.top1(), 0.25);
  EXPECT_DOUBLE_EQ(top.top5(), 0.5);
}

TEST(Accuracy, MeanIouByHand) {
  // Class 0: common 2, either 3. Class 1: common 1, either 2. Class 2 appears nowhere. 255 does not count.
  SegmentationAccuracy accuracy(3, 255);
  ASSERT_TRUE(accuracy.Add(std::vector<uint8_t>{0, 0, 0, 1, 255}, std::vector<uint8_t>{0, 0, 1, 1, 2}).ok());
  EXPECT_DOUBLE_EQ(accuracy.mean_iou(), (2.0 / 3 + 1.0 / 2) / 2);
  EXPECT_DOUBLE_EQ(accuracy.pixel_accuracy(), 0.75);
  EXPECT_EQ(accuracy.class_iou(2), -1);
  ASSERT_TRUE(accuracy.Add(std::vector<uint8_t>{2}, std::vector<uint8_t>{2}).ok());
  EXPECT_EQ(accuracy.last_mean_iou(), 1);
  EXPECT_DOUBLE_EQ(accuracy.mean_iou(), (2.0 / 3 + 1.0 / 2 + 1) / 3);
  EXPECT_FALSE(accuracy.Add(std::vector<uint8_t>{3}, std::vector<uint8_t>{0}).ok());
  EXPECT_FALSE(accuracy.Add(std::vector<uint8_t>{0}, std::vector<uint8_t>{3}).ok());
  EXPECT_FALSE(accuracy.Add(std::vector<uint8_t>{0, 1}, std::vector<uint8_t>{0}).ok());
}

TEST(Accuracy, BoxOverTime) {
  BoxOverlap overlap(0);
  overlap.Add({0, 0, 10, 10, 1, 0}, {{0, 0, 10, 5, 0.9f, 0}, {0, 0, 10, 10, 0.9f, 7}});
  EXPECT_DOUBLE_EQ(overlap.last_iou(), 0.5);
  overlap.Add({0, 0, 10, 10, 1, 0}, {});
  EXPECT_DOUBLE_EQ(overlap.mean_iou(), 0.25);
  EXPECT_DOUBLE_EQ(overlap.success_rate(), 0.5);
}

TEST(Accuracy, RelativeLoss) {
  EXPECT_DOUBLE_EQ(RelativeAccuracyLossPercent(0.8, 0.6), 25);
  EXPECT_DOUBLE_EQ(RelativeAccuracyLossPercent(0.8, 0.88), 10);
  EXPECT_TRUE(std::isnan(RelativeAccuracyLossPercent(0, 0.1)));
}

TEST(RateAccount, Units) {
  const RateUnits rate = InUnits(1000, {.elements = 16000, .input_pixels = 4000, .seconds = 2});
  EXPECT_DOUBLE_EQ(rate.bits_per_element, 0.5);
  EXPECT_DOUBLE_EQ(rate.bits_per_pixel, 2);
  EXPECT_DOUBLE_EQ(rate.kbit_per_s, 4);
  EXPECT_EQ((RateSplit{1, 2, 3, 4}).total_bytes(), 10u);
}

nlohmann::json Shaped(std::span<const float> values, std::span<const int64_t> shape) {
  nlohmann::json out = nlohmann::json::array();
  if (shape.size() == 1) {
    for (const float v : values) out.push_back(v);
    return out;
  }
  const size_t step = values.size() / shape[0];
  for (int64_t i = 0; i < shape[0]; ++i) out.push_back(Shaped(values.subspan(i * step, step), shape.subspan(1)));
  return out;
}

TEST(Metrics, AgreeWithNumpy) {
  if (!PythonHasNumpy()) GTEST_SKIP() << "needs NumPy: install python3-numpy";
  std::mt19937 random(11);
  nlohmann::json job;
  constexpr int64_t kFrames = 3, kElements = 200, kClasses = 4, kHeight = 5, kWidth = 7, kAnchors = 30;

  DistortionSum features;
  std::vector<float> original, decoded;
  for (int t = 0; t < kFrames; ++t) {
    const std::vector<float> a = RandomValues(random, kElements, -1.0f, 2.0f * t + 1),
                             e = RandomValues(random, kElements, -0.1f, 0.12f);
    std::vector<float> b = a;
    for (size_t i = 0; i < b.size(); ++i) b[i] += e[i];
    features.Add(a, b);
    original.insert(original.end(), a.begin(), a.end());
    decoded.insert(decoded.end(), b.begin(), b.end());
  }
  job["original"] = Shaped(original, std::array{kFrames, kElements});
  job["decoded"] = Shaped(decoded, std::array{kFrames, kElements});

  TaskDistortionSum segmentation;
  std::array<std::vector<float>, 2> logits;
  for (int t = 0; t < kFrames; ++t) {
    std::array<TaskResult, 2> results;
    for (int side = 0; side < 2; ++side) {
      TaskResult& r = results[side];
      r.kind = TaskKind::kSegmentation;
      r.raw_shape = {kClasses, kHeight, kWidth};
      r.raw = RandomValues(random, kClasses * kHeight * kWidth, -3, 3);
      for (int64_t i = 0; i < kHeight * kWidth; ++i) {
        int best = 0;
        for (int c = 1; c < kClasses; ++c)
          best = r.raw[c * kHeight * kWidth + i] > r.raw[best * kHeight * kWidth + i] ? c : best;
        r.labels.push_back(uint8_t(best));
      }
      logits[side].insert(logits[side].end(), r.raw.begin(), r.raw.end());
    }
    ASSERT_TRUE(segmentation.Add(results[0], results[1]).ok());
  }
  job["seg_p"] = Shaped(logits[0], std::array{kFrames, kClasses, kHeight, kWidth});
  job["seg_q"] = Shaped(logits[1], std::array{kFrames, kClasses, kHeight, kWidth});

  const std::vector<float> p = RandomValues(random, kAnchors * 8, 0, 1), q = RandomValues(random, kAnchors * 8, 0, 1);
  TaskDistortionSum detection;
  ASSERT_TRUE(detection.Add(Detected(p, 8, {}), Detected(q, 8, {})).ok());
  job["det_p"] = Shaped(p, std::array{kAnchors, int64_t{8}});
  job["det_q"] = Shaped(q, std::array{kAnchors, int64_t{8}});

  std::vector<uint8_t> truth(500), seen(500);
  for (size_t i = 0; i < truth.size(); ++i) {
    truth[i] = uint8_t(random() % 6);  // 5 = ignored
    seen[i] = uint8_t(random() % 3 == 0 ? random() % 5 : truth[i] % 5);
  }
  SegmentationAccuracy accuracy(5, 5);
  ASSERT_TRUE(accuracy.Add(truth, seen).ok());
  job["truth"] = truth;
  job["seen"] = seen;
  job["classes"] = 5;
  job["ignored"] = 5;

  const nlohmann::json expected = RunPython("reference_metrics.py", job);
  ASSERT_FALSE(expected.is_null());
  EXPECT_NEAR(features.Summary().mse, expected["mse"].get<double>(), 1e-9);
  EXPECT_NEAR(features.Summary().psnr_db, expected["psnr"].get<double>(), 1e-6);
  EXPECT_NEAR(features.Summary().snr_db, expected["snr"].get<double>(), 1e-6);
  EXPECT_NEAR(features.Summary().nrmse, expected["nrmse"].get<double>(), 1e-9);
  EXPECT_NEAR(segmentation.Summary().kl_nats, expected["seg_kl"].get<double>(), 1e-9);
  EXPECT_NEAR(segmentation.Summary().agreement, expected["seg_agreement"].get<double>(), 1e-12);
  EXPECT_NEAR(detection.Summary().kl_nats, expected["det_kl"].get<double>(), 1e-9);
  EXPECT_NEAR(accuracy.mean_iou(), expected["miou"].get<double>(), 1e-12);
  EXPECT_NEAR(accuracy.pixel_accuracy(), expected["pixel_accuracy"].get<double>(), 1e-12);
}

}  // namespace
}  // namespace fsc
