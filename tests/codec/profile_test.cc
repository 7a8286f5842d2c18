// The profile file: what is written comes back, and keeps its bytes; damage is found.
#include "codec/profile.h"

#include <gtest/gtest.h>

#include "codec/profile_transform.h"
#include "tests/codec/profile_fixture.h"

namespace fsc {
namespace {

TEST(Profile, ComesBackWithRoundedWeights) {
  const Profile profile = FusedProfile();
  const auto bytes = WriteProfile(profile);
  ASSERT_TRUE(bytes.ok()) << bytes.error().OneLine();
  const auto read = ReadProfile(*bytes, Limits{}, "memory");
  ASSERT_TRUE(read.ok()) << read.error().OneLine();
  EXPECT_EQ(read->kind, "learned");
  EXPECT_EQ(read->model_id, "pyramid");
  EXPECT_EQ(read->model_sha256, profile.model_sha256);
  EXPECT_EQ(read->layers, profile.layers);
  EXPECT_EQ(read->drop_curve, profile.drop_curve);
  ASSERT_EQ(read->parts.size(), 1u);
  EXPECT_EQ(read->parts[0].sources, profile.parts[0].sources);
  EXPECT_EQ(read->parts[0].restorer.low, profile.parts[0].restorer.low);
  const auto near = [](const Convolution& a, const Convolution& b) {
    ASSERT_EQ(a.weights.size(), b.weights.size());
    const size_t row = a.weights.size() / size_t(a.outputs);
    for (int o = 0; o < a.outputs; ++o) {
      float largest = 0;
      for (size_t i = 0; i < row; ++i) largest = std::max(largest, std::fabs(a.weights[o * row + i]));
      // Half a step; a row's scale is up to an eighth of an octave larger than it need be.
      const float step = 1.1f * largest / float((1 << (a.bits - 1)) - 1);
      for (size_t i = 0; i < row; ++i) EXPECT_NEAR(a.weights[o * row + i], b.weights[o * row + i], 0.51f * step);
      EXPECT_NEAR(a.bias[o], b.bias[o], 1e-4f);
    }
  };
  near(profile.parts[0].reducer.main[0], read->parts[0].reducer.main[0]);
  near(profile.parts[0].restorer.main[0], read->parts[0].restorer.main[0]);
  near(profile.parts[0].restorer.branch[0], read->parts[0].restorer.branch[0]);
  near(profile.parts[0].restorer.branch[1], read->parts[0].restorer.branch[1]);
}

}  // namespace
}  // namespace fsc
