// ByteWriter and ByteReader: round trips, and bytes that nobody has vouched for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/crc32c.h"

namespace fsc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Bytes, LittleEndian) {
  ByteWriter out;
  out.U8(0x01);
  out.U16(0x0302);
  out.U32(0x07060504);
  out.U64(0x0f0e0d0c0b0a0908);
  ASSERT_EQ(out.size(), 15u);
  for (size_t i = 0; i < 15; ++i) EXPECT_EQ(out.bytes()[i], i + 1);
  ByteReader in(out.bytes());
  EXPECT_EQ(in.U8(), 0x01);
  EXPECT_EQ(in.U16(), 0x0302);
  EXPECT_EQ(in.U32(), 0x07060504u);
  EXPECT_EQ(in.U64(), 0x0f0e0d0c0b0a0908u);
  EXPECT_TRUE(in.CheckAtEnd("numbers", "test").ok());
}

TEST(Bytes, Leb128KnownForms) {
  const auto bytes_of = [](uint64_t value) {
    ByteWriter out;
    out.Leb128(value);
    return out.Take();
  };
  EXPECT_THAT(bytes_of(0), ElementsAre(0));
  EXPECT_THAT(bytes_of(127), ElementsAre(0x7f));
  EXPECT_THAT(bytes_of(128), ElementsAre(0x80, 1));
  EXPECT_THAT(bytes_of(624485), ElementsAre(0xe5, 0x8e, 0x26));  // DWARF 5, section 7.6
  EXPECT_EQ(bytes_of(~uint64_t{0}).size(), 10u);
}

TEST(Bytes, RandomNumbersComeBack) {
  std::mt19937_64 random(1);
  std::vector<uint64_t> unsigned_values = {0, 1, 127, 128, 16383, 16384, ~uint64_t{0}, ~uint64_t{0} >> 1};
  std::vector<int64_t> signed_values = {
      0, -1, 1, -64, 64, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
  for (int i = 0; i < 2000; ++i) {
    unsigned_values.push_back(random() >> (random() % 64));
    signed_values.push_back(int64_t(random()) >> (random() % 64));
  }
  ByteWriter out;
  for (const uint64_t value : unsigned_values) out.Leb128(value);
  for (const int64_t value : signed_values) out.SignedLeb128(value);
  ByteReader in(out.bytes());
  for (const uint64_t value : unsigned_values) ASSERT_EQ(in.Leb128(), value);
  for (const int64_t value : signed_values) ASSERT_EQ(in.SignedLeb128(), value);
  EXPECT_TRUE(in.CheckAtEnd("numbers", "test").ok());
}

TEST(Bytes, SmallMagnitudesAreShortWhateverTheirSign) {
  for (const int64_t value : {-64, -1, 0, 1, 63}) {
    ByteWriter out;
    out.SignedLeb128(value);
    EXPECT_EQ(out.size(), 1u) << value;
  }
}

TEST(Bytes, FloatsKeepTheirBits) {
  ByteWriter out;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const float value : {0.f, -0.f, 1.5f, 1e-45f, std::numeric_limits<float>::max(), nan}) out.F32(value);
  ByteReader in(out.bytes());
  EXPECT_EQ(in.F32(), 0.f);
  EXPECT_TRUE(std::signbit(in.F32()));
  EXPECT_EQ(in.F32(), 1.5f);
  EXPECT_EQ(in.F32(), 1e-45f);
  EXPECT_EQ(in.F32(), std::numeric_limits<float>::max());
  EXPECT_TRUE(std::isnan(in.F32()));
}

TEST(Bytes, MalformedLeb128) {
  const auto read = [](std::vector<uint8_t> bytes) {
    ByteReader in(bytes);
    const uint64_t value = in.Leb128();
    EXPECT_TRUE(!in.broken() || value == 0);
    return !in.broken();
  };
  EXPECT_FALSE(read({}));
  EXPECT_FALSE(read({0x80}));
  EXPECT_FALSE(read({0xff, 0xff, 0xff}));
  EXPECT_TRUE(read({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}));
  EXPECT_FALSE(read({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02})) << "does not fit 64 bits";
  EXPECT_FALSE(read({0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00})) << "eleven bytes";
}

TEST(Bytes, Strings) {
  ByteWriter out;
  out.String("hello");
  out.String("");
  out.String(std::string("a\0b", 3));
  ByteReader in(out.bytes());
  EXPECT_EQ(in.String(5), "hello");
  EXPECT_EQ(in.String(5), "");
  EXPECT_EQ(in.String(5), std::string("a\0b", 3));
  EXPECT_TRUE(in.CheckAtEnd("strings", "test").ok());
  ByteReader limited(out.bytes());
  EXPECT_EQ(limited.String(4), "");
  EXPECT_TRUE(limited.broken());
  const std::vector<uint8_t> lying = {200, 1, 'x'};
  ByteReader cut(lying);
  EXPECT_EQ(cut.String(1000), "");
  EXPECT_TRUE(cut.broken());
}

TEST(Bytes, ABrokenReaderStaysBroken) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  ByteReader in(bytes);
  EXPECT_EQ(in.U32(), 0u);
  EXPECT_EQ(in.U8(), 0) << "although three bytes are there";
  EXPECT_TRUE(in.Bytes(0).empty());
  const Status status = in.Check("the header", "clip.fsc");
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(status.error().OneLine(), HasSubstr("the header is cut short or malformed: clip.fsc"));
}

TEST(Bytes, LeftOversAreAnError) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  ByteReader in(bytes);
  in.U8();
  EXPECT_TRUE(in.Check("x", "y").ok());
  EXPECT_EQ(in.position(), 1u);
  EXPECT_EQ(in.left(), 2u);
  const Status status = in.CheckAtEnd("x", "y");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().what, HasSubstr("2 bytes too many"));
}

TEST(Bytes, HugeCountsDoNotOverflow) {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  ByteReader in(bytes);
  in.U8();
  EXPECT_TRUE(in.Bytes(~uint64_t{0}).empty());
  EXPECT_TRUE(in.broken());
}

TEST(Crc32c, KnownValue) {
  const std::string text = "123456789";
  const std::span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  EXPECT_EQ(Crc32c(bytes), 0xe3069283u);
  EXPECT_EQ(Crc32c({}), 0u);
  // RFC 3720, appendix B.4.
  EXPECT_EQ(Crc32c(std::vector<uint8_t>(32, 0x00)), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::vector<uint8_t>(32, 0xff)), 0x62a8ab43u);
}

TEST(Crc32c, PiecesAndTheSlowTwinAgree) {
  std::mt19937 random(2);
  std::vector<uint8_t> bytes(1000);
  for (uint8_t& byte : bytes) byte = uint8_t(random());
  const auto slow = [](std::span<const uint8_t> all) {
    uint32_t crc = ~0u;
    for (const uint8_t byte : all) {
      crc ^= byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) ? 0x82f63b78u : 0u);
    }
    return ~crc;
  };
  for (size_t size : {0, 1, 7, 8, 9, 63, 1000}) {
    const std::span<const uint8_t> part(bytes.data(), size);
    EXPECT_EQ(Crc32c(part), slow(part)) << size;
    const size_t cut = size / 3;
    EXPECT_EQ(Crc32c(part.subspan(cut), Crc32c(part.first(cut))), slow(part)) << size;
  }
}

}  // namespace
}  // namespace fsc
