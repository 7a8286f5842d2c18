// The bytes of a channel transform: every number at its limits, and damaged.
#include "codec/latent/channel_transform.h"

#include <gtest/gtest.h>

#include <random>

#include "core/range_coder.h"

namespace fsc {
namespace {

LayerSpec Channels(int channels) {
  LayerSpec layer;
  layer.name = "x";
  layer.channels = channels;
  return layer;
}

ChannelTransform RandomTransform(int channels, int planes, uint32_t seed) {
  std::mt19937 random(seed);
  const auto in = [&](int low, int high) { return low + int(random() % unsigned(high - low + 1)); };
  const bool extremes = seed % 3 == 0;
  ChannelTransform transform;
  transform.channels = channels;
  transform.identity = planes == 0;
  transform.planes = planes == 0 ? channels : planes;
  transform.unit = 0.25f;
  transform.sigma_log2 = in(0, 12);
  transform.mean_unit = 0.5f;
  const int shift = in(0, 15);
  for (int c = 0; c < channels; ++c) {
    const int mean = extremes ? (c % 2 == 0 ? INT16_MAX : INT16_MIN) : in(INT16_MIN, INT16_MAX) >> shift;
    transform.mean_levels.push_back(int16_t(mean));
  }
  for (int k = 0; k < transform.planes; ++k) {
    transform.plane_scale.push_back(
        uint8_t(extremes ? k % 2 * ChannelTransform::kMaxPlaneScale : in(0, ChannelTransform::kMaxPlaneScale)));
  }
  for (int k = 0; k < planes; ++k) {
    const int bits = extremes ? k % 2 * ChannelTransform::kMaxRowBits : in(0, ChannelTransform::kMaxRowBits);
    transform.row_bits.push_back(uint8_t(bits));
    for (int c = 0; c < channels; ++c) transform.row_levels.push_back(int16_t(in(-(1 << bits), 1 << bits)));
  }
  return transform;
}

TEST(ChannelTransform, ReadsWhatWasWritten) {
  for (uint32_t seed = 0; seed < 60; ++seed) {
    const int channels = seed < 4 ? 1 : 1 + int(seed);
    const int planes = seed % 2 == 0 ? 0 : 1 + int(seed / 2) % channels;
    const ChannelTransform transform = RandomTransform(channels, planes, seed);
    ByteWriter out;
    WriteChannelTransform(transform, &out);
    ByteReader in(out.bytes());
    const auto read = ReadChannelTransform(Channels(channels), &in);
    ASSERT_TRUE(read.ok()) << seed << ": " << read.error().OneLine();
    EXPECT_EQ(in.left(), 0u);
    EXPECT_EQ(read->identity, transform.identity);
    EXPECT_EQ(read->planes, transform.planes);
    EXPECT_EQ(read->sigma_log2, transform.sigma_log2);
    EXPECT_EQ(read->mean_levels, transform.mean_levels);
    EXPECT_EQ(read->plane_scale, transform.plane_scale);
    EXPECT_EQ(read->row_bits, transform.row_bits);
    EXPECT_EQ(read->row_levels, transform.row_levels);
    for (size_t size = 0; size < out.bytes().size(); ++size) {
      ByteReader cut(out.bytes().first(size));
      EXPECT_FALSE(ReadChannelTransform(Channels(channels), &cut).ok()) << size;
    }
  }
}

TEST(ChannelTransform, SimilarScalesAreCheap) {
  ChannelTransform transform = RandomTransform(128, 100, 1);
  for (int k = 0; k < 100; ++k) {
    transform.plane_scale[size_t(k)] = uint8_t(60 - k / 4);
    transform.row_bits[size_t(k)] = uint8_t(9 - k / 20);
  }
  transform.mean_levels.assign(128, 0);
  transform.row_levels.assign(128 * 100, 0);
  ByteWriter out;
  WriteChannelTransform(transform, &out);
  EXPECT_LT(out.bytes().size(), 70u);
}

// Numbers past their limits, coded as an encoder would.
TEST(ChannelTransform, RefusesNumbersOutOfRange) {
  // Of one channel: a mean and a scale, each as `zero`, sign, ones and a Golomb code.
  const auto read = [](int mean, int scale) {
    RangeEncoder coder;
    for (const auto& [value, golomb] : {std::pair{mean, 4}, std::pair{scale, 2}}) {
      BitModel zero;
      coder.Bit(zero, value == 0);
      if (value == 0) continue;
      coder.Bypass(value < 0, 1);
      const int m = std::abs(value) - 1;
      for (int i = 0; i < 14; ++i) {
        BitModel longer;
        coder.Bit(longer, m > i);
        if (m <= i) break;
      }
      if (m >= 14) coder.Golomb(uint32_t(m - 14), golomb);
    }
    const std::vector<uint8_t> numbers = coder.Finish();
    ByteWriter out;
    out.Leb128(0);
    out.F32(1);
    out.U8(8);
    out.F32(1);
    out.Leb128(numbers.size());
    out.Bytes(numbers);
    ByteReader in(out.bytes());
    return ReadChannelTransform(Channels(1), &in).ok();
  };
  EXPECT_TRUE(read(INT16_MAX, 79));
  EXPECT_TRUE(read(INT16_MIN, 0));
  EXPECT_FALSE(read(INT16_MAX + 1, 79));
  EXPECT_FALSE(read(INT16_MIN - 1, 0));
  EXPECT_FALSE(read(1 << 20, 0));
  EXPECT_FALSE(read(0, 80));
  EXPECT_FALSE(read(0, -1));
  EXPECT_FALSE(read(0, 1 << 20));
}

TEST(ChannelTransform, DamageIsAnErrorOrATransformWithinItsLimits) {
  const ChannelTransform transform = RandomTransform(9, 5, 7);
  ByteWriter out;
  WriteChannelTransform(transform, &out);
  std::mt19937 random(1);
  int refused = 0;
  for (int i = 0; i < 4000; ++i) {
    std::vector<uint8_t> damaged(out.bytes().begin(), out.bytes().end());
    for (int n = 0; n < 1 + i % 3; ++n) damaged[random() % damaged.size()] = uint8_t(random());
    ByteReader in(damaged);
    const auto read = ReadChannelTransform(Channels(9), &in);
    refused += !read.ok();
    if (!read.ok()) continue;
    EXPECT_EQ(read->mean_levels.size(), 9u);
    for (const uint8_t scale : read->plane_scale) EXPECT_LE(scale, ChannelTransform::kMaxPlaneScale);
    for (const uint8_t bits : read->row_bits) EXPECT_LE(bits, ChannelTransform::kMaxRowBits);
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace fsc
