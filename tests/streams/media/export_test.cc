// Exported files play: ffmpeg decodes them to exactly what our decoder gives, and the times are kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "streams/export_muxer.h"
#include "streams/picture_codec.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pictures.h"

namespace fsc {
namespace {

using ::testing::HasSubstr;

bool Has(const std::string& command) {
  return std::system((command + " > /dev/null 2>&1").c_str()) == 0;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The luma that ffmpeg decodes from `path`, untouched: no scaler takes part.
std::string FfmpegLuma(const std::string& path, const std::string& folder) {
  const std::string out = folder + "/luma.raw";
  const std::string command =
      "ffmpeg -v error -y -i " + path + " -vf extractplanes=y -fps_mode passthrough -f rawvideo " + out;
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
  return ReadFile(out);
}

struct Case {
  std::string mode;
  int bits;
  std::string extension;
  bool low_delay;
};

class Export : public ::testing::TestWithParam<Case> {};

TEST_P(Export, PlaysAsWeDecode) {
  if (!Has("ffmpeg -version") || !Has("ffprobe -version"))
    GTEST_SKIP() << "needs the commands ffmpeg and ffprobe: install ffmpeg";
  const Case& param = GetParam();
  const TemporaryFolder folder;
  PictureCodecConfig config;
  config.mode = param.mode;
  config.width_px = 136;
  config.height_px = 72;
  config.bits = param.bits;
  config.qp = 26;
  config.gop_frames = 8;
  config.low_delay = param.low_delay;
  config.frame_rate = {25, 1};
  auto encoder = CreatePictureEncoder(config);
  ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
  std::vector<CodedPicture> coded;
  for (const Plane<uint16_t>& picture : MosaicClip(136, 72, param.bits, 20)) {
    ASSERT_TRUE((*encoder)->Push(picture.view(), &coded).ok());
  }
  ASSERT_TRUE((*encoder)->Flush(&coded).ok());

  const auto time_of = [](int64_t frame) {
    return 80 + frame * 40 + (frame >= 11 ? 320 : 0);
  };  // a gap, in milliseconds
  ExportConfig export_config{param.mode, 136, 72, param.bits, (*encoder)->codec_private(), {1, 1000}, {25, 1}};
  const std::string path = folder.File("out" + param.extension);
  auto muxer = CreateExportMuxer(path, export_config);
  ASSERT_TRUE(muxer.ok()) << muxer.error().OneLine();
  std::string ours;
  std::vector<DecodedPicture> decoded;
  PictureDecoderConfig decoder_config{param.mode, 136, 72, param.bits, (*encoder)->codec_private(), 1};
  auto decoder = CreatePictureDecoder(decoder_config, Limits());
  ASSERT_TRUE(decoder.ok());
  for (const CodedPicture& picture : coded) {
    const Status status = (*muxer)->Write(picture.bytes, time_of(picture.frame_number), picture.key);
    ASSERT_TRUE(status.ok()) << status.error().OneLine();
    ASSERT_TRUE((*decoder)->Push(picture.bytes, picture.frame_number, &decoded).ok());
  }
  const Status status = (*muxer)->Finish();
  ASSERT_TRUE(status.ok()) << status.error().OneLine();
  ASSERT_TRUE((*decoder)->Flush(&decoded).ok());
  for (const DecodedPicture& picture : decoded) {
    for (const uint16_t sample : picture.samples.samples()) {
      ours += char(sample & 255);
      if (param.bits > 8) ours += char(sample >> 8);
    }
  }
  const std::string theirs = FfmpegLuma(path, folder.path());
  EXPECT_EQ(theirs.size(), ours.size());
  EXPECT_TRUE(theirs == ours) << "ffmpeg decodes other samples";

  const std::string list = folder.File("times.txt");
  ASSERT_EQ(
      std::system(("ffprobe -v error -show_entries frame=best_effort_timestamp_time -of csv=p=0 " + path + " > " + list)
                      .c_str()),
      0);
  std::istringstream lines(ReadFile(list));
  std::string line;
  for (int64_t frame = 0; frame < 20; ++frame) {
    do {  // frames with side data have an empty line of their own
      ASSERT_TRUE(std::getline(lines, line));
    } while (line.empty() || line[0] < '0' || line[0] > '9');
    EXPECT_NEAR(std::stod(line), double(time_of(frame)) / 1000, 1e-4) << "picture " << frame;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Export,
                         ::testing::Values(Case{"hevc", 8, ".mkv", false}, Case{"hevc", 10, ".mp4", false},
                                           Case{"hevc", 12, ".mkv", false}, Case{"hevc", 8, ".mp4", true},
                                           Case{"h264", 8, ".mkv", false}, Case{"h264", 8, ".mp4", false},
                                           Case{"h264", 10, ".mp4", false}, Case{"ffv1", 8, ".mkv", false},
                                           Case{"ffv1", 12, ".mkv", false}, Case{"av1", 8, ".mkv", false},
                                           Case{"av1", 10, ".mp4", false}),
                         [](const ::testing::TestParamInfo<Case>& test) {
                           return test.param.mode + "_" + std::to_string(test.param.bits) + "_" +
                                  test.param.extension.substr(1) + (test.param.low_delay ? "_low_delay" : "");
                         });

TEST(ExportErrors, SayWhatIsWrong) {
  const TemporaryFolder folder;
  ExportConfig config{"png", 64, 64, 8, {}, {1, 25}, {25, 1}};
  config.mode = "ffv1";
  const auto wrong = CreateExportMuxer(folder.File("a.mp4"), config);
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().OneLine(), HasSubstr("mkv"));
  EXPECT_FALSE(CreateExportMuxer(folder.File("a.nonsense"), config).ok());
  config.mode = "hevc";
  {
    auto muxer = CreateExportMuxer(folder.File("a.mkv"), config);
    ASSERT_TRUE(muxer.ok());
    EXPECT_FALSE((*muxer)->Finish().ok());
    const std::vector<uint8_t> garbage(100, 7);
    EXPECT_FALSE((*muxer)->Write(garbage, 0, true).ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace fsc
