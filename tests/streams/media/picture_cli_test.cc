// Our hevc and h264 streams against the command-line encoders x265 and x264 on the same raw pictures, and against
// ffmpeg's decoding.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "streams/picture_codec.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pictures.h"

namespace fsc {
namespace {

class CommandLine : public ::testing::TestWithParam<std::tuple<std::string, int>> {};

TEST_P(CommandLine, SameSizeAndSamples) {
  const auto& [mode, bits] = GetParam();
  const std::string tool = mode == "hevc" ? "x265" : "x264";
  if (std::system((tool + " --version > /dev/null 2>&1").c_str()) != 0)
    GTEST_SKIP() << "needs the command " << tool << ": install it";
  const TemporaryFolder folder;
  constexpr int kWidth = 480;
  constexpr int kHeight = 272;
  constexpr int kFrames = 24;
  const std::vector<Plane<uint16_t>> clip = MosaicClip(kWidth, kHeight, bits, kFrames);
  PictureCodecConfig config;
  config.mode = mode;
  config.width_px = kWidth;
  config.height_px = kHeight;
  config.bits = bits;
  config.qp = 30;
  config.gop_frames = 12;
  config.frame_rate = {25, 1};
  auto encoder = CreatePictureEncoder(config);
  ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
  std::vector<CodedPicture> coded;
  std::string raw;
  for (const Plane<uint16_t>& picture : clip) {
    ASSERT_TRUE((*encoder)->Push(picture.view(), &coded).ok());
    for (const uint16_t sample : picture.samples()) {
      raw += char(sample & 255);
      if (bits > 8) raw += char(sample >> 8);
    }
  }
  ASSERT_TRUE((*encoder)->Flush(&coded).ok());
  std::ofstream(folder.File("in.yuv"), std::ios::binary) << raw;
  std::string ours;
  std::vector<DecodedPicture> decoded;
  auto decoder = CreatePictureDecoder({mode, kWidth, kHeight, bits, {}, 1}, Limits());
  ASSERT_TRUE(decoder.ok());
  for (const CodedPicture& picture : coded) {
    ours.append(picture.bytes.begin(), picture.bytes.end());
    ASSERT_TRUE((*decoder)->Push(picture.bytes, picture.frame_number, &decoded).ok());
  }
  ASSERT_TRUE((*decoder)->Flush(&decoded).ok());

  const std::string depth = std::to_string(bits);
  const std::string common =
      " --qp 30 --preset medium --keyint 12 --min-keyint 12 --no-scenecut --fps 25 --input-csp i400 --input-depth " +
      depth + " --output-depth " + depth + " --input-res 480x272 ";
  const std::string command = tool == "x265"
                                  ? "x265 --log-level none --no-open-gop --frame-threads 1 --no-info --range full" +
                                        common + "--input " + folder.File("in.yuv") + " -o " + folder.File("cli.bin")
                                  : "x264 --quiet --demuxer raw --muxer raw --threads 1 --range pc --output-csp i400" +
                                        common + "-o " + folder.File("cli.264") + " " + folder.File("in.yuv");
  ASSERT_EQ(std::system((command + " > /dev/null 2>&1").c_str()), 0) << command;
  const double theirs = double(folder.Load(tool == "x265" ? "cli.bin" : "cli.264").size());
  RecordProperty("ours", std::to_string(ours.size()));
  RecordProperty("theirs", std::to_string(theirs));
  EXPECT_NEAR(double(ours.size()), theirs, 0.01 * theirs);

  std::ofstream(folder.File("ours.bin"), std::ios::binary) << ours;
  const std::string decode = "ffmpeg -v error -f " + mode + " -i " + folder.File("ours.bin") +
                             " -vf extractplanes=y -fps_mode passthrough -f rawvideo " + folder.File("out.raw");
  ASSERT_EQ(std::system(decode.c_str()), 0);
  std::vector<uint8_t> expected;
  for (const DecodedPicture& picture : decoded) {
    for (const uint16_t sample : picture.samples.samples()) {
      expected.push_back(uint8_t(sample));
      if (bits > 8) expected.push_back(uint8_t(sample >> 8));
    }
  }
  EXPECT_TRUE(folder.Load("out.raw") == expected) << "ffmpeg decodes other samples";
}
INSTANTIATE_TEST_SUITE_P(Modes, CommandLine,
                         ::testing::Values(std::tuple{"hevc", 8}, std::tuple{"hevc", 10}, std::tuple{"h264", 8},
                                           std::tuple{"h264", 10}),
                         [](const auto& test) {
                           return std::get<0>(test.param) + std::to_string(std::get<1>(test.param));
                         });

// The largest pyramid that we know of, as one picture.
TEST(LargePicture, Works) {
  const Plane<uint16_t> picture = MosaicPicture(5376, 4250, 8, 0);
  for (const char* const mode : {"hevc", "h264", "ffv1"}) {
    PictureCodecConfig config;
    config.mode = mode;
    config.width_px = 5376;
    config.height_px = 4250;
    config.frame_rate = {25, 1};
    if (config.mode != "ffv1") config.preset = "ultrafast";
    config.threads = 2;
    auto encoder = CreatePictureEncoder(config);
    ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
    std::vector<CodedPicture> coded;
    ASSERT_TRUE((*encoder)->Push(picture.view(), &coded).ok());
    ASSERT_TRUE((*encoder)->Flush(&coded).ok());
    ASSERT_EQ(coded.size(), 1u);
    auto decoder = CreatePictureDecoder({mode, 5376, 4250, 8, (*encoder)->codec_private(), 1}, Limits());
    ASSERT_TRUE(decoder.ok());
    std::vector<DecodedPicture> out;
    const Status status = (*decoder)->Push(coded[0].bytes, 0, &out);
    ASSERT_TRUE(status.ok()) << status.error().OneLine();
    ASSERT_TRUE((*decoder)->Flush(&out).ok());
    ASSERT_EQ(out.size(), 1u);
    double error = 0;
    for (size_t i = 0; i < picture.samples().size(); ++i)
      error += std::abs(double(picture.samples()[i]) - out[0].samples.samples()[i]);
    EXPECT_LT(error / double(picture.samples().size()), IsLosslessMode(mode) ? 1e-12 : 8.0) << mode;
  }
}

}  // namespace
}  // namespace fsc
