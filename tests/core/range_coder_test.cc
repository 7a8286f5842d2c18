// What is written comes back, close to its entropy; damaged bytes do no harm and short ones are noticed.
#include "core/range_coder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace fsc {
namespace {

TEST(RangeCoder, AdaptiveBitsReturnAndCostTheirEntropy) {
  for (const double p : {0.5, 0.1, 0.01, 0.001, 0.999}) {
    std::mt19937 random(7);
    std::bernoulli_distribution coin(p);
    std::vector<bool> bits(200000);
    for (auto&& bit : bits) bit = coin(random);
    RangeEncoder encoder;
    BitModel model;
    double ideal_bits = 0;
    for (const bool bit : bits) {
      ideal_bits += BitCost256(model, bit) / 256.0;
      encoder.Bit(model, bit);
    }
    const std::vector<uint8_t> bytes = encoder.Finish();
    const double entropy_bits = -double(bits.size()) * (p * std::log2(p) + (1 - p) * std::log2(1 - p));
    EXPECT_LT(bytes.size() * 8.0, entropy_bits * 1.18 + 256) << p;
    EXPECT_NEAR(bytes.size() * 8.0, ideal_bits, ideal_bits * 0.02 + 300) << p;
    RangeDecoder decoder(bytes);
    BitModel decoder_model;
    for (const bool bit : bits) ASSERT_EQ(decoder.Bit(decoder_model), bit);
    EXPECT_FALSE(decoder.overrun());
  }
}

TEST(RangeCoder, MixedSymbolsReturn) {
  for (int seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    struct Symbol {
      int kind;
      uint32_t value;
      int parameter;
    };
    std::vector<Symbol> symbols(random() % 500);
    RangeEncoder encoder;
    std::vector<BitModel> models(5);
    for (Symbol& symbol : symbols) {
      symbol.kind = int(random() % 3);
      symbol.parameter = int(random() % (symbol.kind == 1 ? 33 : 5));
      const int width = symbol.kind == 0 ? 1 : symbol.kind == 1 ? symbol.parameter : int(random() % 25);
      symbol.value = width == 0 ? 0 : uint32_t(random()) >> (32 - width);
      if (seed % 3 == 0 && symbol.kind == 0) symbol.value = random() % 100 == 0;
      if (symbol.kind == 0) encoder.Bit(models[symbol.parameter], symbol.value != 0);
      if (symbol.kind == 1) encoder.Bypass(symbol.value, symbol.parameter);
      if (symbol.kind == 2) encoder.Golomb(symbol.value, symbol.parameter);
    }
    const std::vector<uint8_t> bytes = encoder.Finish();
    RangeDecoder decoder(bytes);
    std::vector<BitModel> decoder_models(5);
    for (const Symbol& symbol : symbols) {
      const uint32_t got = symbol.kind == 0   ? uint32_t{decoder.Bit(decoder_models[symbol.parameter])}
                           : symbol.kind == 1 ? decoder.Bypass(symbol.parameter)
                                              : decoder.Golomb(symbol.parameter);
      ASSERT_EQ(got, symbol.value);
    }
    EXPECT_FALSE(decoder.overrun());
  }
}

TEST(RangeCoder, CarriesRunThroughLongRunsOfOnes) {
  // Zeros of probability near 1 after a start that leaves `low` just under a carry.
  RangeEncoder encoder;
  std::vector<uint32_t> values;
  for (int i = 0; i < 4000; ++i) values.push_back(i % 997 == 0 ? 0u : 0xFFFFFFFFu);
  for (const uint32_t value : values) encoder.Bypass(value, 32);
  const std::vector<uint8_t> bytes = encoder.Finish();
  RangeDecoder decoder(bytes);
  for (const uint32_t value : values) ASSERT_EQ(decoder.Bypass(32), value);
}

TEST(RangeCoder, NothingCostsNothing) {
  RangeEncoder encoder;
  EXPECT_TRUE(encoder.Finish().empty());
  BitModel model(200, 100);
  for (int i = 0; i < 20; ++i) encoder.Bit(model, false);
  EXPECT_LE(encoder.Finish().size(), 1u);
}

TEST(RangeCoder, GarbageIsHarmlessAndShortStreamsAreNoticed) {
  std::mt19937 random(3);
  std::vector<uint8_t> garbage(100);
  for (uint8_t& byte : garbage) byte = uint8_t(random());
  RangeDecoder decoder(garbage);
  BitModel model;
  for (int i = 0; i < 10000; ++i) {
    decoder.Bit(model);
    EXPECT_LT(decoder.Golomb(int(random() % 17)), 1u << 26);
  }
  EXPECT_TRUE(decoder.overrun());

  RangeEncoder encoder;
  for (int i = 0; i < 100; ++i) encoder.Bypass(uint32_t(random()), 32);
  std::vector<uint8_t> bytes = encoder.Finish();
  bytes.resize(bytes.size() - 10);
  RangeDecoder cut(bytes);
  for (int i = 0; i < 100; ++i) cut.Bypass(32);
  EXPECT_TRUE(cut.overrun());
}

}  // namespace
}  // namespace fsc
