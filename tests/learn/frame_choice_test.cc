// Which frames a calibration learns from and judges by: spread, apart, within their numbers; and what counts as blank.
#include "learn/frame_choice.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace fsc {
namespace {

int64_t Count(const std::vector<FrameUse>& uses, FrameUse use) {
  return std::count(uses.begin(), uses.end(), use);
}

TEST(ChooseFrames, KeepsItsNumbers) {
  for (const int64_t frames : {1, 2, 3, 4, 5, 7, 8, 12, 16, 23, 24, 64, 65, 100, 196, 1000}) {
    for (const int64_t most : {2, 3, 4, 8, 12, 32, 128}) {
      for (const int64_t held_back : {1, 2, 3, 5, 8, 16, 32}) {
        const auto uses = ChooseFrames(frames, most, held_back);
        ASSERT_EQ(int64_t(uses.size()), frames);
        EXPECT_EQ(uses[0], FrameUse::kTraining);
        EXPECT_EQ(Count(uses, FrameUse::kHeldBack), std::min({held_back, frames / 4, most / 2}));
        EXPECT_LE(Count(uses, FrameUse::kTraining) + Count(uses, FrameUse::kHeldBack), std::max<int64_t>(1, most));
        EXPECT_GE(Count(uses, FrameUse::kTraining), std::min<int64_t>(most, frames) / 4) << frames << " " << most;
        if (frames >= 4 * most) {
          EXPECT_EQ(Count(uses, FrameUse::kTraining), std::max<int64_t>(1, most - Count(uses, FrameUse::kHeldBack)));
        }
      }
    }
  }
}

TEST(ChooseFrames, HeldBackFramesAreBlocksInEveryPartOfTheClip) {
  const auto uses = ChooseFrames(196, 128, 32);
  for (size_t quarter = 0; quarter < 4; ++quarter) {
    const auto begin = uses.begin() + ptrdiff_t(49 * quarter);
    EXPECT_EQ(std::count(begin, begin + 49, FrameUse::kHeldBack), 8);
    EXPECT_GT(std::count(begin, begin + 49, FrameUse::kTraining), 12);
    const auto block = std::find(begin, begin + 49, FrameUse::kHeldBack);
    EXPECT_EQ(std::count(block, block + 8, FrameUse::kHeldBack), 8) << "consecutive";
    EXPECT_EQ(std::count(block - 8, block, FrameUse::kNone), 8) << "apart from what is learnt";
    EXPECT_EQ(std::count(block + 8, block + 16, FrameUse::kNone), 8);
  }
}

TEST(ChooseFrames, ShortClipsHaveTheirGapToo) {
  const auto uses = ChooseFrames(24, 12, 16);
  for (size_t n = 1; n < uses.size(); ++n) {
    const bool one = uses[n] == FrameUse::kHeldBack, other = uses[n - 1] == FrameUse::kHeldBack;
    EXPECT_TRUE(one == other || uses[one ? n - 1 : n] == FrameUse::kNone) << n;
  }
}

Image Grey(int deviation, uint8_t level) {
  std::mt19937 random(5);
  std::normal_distribution<double> noise(level, deviation);
  Image image{32, 24, {}};
  for (int i = 0; i < 3 * 32 * 24; ++i) image.bgr.push_back(uint8_t(std::clamp(noise(random), 0.0, 255.0)));
  return image;
}

TEST(IsBlank, OneColourAndItsNoise) {
  EXPECT_TRUE(IsBlank(Grey(0, 0)));
  EXPECT_TRUE(IsBlank(Grey(1, 128)));
  EXPECT_FALSE(IsBlank(Grey(4, 128)));
  Image colour{8, 8, {}};
  for (int i = 0; i < 64; ++i) colour.bgr.insert(colour.bgr.end(), {200, 10, 90});
  EXPECT_TRUE(IsBlank(colour));
  for (size_t i = 0; i < 3 * 16; i += 3) colour.bgr[i] = 120;  // a quarter has another blue
  EXPECT_FALSE(IsBlank(colour));
}

}  // namespace
}  // namespace fsc
