// Every encoder obeys the QP, or refuses it; options that choose a rate do so; key pictures come where asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "streams/picture_codec.h"
#include "tests/support/test_pictures.h"

namespace fsc {
namespace {

using ::testing::HasSubstr;

constexpr int kWidth = 128, kHeight = 96;

PictureCodecConfig Config(const std::string& mode, int qp) {
  PictureCodecConfig config;
  config.mode = mode;
  config.width_px = kWidth;
  config.height_px = kHeight;
  config.qp = qp;
  config.gop_frames = 4;
  return config;
}

struct Coded {
  Status status;
  std::vector<CodedPicture> pictures;
  size_t bytes = 0;
};

// `key_at`: the picture that is asked to be a key picture; -1 = none.
Coded Encode(const PictureCodecConfig& config, int pictures = 6, int key_at = -1) {
  Coded coded;
  auto encoder = CreatePictureEncoder(config);
  if (!encoder.ok()) {
    coded.status = encoder.TakeStatus();
    return coded;
  }
  const std::vector<Plane<uint16_t>> clip = MosaicClip(kWidth, kHeight, config.bits, pictures);
  for (int t = 0; t < pictures; ++t) {
    if (t == key_at) (*encoder)->RequestKey();
    EXPECT_TRUE((*encoder)->Push(clip[size_t(t)].view(), &coded.pictures).ok());
  }
  EXPECT_TRUE((*encoder)->Flush(&coded.pictures).ok());
  for (const CodedPicture& picture : coded.pictures) coded.bytes += picture.bytes.size();
  return coded;
}

bool Missing(const std::string& mode) {
  const Coded coded = Encode(Config(mode, 20));
  return !coded.status.ok() && (coded.status.error().what.find("no such") != std::string::npos ||
                                coded.status.error().what.find("no encoder") != std::string::npos);
}

class EveryQp : public ::testing::TestWithParam<std::string> {};

// Fewer bytes with each QP, over the whole range, its ends included; what is outside is refused and named.
TEST_P(EveryQp, IsObeyedOrRefused) {
  const std::string mode = GetParam();
  if (Missing(mode)) GTEST_SKIP() << "needs a libavcodec that has " << mode;
  const auto range = PictureQpRange(mode, 8);
  ASSERT_TRUE(range.ok());
  EXPECT_GE(range->usual, range->min);
  EXPECT_LE(range->usual, range->max);
  const int least = std::max(range->min, 0), most = std::min(range->max, 63);
  size_t last = 0;
  for (const int qp : {most, (least + most) / 2, least + 1, least}) {
    const Coded coded = Encode(Config(mode, qp));
    ASSERT_TRUE(coded.status.ok()) << mode << " QP " << qp << ": " << coded.status.error().OneLine();
    // x264's QP 0 is lossless, by other means, and may be smaller than its QP 1.
    const bool other_means = qp == 0 && (mode == "h264" || mode == "libx264");
    EXPECT_GE(coded.bytes, other_means ? last / 2 : qp == least ? last : last + 1) << mode << " QP " << qp;
    last = coded.bytes;
  }
  for (const int qp : {range->min - 1, range->max + 1}) {
    const Coded coded = Encode(Config(mode, qp));
    ASSERT_FALSE(coded.status.ok()) << mode << " QP " << qp;
    EXPECT_EQ(coded.status.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(coded.status.error().OneLine(),
                HasSubstr(std::to_string(range->min) + ".." + std::to_string(range->max)));
  }
}
INSTANTIATE_TEST_SUITE_P(Modes, EveryQp,
                         ::testing::Values("hevc", "h264", "av1", "jpeg", "libx265", "libx264", "libsvtav1", "libvpx",
                                           "libvpx-vp9", "libxvid", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4",
                                           "msmpeg4v2", "wmv1", "wmv2", "flv", "h263p"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// The step between QP 0 and QP 1 is small: QP 0 is no word for a default.
TEST(PictureQp, Av1AtZeroIsFinerThanAtOne) {
  if (Missing("av1")) GTEST_SKIP() << "needs a libavcodec that has SVT-AV1";
  const size_t zero = Encode(Config("av1", 0)).bytes, one = Encode(Config("av1", 1)).bytes;
  EXPECT_GE(zero, one);
  EXPECT_LT(zero, 2 * one);
}

TEST(PictureQp, TheEncodersNameMeansTheMode) {
  for (const auto& [name, mode] : {std::pair("libx265", "hevc"), std::pair("libx264", "h264")}) {
    if (Missing(name)) continue;
    const Coded by_name = Encode(Config(name, 27)), by_mode = Encode(Config(mode, 27));
    ASSERT_EQ(by_name.pictures.size(), by_mode.pictures.size());
    for (size_t i = 0; i < by_name.pictures.size(); ++i) {
      EXPECT_EQ(by_name.pictures[i].bytes, by_mode.pictures[i].bytes) << name;
    }
  }
}

TEST(PictureQp, AnUnknownHandleIsRefused) {
  if (Missing("libtheora")) GTEST_SKIP() << "needs a libavcodec that has libtheora";
  const Coded coded = Encode(Config("libtheora", 20));
  ASSERT_FALSE(coded.status.ok());
  EXPECT_EQ(coded.status.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(coded.status.error().OneLine(), HasSubstr("libtheora"));
}

TEST(PictureQp, OptionsThatChooseARateAreObeyed) {
  for (const std::string mode : {"hevc", "h264", "av1"}) {
    if (Missing(mode)) continue;
    PictureCodecConfig config = Config(mode, 20);
    config.options = {{"crf", "8"}};
    const size_t fine = Encode(config).bytes;
    config.options = {{"crf", "45"}};
    const size_t coarse = Encode(config).bytes;
    EXPECT_GT(fine, 2 * coarse) << mode;
    config.qp = 30;
    EXPECT_EQ(Encode(config).bytes, coarse) << mode << ": the QP has no say";
  }
  PictureCodecConfig config = Config("ffv1", 20);
  config.options = {{"crf", "8"}};
  const Coded lossless = Encode(config);
  ASSERT_FALSE(lossless.status.ok());
  EXPECT_THAT(lossless.status.error().OneLine(), HasSubstr("lossless"));
}

TEST(PictureQp, NoiseFallsWithTheQp) {
  if (Missing("hevc")) GTEST_SKIP() << "needs a libavcodec that has libx265";
  EXPECT_NEAR(PictureNoise(Config("hevc", 28)), std::pow(16.0 / 256, 2) / 12, 1e-5);
  EXPECT_LT(PictureNoise(Config("hevc", 10)), PictureNoise(Config("hevc", 28)));
  EXPECT_NEAR(PictureNoise(Config("ffv1", 28)), 1 / (12 * 65536.0), 1e-9);
}

class KeyRequest : public ::testing::TestWithParam<std::string> {};

TEST_P(KeyRequest, BeginsAGop) {
  const std::string mode = GetParam();
  if (Missing(mode)) GTEST_SKIP() << "needs a libavcodec that has " << mode;
  for (const bool low_delay : {false, true}) {
    PictureCodecConfig config = Config(mode, 20);
    config.low_delay = low_delay;
    const Coded coded = Encode(config, 12, 6);
    ASSERT_TRUE(coded.status.ok());
    std::vector<int64_t> keys;
    for (const CodedPicture& picture : coded.pictures) {
      if (picture.key) keys.push_back(picture.frame_number);
    }
    EXPECT_EQ(keys, (std::vector<int64_t>{0, 4, 6, 10})) << mode << " low delay " << low_delay;
  }
}
INSTANTIATE_TEST_SUITE_P(Modes, KeyRequest, ::testing::Values("hevc", "h264", "libvpx", "mpeg4"),
                         [](const auto& test) { return test.param; });

TEST(KeyRequests, AreKnownToBeInVain) {
  for (const std::string mode : {"ffv1", "av1"}) {
    if (Missing(mode)) continue;
    EXPECT_FALSE((*CreatePictureEncoder(Config(mode, 20)))->obeys_key_requests()) << mode;
  }
}

}  // namespace
}  // namespace fsc
