// Palette PNGs as indices: every depth and filter against pictures packed here, and what is damaged or no such picture.
#include "streams/palette_png.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

std::string BigEndian(uint32_t value) {
  return {char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
}

std::string Chunk(const std::string& name, const std::string& body) {
  const std::string named = name + body;
  const uint32_t crc = uint32_t(crc32(0, reinterpret_cast<const Bytef*>(named.data()), uInt(named.size())));
  return BigEndian(uint32_t(body.size())) + named + BigEndian(crc);
}

int Paeth(int a, int b, int c) {
  const int p = a + b - c, pa = std::abs(p - a), pb = std::abs(p - b), pc = std::abs(p - c);
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}

// Rows of packed indices; row y has filter y % 5. The data lies in two IDAT chunks.
std::string Png(int width, int height, int bits, int colour_type, int interlace, const std::vector<uint8_t>& indices) {
  const size_t row_bytes = (size_t(width) * size_t(bits) + 7) / 8;
  std::vector<uint8_t> above(row_bytes), row(row_bytes);
  std::string raw;
  for (int y = 0; y < height; ++y) {
    std::fill(row.begin(), row.end(), 0);
    for (int x = 0; x < width; ++x) {
      const int bit = x * bits;
      row[size_t(bit / 8)] |= uint8_t(indices[size_t(y * width + x)] << (8 - bits - bit % 8));
    }
    raw += char(y % 5);
    for (size_t i = 0; i < row_bytes; ++i) {
      const int a = i > 0 ? row[i - 1] : 0, b = above[i], c = i > 0 ? above[i - 1] : 0;
      const int predictions[] = {0, a, b, (a + b) / 2, Paeth(a, b, c)};
      raw += char(row[i] - predictions[y % 5]);
    }
    above = row;
  }
  uLongf size = compressBound(uLong(raw.size()));
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
           uLong(raw.size()));
  packed.resize(size);
  const std::string header = BigEndian(uint32_t(width)) + BigEndian(uint32_t(height)) + char(bits) + char(colour_type) +
                             std::string(2, '\0') + char(interlace);
  return "\x89PNG\r\n\x1a\n" + Chunk("IHDR", header) + Chunk("PLTE", std::string(3 << bits, '\x55')) +
         Chunk("IDAT", packed.substr(0, size / 2)) + Chunk("IDAT", packed.substr(size / 2)) + Chunk("IEND", "");
}

class PalettePng : public ::testing::Test {
 protected:
  Result<std::optional<PaletteIndices>> Read(const std::string& file) {
    std::ofstream(path_, std::ios::binary) << file;
    return ReadPalettePng(path_, Limits{});
  }
  const TemporaryFolder folder_;
  const std::string path_ = folder_.File("palette.png");
};

TEST_F(PalettePng, IndicesComeBackAtEveryDepth) {
  std::mt19937 random(1);
  for (const int bits : {1, 2, 4, 8}) {
    for (const auto& [width, height] : {std::pair{1, 1}, {7, 11}, {64, 5}, {33, 12}}) {
      std::vector<uint8_t> indices;
      for (int i = 0; i < width * height; ++i) indices.push_back(uint8_t(random() & ((1u << bits) - 1)));
      const auto read = Read(Png(width, height, bits, 3, 0, indices));
      ASSERT_TRUE(read.ok()) << read.error().OneLine();
      ASSERT_TRUE(read->has_value());
      EXPECT_EQ((*read)->width_px, width);
      EXPECT_EQ((*read)->height_px, height);
      EXPECT_EQ((*read)->indices, indices) << bits << " bits, " << width << " x " << height;
    }
  }
}

TEST_F(PalettePng, OtherFilesAreNone) {
  const std::vector<uint8_t> indices(64 * 64, 3);
  for (const std::string& file : {std::string(), std::string("GIF89a"), std::string("\x89PNG\r\n\x1a\n"),
                                  std::string(100, 'x'), Png(64, 64, 8, 0, 0, indices)}) {
    const auto read = Read(file);
    ASSERT_TRUE(read.ok());
    EXPECT_FALSE(read->has_value());
  }
  EXPECT_EQ(ReadPalettePng("/nonexistent.png", Limits{}).error().kind, ErrorKind::kIo);
}

TEST_F(PalettePng, DamageIsFound) {
  std::mt19937 random(2);
  std::vector<uint8_t> indices;
  for (int i = 0; i < 32 * 32; ++i) indices.push_back(uint8_t(random()));
  const std::string whole = Png(32, 32, 8, 3, 0, indices);
  for (size_t size = 33; size + 17 < whole.size(); size += 13) {
    const auto read = Read(whole.substr(0, size));
    ASSERT_FALSE(read.ok()) << size;
    EXPECT_EQ(read.error().kind, ErrorKind::kBadInput);
  }
  EXPECT_FALSE(Read(Png(32, 32, 8, 3, 1, indices)).ok()) << "interlaced";
  // A picture that claims a gigabyte in a few bytes.
  std::string large = whole;
  large.replace(16, 8, BigEndian(16384) + BigEndian(16384));
  EXPECT_FALSE(Read(large).ok());
  large.replace(16, 8, BigEndian(1u << 31) + BigEndian(1));
  EXPECT_FALSE(Read(large).ok());
}

}  // namespace
}  // namespace fsc
