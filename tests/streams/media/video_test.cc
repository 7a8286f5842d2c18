// Video in and out: clips made here, read back, compared with OpenCV; stills; what is no video.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "streams/picture_file.h"
#include "streams/still_list.h"
#include "streams/video_source.h"
#include "streams/video_writer.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Image ColourPicture(int width, int height, int frame) {
  Image image{width, height, std::vector<uint8_t>(size_t(width) * height * 3)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* const bgr = &image.bgr[(size_t(y) * width + x) * 3];
      bgr[0] = uint8_t(127 + 100 * std::sin(0.05 * (x + 3 * frame)));
      bgr[1] = uint8_t(127 + 100 * std::cos(0.04 * y));
      bgr[2] = uint8_t(127 + 100 * std::sin(0.03 * (x - y)));
    }
  }
  return image;
}

void WriteClip(const std::string& path, int width, int height, const std::vector<int64_t>& timestamps,
               TimeBase time_base) {
  VideoWriterConfig config;
  config.width_px = width;
  config.height_px = height;
  config.time_base = time_base;
  config.frame_rate = {25, 1};
  auto writer = CreateVideoWriter(path, config);
  ASSERT_TRUE(writer.ok()) << writer.error().OneLine();
  for (size_t i = 0; i < timestamps.size(); ++i) {
    const Status status = (*writer)->Write(ColourPicture(width, height, int(i)), timestamps[i]);
    ASSERT_TRUE(status.ok()) << status.error().OneLine();
  }
  EXPECT_FALSE(std::filesystem::exists(path)) << "not complete yet";
  const Status status = (*writer)->Finish();
  ASSERT_TRUE(status.ok()) << status.error().OneLine();
}

double MeanDifference(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.bgr.size(); ++i) sum += std::abs(int(a.bgr[i]) - int(b.bgr[i]));
  return sum / double(a.bgr.size());
}

std::vector<VideoFrame> ReadAll(const std::string& path) {
  std::vector<VideoFrame> frames;
  auto video = OpenVideo(path, Limits());
  EXPECT_TRUE(video.ok()) << video.error().OneLine();
  while (video.ok()) {
    auto frame = (*video)->Next();
    EXPECT_TRUE(frame.ok()) << frame.error().OneLine();
    if (!frame.ok() || !frame->has_value()) break;
    frames.push_back(std::move(**frame));
  }
  return frames;
}

TEST(Video, WrittenClipsComeBackWithTheirTimes) {
  const TemporaryFolder folder;
  const std::vector<int64_t> variable = {0, 40, 80, 200, 240, 250, 400, 1000, 1040};
  for (const char* const name : {"clip.mp4", "clip.mkv"}) {
    const std::string path = folder.File(name);
    WriteClip(path, 160, 120, variable, {1, 1000});
    const std::vector<VideoFrame> frames = ReadAll(path);
    ASSERT_EQ(frames.size(), variable.size());
    auto video = OpenVideo(path, Limits());
    ASSERT_TRUE(video.ok());
    const TimeBase base = (*video)->info().time_base;
    EXPECT_EQ((*video)->info().width_px, 160);
    EXPECT_EQ((*video)->info().height_px, 120);
    for (size_t i = 0; i < frames.size(); ++i) {
      EXPECT_NEAR(double(frames[i].timestamp_ticks) * base.num / base.den, double(variable[i]) / 1000, 1e-9)
          << name << i;
      EXPECT_LT(MeanDifference(frames[i].image, ColourPicture(160, 120, int(i))), 3) << name << i;
    }
  }
}

// A frame is the same, pixels and time stamp, however many before it were passed over.
TEST(Video, PassingOverFrames) {
  const TemporaryFolder folder;
  WriteClip(folder.File("clip.mp4"), 64, 48, {0, 40, 80, 200, 240, 250, 400, 1000, 1040}, {1, 1000});
  std::filesystem::create_directory(folder.File("stills"));
  for (int i = 0; i < 9; ++i)
    ASSERT_TRUE(WritePng(folder.File("stills/" + std::to_string(i) + ".png"), ColourPicture(64, 48, i)).ok());
  for (const char* const name : {"clip.mp4", "stills"}) {
    const std::vector<VideoFrame> frames = ReadAll(folder.File(name));
    ASSERT_EQ(frames.size(), 9u);
    for (const auto& [first, second] : {std::pair{0, 0}, {1, 0}, {0, 1}, {3, 2}, {1, 6}, {8, 0}}) {
      auto video = OpenVideo(folder.File(name), Limits());
      ASSERT_TRUE(video.ok());
      EXPECT_EQ(*(*video)->Skip(first), first);
      EXPECT_EQ((**(*video)->Next()).image.bgr, frames[size_t(first)].image.bgr);
      EXPECT_EQ(*(*video)->Skip(second), std::min(second, 8 - first));
      const auto next = (*video)->Next();
      ASSERT_TRUE(next.ok());
      const size_t number = size_t(first + 1 + second);
      ASSERT_EQ(next->has_value(), number < 9) << name << number;
      if (number >= 9) continue;
      EXPECT_EQ((**next).image.bgr, frames[number].image.bgr);
      EXPECT_EQ((**next).timestamp_ticks, frames[number].timestamp_ticks);
      EXPECT_EQ((**next).name, frames[number].name);
    }
    for (const int64_t many : {int64_t{9}, int64_t{10}, INT64_MAX}) {
      auto video = OpenVideo(folder.File(name), Limits());
      EXPECT_EQ(*(*video)->Skip(many), 9);
      EXPECT_FALSE((*(*video)->Next()).has_value());
      EXPECT_EQ(*(*video)->Skip(1), 0);
    }
  }
}

TEST(Video, OddSizesArePadded) {
  const TemporaryFolder folder;
  const std::string path = folder.File("odd.mp4");
  WriteClip(path, 101, 67, {0, 1, 2}, {1, 25});
  const std::vector<VideoFrame> frames = ReadAll(path);
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].image.width_px, 102);
  EXPECT_EQ(frames[0].image.height_px, 68);
}

// OpenCV's VideoCapture, through the system's Python: the pixels of every frame as raw bytes.
TEST(Video, AgreesWithOpenCv) {
  if (std::system("/usr/bin/python3 -c 'import cv2' > /dev/null 2>&1") != 0)
    GTEST_SKIP() << "needs OpenCV in Python: install python3-opencv";
  const TemporaryFolder folder;
  for (const auto& [width, height] : {std::pair{160, 120}, std::pair{1280, 720}, std::pair{102, 66}}) {
    const std::string path = folder.File("cv.mp4");
    std::filesystem::remove(path);
    WriteClip(path, width, height, {0, 1, 2}, {1, 25});
    const std::string raw = folder.File("cv.raw");
    const std::string command = "/usr/bin/python3 -c \"import cv2\nc=cv2.VideoCapture('" + path + "')\nf=open('" + raw +
                                "','wb')\nwhile True:\n  ok,i=c.read()\n  if not ok: break\n  f.write(i.tobytes())\n\"";
    ASSERT_EQ(std::system(command.c_str()), 0);
    std::ifstream in(raw, std::ios::binary);
    const std::vector<VideoFrame> frames = ReadAll(path);
    ASSERT_EQ(frames.size(), 3u);
    for (const VideoFrame& frame : frames) {
      Image theirs{width, height, std::vector<uint8_t>(frame.image.bgr.size())};
      in.read(reinterpret_cast<char*>(theirs.bgr.data()), std::streamsize(theirs.bgr.size()));
      ASSERT_TRUE(in.good());
      int max = 0;
      for (size_t i = 0; i < theirs.bgr.size(); ++i) {
        max = std::max(max, std::abs(int(theirs.bgr[i]) - int(frame.image.bgr[i])));
      }
      const double mean = MeanDifference(theirs, frame.image);
      EXPECT_LT(mean, 1.0) << width;
      RecordProperty("mean_" + std::to_string(width), std::to_string(mean));
      RecordProperty("max_" + std::to_string(width), max);
      EXPECT_LE(max, 3) << width << " mean " << mean;
    }
  }
}

TEST(Video, RotationIsApplied) {
  if (std::system("ffmpeg -version > /dev/null 2>&1") != 0) GTEST_SKIP() << "needs the command ffmpeg: install ffmpeg";
  const TemporaryFolder folder;
  WriteClip(folder.File("up.mp4"), 160, 96, {0, 1, 2}, {1, 25});
  const std::vector<VideoFrame> up = ReadAll(folder.File("up.mp4"));
  ASSERT_EQ(up.size(), 3u);
  for (const int degrees : {90, 180, 270}) {
    const std::string turned = folder.File("turned" + std::to_string(degrees) + ".mp4");
    const std::string reference = folder.File("reference.png");
    // The display matrix turns the picture; ffmpeg's own playing back applies it.
    const std::string make = "ffmpeg -v error -y -i " + folder.File("up.mp4") +
                             " -c copy -metadata:s:v:0 rotate=" + std::to_string(degrees) + " " + turned +
                             " && ffmpeg -v error -y -i " + turned +
                             " -frames:v 1 -sws_flags accurate_rnd+full_chroma_int " + reference;
    ASSERT_EQ(std::system(make.c_str()), 0);
    const std::vector<VideoFrame> ours = ReadAll(turned);
    ASSERT_EQ(ours.size(), 3u);
    const cv::Mat theirs = cv::imread(reference, cv::IMREAD_COLOR);
    ASSERT_EQ(ours[0].image.width_px, theirs.cols) << degrees;
    ASSERT_EQ(ours[0].image.height_px, theirs.rows) << degrees;
    const Image their_image{theirs.cols, theirs.rows, std::vector<uint8_t>(theirs.datastart, theirs.dataend)};
    EXPECT_LT(MeanDifference(ours[0].image, their_image), 2) << degrees;
  }
}

TEST(Video, StillsAreThoseOfOpenCv) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder.File("stills"));
  const std::vector<std::string> names = {"img2.png", "img10.jpg", "img1.bmp", "notes.txt"};
  for (size_t i = 0; i < names.size(); ++i) {
    const Image image = ColourPicture(60 + int(i), 40, int(i));
    const cv::Mat mat(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data()));
    const std::string path = folder.File("stills/" + names[i]);
    if (names[i] == "notes.txt") {
      std::ofstream(path) << "not a picture";
    } else {
      ASSERT_TRUE(cv::imwrite(path, mat));
    }
  }
  const std::vector<VideoFrame> frames = ReadAll(folder.File("stills"));
  ASSERT_EQ(frames.size(), 3u);
  const std::vector<std::string> order = {"img1.bmp", "img2.png", "img10.jpg"};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(frames[i].name, order[i]);
    EXPECT_EQ(frames[i].timestamp_ticks, int64_t(i));
    const cv::Mat mat = cv::imread(folder.File("stills/" + order[i]), cv::IMREAD_COLOR);
    ASSERT_EQ(mat.cols, frames[i].image.width_px);
    EXPECT_EQ(std::vector<uint8_t>(mat.datastart, mat.dataend), frames[i].image.bgr);
  }
}

TEST(Video, PatternsReadWhatTheWriterWrote) {
  const TemporaryFolder folder;
  VideoWriterConfig config;
  config.width_px = 33;
  config.height_px = 21;
  auto writer = CreateVideoWriter(folder.File("out.png"), config);
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < 12; ++i) ASSERT_TRUE((*writer)->Write(ColourPicture(33, 21, i), i).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  const std::vector<VideoFrame> frames = ReadAll(folder.File("out_%04d.png"));
  ASSERT_EQ(frames.size(), 12u);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(frames[size_t(i)].image.bgr, ColourPicture(33, 21, i).bgr);
}

TEST(Video, NaturalOrder) {
  std::vector<std::string> names = {"a10", "a9", "a09b", "b1", "a1x", "a"};
  std::sort(names.begin(), names.end(), NaturalLess);
  EXPECT_THAT(names, ElementsAre("a", "a1x", "a9", "a09b", "a10", "b1"));
}

TEST(Video, WhatIsNoVideoGivesAnError) {
  const TemporaryFolder folder;
  const auto error = [](const std::string& path) {
    const auto video = OpenVideo(path, Limits());
    EXPECT_FALSE(video.ok()) << path;
    return video.ok() ? Error() : video.error();
  };
  EXPECT_EQ(error(folder.File("missing.mp4")).kind, ErrorKind::kIo);
  EXPECT_EQ(error(folder.File("missing%04d.png")).kind, ErrorKind::kIo);
  std::filesystem::create_directory(folder.File("empty"));
  EXPECT_EQ(error(folder.File("empty")).kind, ErrorKind::kBadInput);
  std::ofstream(folder.File("empty.mp4")).flush();
  EXPECT_EQ(error(folder.File("empty.mp4")).kind, ErrorKind::kBadInput);
  std::ofstream(folder.File("text.mp4")) << "this is no video, but it is long enough to be looked at by a demuxer";
  EXPECT_EQ(error(folder.File("text.mp4")).kind, ErrorKind::kBadInput);
  std::filesystem::create_directory(folder.File("bad"));
  std::ofstream(folder.File("bad/1.png")) << "not a PNG";
  EXPECT_EQ(error(folder.File("bad")).kind, ErrorKind::kBadInput);
  // Sound without pictures: a WAV header and silence.
  std::string wav("RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data\0\x10\0\0", 44);
  wav.append(4096, '\0');
  std::ofstream(folder.File("sound.wav"), std::ios::binary) << wav;
  EXPECT_THAT(error(folder.File("sound.wav")).OneLine(), HasSubstr("no video stream"));
  Limits small;
  small.max_picture_samples = 1000;
  WriteClip(folder.File("clip.mp4"), 160, 120, {0, 1}, {1, 25});
  EXPECT_FALSE(OpenVideo(folder.File("clip.mp4"), small).ok());
}

// A cut or damaged clip ends with an error or early, never with a crash or a hang.
TEST(Video, DamagedClipsAreHandled) {
  const TemporaryFolder folder;
  WriteClip(folder.File("clip.mkv"), 160, 120, {0, 1, 2, 3, 4, 5, 6, 7}, {1, 25});
  std::ifstream in(folder.File("clip.mkv"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  for (size_t round = 0; round < 60; ++round) {
    std::string damaged = bytes;
    if (round % 2 == 0) {
      damaged.resize(bytes.size() * round / 60);
    } else {
      for (size_t k = 0; k < 8; ++k) damaged[(round * 7919 + k * 104729) % damaged.size()] ^= char(1 << (round % 8));
    }
    const std::string path = folder.File("damaged.mkv");
    std::ofstream(path, std::ios::binary) << damaged;
    auto video = OpenVideo(path, Limits());
    for (int frame = 0; video.ok() && frame < 100; ++frame) {
      const auto next = (*video)->Next();
      if (!next.ok() || !next->has_value()) break;
      ASSERT_LT(frame, 50);
    }
  }
}

TEST(Video, WriterErrors) {
  const TemporaryFolder folder;
  VideoWriterConfig config;
  config.width_px = 64;
  config.height_px = 64;
  config.frame_rate = {25, 1};
  EXPECT_FALSE(CreateVideoWriter(folder.File("clip.nonsense"), config).ok());
  EXPECT_FALSE(CreateVideoWriter(folder.File("no/such/folder/clip.mp4"), config).ok());
  {
    auto writer = CreateVideoWriter(folder.File("clip.mp4"), config);
    ASSERT_TRUE(writer.ok());
    EXPECT_FALSE((*writer)->Write(ColourPicture(65, 64, 0), 0).ok());
    ASSERT_TRUE((*writer)->Write(ColourPicture(64, 64, 0), 5).ok());
    EXPECT_FALSE((*writer)->Write(ColourPicture(64, 64, 0), 5).ok());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << "an unfinished video leaves nothing";
  EXPECT_FALSE(WritePng(folder.File("x.png"), Image()).ok());
}

}  // namespace
}  // namespace fsc
