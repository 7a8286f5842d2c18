// Videos as pictures and as features: ranges, sizes, passing over, side by side, what ends or breaks them.
#include "eval/front_reader.h"

#include <algorithm>
#include <atomic>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "streams/picture_file.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using ::testing::HasSubstr;

// A network whose one layer is the first channel of every second pixel.
class HalfModel : public SplitModel {
 public:
  HalfModel() { spec_.id = "half"; }
  const ModelSpec& spec() const override { return spec_; }
  const std::array<uint8_t, 32>& front_sha256() const override { return sha256_; }
  Result<FrontOutput> RunFront(const Image& image) override {
    if (image.bgr[0] == kPoison) return BadInput("the front fails", "half");
    FrontOutput out;
    out.layers = {{"x", 1, image.height_px / 2, image.width_px / 2}};
    Tensor layer(1, out.layers[0].height_cells, out.layers[0].width_cells);
    std::fill(layer.values().begin(), layer.values().end(), float(image.bgr[0]));
    out.frame.layers.push_back(std::move(layer));
    out.geometry.source_width_px = out.geometry.input_width_px = image.width_px;
    out.geometry.source_height_px = out.geometry.input_height_px = image.height_px;
    ++runs;
    return out;
  }
  Result<TaskResult> RunBack(const FeatureFrame&, const InputGeometry&) override { return Internal("no back"); }

  static constexpr uint8_t kPoison = 200;
  std::atomic<int> runs = 0;

 private:
  ModelSpec spec_;
  std::array<uint8_t, 32> sha256_{7};
};

class FrontReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 7; ++i) Write(i, uint8_t(10 + i), 32, 24);
    options_.pictures.path = folder_.path();
  }

  void Write(int number, uint8_t grey, int width_px, int height_px) {
    const Image image{width_px, height_px, std::vector<uint8_t>(size_t(3) * width_px * height_px, grey)};
    ASSERT_TRUE(WritePng(folder_.File(std::to_string(number) + ".png"), image).ok());
  }

  // The greys that come out, and the error after them.
  std::vector<int> Read(Status* end = nullptr) {
    std::vector<int> greys;
    const auto reader = FrontReader::Open(options_, &model_, Limits{});
    if (!reader.ok()) {
      if (end != nullptr) *end = reader.error();
      return greys;
    }
    for (;;) {
      auto frame = (*reader)->Next();
      if (!frame.ok() && end != nullptr) *end = frame.error();
      if (!frame.ok() || !*frame) return greys;
      EXPECT_EQ((**frame).number, (**frame).picture.timestamp_ticks);
      EXPECT_EQ((**frame).front.frame.timestamp_ticks, (**frame).number);
      greys.push_back(int((**frame).front.frame.layers[0].values()[0]));
    }
  }

  TemporaryFolder folder_;
  HalfModel model_;
  FrontReaderOptions options_;
};

TEST_F(FrontReaderTest, RangesAndThreads) {
  for (const int threads : {1, 2, 3, 8}) {
    options_.side_by_side = threads;
    options_.pictures.frames = {};
    EXPECT_EQ(Read(), (std::vector<int>{10, 11, 12, 13, 14, 15, 16})) << threads;
    options_.pictures.frames = {2, 5};
    EXPECT_EQ(Read(), (std::vector<int>{12, 13, 14})) << threads;
    options_.pictures.frames = {6, 100};
    EXPECT_EQ(Read(), std::vector<int>{16}) << threads;
  }
  options_.pictures.frames = {7, 8};
  EXPECT_TRUE(Read().empty()) << "the range begins at the end";
  options_.pictures.frames = {8, 9};
  Status end;
  EXPECT_TRUE(Read(&end).empty());
  EXPECT_EQ(end.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(end.error().OneLine(), HasSubstr("frame 8 is past the end"));
  EXPECT_THAT(end.error().OneLine(), HasSubstr("it has 7 frames"));
}

TEST_F(FrontReaderTest, SaysWhatAnEncoderIsTold) {
  options_.pictures.frame_rate = TimeBase{30000, 1001};
  options_.pictures.frames = {1, 4};
  options_.pictures.width_px = 16;
  options_.pictures.height_px = 8;
  const auto reader = FrontReader::Open(options_, &model_, Limits{});
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->frames(), 3);
  EXPECT_EQ((*reader)->stream().frame_rate, (TimeBase{30000, 1001}));
  EXPECT_EQ((*reader)->stream().time_base, (TimeBase{1001, 30000}));
  EXPECT_TRUE((*reader)->stream().layers.empty()) << "no frame yet";
  ASSERT_TRUE((*reader)->Next().ok());
  const StreamInfo& stream = (*reader)->stream();
  EXPECT_EQ(stream.model_id, "half");
  EXPECT_EQ(stream.model_sha256, model_.front_sha256());
  EXPECT_EQ(stream.source_width_px, 16);
  EXPECT_EQ(stream.input_height_px, 8);
  EXPECT_EQ(stream.layers[0].width_cells, 8);
}

TEST_F(FrontReaderTest, WhatIsPassedOverIsNotRun) {
  Write(1, HalfModel::kPoison, 32, 24);
  folder_.Save("2.png", std::string_view("\x89PNG\r\n\x1a\n that is none"));
  const auto reader = FrontReader::Open(options_, &model_, Limits{});
  ASSERT_TRUE(reader.ok()) << reader.error().OneLine();
  ASSERT_EQ((**(*reader)->Next()).number, 0);
  EXPECT_EQ(*(*reader)->Skip(2), 2);
  EXPECT_EQ((**(*reader)->Next()).number, 3);
  EXPECT_EQ(*(*reader)->Skip(0), 0);
  EXPECT_EQ(*(*reader)->Skip(2), 2);
  EXPECT_EQ((**(*reader)->Next()).number, 6);
  EXPECT_EQ(*(*reader)->Skip(2), 0);
  EXPECT_EQ(model_.runs, 3);
}

TEST_F(FrontReaderTest, FramesBeforeAFailureComeOut) {
  Write(4, HalfModel::kPoison, 32, 24);
  for (const int threads : {1, 2, 4, 8}) {
    options_.side_by_side = threads;
    Status end;
    EXPECT_EQ(Read(&end), (std::vector<int>{10, 11, 12, 13})) << threads;
    EXPECT_EQ(end.error().what, "the front fails");
  }
}

TEST_F(FrontReaderTest, SizesMayChangeWhereThatIsAllowed) {
  Write(3, 13, 40, 24);
  for (const int threads : {1, 4}) {
    options_.side_by_side = threads;
    options_.one_size = true;
    Status end;
    EXPECT_EQ(Read(&end), (std::vector<int>{10, 11, 12}));
    EXPECT_THAT(end.error().OneLine(), HasSubstr("frame 3 (3.png)"));
    options_.one_size = false;
    EXPECT_EQ(Read().size(), 7u);
  }
  options_.one_size = true;
  options_.pictures.width_px = 32;
  options_.pictures.height_px = 24;
  EXPECT_EQ(Read().size(), 7u) << "all are resized to one";
}

}  // namespace
}  // namespace fsc
