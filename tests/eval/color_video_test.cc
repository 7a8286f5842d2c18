// The video coder of remote inference: what goes in comes out, nearly.
#include "streams/color_video_codec.h"

#include <cmath>

#include <gtest/gtest.h>

namespace fsc {
namespace {

Image Picture(int width, int height, int shift) {
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      image.bgr.push_back(uint8_t(128 + 90 * std::sin(0.07 * (x - shift))));
      image.bgr.push_back(uint8_t(128 + 80 * std::cos(0.05 * y)));
      image.bgr.push_back(uint8_t(100 + 60 * std::sin(0.04 * (x + y))));
    }
  }
  return image;
}

double PsnrDb(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.bgr.size(); ++i) sum += (double(a.bgr[i]) - b.bgr[i]) * (double(a.bgr[i]) - b.bgr[i]);
  return 10 * std::log10(255.0 * 255 * double(a.bgr.size()) / sum);
}

PictureCodecConfig Config(const std::string& mode, int width, int height, int qp) {
  PictureCodecConfig config;
  config.mode = mode;
  config.width_px = width;
  config.height_px = height;
  config.qp = qp;
  config.preset = "ultrafast";
  config.gop_frames = 4;
  config.frame_rate = {25, 1};
  return config;
}

class ColorVideoTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ColorVideoTest, OddSizesInOrderAndClose) {
  constexpr int kWidth = 97, kHeight = 75, kFrames = 6;
  uint64_t bytes_before = 0;
  for (const int qp : {40, 10}) {
    auto encoder = CreateColorVideoEncoder(Config(GetParam(), kWidth, kHeight, qp));
    ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
    std::vector<CodedPicture> coded;
    for (int t = 0; t < kFrames; ++t) ASSERT_TRUE((*encoder)->Push(Picture(kWidth, kHeight, 3 * t), &coded).ok());
    ASSERT_TRUE((*encoder)->Flush(&coded).ok());
    ASSERT_EQ(coded.size(), size_t(kFrames));
    PictureDecoderConfig settings;
    settings.mode = GetParam();
    settings.width_px = kWidth;
    settings.height_px = kHeight;
    auto decoder = CreateColorVideoDecoder(settings, Limits{});
    ASSERT_TRUE(decoder.ok());
    std::vector<DecodedImage> decoded;
    uint64_t bytes = 0;
    for (const CodedPicture& picture : coded) {
      ASSERT_TRUE((*decoder)->Push(picture.bytes, picture.frame_number, &decoded).ok());
      bytes += picture.bytes.size();
    }
    ASSERT_TRUE((*decoder)->Flush(&decoded).ok());
    ASSERT_EQ(decoded.size(), size_t(kFrames));
    for (int t = 0; t < kFrames; ++t) {
      EXPECT_EQ(decoded[t].frame_number, t);
      EXPECT_EQ(decoded[t].image.width_px, kWidth);
      EXPECT_GT(PsnrDb(decoded[t].image, Picture(kWidth, kHeight, 3 * t)), qp == 10 ? 36 : 24);
    }
    EXPECT_GT(bytes, bytes_before);
    bytes_before = bytes;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, ColorVideoTest, ::testing::Values("hevc", "h264"));

TEST(ColorVideo, RefusesWhatItCannotDo) {
  EXPECT_FALSE(CreateColorVideoEncoder(Config("png", 96, 64, 30)).ok());
  EXPECT_FALSE(CreateColorVideoEncoder(Config("hevc", 96, 64, 99)).ok());
  auto encoder = CreateColorVideoEncoder(Config("h264", 96, 64, 30));
  ASSERT_TRUE(encoder.ok());
  std::vector<CodedPicture> coded;
  EXPECT_FALSE((*encoder)->Push(Picture(64, 64, 0), &coded).ok());
  PictureDecoderConfig settings;
  settings.mode = "hevc";
  settings.width_px = 96;
  settings.height_px = 64;
  auto decoder = CreateColorVideoDecoder(settings, Limits{});
  ASSERT_TRUE(decoder.ok());
  std::vector<DecodedImage> decoded;
  const std::vector<uint8_t> noise(300, 0x5a);
  // An error, or nothing: never a picture.
  if ((*decoder)->Push(noise, 0, &decoded).ok()) (void)(*decoder)->Flush(&decoded).ok();
  EXPECT_TRUE(decoded.empty());
}

}  // namespace
}  // namespace fsc
