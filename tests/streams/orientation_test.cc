// Pictures come upright: EXIF orientation of stills and display matrix of videos, by whatever way they are read.
#include "streams/orientation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "streams/video_source.h"
#include "streams/video_writer.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

// A picture whose corners differ: red grows to the right, green downwards.
Image Corners(int width, int height) {
  Image image{width, height, std::vector<uint8_t>(size_t(width) * size_t(height) * 3)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      uint8_t* const bgr = &image.bgr[(size_t(y) * size_t(width) + size_t(x)) * 3];
      bgr[0] = 40;
      bgr[1] = uint8_t(20 + 200 * y / height);
      bgr[2] = uint8_t(20 + 200 * x / width);
    }
  }
  return image;
}

// The eight values of EXIF, as the standard's text has them: where the stored row 0 and column 0 are shown.
constexpr Orientation kExif[9] = {{},
                                  {false, false, false},  // 1 top, left
                                  {false, true, false},   // 2 top, right
                                  {false, true, true},    // 3 bottom, right
                                  {false, false, true},   // 4 bottom, left
                                  {true, false, false},   // 5 left, top
                                  {true, true, false},    // 6 right, top
                                  {true, true, true},     // 7 right, bottom
                                  {true, false, true}};   // 8 left, bottom

double MeanDifference(const Image& a, const Image& b) {
  if (a.width_px != b.width_px || a.height_px != b.height_px) return 1e9;
  double sum = 0;
  for (size_t i = 0; i < a.bgr.size(); ++i) sum += std::abs(int(a.bgr[i]) - int(b.bgr[i]));
  return sum / double(a.bgr.size());
}

Image First(const std::string& path) {
  auto video = OpenVideo(path, Limits());
  EXPECT_TRUE(video.ok()) << video.error().OneLine();
  if (!video.ok()) return {};
  auto frame = (*video)->Next();
  EXPECT_TRUE(frame.ok() && frame->has_value());
  if (!frame.ok() || !frame->has_value()) return {};
  EXPECT_EQ((*video)->info().width_px, (*frame)->image.width_px);
  EXPECT_EQ((*video)->info().height_px, (*frame)->image.height_px);
  return std::move((*frame)->image);
}

TEST(Orientation, PixelsMove) {
  const Image in = Corners(5, 3);
  const auto pixel = [](const Image& image, int x, int y) {
    const uint8_t* const bgr = &image.bgr[(size_t(y) * size_t(image.width_px) + size_t(x)) * 3];
    return std::vector<uint8_t>(bgr, bgr + 3);
  };
  const Image turned = Oriented(in, kExif[6]);  // a quarter turn clockwise
  ASSERT_EQ(turned.width_px, 3);
  ASSERT_EQ(turned.height_px, 5);
  EXPECT_EQ(pixel(turned, 2, 0), pixel(in, 0, 0));
  EXPECT_EQ(pixel(turned, 0, 0), pixel(in, 0, 2));
  EXPECT_EQ(pixel(turned, 2, 4), pixel(in, 4, 0));
  EXPECT_EQ(Oriented(Oriented(in, kExif[2]), kExif[2]).bgr, in.bgr);
  EXPECT_EQ(Oriented(Oriented(in, kExif[6]), kExif[8]).bgr, in.bgr);
}

TEST(Orientation, Matrices) {
  constexpr int32_t k1 = 1 << 16;
  const auto of = [](int32_t a, int32_t b, int32_t c, int32_t d) {
    return OrientationOf({a, b, 0, c, d, 0, 0, 0, 1 << 30});
  };
  EXPECT_EQ(of(k1, 0, 0, k1), kExif[1]);
  EXPECT_EQ(of(-k1, 0, 0, k1), kExif[2]);
  EXPECT_EQ(of(-k1, 0, 0, -k1), kExif[3]);
  EXPECT_EQ(of(0, k1, -k1, 0), kExif[6]);
  EXPECT_EQ(of(0, -k1, k1, 0), kExif[8]);
  EXPECT_EQ(of(7, k1, -k1, -7), kExif[6]) << "rounded";
  EXPECT_EQ(of(46341, 46341, -46341, 46341), std::nullopt) << "an eighth of a turn";
  EXPECT_EQ(of(0, 0, 0, 0), std::nullopt);
  EXPECT_TRUE(of(INT32_MIN, 0, 0, INT32_MIN).has_value());
}

// A JPEG with an EXIF segment behind its start mark.
std::string JpegWithExif(const Image& image, int orientation) {
  std::vector<uint8_t> jpeg;
  const cv::Mat mat(image.height_px, image.width_px, CV_8UC3, const_cast<uint8_t*>(image.bgr.data()));
  cv::imencode(".jpg", mat, jpeg, {cv::IMWRITE_JPEG_QUALITY, 98});
  std::string exif(
      "\xff\xe1\x00\x22"
      "Exif\0\0"
      "MM\0*\0\0\0\x08"
      "\0\x01"
      "\x01\x12\0\x03\0\0\0\x01\0\0\0\0"
      "\0\0\0\0",
      36);
  exif[29] = char(orientation);
  std::string bytes(jpeg.begin(), jpeg.end());
  return bytes.insert(2, exif);
}

TEST(Orientation, StillsAreTurnedHoweverTheyAreRead) {
  const Image stored = Corners(64, 40);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const TemporaryFolder folder;
    std::ofstream(folder.File("img7.jpg"), std::ios::binary) << JpegWithExif(stored, orientation);
    const Image expected = Oriented(stored, kExif[orientation]);
    for (const char* const name : {"img7.jpg", "img%d.jpg", "img*.jpg", ""}) {
      EXPECT_LT(MeanDifference(First(folder.File(name)), expected), 3) << orientation << " " << name;
    }
  }
}

// The same clip with another matrix in its track header.
TEST(Orientation, VideosAreTurned) {
  const TemporaryFolder folder;
  const Image stored = Corners(64, 48);
  auto writer = CreateVideoWriter(folder.File("up.mp4"), {.width_px = 64, .height_px = 48, .time_base = {1, 25}});
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*writer)->Write(stored, i).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  std::ifstream in(folder.File("up.mp4"), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const size_t header = bytes.find("tkhd");
  ASSERT_NE(header, std::string::npos);
  const auto write = [&](const std::string& name, std::array<int32_t, 4> abcd) {
    std::string turned = bytes;
    for (const auto [index, place] : {std::pair{0, 0}, {1, 1}, {2, 3}, {3, 4}}) {
      for (int k = 0; k < 4; ++k)
        turned[header + 44 + size_t(place) * 4 + size_t(k)] = char(uint32_t(abcd[size_t(index)]) >> (24 - 8 * k));
    }
    std::ofstream(folder.File(name), std::ios::binary) << turned;
    return folder.File(name);
  };
  constexpr int32_t k1 = 1 << 16;
  const std::array<std::array<int32_t, 4>, 9> matrices = {{{k1, 0, 0, k1},
                                                           {k1, 0, 0, k1},
                                                           {-k1, 0, 0, k1},
                                                           {-k1, 0, 0, -k1},
                                                           {k1, 0, 0, -k1},
                                                           {0, k1, k1, 0},
                                                           {0, k1, -k1, 0},
                                                           {0, -k1, -k1, 0},
                                                           {0, -k1, k1, 0}}};
  for (size_t orientation = 1; orientation <= 8; ++orientation) {
    const std::string path = write("turned" + std::to_string(orientation) + ".mp4", matrices[orientation]);
    EXPECT_LT(MeanDifference(First(path), Oriented(stored, kExif[orientation])), 4) << orientation;
  }
  // Between two quarter turns nothing is done, and it is said.
  auto video = OpenVideo(write("askew.mp4", {46341, 46341, -46341, 46341}), Limits());
  ASSERT_TRUE(video.ok());
  EXPECT_LT(MeanDifference((*(*video)->Next())->image, stored), 4);
  ASSERT_EQ((*video)->warnings().list().size(), 1u);
  EXPECT_EQ((*video)->warnings().list()[0].kind, "orientation-ignored");
}

}  // namespace
}  // namespace fsc
