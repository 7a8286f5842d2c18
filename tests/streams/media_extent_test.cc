// Whether a media file is as long as it says: boxes of MP4, the segment of Matroska, RIFF chunks.
#include "streams/media_extent.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace fsc {
namespace {

MediaExtent Extent(const std::string& bytes) {
  return ExtentOf(
      [&](uint64_t position, std::span<uint8_t> out) {
        if (position >= bytes.size()) return size_t{0};
        const size_t count = std::min(out.size(), bytes.size() - size_t(position));
        std::copy_n(bytes.begin() + ptrdiff_t(position), count, out.begin());
        return count;
      },
      bytes.size());
}

std::string Box(const std::string& name, size_t payload) {
  const size_t size = 8 + payload;
  return std::string({char(size >> 24), char(size >> 16), char(size >> 8), char(size)}) + name +
         std::string(payload, 'x');
}

std::string LargeBox(const std::string& name, size_t payload) {
  const size_t size = 16 + payload;
  return std::string({0, 0, 0, 1}) + name +
         std::string({0, 0, 0, 0, char(size >> 24), char(size >> 16), char(size >> 8), char(size)}) +
         std::string(payload, 'x');
}

TEST(MediaExtent, Mp4) {
  const std::string whole = Box("ftyp", 16) + Box("moov", 100) + LargeBox("mdat", 1000);
  EXPECT_EQ(Extent(whole).missing_bytes, 0u);
  EXPECT_FALSE(Extent(whole).lacks_index);
  EXPECT_EQ(Extent(whole.substr(0, whole.size() - 1)).missing_bytes, 1u);
  EXPECT_EQ(Extent(whole.substr(0, 24 + 108 + 16)).missing_bytes, 1000u);
  EXPECT_EQ(Extent(whole.substr(0, 24 + 108 + 3)).missing_bytes, 5u) << "within a box's head";
  EXPECT_TRUE(Extent(whole.substr(0, 24 + 50)).lacks_index) << "half an index is none";
  const std::string index_last = Box("ftyp", 16) + Box("mdat", 1000) + Box("moov", 100);
  EXPECT_FALSE(Extent(index_last).lacks_index);
  EXPECT_TRUE(Extent(index_last.substr(0, 500)).lacks_index);
  EXPECT_TRUE(Extent(index_last.substr(0, 24 + 1008)).lacks_index) << "cut between two boxes";
  const std::string to_the_end = Box("ftyp", 16) + Box("moov", 100) + std::string({0, 0, 0, 0}) + "mdat and more";
  EXPECT_EQ(Extent(to_the_end).missing_bytes, 0u);
}

TEST(MediaExtent, Matroska) {
  const std::string header = std::string("\x1a\x45\xdf\xa3\x84", 5) + "abcd";
  const std::string sized = header + std::string("\x18\x53\x80\x67\x01\0\0\0\0\0\0\x64", 12) + std::string(100, 'x');
  EXPECT_EQ(Extent(sized).missing_bytes, 0u);
  EXPECT_EQ(Extent(sized.substr(0, sized.size() - 30)).missing_bytes, 30u);
  const std::string live = header + std::string("\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff", 12) + "x";
  EXPECT_EQ(Extent(live).missing_bytes, 0u) << "of unknown size";
  const std::string short_size = header + std::string("\x18\x53\x80\x67\xa0", 5) + std::string(20, 'x');
  EXPECT_EQ(Extent(short_size).missing_bytes, 12u);
}

TEST(MediaExtent, Avi) {
  const std::string whole = std::string("RIFF\x64\0\0\0", 8) + "AVI " + std::string(96, 'x');
  EXPECT_EQ(Extent(whole).missing_bytes, 0u);
  EXPECT_EQ(Extent(whole.substr(0, 50)).missing_bytes, 58u);
  const std::string two = whole + std::string("RIFF\x64\0\0\0", 8) + "AVIX" + std::string(96, 'x');
  EXPECT_EQ(Extent(two).missing_bytes, 0u);
  EXPECT_EQ(Extent(two.substr(0, two.size() - 6)).missing_bytes, 6u);
  EXPECT_EQ(Extent(std::string("RIFF\0\0\0\0", 8) + "AVI " + std::string(20, 'x')).missing_bytes, 0u)
      << "never filled in";
}

TEST(MediaExtent, OtherFilesDoNotTell) {
  for (const std::string& bytes : {std::string(), std::string("short"), std::string(1000, '\0'),
                                   std::string(1000, '\xff'), std::string("RIFF\xff\0\0\0WAVEfmt ", 16)}) {
    EXPECT_EQ(Extent(bytes).missing_bytes, 0u);
    EXPECT_FALSE(Extent(bytes).lacks_index);
  }
  EXPECT_EQ(ExtentOfFile("/no/such/file").missing_bytes, 0u);
}

}  // namespace
}  // namespace fsc
