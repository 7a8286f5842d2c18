#include "link/channel/loss_model.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "link/channel/loss_trace.h"

namespace fsc {
namespace {

LossTrace Losses(const std::string& channel, uint64_t seed, int packets) {
  const Result<LossSpec> spec = ParseLossSpec(channel);
  EXPECT_TRUE(spec.ok()) << channel;
  LossModel model(*spec, seed);
  LossTrace trace;
  for (int i = 0; i < packets; ++i) trace.lost.push_back(model.Next());
  return trace;
}

constexpr int kMany = 1000000;

TEST(LossModel, NoneLosesNothing) {
  EXPECT_EQ(Losses("none", 1, 1000).loss(), 0);
  EXPECT_EQ(Losses("iid:loss=0", 1, 1000).loss(), 0);
}

TEST(LossModel, EverythingCanBeLost) {
  EXPECT_EQ(Losses("iid:loss=1", 1, 1000).loss(), 1);
}

// The acceptance of the literature's simulator: of 10^6 packets, the loss within .005 and the mean burst within 3 %.
TEST(LossModel, IidHasItsLossAndItsBursts) {
  for (const double loss : {0.01, 0.1, 0.3}) {
    const LossTrace trace = Losses("iid:loss=" + std::to_string(loss), 7, kMany);
    EXPECT_NEAR(trace.loss(), loss, 0.005);
    EXPECT_NEAR(trace.mean_burst() * (1 - loss), 1, 0.03);
  }
}

TEST(LossModel, GilbertElliottHasItsLossAndItsBursts) {
  for (const double loss : {0.01, 0.1, 0.3}) {
    for (const double burst : {1.0, 2.0, 4.0, 8.0}) {
      const LossTrace trace = Losses("ge:loss=" + std::to_string(loss) + ",burst=" + std::to_string(burst), 11, kMany);
      EXPECT_NEAR(trace.loss(), loss, 0.005) << loss << " " << burst;
      EXPECT_NEAR(trace.mean_burst() / burst, 1, 0.03) << loss << " " << burst;
    }
  }
}

TEST(LossModel, ABurstOfOneNeverLosesTwoInARow) {
  const LossTrace trace = Losses("ge:loss=.3,burst=1", 3, 10000);
  for (size_t i = 1; i < trace.lost.size(); ++i) EXPECT_FALSE(trace.lost[i - 1] && trace.lost[i]) << i;
}

TEST(LossModel, StartsInTheGoodState) {
  for (uint64_t seed = 0; seed < 200; ++seed) EXPECT_FALSE(Losses("ge:loss=.5,burst=100", seed, 1).lost[0]);
}

TEST(LossModel, TheSeedDecides) {
  EXPECT_EQ(Losses("ge:loss=.2,burst=3", 5, 1000).lost, Losses("ge:loss=.2,burst=3", 5, 1000).lost);
  EXPECT_NE(Losses("ge:loss=.2,burst=3", 5, 1000).lost, Losses("ge:loss=.2,burst=3", 6, 1000).lost);
}

// The same on every machine: the generator is the standard's, and its first values are known.
TEST(LossModel, LossesAreTheSameEverywhere) {
  std::string bits;
  for (const bool lost : Losses("iid:loss=.5", 1, 32).lost) bits += lost ? '1' : '0';
  std::mt19937_64 random(1);
  std::string expected;
  for (int i = 0; i < 32; ++i) expected += (random() >> 63) == 0 ? '1' : '0';
  EXPECT_EQ(bits, expected);
}

TEST(LossSpec, GoesToTextAndBack) {
  for (const char* text : {"none", "iid:loss=0.1", "ge:loss=0.25,burst=4"}) {
    const Result<LossSpec> spec = ParseLossSpec(text);
    ASSERT_TRUE(spec.ok()) << text;
    EXPECT_EQ(LossSpecText(*spec), text);
  }
}

TEST(LossSpec, WhatCannotBeIsRefused) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"", "unknown channel"},
      {"gilbert:loss=.1", "unknown channel"},
      {"iid", "cannot be read"},
      {"iid:", "cannot be read"},
      {"iid:loss=", "cannot be read"},
      {"iid:loss=x", "cannot be read"},
      {"iid:loss=.1,loss=.2", "cannot be read"},
      {"iid:loss=.1,burst=2", "cannot be read"},
      {"ge:loss=.1", "cannot be read"},
      {"iid:loss=1.5", "outside 0..1"},
      {"iid:loss=-.1", "outside 0..1"},
      {"iid:loss=nan", "outside 0..1"},
      {"ge:loss=.1,burst=.5", "burst is outside"},
      {"ge:loss=.1,burst=inf", "burst is outside"},
      {"ge:loss=1,burst=4", "no bursts"},
      {"ge:loss=.9,burst=2", "longer bursts"},
  };
  for (const auto& wrong : cases) {
    const Result<LossSpec> spec = ParseLossSpec(wrong.text);
    ASSERT_FALSE(spec.ok()) << wrong.text;
    EXPECT_EQ(spec.error().kind, ErrorKind::kUsage);
    EXPECT_NE(spec.error().OneLine().find(wrong.says), std::string::npos) << spec.error().OneLine();
  }
}

}  // namespace
}  // namespace fsc
