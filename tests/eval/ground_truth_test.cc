// Labels from the files of data sets, good and bad.
#include "eval/ground_truth.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "streams/still_list.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GroundTruthTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(folder_ / "labels");
    task_.kind = TaskKind::kDetection;
    task_.labels = {"person", "car"};
    listing_ = {3, {}, 40, 30};
  }

  void Text(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  void Labels(const std::string& name, int width, int height, uint8_t value) {
    cv::imwrite((folder_ / "labels" / name).string(), cv::Mat(height, width, CV_8UC1, cv::Scalar(value)));
  }
  Result<GroundTruth> Load(TruthKind kind, const std::string& name, int label = 0) {
    Truth truth;
    truth.kind = kind;
    truth.path = (folder_ / name).string();
    truth.label = label;
    return GroundTruth::Load(truth, clip_, listing_, task_, "suite.json, clips[4]: truth");
  }
  void ExpectError(const Result<GroundTruth>& truth, const std::string& part) {
    ASSERT_FALSE(truth.ok()) << part;
    EXPECT_THAT(truth.error().OneLine(), HasSubstr(part));
    if (truth.error().kind == ErrorKind::kIo) return;
    EXPECT_THAT(truth.error().OneLine(), HasSubstr("clips[4]"));
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  SuiteClip clip_;
  ClipListing listing_;
  TaskSpec task_;
};

TEST_F(GroundTruthTest, Mot) {
  Text("gt.txt",
       "1,1,11,21,30,40,1,1,1.0\n2,1,1,1,5,5,1,1,0.1\n2,2,1,1,5,5,0,1,1\n2,3,1,1,5,5,1,7,1\n2,4,1,1,5,5,1,3,1\n");
  const Result<GroundTruth> truth = Load(TruthKind::kMot, "gt.txt");
  ASSERT_TRUE(truth.ok()) << truth.error().OneLine();
  ASSERT_EQ(truth->Boxes(0).size(), 1u);
  EXPECT_EQ(truth->Boxes(0)[0].x1_px, 10);  // pixels count from 1
  EXPECT_EQ(truth->Boxes(0)[0].y2_px, 60);
  EXPECT_FALSE(truth->Boxes(0)[0].ignore);
  ASSERT_EQ(truth->Boxes(1).size(), 3u) << "a car is neither truth nor ignored";
  for (const TrueBox& box : truth->Boxes(1)) EXPECT_TRUE(box.ignore) << "hardly visible, inactive, static person";
  EXPECT_TRUE(truth->Boxes(2).empty());
  Text("gt.txt", "4,1,11,21,30,40,1,1,1.0\n");
  ExpectError(Load(TruthKind::kMot, "gt.txt"), "line 1");
  Text("gt.txt", "1,1,11,21,30,40,1,1\n");
  ExpectError(Load(TruthKind::kMot, "gt.txt"), "nine numbers");
  Text("gt.txt", "1,1,11,x,30,40,1,1,1\n");
  ExpectError(Load(TruthKind::kMot, "gt.txt"), "nine numbers");
  ExpectError(Load(TruthKind::kMot, "none.txt"), "none.txt");
  ExpectError(Load(TruthKind::kMot, "gt.txt", 2), "class index 2 out of range");
}

TEST_F(GroundTruthTest, YoloBoxesFollowTheStills) {
  listing_.names = {"a.jpg", "b.jpg", "c.jpg"};
  Text("labels/a.txt", "1 0.5 0.5 0.5 1\n\n");
  Text("labels/b.txt", "");
  Text("labels/c.txt", "0 0.5 0.5 1 1\n");
  const Result<GroundTruth> truth = Load(TruthKind::kYoloBoxes, "labels");
  ASSERT_TRUE(truth.ok()) << truth.error().OneLine();
  EXPECT_TRUE(truth->relative_boxes());
  EXPECT_FLOAT_EQ(truth->Boxes(0)[0].x1_px, 0.25f);
  EXPECT_EQ(truth->Boxes(0)[0].label, 1);
  Text("labels/b.txt", "2 0.5 0.5 0.5 1\n");
  ExpectError(Load(TruthKind::kYoloBoxes, "labels"), "class index 2 out of range");
  Text("labels/b.txt", "1 50 0.5 0.5 1\n");
  ExpectError(Load(TruthKind::kYoloBoxes, "labels"), "relative");
}

TEST_F(GroundTruthTest, YoloPicturesWithoutATextFileAreBackground) {
  listing_.names = {"a.jpg", "b.jpg", "c.jpg"};
  ExpectError(Load(TruthKind::kYoloBoxes, "labels"), "no label file for any of 3 pictures");
  ExpectError(Load(TruthKind::kYoloBoxes, "nowhere"), "nowhere");
  Text("labels/b.txt", "");
  ExpectError(Load(TruthKind::kYoloBoxes, "labels"), "no box in 1 label files");
  // A hair outside is a rounding; further out is another format.
  Text("labels/c.txt", "1 1.004 -0.004 0.5 1.01\n");
  const Result<GroundTruth> truth = Load(TruthKind::kYoloBoxes, "labels");
  ASSERT_TRUE(truth.ok()) << truth.error().OneLine();
  EXPECT_TRUE(truth->Boxes(0).empty());
  EXPECT_TRUE(truth->Boxes(1).empty());
  EXPECT_FLOAT_EQ(truth->Boxes(2)[0].x1_px, 0.75f);
  EXPECT_FLOAT_EQ(truth->Boxes(2)[0].y2_px, 0.5f);
  for (const char* line : {"1 1.02 0.5 0.5 1", "1 0.5 -0.02 0.5 1", "1 0.5 0.5 0.5 1.1"}) {
    Text("labels/c.txt", line);
    ExpectError(Load(TruthKind::kYoloBoxes, "labels"), "line 1");
  }
}

// AP without anything to find would be undefined: said before anything runs.
TEST_F(GroundTruthTest, MotWithoutABoxOfTheClass) {
  Text("gt.txt", "1,1,11,21,30,40,1,-1,-1\n2,1,1,1,5,5,1,-1,-1\n3,1,1,1,5,5,1,3,1\n");
  const Result<GroundTruth> none = Load(TruthKind::kMot, "gt.txt");
  ExpectError(none, "no box of class 1 in 3 lines");
  EXPECT_THAT(none.error().advice, HasSubstr("-1 (2 lines), 3 (1 lines)"));
  Truth truth;
  truth.kind = TruthKind::kMot;
  truth.path = (folder_ / "gt.txt").string();
  truth.label = 0;
  truth.mot_class = -1;
  const Result<GroundTruth> unused = GroundTruth::Load(truth, clip_, listing_, task_, "");
  ASSERT_TRUE(unused.ok()) << unused.error().OneLine();
  EXPECT_FALSE(unused->Boxes(0)[0].ignore) << "a visibility of -1 is unknown, not none";
  Text("gt.txt", "1,1,11,21,30,40,0,1,1\n2,1,1,1,5,5,1,1,0.1\n2,1,1,1,5,5,1,7,1\n");
  ExpectError(Load(TruthKind::kMot, "gt.txt"), "no box of class 1 to find in 3 lines");
  // Only the lines of the clip's range count.
  Text("gt.txt", "1,1,11,21,30,40,1,1,1\n");
  ASSERT_TRUE(Load(TruthKind::kMot, "gt.txt").ok());
  clip_.first_frame = 1;
  ExpectError(Load(TruthKind::kMot, "gt.txt"), "no box of class 1 in 0 lines");
}

TEST_F(GroundTruthTest, LabelsWithoutContent) {
  listing_.names = {"0.png", "1.png", "2.png"};
  for (const char* name : {"0.png", "1.png", "2.png"}) Labels(name, 40, 30, 0);
  ExpectError(Load(TruthKind::kMaskBoxes, "labels"), "all of 3 masks are empty");
  Text("rects.txt", "1,2,0,0\n5,6,0,8\n1,1,9,0\n");
  ExpectError(Load(TruthKind::kTrackRects, "rects.txt"), "all of 3 rectangles are empty");
  Text("rects.txt", "1,2,0,0\n5,6,7,8\n1,1,9,0\n");
  const Result<GroundTruth> one = Load(TruthKind::kTrackRects, "rects.txt");
  ASSERT_TRUE(one.ok());
  EXPECT_FALSE(one->HasTracked(0));
  EXPECT_TRUE(one->HasTracked(1));
  task_.kind = TaskKind::kSegmentation;
  task_.ignore_label = 255;
  for (const char* name : {"0.png", "1.png", "2.png"}) Labels(name, 40, 30, 255);
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "no labelled pixel in 3 label pictures");
}

TEST_F(GroundTruthTest, LabelPicturesOfOtherKinds) {
  task_.kind = TaskKind::kSegmentation;
  task_.ignore_label = 255;
  listing_.frames = 1;
  const std::string file = (folder_ / "labels" / "0.png").string();
  cv::Mat wide(30, 40, CV_16UC1, cv::Scalar(1));
  cv::imwrite(file, wide);
  ASSERT_TRUE(Load(TruthKind::kLabelImages, "labels").ok());
  EXPECT_EQ(Load(TruthKind::kLabelImages, "labels")->Labels(0)->labels[1199], 1);
  wide.at<uint16_t>(3, 4) = 256;
  cv::imwrite(file, wide);
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "label 256 in a 16-bit picture");
  cv::imwrite(file, cv::Mat(30, 40, CV_8UC3, cv::Scalar(1, 1, 1)));
  ASSERT_TRUE(Load(TruthKind::kLabelImages, "labels").ok()) << "grey, stored as a colour";
}

TEST_F(GroundTruthTest, CocoJson) {
  listing_.names = {"a.jpg", "b.jpg", "c.jpg"};
  const auto text = [](const std::string& categories, const std::string& annotations) {
    return R"({"images": [{"id": 7, "file_name": "val/b.jpg", "width": 40, "height": 20},
                          {"id": 9, "file_name": "a.jpg", "width": 100, "height": 50},
                          {"id": 2, "file_name": "c.jpg", "width": 10, "height": 10}],
               "categories": [)" +
           categories + R"(], "annotations": [)" + annotations + "]}";
  };
  const std::string named = R"({"id": 18, "name": "person"}, {"id": 3, "name": "car"})";
  const std::string boxes =
      R"({"image_id": 7, "category_id": 3, "bbox": [4, 5, 10, 10], "area": 60, "iscrowd": 0},
         {"image_id": 9, "category_id": 18, "bbox": [0, 0, 50, 25], "iscrowd": 1})";
  Text("coco.json", text(named, boxes));
  const Result<GroundTruth> truth = Load(TruthKind::kCocoJson, "coco.json");
  ASSERT_TRUE(truth.ok()) << truth.error().OneLine();
  EXPECT_TRUE(truth->relative_boxes());
  ASSERT_EQ(truth->Boxes(0).size(), 1u);
  EXPECT_TRUE(truth->Boxes(0)[0].crowd);
  EXPECT_EQ(truth->Boxes(0)[0].label, 0);
  EXPECT_FLOAT_EQ(truth->Boxes(0)[0].x2_px, 0.5f);
  EXPECT_LT(truth->Boxes(0)[0].area_px2, 0) << "not stated: the box's own";
  EXPECT_EQ(truth->Boxes(1)[0].label, 1) << "by name, not by order";
  EXPECT_FLOAT_EQ(truth->Boxes(1)[0].y1_px, 0.25f);
  EXPECT_FLOAT_EQ(float(truth->Boxes(1)[0].area_px2), 60.0f / 800);
  EXPECT_TRUE(truth->Boxes(2).empty());
  // Names of another list: by the order of ids.
  Text("coco.json", text(R"({"id": 18, "name": "Mensch"}, {"id": 3, "name": "Auto"})", boxes));
  EXPECT_EQ(Load(TruthKind::kCocoJson, "coco.json")->Boxes(1)[0].label, 0);
  Text("coco.json", text(named, ""));
  ExpectError(Load(TruthKind::kCocoJson, "coco.json"), "no box in any of 3 pictures");
  Text("coco.json", text(named, R"({"image_id": 7, "category_id": 4, "bbox": [4, 5, 10, 10]})"));
  ExpectError(Load(TruthKind::kCocoJson, "coco.json"), "annotations[0]");
  Text("coco.json", text(named, R"({"image_id": 7, "category_id": 3, "bbox": [4, 5, 10]})"));
  ExpectError(Load(TruthKind::kCocoJson, "coco.json"), "bbox");
  for (const char* bad : {"", "[]", "{\"images\": 3}", "text"}) {
    Text("coco.json", bad);
    ExpectError(Load(TruthKind::kCocoJson, "coco.json"), "COCO's JSON");
  }
  listing_.names = {"a.jpg", "d.jpg", "c.jpg"};
  Text("coco.json", text(named, boxes));
  ExpectError(Load(TruthKind::kCocoJson, "coco.json"), "d.jpg");
}

TEST_F(GroundTruthTest, LabelImagesMatchInNumberNameAndSize) {
  task_.kind = TaskKind::kSegmentation;
  task_.ignore_label = 255;
  Labels("0.png", 40, 30, 0);
  Labels("1.png", 40, 30, 1);
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "2 label pictures for 3 frames");
  Labels("2.png", 40, 30, 255);
  ASSERT_TRUE(Load(TruthKind::kLabelImages, "labels").ok());
  EXPECT_EQ(Load(TruthKind::kLabelImages, "labels")->Labels(1)->labels[7], 1);
  Labels("2.png", 40, 30, 2);
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "class index 2 out of range");
  Labels("2.png", 40, 29, 1);
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "40x29");
  cv::imwrite((folder_ / "labels" / "2.png").string(), cv::Mat(30, 40, CV_8UC3, cv::Scalar(1, 2, 1)));
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "one channel");
  std::ofstream(folder_ / "labels" / "2.png") << "not a picture";  // left over from something: it does not count
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "2 label pictures for 3 frames");
  Labels("2.png", 40, 30, 1);
  std::ofstream(folder_ / "labels" / "._2.png") << "hidden";
  std::ofstream(folder_ / "labels" / "3.png") << "not a picture";
  ASSERT_TRUE(Load(TruthKind::kLabelImages, "labels").ok());
  listing_.names = {"1.jpg", "0.jpg", "7.jpg"};
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "7.jpg");
  task_.kind = TaskKind::kClassification;
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "cannot be scored");
}

TEST_F(GroundTruthTest, LabelPicturesOfAnotherOrder) {
  task_.kind = TaskKind::kSegmentation;
  const auto in_order = [&](const std::vector<int>& expected) {
    const auto truth = Load(TruthKind::kLabelImages, "labels");
    ASSERT_TRUE(truth.ok()) << truth.error().OneLine();
    for (size_t t = 0; t < expected.size(); ++t) EXPECT_EQ(truth->Labels(int64_t(t))->labels[0], expected[t]) << t;
  };
  // Natural order: f10 is the last one, whatever their zeros.
  Labels("f1.png", 40, 30, 0);
  Labels("f2.png", 40, 30, 1);
  Labels("f10.png", 40, 30, 0);
  listing_.names = {"f001.jpg", "f002.jpg", "f010.jpg"};
  in_order({0, 1, 0});
  // By the names, however the pictures are ordered, and though there are others.
  listing_.names = {"f010.jpg", "f002.jpg"};
  listing_.frames = 2;
  in_order({0, 1});
  listing_.names = {"f2.jpg", "f10.jpg", "f1.jpg"};
  listing_.frames = 3;
  in_order({1, 0, 0});
  // One that is missing is not replaced by its neighbour, the first included.
  listing_.names = {"f0.jpg", "f2.jpg", "f10.jpg"};
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "no label picture for frame f0.jpg");
  listing_.names = {"f001.jpg", "f002.jpg", "f011.jpg"};
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "no label picture for frame f011.jpg");
  // Other names: by position, unless the numbers speak against it.
  listing_.names = {"img1.jpg", "img2.jpg", "img10.jpg"};
  in_order({0, 1, 0});
  listing_.names = {"img100.jpg", "img101.jpg", "img102.jpg"};
  in_order({0, 1, 0});
  listing_.names = {"img1.jpg", "img3.jpg", "img10.jpg"};
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "label picture f2.png would be that of frame img3.jpg");
  listing_.names = {"img1.jpg", "img2.jpg"};
  listing_.frames = 2;
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "3 label pictures for 2 frames");
  // A second picture of the same name, a preview in colour beside the labels, say.
  cv::imwrite((folder_ / "labels" / "f2.bmp").string(), cv::Mat(30, 40, CV_8UC1, cv::Scalar(0)));
  listing_.names = {"f1.jpg", "f2.jpg"};
  ExpectError(Load(TruthKind::kLabelImages, "labels"), "two label pictures for frame f2.jpg");
}

TEST_F(GroundTruthTest, MaskBoxesAndTrackRects) {
  cv::Mat mask(30, 40, CV_8UC1, cv::Scalar(0));
  cv::imwrite((folder_ / "labels" / "0.png").string(), mask);
  mask(cv::Rect(5, 6, 7, 8)) = 1;
  cv::imwrite((folder_ / "labels" / "1.png").string(), mask);
  cv::imwrite((folder_ / "labels" / "2.png").string(), mask);
  const Result<GroundTruth> masks = Load(TruthKind::kMaskBoxes, "labels");
  ASSERT_TRUE(masks.ok()) << masks.error().OneLine();
  EXPECT_FALSE(masks->HasTracked(0));
  EXPECT_EQ(masks->Tracked(1).x1_px, 5);
  EXPECT_EQ(masks->Tracked(1).y2_px, 14);
  Text("rects.txt", "1\t2\t3\t4\n5,6,7,8\n9 10 11 12\n");
  Result<GroundTruth> rects = Load(TruthKind::kTrackRects, "rects.txt");
  ASSERT_TRUE(rects.ok()) << rects.error().OneLine();
  EXPECT_EQ(rects->Tracked(0).x1_px, 0);
  rects->Scale(2, 10);
  EXPECT_EQ(rects->Tracked(0).x2_px, 6);
  EXPECT_EQ(rects->Tracked(0).y2_px, 50);
  Text("rects.txt", "1\t2\t3\t4\n5,6,7,8\n");
  ExpectError(Load(TruthKind::kTrackRects, "rects.txt"), "2 rectangles for 3 frames");
}

TEST_F(GroundTruthTest, ClassCsv) {
  task_.kind = TaskKind::kClassification;
  listing_.names = {"a.jpg", "b.jpg", "c.jpg"};
  clip_.first_frame = 1;
  Text("labels.csv", "c.jpg,1\na.jpg,0\nb.jpg,0\n");
  const Result<GroundTruth> truth = Load(TruthKind::kClassCsv, "labels.csv");
  ASSERT_TRUE(truth.ok()) << truth.error().OneLine();
  EXPECT_EQ(truth->ClassOf(0), 0);
  EXPECT_EQ(truth->ClassOf(1), 1);
  Text("labels.csv", "a.jpg,0\nb.jpg,0\n");
  ExpectError(Load(TruthKind::kClassCsv, "labels.csv"), "no label for c.jpg");
  Text("labels.csv", "a.jpg,0\nb.jpg,5\nc.jpg,0\n");
  ExpectError(Load(TruthKind::kClassCsv, "labels.csv"), "line 2");
}

TEST(NaturalOrder, NumbersCompareAsNumbers) {
  std::vector<std::string> names = {"img10.png", "img2.png", "img1.png", "a.png", "img02.png"};
  std::sort(names.begin(), names.end(), NaturalLess);
  EXPECT_THAT(names, ElementsAre("a.png", "img1.png", "img02.png", "img2.png", "img10.png"));
}

}  // namespace
}  // namespace fsc
