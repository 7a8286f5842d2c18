// Which frames say the same: copies, all but copies, other frames, frames of other shapes, constants.
#include "learn/frame_likeness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace fsc {
namespace {

FeatureFrame RandomFrame(unsigned seed, int width = 9, float mean = 0) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean, 1);
  FeatureFrame frame;
  frame.layers.emplace_back(6, 7, width);
  for (float& value : frame.layers[0].values()) value = normal(random);
  return frame;
}

// `frame` with noise of so much of its variance.
FeatureFrame Noisy(const FeatureFrame& frame, double share, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, float(std::sqrt(share)));
  FeatureFrame out;
  out.layers.push_back(frame.layers[0].Clone());
  for (float& value : out.layers[0].values()) value += normal(random);
  return out;
}

TEST(GroupsOfLikeFrames, CopiesAreOne) {
  const FeatureFrame a = RandomFrame(1), b = RandomFrame(2), narrow = RandomFrame(1, 8);
  const FeatureFrame like_a = Noisy(a, 1e-4, 3), like_b = Noisy(b, 1e-4, 4), unlike_a = Noisy(a, 1e-2, 5);
  const std::vector<const FeatureFrame*> frames = {&a, &b, &like_a, &unlike_a, &like_b, &a, &narrow};
  EXPECT_EQ(GroupsOfLikeFrames(frames), (std::vector<int>{0, 1, 0, 2, 1, 0, 3}));
}

// What differs counts against the deviation from the mean, not against the mean.
TEST(GroupsOfLikeFrames, LargeMeansHideNothing) {
  const FeatureFrame a = RandomFrame(1, 9, 1000), b = RandomFrame(2, 9, 1000);
  EXPECT_EQ(GroupsOfLikeFrames(std::vector{&a, &b}), (std::vector<int>{0, 1}));
}

TEST(AreConstant, ChannelsOfOneValue) {
  FeatureFrame flat;
  flat.layers.emplace_back(6, 7, 9);
  for (int c = 0; c < 6; ++c)
    std::fill(flat.layers[0].plane(c).begin(), flat.layers[0].plane(c).end(), 0.1f * float(c));
  const FeatureFrame moving = RandomFrame(1, 9, 1000);
  EXPECT_TRUE(AreConstant(std::vector<const FeatureFrame*>{&flat, &flat}));
  EXPECT_EQ(GroupsOfLikeFrames(std::vector<const FeatureFrame*>{&flat, &flat}), (std::vector<int>{0, 0}));
  EXPECT_FALSE(AreConstant(std::vector<const FeatureFrame*>{&moving}));
  EXPECT_FALSE(AreConstant(std::vector<const FeatureFrame*>{&flat, &moving}));
}

}  // namespace
}  // namespace fsc
