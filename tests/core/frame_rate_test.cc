// Frame rates as people write them.
#include "core/frame_rate.h"

#include <gtest/gtest.h>

namespace fsc {
namespace {

TEST(FrameRate, NumbersAndFractions) {
  const auto rate = [](const char* text) { return *ParseFrameRate(text); };
  EXPECT_EQ(rate("25"), (TimeBase{25, 1}));
  EXPECT_EQ(rate("12.5"), (TimeBase{25, 2}));
  EXPECT_EQ(rate("29.97"), (TimeBase{30000, 1001}));
  EXPECT_EQ(rate("23.976"), (TimeBase{24000, 1001}));
  EXPECT_EQ(rate("59.94"), (TimeBase{60000, 1001}));
  EXPECT_EQ(rate("30000/1001"), (TimeBase{30000, 1001}));
  EXPECT_EQ(rate("50/2"), (TimeBase{25, 1}));
  EXPECT_EQ(rate("1/30"), (TimeBase{1, 30}));
  EXPECT_EQ(rate("0.001"), (TimeBase{1, 1000}));
  EXPECT_EQ(rate("10000"), (TimeBase{10000, 1}));
}

TEST(FrameRate, TextIsReadAsTheSame) {
  EXPECT_EQ(FrameRateText({25, 1}), "25");
  EXPECT_EQ(FrameRateText({30000, 1001}), "30000/1001");
  for (const TimeBase rate : {TimeBase{25, 1}, {25, 2}, {30000, 1001}, {1, 1000}, {10000, 1}, {1, 30}})
    EXPECT_EQ(*ParseFrameRate(FrameRateText(rate)), rate);
}

TEST(FrameRate, WhatIsNone) {
  for (const char* const text : {"", "0", "-25", "25fps", "25/", "/1", "0/1", "1/0", "25/1/1", "1/1001", "10001", "nan",
                                 "inf", "25,0", "99999999999/1", " 25"}) {
    const auto rate = ParseFrameRate(text);
    ASSERT_FALSE(rate.ok()) << text;
    EXPECT_EQ(rate.error().kind, ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace fsc
