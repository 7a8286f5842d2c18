// The network and the clip that ship in tests/material: they load, and they score what their README says.
#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>

#include "eval/accuracy.h"
#include "models/split_model.h"
#include "streams/video_source.h"
#include "tools/material/dataset.h"
#include "tools/material/scene.h"

namespace fsc::material {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = FSC_MATERIAL_DIR;

std::unique_ptr<SplitModel> LoadShipped() {
  auto spec = ReadModelSpec((kFolder / "model.json").string(), Limits());
  EXPECT_TRUE(spec.ok()) << spec.error().OneLine();
  if (!spec.ok()) return nullptr;
  EXPECT_EQ(spec->task.labels, ClassNames());
  auto model = SplitModel::Load(*spec, {.threads = 2});
  EXPECT_TRUE(model.ok()) << model.error().OneLine();
  return model.ok() ? std::move(model).value() : nullptr;
}

void AddScore(SplitModel* model, const Image& image, std::span<const uint8_t> labels, SegmentationAccuracy* accuracy) {
  auto front = model->RunFront(image);
  ASSERT_TRUE(front.ok()) << front.error().OneLine();
  auto result = model->RunBack(front->frame, front->geometry);
  ASSERT_TRUE(result.ok()) << result.error().OneLine();
  const Status added = accuracy->Add(labels, result->labels);
  ASSERT_TRUE(added.ok()) << added.error().OneLine();
}

TEST(MaterialShipped, FitsTheSizesPromised) {
  const auto weights = fs::file_size(kFolder / "front.pt") + fs::file_size(kFolder / "back.pt");
  EXPECT_LT(weights, 1000000u);
  uintmax_t all = 0;
  for (const auto& entry : fs::recursive_directory_iterator(kFolder)) {
    if (entry.is_regular_file()) all += entry.file_size();
  }
  EXPECT_LT(all, 1800000u);
}

TEST(MaterialShipped, ScoresHeldOutScenes) {
  const auto model = LoadShipped();
  ASSERT_NE(model, nullptr);
  SegmentationAccuracy accuracy(kClassCount, -1);
  for (const LabelledPicture& picture : RenderDataset(3000000, 24, 256, 192, 2, {})) {
    AddScore(model.get(), picture.image, picture.labels.samples(), &accuracy);
  }
  RecordProperty("held_out_miou", std::to_string(accuracy.mean_iou()));
  EXPECT_GE(accuracy.mean_iou(), 0.85);
  for (int label = 0; label < kClassCount; ++label)
    EXPECT_GE(accuracy.class_iou(label), 0.75) << ClassNames()[size_t(label)];
}

TEST(MaterialShipped, ScoresTheDecodedClip) {
  const auto model = LoadShipped();
  ASSERT_NE(model, nullptr);
  auto clip = OpenVideo((kFolder / "clip.mp4").string(), Limits());
  ASSERT_TRUE(clip.ok()) << clip.error().OneLine();
  SegmentationAccuracy accuracy(kClassCount, -1);
  int frames = 0;
  for (;; ++frames) {
    auto frame = clip.value()->Next();
    ASSERT_TRUE(frame.ok()) << frame.error().OneLine();
    if (!frame->has_value()) break;
    char name[16];
    std::snprintf(name, sizeof(name), "%04d.png", frames);
    const cv::Mat labels = cv::imread((kFolder / "label" / name).string(), cv::IMREAD_UNCHANGED);
    ASSERT_EQ(labels.type(), CV_8UC1) << name;
    ASSERT_EQ(labels.cols, (*frame)->image.width_px);
    AddScore(model.get(), (*frame)->image, {labels.data, labels.total()}, &accuracy);
  }
  EXPECT_EQ(frames, 48);
  RecordProperty("clip_miou", std::to_string(accuracy.mean_iou()));
  EXPECT_GE(accuracy.mean_iou(), 0.85);
}

}  // namespace
}  // namespace fsc::material
