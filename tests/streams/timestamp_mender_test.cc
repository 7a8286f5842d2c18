// Time stamps as files have them: what rises is kept, the rest is mended, and nothing else moves.
#include "streams/timestamp_mender.h"

#include <gtest/gtest.h>

#include <vector>

namespace fsc {
namespace {

using Stamps = std::vector<std::optional<int64_t>>;

constexpr int64_t kGap = 1000;

struct Mended {
  std::vector<int64_t> ticks;
  int64_t count = 0;
};

Mended Mend(const Stamps& stamps, double frame_ticks = 10, int64_t start = 0) {
  TimestampMender mender(frame_ticks, kGap, start);
  Mended result;
  for (const auto& stamp : stamps) {
    result.ticks.push_back(mender.Next(stamp));
    if (result.ticks.size() > 1) EXPECT_GT(result.ticks.back(), result.ticks[result.ticks.size() - 2]);
  }
  result.count = mender.mended();
  EXPECT_EQ(mender.frames(), int64_t(stamps.size()));
  return result;
}

void Expect(const Stamps& stamps, const std::vector<int64_t>& ticks, int64_t count) {
  const Mended mended = Mend(stamps);
  EXPECT_EQ(mended.ticks, ticks);
  EXPECT_EQ(mended.count, count);
}

TEST(TimestampMender, WhatRisesIsKeptExactly) {
  Expect({-50, -49, 0, 7, 1007, 1008}, {-50, -49, 0, 7, 1007, 1008}, 0);
}

TEST(TimestampMender, MissingOnesFollowAtTheFrameRate) {
  Expect({0, 10, std::nullopt, std::nullopt}, {0, 10, 20, 30}, 2);
  Expect({0, std::nullopt, 20, std::nullopt, 40}, {0, 10, 20, 30, 40}, 2);
  EXPECT_EQ(Mend({std::nullopt, 510}, 10, 500).ticks, (std::vector<int64_t>{500, 510}));
  EXPECT_EQ(Mend({std::nullopt, std::nullopt, std::nullopt, std::nullopt}, 3.5).ticks,
            (std::vector<int64_t>{0, 4, 7, 11}));
}

TEST(TimestampMender, RepeatedOnesFollowAtTheFrameRate) {
  Expect({0, 10, 10, 30}, {0, 10, 20, 30}, 1);
  Expect({0, 0, 20, 20, 40}, {0, 10, 20, 30, 40}, 2);
  Expect({5, 5, 5, 5}, {5, 15, 25, 35}, 3);
}

TEST(TimestampMender, AFrameTooManyDoesNotMoveTheRest) {
  Expect({0, 10, 10, 20, 30, 40}, {0, 10, 20, 25, 30, 40}, 2);
}

TEST(TimestampMender, ASlipDoesNotMoveTheRest) {
  Expect({0, 10, 30, 20, 40, 50}, {0, 10, 30, 35, 40, 50}, 1);
  Expect({0, 80, 0, 90}, {0, 80, 85, 90}, 1);  // eight frames back is still a slip
}

TEST(TimestampMender, StampsThatBeginAgainGoOn) {
  Expect({100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 0, 10, 35},
         {100, 110, 120, 130, 140, 150, 160, 170, 180, 190, 200, 210, 235}, 1);
  Expect({0, 81, 0, 10}, {0, 81, 91, 101}, 1);
}

TEST(TimestampMender, AJumpIsTakenOut) {
  Expect({0, 10, 10 + kGap, 20 + kGap}, {0, 10, 1010, 1020}, 0);
  Expect({0, 10, 11 + kGap, 21 + kGap}, {0, 10, 20, 30}, 1);
  Expect({0, 10, int64_t{1} << 50, 30, 40}, {0, 10, 20, 30, 40}, 2);  // one stamp alone: there and back
}

TEST(TimestampMender, RunningBackwardsBecomesForwards) {
  Stamps stamps;
  for (int i = 100; i > 0; --i) stamps.push_back(i * 10);
  const Mended mended = Mend(stamps);
  EXPECT_EQ(mended.count, 99);
  EXPECT_NEAR(double(mended.ticks.back() - mended.ticks.front()), 990, 60);
}

TEST(TimestampMender, NumbersOutsideAreNoStamps) {
  const int64_t most = std::numeric_limits<int64_t>::max();
  Expect({0, most, -most, 30}, {0, 10, 20, 30}, 2);
  EXPECT_EQ(Mend({0, 0, 0}, 1e-9).ticks, (std::vector<int64_t>{0, 1, 2}));
  EXPECT_EQ(TimestampMender(1e300, kGap, most).Next(std::nullopt), int64_t{1} << 60);
}

}  // namespace
}  // namespace fsc
