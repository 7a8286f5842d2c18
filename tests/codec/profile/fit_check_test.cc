// How well a profile fits, by features alone: the measure against its definition, and which frames are told.
#include "codec/profile/fit_check.h"

#include <gtest/gtest.h>

#include <random>

#include "codec/profile/transform.h"
#include "core/thread_pool.h"
#include "tests/support/profile_fixture.h"

namespace fsc {
namespace {

constexpr int kChannels = 12, kPlanes = 4;

LayerSpec SizedLayer(const Profile& profile) {
  LayerSpec layer = profile.layers[0];
  layer.height_cells = 9;
  layer.width_cells = 11;
  return layer;
}

FeatureFrame RandomFrame(const LayerSpec& layer, unsigned seed, float scale = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  FeatureFrame frame;
  frame.layers.emplace_back(layer.channels, layer.height_cells, layer.width_cells);
  for (float& value : frame.layers[0].values()) value = scale * (0.5f + normal(random));
  return frame;
}

class FitCheckTest : public ::testing::Test {
 protected:
  FitCheckTest() {
    Profile profile = LinearProfile(kChannels, kPlanes, 16);
    profile.fit = {{0.01f, 0.02f}};
    profile_ = Stored(profile);
    layer_ = SizedLayer(*profile_);
  }
  FeatureFrame Reduced(const FeatureFrame& frame) const { return ReduceFrame(profile_->parts, frame, nullptr); }
  // What lies in the planes, with so much of its energy outside of them.
  FeatureFrame Fitting(unsigned seed, double lost_share) const {
    const FeatureFrame any = RandomFrame(layer_, seed);
    FeatureFrame frame = RestoreFrame(profile_->parts, {&layer_, 1}, Reduced(any), nullptr);
    double outside = 0, squares = 0;
    const auto inside = frame.layers[0].values();
    const auto all = any.layers[0].values();
    for (size_t i = 0; i < all.size(); ++i) {
      outside += double(all[i] - inside[i]) * (all[i] - inside[i]);
      squares += double(inside[i]) * inside[i];
    }
    // Planes and what they leave are orthogonal: shares add.
    const double amount = std::sqrt(lost_share / (1 - lost_share) * squares / outside);
    for (size_t i = 0; i < all.size(); ++i) inside[i] += float(amount * (all[i] - inside[i]));
    return frame;
  }
  double ShareOf(const FeatureFrame& frame) const {
    const FeatureFrame restored = RestoreFrame(profile_->parts, {&layer_, 1}, Reduced(frame), nullptr);
    return LossOf(profile_->parts, frame, restored)[0].share();
  }

  std::shared_ptr<const Profile> profile_;
  LayerSpec layer_;
};

TEST_F(FitCheckTest, TheShareIsWhatWasPutOutside) {
  for (const double share : {0.0, 1e-4, 0.01, 0.3}) EXPECT_NEAR(ShareOf(Fitting(3, share)), share, 0.1 * share + 1e-6);
}

TEST_F(FitCheckTest, TheMeterKeepsAllFramesAndTheWorst) {
  FitMeter meter;
  PartLoss sum;
  for (const auto& [error, squares] : {std::pair{1.0, 100.0}, {8.0, 40.0}, {0.0, 0.0}}) {
    meter.Add({PartLoss{error, squares}});
    sum.Add({error, squares});
  }
  ASSERT_EQ(meter.Fit().size(), 1u);
  EXPECT_FLOAT_EQ(meter.Fit()[0].lost_share, 9.0f / 140);
  EXPECT_FLOAT_EQ(meter.Fit()[0].worst_lost_share, 0.2f);
  // Nothing but error is as bad as can be written, and still a number.
  EXPECT_GT((PartLoss{1, 0}.share()), 1e5);
}

TEST_F(FitCheckTest, FramesThatFitAreNotTold) {
  FitCheck check(profile_, {layer_});
  for (int t = 0; t < 40; ++t) {
    const FeatureFrame frame = Fitting(unsigned(t), t % 2 == 0 ? 0.01 : 0.03);
    check.Look(t, frame, Reduced(frame), nullptr);
  }
  EXPECT_TRUE(check.warnings().empty());
}

TEST_F(FitCheckTest, MisfitsAreToldWithTheirFramesAndByHowMuch) {
  ThreadPool pool(3);
  std::string lines[2];
  for (const int threaded : {0, 1}) {
    FitCheck check(profile_, {layer_});
    for (int t = 0; t < 64; ++t) {
      const FeatureFrame frame = Fitting(unsigned(t), t >= 20 && t < 44 ? 0.4 : 0.01);
      check.Look(t, frame, Reduced(frame), threaded ? &pool : nullptr);
    }
    ASSERT_EQ(check.warnings().list().size(), 1u);
    const Warning warning = check.warnings().list()[0];
    EXPECT_EQ(warning.kind, "profile-misfit");
    EXPECT_EQ(warning.count, 3);
    EXPECT_EQ(warning.where, "frames 24..40, 3 of 8 looked at");
    EXPECT_NE(warning.what.find("up to 40"), std::string::npos) << warning.what;
    EXPECT_NE(warning.what.find("1 % where it was calibrated"), std::string::npos) << warning.what;
    lines[threaded] = warning.OneLine();
  }
  EXPECT_EQ(lines[0], lines[1]);
}

// Another network's features: however large or small they are, their energy is not where the planes are.
TEST_F(FitCheckTest, OtherScalesHideNothing) {
  for (const float scale : {1e-3f, 1.0f, 1e3f}) {
    FitCheck check(profile_, {layer_});
    const FeatureFrame frame = RandomFrame(layer_, 5, scale);
    check.Look(0, frame, Reduced(frame), nullptr);
    EXPECT_EQ(check.warnings().list().size(), 1u) << scale;
  }
}

}  // namespace
}  // namespace fsc
