// What the raw outputs of a back mean, and which of them are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/tasks.h"

namespace fsc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

InputGeometry Geometry(int width_px, int height_px, int multiple_px = 1) {
  InputSpec input;
  input.multiple_px = multiple_px;
  return *GeometryFor(input, width_px, height_px);
}

TaskSpec Task(TaskKind kind, size_t labels = 0) {
  TaskSpec task;
  task.kind = kind;
  task.labels.resize(labels, "x");
  return task;
}

std::string ErrorOf(const TaskSpec& task, std::vector<int64_t> shape, const InputGeometry& geometry = Geometry(8, 8)) {
  size_t count = 1;
  for (const int64_t size : shape) count *= size_t(size);
  const auto result = ReadTaskOutput(task, shape, std::vector<float>(count), geometry, "back.pt");
  if (result.ok()) return "no error";
  EXPECT_EQ(result.error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(result.error().where, "back.pt");
  return result.error().OneLine();
}

TEST(Classification, SoftmaxAndBestFive) {
  const auto result =
      ReadTaskOutput(Task(TaskKind::kClassification), {1, 6}, {0, 2, 1, -1, 2, -50}, Geometry(8, 8), "b");
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->top_labels, ElementsAre(1, 4, 2, 0, 3));
  const double sum = 1 + 2 * std::exp(2.0) + std::exp(1.0) + std::exp(-1.0) + std::exp(-50.0);
  EXPECT_NEAR(result->top_scores[0], std::exp(2.0) / sum, 1e-6);
  EXPECT_NEAR(result->top_scores[4], std::exp(-1.0) / sum, 1e-6);
  EXPECT_THAT(result->raw_shape, ElementsAre(6));
}

TEST(Classification, HugeLogitsStayFinite) {
  const auto result =
      ReadTaskOutput(Task(TaskKind::kClassification), {1, 2, 1, 1}, {1e30f, -1e30f}, Geometry(8, 8), "b");
  ASSERT_TRUE(result.ok());
  EXPECT_FLOAT_EQ(result->top_scores[0], 1.0f);
  EXPECT_FLOAT_EQ(result->top_scores[1], 0.0f);
}

TEST(Classification, WrongShapes) {
  EXPECT_THAT(ErrorOf(Task(TaskKind::kClassification, 10), {1, 9}),
              testing::AllOf(HasSubstr("[1, 9]"), HasSubstr("expected classification logits [1, 10 (one per label)]")));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kClassification), {2, 9}), HasSubstr("expected"));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kClassification), {9}), HasSubstr("expected"));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kClassification), {1, 3, 4, 4}), HasSubstr("expected"));
}

TEST(Segmentation, CropsThePaddingAndTakesTheBest) {
  // 3x2 pixels in a 4x4 input, two classes; class 1 wins where x + y is odd.
  std::vector<float> logits(2 * 16, 0.5f);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) logits[size_t(16 + 4 * y + x)] = (x + y) % 2 == 1 ? 1.0f : 0.0f;
  }
  const auto result = ReadTaskOutput(Task(TaskKind::kSegmentation, 2), {1, 2, 4, 4}, logits, Geometry(3, 2, 4), "b");
  ASSERT_TRUE(result.ok()) << result.error().OneLine();
  EXPECT_EQ(result->width_px, 3);
  EXPECT_EQ(result->height_px, 2);
  EXPECT_THAT(result->labels, ElementsAre(0, 1, 0, 1, 0, 1));
  EXPECT_THAT(result->raw_shape, ElementsAre(2, 2, 3));
  EXPECT_THAT(result->raw, ElementsAre(.5, .5, .5, .5, .5, .5, 0, 1, 0, 1, 0, 1));
}

TEST(Segmentation, EnlargesSmallLogits) {
  // One row of four cells for 16 pixels: linear between the cells' centres, the class changes in the middle.
  const auto result =
      ReadTaskOutput(Task(TaskKind::kSegmentation), {1, 2, 1, 4}, {0, 0, 0, 0, -1, -1, 1, 1}, Geometry(16, 4), "b");
  ASSERT_TRUE(result.ok()) << result.error().OneLine();
  for (int x = 0; x < 16; ++x) EXPECT_EQ(result->labels[size_t(x)], x >= 8 ? 1 : 0) << x;
  EXPECT_NEAR(result->raw[16 * 4 + 8], 0.25, 1e-6);  // pixel 8 lies at cell 1.625: -1 + 0.625 * 2
}

TEST(Segmentation, RoundedDownCellsRepeatTheEdge) {
  const auto result = ReadTaskOutput(Task(TaskKind::kSegmentation), {1, 1, 2, 2}, {1, 2, 3, 4}, Geometry(17, 17), "b");
  ASSERT_TRUE(result.ok()) << result.error().OneLine();
  EXPECT_EQ(result->raw.back(), 4.0f);
  EXPECT_EQ(result->raw[16], 2.0f);
}

TEST(Segmentation, WrongShapes) {
  EXPECT_THAT(ErrorOf(Task(TaskKind::kSegmentation, 11), {1, 12, 8, 8}),
              testing::AllOf(HasSubstr("[1, 12, 8, 8]"), HasSubstr("11 (one per label), 8, 8")));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kSegmentation), {1, 2, 8, 3}), HasSubstr("integer factor smaller"));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kSegmentation), {1, 300, 8, 8}), HasSubstr("at most 255 classes"));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kSegmentation), {2, 8, 8}), HasSubstr("expected"));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kSegmentation), {1, 2, 0, 8}), HasSubstr("empty"));
}

TEST(Detection, ThresholdNmsAndSourcePixels) {
  InputSpec input;
  input.resize = ResizeRule::kLetterbox;
  input.width_px = 100;
  input.height_px = 100;
  const InputGeometry geometry = *GeometryFor(input, 200, 100);  // halved
  TaskSpec task = Task(TaskKind::kDetection, 2);
  task.score_threshold = 0.3;
  task.nms_iou = 0.5;
  const std::vector<float> raw = {
      20, 20, 20, 10, 0.5f, 0.9f, 0.1f,   // 0.45, class 0
      21, 20, 20, 10, 0.9f, 0.8f, 0.1f,   // 0.72, class 0: suppresses the first
      20, 20, 20, 10, 0.8f, 0.1f, 0.75f,  // 0.60, class 1: another class, stays
      60, 30, 10, 10, 0.5f, 0.5f, 0.5f,   // 0.25: below the threshold
  };
  const auto result = ReadTaskOutput(task, {1, 4, 7}, raw, geometry, "b");
  ASSERT_TRUE(result.ok()) << result.error().OneLine();
  ASSERT_EQ(result->detections.size(), 2u);
  const Detection& best = result->detections[0];
  EXPECT_EQ(best.label, 0);
  EXPECT_FLOAT_EQ(best.score, 0.72f);
  EXPECT_FLOAT_EQ(best.x1_px, 22);
  EXPECT_FLOAT_EQ(best.y1_px, 30);
  EXPECT_FLOAT_EQ(best.x2_px, 62);
  EXPECT_FLOAT_EQ(best.y2_px, 50);
  EXPECT_EQ(result->detections[1].label, 1);
  EXPECT_THAT(result->raw_shape, ElementsAre(4, 7));
}

TEST(Detection, NoAnchorIsNoDetection) {
  const auto result = ReadTaskOutput(Task(TaskKind::kDetection), {1, 0, 85}, {}, Geometry(8, 8), "b");
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->detections.empty());
}

TEST(Detection, WrongShapes) {
  EXPECT_THAT(ErrorOf(Task(TaskKind::kDetection, 80), {1, 10, 84}),
              testing::AllOf(HasSubstr("[1, 10, 84]"), HasSubstr("[1, anchors, 5 + 80 (one per label)]")));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kDetection), {1, 10, 5}), HasSubstr("expected"));
  EXPECT_THAT(ErrorOf(Task(TaskKind::kDetection), {10, 85}), HasSubstr("expected"));
}

TEST(AnyTask, NanAndInfinityAreRefused) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const auto result = ReadTaskOutput(Task(TaskKind::kClassification), {1, 2}, {0, bad}, Geometry(8, 8), "b");
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.error().OneLine(), HasSubstr("NaN"));
  }
}

TEST(AnyTask, NoneKeepsWhatCame) {
  const auto result = ReadTaskOutput(Task(TaskKind::kNone), {1, 2, 3}, {1, 2, 3, 4, 5, 6}, Geometry(8, 8), "b");
  ASSERT_TRUE(result.ok());
  EXPECT_THAT(result->raw_shape, ElementsAre(1, 2, 3));
  EXPECT_EQ(result->raw.size(), 6u);
}

}  // namespace
}  // namespace fsc
