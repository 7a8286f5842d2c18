#include "streams/yuv_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

PackedPicture Format(const std::string& text) {
  auto format = ParseYuvFormat(text);
  EXPECT_TRUE(format.ok()) << format.error().OneLine();
  return format.ok() ? *format : PackedPicture{};
}

std::string OpenError(const std::string& path, const std::string& format) {
  const auto reader = YuvReader::Open(path, Format(format));
  return reader.ok() ? "" : reader.error().OneLine();
}

TEST(YuvFile, Formats) {
  const PackedPicture gray = Format("1088x2128:gray10le");
  EXPECT_EQ(gray.width_px, 1088);
  EXPECT_EQ(gray.height_px, 2128);
  EXPECT_EQ(gray.bits, 10);
  EXPECT_FALSE(gray.chroma);
  EXPECT_TRUE(Format("6x4:yuv420p").chroma);
  for (const char* text : {"", "6x4", "6:gray", "x4:gray", "6x:gray", "0x4:gray", "-6x4:gray", "6x4:gray9", "6x4:rgb24",
                           "6x4 :gray", "70000x4:gray", "6x4:gray10be"}) {
    const auto format = ParseYuvFormat(text);
    ASSERT_FALSE(format.ok()) << text;
    EXPECT_EQ(format.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(format.error().OneLine(), HasSubstr("gray12le")) << text;
  }
}

TEST(YuvFile, SamplesOfTwoBytesHaveTheLowOneFirst) {
  const TemporaryFolder folder;
  const std::string path = folder.Save("x.yuv", {0x01, 0x02, 0xff, 0x03, 0, 0, 5, 0});
  auto reader = YuvReader::Open(path, Format("2x1:gray10le"));
  ASSERT_TRUE(reader.ok()) << reader.error().OneLine();
  EXPECT_EQ(reader->frames(), 2);
  auto first = reader->Next();
  ASSERT_TRUE(first.ok() && first->has_value());
  EXPECT_THAT((*first)->samples(), ElementsAre(0x201, 0x3ff));
  ASSERT_TRUE(reader->SeekToFrame(1).ok());
  auto second = reader->Next();
  ASSERT_TRUE(second.ok() && second->has_value());
  EXPECT_THAT((*second)->samples(), ElementsAre(0, 5));
  auto end = reader->Next();
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->has_value());
}

TEST(YuvFile, ChromaSaysNothing) {
  const TemporaryFolder folder;
  const PackedPicture format = Format("3x1:yuv420p");  // chroma planes of 2 x 1
  auto writer = YuvWriter::Create(folder.File("x.yuv"), format);
  ASSERT_TRUE(writer.ok());
  Plane<uint16_t> luma(3, 1);
  for (int x = 0; x < 3; ++x) luma.row(0)[x] = uint16_t(100 + x);
  ASSERT_TRUE(writer->Write(std::as_const(luma).view()).ok());
  ASSERT_TRUE(writer->Commit().ok());
  EXPECT_THAT(folder.Load("x.yuv"), ElementsAre(100, 101, 102, 128, 128, 128, 128));
  auto reader = YuvReader::Open(folder.File("x.yuv"), format);
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE(reader->Next().ok());
  auto colours = YuvReader::Open(folder.Save("c.yuv", {100, 101, 102, 128, 127, 128, 128}), format);
  ASSERT_TRUE(colours.ok());
  const auto picture = colours->Next();
  ASSERT_FALSE(picture.ok());
  EXPECT_THAT(picture.error().OneLine(), HasSubstr("chroma"));
}

TEST(YuvFile, NoWholeNumberOfPictures) {
  const TemporaryFolder folder;
  const std::string path = folder.Save("x.yuv", std::vector<uint8_t>(25));
  EXPECT_THAT(OpenError(path, "4x3:gray"), HasSubstr("1 bytes are left over after 2 pictures of 12"));
  EXPECT_THAT(OpenError(path, "4x4:gray10le"), HasSubstr("25 bytes and a picture takes 32"));
  EXPECT_THAT(OpenError(folder.Save("empty.yuv", std::vector<uint8_t>()), "4x3:gray"), HasSubstr("0 bytes"));
  EXPECT_EQ(OpenError(path, "5x5:gray"), "");
}

}  // namespace
}  // namespace fsc
