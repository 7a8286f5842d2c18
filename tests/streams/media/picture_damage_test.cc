// Damaged coded pictures: an error or pictures of the right shape, never a crash, a hang or another size.
#include <gtest/gtest.h>

#include "streams/picture_codec.h"
#include "tests/support/test_pictures.h"

namespace fsc {
namespace {

class Damage : public ::testing::TestWithParam<std::string> {};

TEST_P(Damage, GivesErrorsOrPicturesOfTheRightShape) {
  PictureCodecConfig config;
  config.mode = GetParam();
  config.width_px = 96;
  config.height_px = 72;
  config.qp = GetParam() == "jpeg" || GetParam() == "jpeg2000" ? 4 : 24;
  config.gop_frames = 4;
  config.frame_rate = {25, 1};
  auto encoder = CreatePictureEncoder(config);
  if (!encoder.ok()) GTEST_SKIP() << encoder.error().OneLine();
  std::vector<CodedPicture> coded;
  for (const Plane<uint16_t>& picture : MosaicClip(96, 72, 8, 6))
    ASSERT_TRUE((*encoder)->Push(picture.view(), &coded).ok());
  ASSERT_TRUE((*encoder)->Flush(&coded).ok());
  ASSERT_EQ(coded.size(), 6u);

  uint32_t state = 1;
  const auto random = [&state](size_t below) {
    state = state * 1664525u + 1013904223u;
    return size_t(state >> 8) % below;
  };
  int errors = 0;
  constexpr int kRounds = 150;
  for (int round = 0; round < kRounds; ++round) {
    PictureDecoderConfig decoder_config{config.mode, 96, 72, 8, (*encoder)->codec_private(), 1 + round % 2};
    if (round % 10 == 9) decoder_config.width_px = 88;  // a header that lies
    if (round % 10 == 8 && !decoder_config.codec_private.empty()) {
      decoder_config.codec_private[random(decoder_config.codec_private.size())] ^= 16;
    }
    auto decoder = CreatePictureDecoder(decoder_config, Limits());
    if (!decoder.ok()) {
      ++errors;
      continue;
    }
    std::vector<DecodedPicture> out;
    Status status;
    for (const CodedPicture& picture : coded) {
      std::vector<uint8_t> bytes = picture.bytes;
      const int kind = round % 4;
      if (kind == 0) bytes[random(bytes.size())] ^= uint8_t(1u << random(8));
      if (kind == 1) bytes.resize(1 + random(bytes.size()));
      if (kind == 2) {
        for (uint8_t& byte : bytes) byte = uint8_t(random(256));
      }
      if (kind == 3 && picture.frame_number == int64_t(random(6))) continue;  // a picture is lost
      status = (*decoder)->Push(bytes, picture.frame_number, &out);
      if (!status.ok()) break;
    }
    if (status.ok()) status = (*decoder)->Flush(&out);
    if (!status.ok()) {
      ++errors;
      EXPECT_EQ(status.error().kind, ErrorKind::kBadInput) << status.error().OneLine();
    }
    EXPECT_LE(out.size(), coded.size());
    for (const DecodedPicture& picture : out) {
      EXPECT_EQ(picture.samples.width(), decoder_config.width_px);
      EXPECT_EQ(picture.samples.height(), 72);
    }
    (*decoder)->Reset();
  }
  EXPECT_GT(errors, kRounds / 4);
}
INSTANTIATE_TEST_SUITE_P(Modes, Damage, ::testing::Values("hevc", "h264", "av1", "ffv1", "jpeg", "jpeg2000", "png"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace fsc
