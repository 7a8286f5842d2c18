// The four networks of models/zoo on real pictures. Thresholds lie a little below what docs/models.md reports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "models/preprocess.h"
#include "models/split_model.h"
#include "models/torch_module.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

// Measured on the same pictures: 0.687, 0.704, 30 of 40, 54 of 111.
constexpr double kResNet = 0.68;
constexpr double kEspNet = 0.695;
constexpr int kSqueezeNet = 29;
constexpr double kYolox = 0.47;

class Zoo : public testing::Test {
 protected:
  void SetUp() override {
    const char* data = std::getenv("FSC_DATA_DIR");
    if (data == nullptr || !fs::exists(fs::path(data) / "models/resnet18_front_layer2.pt")) {
      GTEST_SKIP() << "needs real networks and pictures: set FSC_DATA_DIR to the folder that holds models/ and video/";
    }
    data_ = data;
  }

  static ModelSpec Spec(const std::string& name) {
    auto spec = ReadModelSpec(std::string(FSC_SOURCE_DIR) + "/models/zoo/" + name + ".json", Limits{});
    EXPECT_TRUE(spec.ok()) << spec.error().OneLine();
    return spec.ok() ? std::move(*spec) : ModelSpec{};
  }

  static std::unique_ptr<SplitModel> Load(const ModelSpec& spec) {
    auto model = SplitModel::Load(spec, {});
    EXPECT_TRUE(model.ok()) << model.error().OneLine();
    return model.ok() ? std::move(*model) : nullptr;
  }

  static std::vector<fs::path> Files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
  }

  static Image Read(const fs::path& path) {
    const cv::Mat picture = cv::imread(path.string());
    EXPECT_FALSE(picture.empty()) << path;
    return {picture.cols, picture.rows, std::vector<uint8_t>(picture.data, picture.data + 3 * picture.total())};
  }

  // Front and back; also checks that the front's cells are what the JSON says.
  static TaskResult RunBoth(SplitModel& model, const Image& image) {
    const auto front = model.RunFront(image);
    EXPECT_TRUE(front.ok()) << front.error().OneLine();
    if (!front.ok()) return {};
    const auto back = model.RunBack(front->frame, front->geometry);
    EXPECT_TRUE(back.ok()) << back.error().OneLine();
    return back.ok() ? *back : TaskResult{};
  }

  // Mean intersection over union on every `step`th frame of the labelled clip, over the classes that occur.
  double ClipMeanIou(const std::string& name, size_t step) {
    const ModelSpec spec = Spec(name);
    const auto model = Load(spec);
    std::array<double, 11> shared{};
    std::array<double, 11> joined{};
    const std::vector<fs::path> files = Files(data_ / "video/camvid/img");
    for (size_t i = 0; i < files.size(); i += step) {
      const TaskResult result = RunBoth(*model, Read(files[i]));
      const cv::Mat truth =
          cv::imread((data_ / "video/camvid/label" / files[i].filename()).string(), cv::IMREAD_GRAYSCALE);
      EXPECT_EQ(result.labels.size(), truth.total());
      if (result.labels.size() != truth.total()) return 0;
      for (size_t p = 0; p < truth.total(); ++p) {
        const size_t want = truth.data[p];
        const size_t got = result.labels[p];
        if (int(want) == spec.task.ignore_label) continue;
        ++joined[want];
        if (got == want) {
          ++shared[want];
        } else {
          ++joined[got];
        }
      }
    }
    double sum = 0;
    int classes = 0;
    for (size_t c = 0; c < shared.size(); ++c) {
      if (joined[c] == 0) continue;
      sum += shared[c] / joined[c];
      ++classes;
    }
    RecordProperty("mean_iou", std::to_string(sum / classes));
    return sum / classes;
  }

  fs::path data_;
};

// Largest difference between our tensor and the formula of the JSON written out with OpenCV on `picture` (8-bit BGR).
double Difference(const NetworkInput& input, const cv::Mat& picture, bool rgb, double divide, cv::Scalar mean,
                  cv::Scalar std) {
  cv::Mat floats;
  cv::Mat ordered = picture.clone();
  if (rgb) cv::cvtColor(picture, ordered, cv::COLOR_BGR2RGB);
  ordered.convertTo(floats, CV_64FC3);
  floats = floats / divide;
  floats -= mean;
  std::vector<cv::Mat> planes;
  cv::split(floats, planes);
  double worst = 0;
  for (int c = 0; c < 3; ++c) {
    const cv::Mat tensor(picture.rows, picture.cols, CV_32F,
                         const_cast<float*>(input.values.data()) + size_t(c) * picture.total());
    cv::Mat ours;
    tensor.convertTo(ours, CV_64F);
    worst = std::max(worst, cv::norm(ours, planes[size_t(c)] / std[c], cv::NORM_INF));
  }
  return worst;
}

TEST_F(Zoo, PreprocessingFollowsThePublishedRecipes) {
  const fs::path frame = Files(data_ / "video/camvid/img").front();
  const cv::Mat camvid = cv::imread(frame.string());
  const auto resnet = Preprocess(Spec("resnet18_camvid").input, Read(frame));
  ASSERT_TRUE(resnet.ok());
  EXPECT_LE(Difference(*resnet, camvid, true, 255, {.485, .456, .406}, {.229, .224, .225}), 1e-4);
  const auto espnet = Preprocess(Spec("espnet_camvid").input, Read(frame));
  ASSERT_TRUE(espnet.ok());
  EXPECT_LE(Difference(*espnet, camvid, false, 1, {110.33102643, 108.40886315, 105.03319369},
                       cv::Scalar(72.12571015, 72.69074534, 69.90434816) * 255),
            1e-4);

  const fs::path still = Files(data_ / "images/coco/images").front();
  const cv::Mat coco = cv::imread(still.string());
  const double ratio = std::min(416.0 / coco.cols, 416.0 / coco.rows);
  cv::Mat boxed(416, 416, CV_8UC3, cv::Scalar::all(114));
  cv::Mat scaled;
  cv::resize(coco, scaled, cv::Size(int(coco.cols * ratio), int(coco.rows * ratio)));
  scaled.copyTo(boxed(cv::Rect(0, 0, scaled.cols, scaled.rows)));
  const auto yolox = Preprocess(Spec("yolox_nano").input, Read(still));
  ASSERT_TRUE(yolox.ok());
  EXPECT_LE(Difference(*yolox, boxed, false, 1, {0, 0, 0}, {1, 1, 1}), 1e-4);

  fs::path first;
  for (const fs::path& path : Files(data_ / "images/imagenet")) {
    if (first.empty() && path.extension() == ".jpg") first = path;
  }
  const cv::Mat imagenet = cv::imread(first.string());
  ASSERT_EQ(std::min(imagenet.cols, imagenet.rows), 256);
  const cv::Rect centre((imagenet.cols - 224) / 2, (imagenet.rows - 224) / 2, 224, 224);
  const auto squeezenet = Preprocess(Spec("squeezenet1_1").input, Read(first));
  ASSERT_TRUE(squeezenet.ok());
  EXPECT_LE(Difference(*squeezenet, imagenet(centre).clone(), false, 1, {104, 117, 123}, {1, 1, 1}), 1e-4);
}

// LibTorch specialises a network in its first runs, and to the sizes it has seen: the values must not move by it.
TEST_F(Zoo, SameInputSameOutputAfterOtherSizes) {
  const Image large = Read(Files(data_ / "video/camvid/img").front());
  const Image small{200, 120, std::vector<uint8_t>(large.bgr.begin(), large.bgr.begin() + 3 * 200 * 120)};
  for (const char* name : {"resnet18_camvid", "espnet_camvid"}) {
    const auto model = Load(Spec(name));
    const TaskResult first = RunBoth(*model, small);
    EXPECT_EQ(first.width_px, 200);
    EXPECT_EQ(first.height_px, 120);
    RunBoth(*model, large);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(RunBoth(*model, small).raw, first.raw) << name << ", run " << i;
  }
}

TEST_F(Zoo, ResNetSegmentsTheClip) {
  EXPECT_GE(ClipMeanIou("resnet18_camvid", 10), kResNet);
}

TEST_F(Zoo, EspNetSegmentsTheClip) {
  EXPECT_GE(ClipMeanIou("espnet_camvid", 10), kEspNet);
}

TEST_F(Zoo, SqueezeNetNamesTheStills) {
  const auto model = Load(Spec("squeezenet1_1"));
  std::ifstream table(data_ / "images/imagenet/labels.csv");
  int asked = 0;
  int right = 0;
  for (std::string line; std::getline(table, line) && asked < 40;) {
    const size_t comma = line.rfind(',');
    const fs::path file = data_ / "images/imagenet" / line.substr(0, comma);
    if (comma == std::string::npos || !fs::exists(file)) continue;
    const TaskResult result = RunBoth(*model, Read(file));
    ASSERT_EQ(result.top_labels.size(), 5u);
    right += result.top_labels[0] == std::atoi(line.c_str() + comma + 1);
    ++asked;
  }
  EXPECT_EQ(asked, 40);
  RecordProperty("right", right);
  EXPECT_GE(right, kSqueezeNet);
}

// The published post-processing adds 8192 per class to the boxes before it compares them in float32, which rounds them
// to 1/16 pixel for the highest classes; ours compares class by class. Boxes agree to rounding, and so do nearly all
// decisions.
TEST_F(Zoo, YoloxBoxesAreThoseOfThePublishedPostProcessing) {
  ModelSpec spec = Spec("yolox_nano");
  const auto model = Load(spec);
  const auto post = TorchModule::Load((data_ / "models/yolox_nms_post.pt").string(), "post-processing");
  ASSERT_TRUE(post.ok()) << post.error().OneLine();
  const std::vector<fs::path> files = Files(data_ / "images/coco/images");
  size_t boxes = 0;
  for (size_t i = 0; i < std::min<size_t>(files.size(), 16); ++i) {
    const Image image = Read(files[i]);
    const TaskResult ours = RunBoth(*model, image);
    ASSERT_EQ(ours.raw_shape.size(), 2u);
    const TensorInput raw{ours.raw_shape, ours.raw};
    const auto theirs = (*post)->Run({&raw, 1}, {});
    ASSERT_TRUE(theirs.ok()) << theirs.error().OneLine();
    const TensorOutput& table = theirs->front();
    ASSERT_EQ(int64_t(ours.detections.size()), table.shape[0]) << files[i];
    const auto geometry = GeometryFor(spec.input, image.width_px, image.height_px);
    for (size_t k = 0; k < ours.detections.size(); ++k) {
      const Detection& box = ours.detections[k];
      const float* row = table.values.data() + 6 * k;
      EXPECT_NEAR(box.x1_px * geometry->scale_x, row[0], 1e-2);
      EXPECT_NEAR(box.y1_px * geometry->scale_y, row[1], 1e-2);
      EXPECT_NEAR(box.x2_px * geometry->scale_x, row[2], 1e-2);
      EXPECT_NEAR(box.y2_px * geometry->scale_y, row[3], 1e-2);
      EXPECT_NEAR(box.score, row[4], 1e-5);
      EXPECT_EQ(box.label, int(row[5]));
      ++boxes;
    }
  }
  EXPECT_GE(boxes, 20u);
}

// Boxes of the ground truth that some box of the same class covers by half or more.
TEST_F(Zoo, YoloxFindsTheLabelledObjects) {
  const auto model = Load(Spec("yolox_nano"));
  const std::vector<fs::path> files = Files(data_ / "images/coco/images");
  int found = 0;
  int wanted = 0;
  for (size_t i = 0; i < std::min<size_t>(files.size(), 16); ++i) {
    const Image image = Read(files[i]);
    const TaskResult result = RunBoth(*model, image);
    std::ifstream labels((data_ / "images/coco/labels_yolo" / files[i].stem()).string() + ".txt");
    double x = 0, y = 0, w = 0, h = 0;
    for (int label = 0; labels >> label >> x >> y >> w >> h; ++wanted) {
      const cv::Rect2d truth((x - w / 2) * image.width_px, (y - h / 2) * image.height_px, w * image.width_px,
                             h * image.height_px);
      found += std::any_of(result.detections.begin(), result.detections.end(), [&](const Detection& box) {
        const cv::Rect2d rect(cv::Point2d(box.x1_px, box.y1_px), cv::Point2d(box.x2_px, box.y2_px));
        const double shared = (rect & truth).area();
        return box.label == label && shared >= 0.5 * (rect.area() + truth.area() - shared);
      });
    }
  }
  RecordProperty("recall", std::to_string(double(found) / wanted));
  EXPECT_GE(double(found) / wanted, kYolox) << found << " of " << wanted;
}

}  // namespace
}  // namespace fsc
