// The quantiser's promises: half a step inside the range, constants exact, bin edges, ranges by every rule.
#include "codec/tiled/quantizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "codec/tiled/range_meter.h"
#include "codec/tiled/range_syntax.h"

namespace fsc {
namespace {

LayerSpec SpecOf(const Tensor& tensor) {
  return {.name = "a",
          .channels = tensor.channels(),
          .height_cells = tensor.height_cells(),
          .width_cells = tensor.width_cells()};
}

Tensor RandomTensor(int channels, int height, int width, unsigned seed, float mean = 0.3f, float deviation = 1.7f) {
  Tensor tensor(channels, height, width);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(mean, deviation);
  for (float& x : tensor.values()) x = normal(random);
  return tensor;
}

LayerRanges Measure(const Tensor& tensor, const QuantizerConfig& config) {
  const Tensor* const one[] = {&tensor};
  return MeasureRanges(one, config);
}

// Through levels and back, plane by plane.
Tensor RoundTrip(const Tensor& tensor, const QuantizerConfig& config, const LayerRanges& ranges,
                 std::vector<uint16_t>* levels = nullptr) {
  LayerQuantizer quantizer(SpecOf(tensor), LevelsOf(config), config.level_rule, config.scope);
  EXPECT_TRUE(quantizer.SetRanges(ranges, "test").ok());
  Tensor back(tensor.channels(), tensor.height_cells(), tensor.width_cells());
  Plane<uint16_t> samples(tensor.width_cells(), tensor.height_cells());
  for (int c = 0; c < tensor.channels(); ++c) {
    const bool inverted = c % 2 != 0;
    quantizer.QuantizePlane(c, tensor.plane(c), inverted, samples.view());
    for (const uint16_t sample : samples.samples()) {
      EXPECT_LT(int(sample), LevelsOf(config));
      if (levels != nullptr) levels->push_back(inverted ? uint16_t(LevelsOf(config) - 1 - sample) : sample);
    }
    quantizer.DequantizePlane(c, std::as_const(samples).view(), inverted, back.plane(c));
  }
  return back;
}

double MeanSquaredError(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::pow(double(a.values()[i]) - b.values()[i], 2);
  return sum / double(a.size());
}

constexpr RangeRule kRules[] = {RangeRule::kAuto, RangeRule::kMinMax, RangeRule::kSigma, RangeRule::kPercentile,
                                RangeRule::kFixed};
constexpr RangeScope kScopes[] = {RangeScope::kLayer, RangeScope::kChannel, RangeScope::kElement};
constexpr LevelRule kLevelRules[] = {LevelRule::kCentre, LevelRule::kQLayer, LevelRule::kFloor};

// The bound of tiled/quantizer.h; outside the range, the reconstruction lies at its nearest level.
void CheckBound(const Tensor& tensor, const Tensor& back, const LayerRanges& ranges, const QuantizerConfig& config) {
  const int n = LevelsOf(config);
  for (size_t i = 0; i < tensor.size(); ++i) {
    const size_t plane = tensor.plane(0).size();
    const size_t at = config.scope == RangeScope::kLayer ? 0 : config.scope == RangeScope::kChannel ? i / plane : i;
    const double lo = ranges.lo[at], hi = ranges.hi[at], x = tensor.values()[i], y = back.values()[i];
    const double step = (hi - lo) / (config.level_rule == LevelRule::kCentre ? n : n - 1);
    const double ulp = std::max(std::abs(lo), std::abs(hi)) * 0x1p-23;
    const double bound =
        step * ((config.level_rule == LevelRule::kFloor ? 1.0 : 0.5) + n * 0x1p-22) + 2 * ulp + 0x1p-100;
    ASSERT_LE(y, hi);
    ASSERT_LE(std::abs(std::clamp(x, lo, hi) - y), bound)
        << "x " << x << " x' " << y << " range " << lo << " .. " << hi;
    if (lo == hi) {
      ASSERT_EQ(y, lo);
    }
  }
}

TEST(Quantizer, HalfAStepForEveryRule) {
  std::vector<Tensor> tensors;
  tensors.push_back(RandomTensor(13, 7, 9, 1));                   // C prime, odd sizes
  tensors.push_back(RandomTensor(31, 1, 1, 2));                   // 1 x 1 planes
  tensors.push_back(RandomTensor(4, 45, 60, 3, 1000.0f, 0.01f));  // far from zero
  tensors.push_back(RandomTensor(3, 5, 17, 4, 0.0f, 1e-20f));
  tensors.push_back(RandomTensor(2, 6, 6, 5, 0.0f, 1e36f));
  tensors.push_back(Tensor(5, 4, 3));  // constant: zero
  Tensor constant(3, 8, 8);
  std::fill(constant.values().begin(), constant.values().end(), -7.123f);
  tensors.push_back(std::move(constant));
  for (const Tensor& tensor : tensors) {
    for (const int levels : {2, 7, 19, 256, 1024, 4096, 65536}) {
      for (const RangeRule rule : kRules) {
        for (const RangeScope scope : kScopes) {
          for (const LevelRule level_rule : kLevelRules) {
            QuantizerConfig config{
                .levels = levels, .bits = 16, .rule = rule, .scope = scope, .level_rule = level_rule};
            config.fixed_lo = -2;
            config.fixed_hi = 3;
            ASSERT_TRUE(CheckQuantizerConfig(config).ok());
            const LayerRanges ranges = Measure(tensor, config);
            CheckBound(tensor, RoundTrip(tensor, config, ranges), ranges, config);
            if (HasFatalFailure()) {
              FAIL() << "N " << levels << " rule " << int(rule) << " scope " << int(scope) << " levels "
                     << int(level_rule);
            }
          }
        }
      }
    }
  }
}

TEST(Quantizer, ConstantTensorsAreExact) {
  for (const float value : {0.0f, 1.0f, -3.3e38f, 1e-42f, 0.1f, 3.0e38f}) {
    Tensor tensor(3, 5, 4);
    std::fill(tensor.values().begin(), tensor.values().end(), value);
    for (const RangeRule rule : {RangeRule::kAuto, RangeRule::kMinMax, RangeRule::kSigma, RangeRule::kPercentile}) {
      for (const RangeScope scope : kScopes) {
        const QuantizerConfig config{.rule = rule, .scope = scope};
        const Tensor back = RoundTrip(tensor, config, Measure(tensor, config));
        for (const float x : back.values()) ASSERT_EQ(x, value) << "rule " << int(rule) << " scope " << int(scope);
      }
    }
  }
}

TEST(Quantizer, BinEdges) {
  Tensor tensor(1, 1, 9);
  const float x[] = {0.0f, 0.24f, 0.25f, 0.49f, 0.5f, 0.75f, 1.0f, -5.0f, 5.0f};
  std::copy(std::begin(x), std::end(x), tensor.values().begin());
  QuantizerConfig config{.levels = 4, .rule = RangeRule::kFixed};
  std::vector<uint16_t> levels;
  const Tensor centre = RoundTrip(tensor, config, Measure(tensor, config), &levels);
  EXPECT_EQ(levels, (std::vector<uint16_t>{0, 0, 1, 1, 2, 3, 3, 0, 3}));
  EXPECT_EQ(centre.values()[0], 0.125f);
  EXPECT_EQ(centre.values()[8], 0.875f);

  config.level_rule = LevelRule::kQLayer;  // levels at 0, 1/3, 2/3, 1
  levels.clear();
  const Tensor layer = RoundTrip(tensor, config, Measure(tensor, config), &levels);
  EXPECT_EQ(levels, (std::vector<uint16_t>{0, 1, 1, 1, 2, 2, 3, 0, 3}));
  EXPECT_EQ(layer.values()[6], 1.0f);

  config.level_rule = LevelRule::kFloor;
  levels.clear();
  RoundTrip(tensor, config, Measure(tensor, config), &levels);
  EXPECT_EQ(levels, (std::vector<uint16_t>{0, 0, 0, 1, 1, 2, 3, 0, 3}));
}

TEST(Quantizer, FloorIsBiasedByHalfAStep) {
  const Tensor tensor = RandomTensor(8, 30, 30, 6);
  for (const auto& [rule, expected] :
       {std::pair{LevelRule::kFloor, -0.5}, {LevelRule::kQLayer, 0.0}, {LevelRule::kCentre, 0.0}}) {
    const QuantizerConfig config{.levels = 64, .level_rule = rule};
    const LayerRanges ranges = Measure(tensor, config);
    const Tensor back = RoundTrip(tensor, config, ranges);
    double bias = 0;
    for (size_t i = 0; i < tensor.size(); ++i) bias += double(back.values()[i]) - tensor.values()[i];
    const double step = (double(ranges.hi[0]) - ranges.lo[0]) / 63;
    EXPECT_NEAR(bias / double(tensor.size()) / step, expected, 0.02);
  }
}

TEST(Quantizer, RangesByEveryRule) {
  Tensor tensor(2, 250, 200);  // large enough for the counting percentile
  std::mt19937 random(7);
  std::normal_distribution<float> normal(2, 3);
  for (float& x : tensor.values()) x = normal(random);
  std::vector<float> sorted(tensor.values().begin(), tensor.values().end());
  std::sort(sorted.begin(), sorted.end());

  LayerRanges ranges = Measure(tensor, {});
  EXPECT_EQ(ranges.lo[0], sorted.front());
  EXPECT_EQ(ranges.hi[0], sorted.back());

  ranges = Measure(tensor, {.rule = RangeRule::kSigma, .sigma_width = 2});
  EXPECT_NEAR(ranges.lo[0], 2 - 2 * 3, 0.05);
  EXPECT_NEAR(ranges.hi[0], 2 + 2 * 3, 0.05);

  for (const double percentile : {0.0, 0.05, 1.0, 25.0}) {
    ranges = Measure(tensor, {.rule = RangeRule::kPercentile, .percentile = percentile});
    const size_t rank = size_t(percentile / 100 * double(sorted.size() - 1));
    EXPECT_EQ(ranges.lo[0], sorted[rank]) << percentile;
    EXPECT_EQ(ranges.hi[0], sorted[sorted.size() - 1 - rank]) << percentile;
  }
  ranges = Measure(tensor, {.scope = RangeScope::kChannel});
  ASSERT_EQ(ranges.lo.size(), 2u);
  EXPECT_EQ(ranges.hi[1], *std::max_element(tensor.plane(1).begin(), tensor.plane(1).end()));
}

// Ulhaq, "Mobile-Cloud Inference for Collaborative Intelligence", 2020, chapter 2: elements N(mu_i, sigma_i) about
// different means: a range of its own for each is worth having.
TEST(Quantizer, ElementRangesBeatOneRange) {
  std::mt19937 random(8);
  std::normal_distribution<float> normal;
  std::vector<Tensor> frames;
  Tensor means(6, 11, 13);
  for (float& mean : means.values()) mean = 3 * normal(random);
  for (int t = 0; t < 8; ++t) {
    Tensor frame = means.Clone();
    for (float& x : frame.values()) x += 0.5f * normal(random);
    frames.push_back(std::move(frame));
  }
  std::vector<const Tensor*> pointers;
  for (const Tensor& frame : frames) pointers.push_back(&frame);
  for (const int levels : {6, 7, 19, 256}) {
    QuantizerConfig global{.levels = levels, .rule = RangeRule::kSigma};
    QuantizerConfig element = global;
    element.scope = RangeScope::kElement;
    element.sigma_width = 3.7;
    const LayerRanges wide = Measure(frames[0], global), own = MeasureRanges(pointers, element);
    double q1 = 0, q2 = 0;
    for (const Tensor& frame : frames) {
      q1 += MeanSquaredError(frame, RoundTrip(frame, global, wide));
      q2 += MeanSquaredError(frame, RoundTrip(frame, element, own));
    }
    EXPECT_LE(q2, q1) << "N " << levels;
  }
}

TEST(Quantizer, SevenLevelsStayBelowTheirEntropyBound) {
  const Tensor tensor = RandomTensor(16, 40, 40, 9);
  const QuantizerConfig config{.levels = 7, .rule = RangeRule::kSigma, .sigma_width = 3.3};
  std::vector<uint16_t> levels;
  RoundTrip(tensor, config, Measure(tensor, config), &levels);
  std::vector<double> counts(7);
  for (const uint16_t level : levels) ++counts[level];
  double entropy = 0;
  for (const double count : counts) {
    if (count > 0) entropy -= count / double(levels.size()) * std::log2(count / double(levels.size()));
  }
  EXPECT_LE(entropy, std::log2(7.0));
  EXPECT_GT(entropy, 1.0) << "the levels are in use";
}

TEST(Quantizer, BadSettingsAreRefused) {
  EXPECT_EQ(CheckQuantizerConfig({.levels = 257, .bits = 8}).error().where, "quantizer.levels");
  EXPECT_EQ(CheckQuantizerConfig({.bits = 17}).error().where, "quantizer.bits");
  EXPECT_FALSE(CheckQuantizerConfig({.levels = 1}).ok());
  EXPECT_FALSE(CheckQuantizerConfig({.levels = 257, .bits = 8}).ok());
  EXPECT_FALSE(CheckQuantizerConfig({.bits = 17}).ok());
  EXPECT_FALSE(CheckQuantizerConfig({.rule = RangeRule::kSigma, .sigma_width = 0}).ok());
  EXPECT_FALSE(CheckQuantizerConfig({.rule = RangeRule::kPercentile, .percentile = 50}).ok());
  EXPECT_FALSE(CheckQuantizerConfig({.rule = RangeRule::kFixed, .fixed_lo = 1, .fixed_hi = 0}).ok());
  EXPECT_FALSE(
      CheckQuantizerConfig({.rule = RangeRule::kFixed, .fixed_hi = std::numeric_limits<double>::quiet_NaN()}).ok());
  EXPECT_TRUE(CheckQuantizerConfig({.levels = 257, .bits = 10}).ok());
}

TEST(Quantizer, BadRangesAreRefused) {
  const LayerSpec spec{.name = "a", .channels = 2, .height_cells = 1, .width_cells = 1};
  const float infinity = std::numeric_limits<float>::infinity(), largest = std::numeric_limits<float>::max();
  LayerQuantizer quantizer(spec, 256, LevelRule::kCentre, RangeScope::kLayer);
  for (const LayerRanges& bad :
       {LayerRanges{{}, {}}, LayerRanges{{1}, {0}}, LayerRanges{{0}, {infinity}}, LayerRanges{{NAN}, {0}},
        LayerRanges{{0, 0}, {1, 1}}, LayerRanges{{-largest}, {largest}}}) {
    EXPECT_FALSE(quantizer.SetRanges(bad, "test").ok());
  }
  EXPECT_TRUE(quantizer.SetRanges({{0}, {1}}, "test").ok());
}

TEST(RangeSyntax, RoundTripAndDamage) {
  std::vector<LayerSpec> layers = {{.name = "a", .channels = 300, .height_cells = 3, .width_cells = 5},
                                   {.name = "b", .channels = 2, .height_cells = 4, .width_cells = 4}};
  std::mt19937 random(10);
  for (const RangeScope scope : kScopes) {
    for (const bool smooth : {false, true}) {
      std::vector<LayerRanges> ranges(2);
      for (size_t i = 0; i < 2; ++i) {
        for (int64_t k = 0; k < RangeCount(layers[i], scope); ++k) {
          ranges[i].lo.push_back(smooth ? -1.0f : -float(random()) / 7);
          ranges[i].hi.push_back(smooth ? 2.0f : float(random()) / 3);
        }
      }
      ByteWriter out;
      ASSERT_TRUE(WriteRanges(ranges, &out).ok());
      if (smooth && scope == RangeScope::kElement) {
        EXPECT_LT(out.size(), 200u) << "maps are compressed";
      }
      ByteReader in(out.bytes());
      const auto read = ReadRanges(&in, layers, scope, "test");
      ASSERT_TRUE(read.ok());
      EXPECT_EQ(*read, ranges);
      EXPECT_EQ(in.left(), 0u);
      for (size_t size = 0; size < out.size(); size += 1 + out.size() / 300) {
        ByteReader cut(out.bytes().first(size));
        EXPECT_FALSE(ReadRanges(&cut, layers, scope, "test").ok());
      }
      std::vector<uint8_t> bytes(out.bytes().begin(), out.bytes().end());
      for (int trial = 0; trial < 300; ++trial) {  // must return, whatever it returns
        std::vector<uint8_t> flipped = bytes;
        flipped[random() % flipped.size()] ^= uint8_t(1 << random() % 8);
        ByteReader damaged(flipped);
        const auto result = ReadRanges(&damaged, layers, scope, "test");
        if (result.ok()) {
          EXPECT_EQ((*result)[1].hi.size(), size_t(RangeCount(layers[1], scope)));
        }
      }
    }
  }
}

}  // namespace
}  // namespace fsc
