// The vector kernels give the same bits as the plain ones, on ordinary and on extreme values, at every width and CPU
// level.
#include "codec/tiled/quantizer_kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>
#include <vector>

#include "tests/support/each_cpu_level.h"

namespace fsc {
namespace {

using Limit = std::numeric_limits<float>;

// Random values with infinities' neighbours, denormals, both zeros and the ends of the range strewn in.
std::vector<float> Values(size_t count, const RangeSteps& range, std::mt19937& random) {
  const float extremes[] = {Limit::max(), Limit::lowest(), Limit::min(), Limit::denorm_min(),
                            0.0f,         -0.0f,           range.lo,     range.hi};
  std::uniform_real_distribution<float> inside(range.lo - 0.1f * (range.hi - range.lo),
                                               range.hi + 0.1f * (range.hi - range.lo));
  std::vector<float> values(count);
  for (float& x : values) x = random() % 8 == 0 ? extremes[random() % std::size(extremes)] : inside(random);
  return values;
}

std::vector<RangeSteps> Ranges(int levels) {
  std::vector<RangeSteps> ranges;
  for (const auto& [lo, hi] : std::vector<std::pair<float, float>>{
           {0, 1}, {-3.7f, 11.2f}, {1000, 1000.5f}, {-1e-30f, 1e-30f}, {-8e37f, 8e37f}, {5, 5}}) {
    const float width = hi - lo;
    ranges.push_back({lo, hi, width > 0 ? float(levels) / width : 0, width / float(levels)});
  }
  return ranges;
}

TEST(QuantizerKernels, FastEqualsPlain) {
  ForEachCpuLevel([] {
    std::mt19937 random(3);
    for (const int levels : {2, 7, 256, 1023, 4096, 65536}) {
      for (const RangeSteps& range : Ranges(levels)) {
        for (const float bias : {0.0f, 0.5f}) {
          const LevelRuleParameters rule{bias, 0.5f - bias, uint16_t(levels - 1)};
          for (const bool inverted : {false, true}) {
            for (int width = 1; width <= 67; width += width < 40 ? 1 : 9) {
              const int height = 3, stride = width + 5;
              const auto values = Values(size_t(width) * height, range, random);
              std::vector<uint16_t> plain(size_t(stride) * height, 12345), fast = plain;
              QuantizePlanePlain(values.data(), range, rule, inverted, {plain.data(), width, height, stride});
              QuantizePlaneFast(values.data(), range, rule, inverted, {fast.data(), width, height, stride});
              ASSERT_EQ(plain, fast) << "levels " << levels << " width " << width << " lo " << range.lo;
              for (uint16_t& sample : plain) sample = uint16_t(random());  // above the top level too
              std::vector<float> x(values.size()), y(values.size());
              DequantizePlanePlain({plain.data(), width, height, stride}, range, rule, inverted, x.data());
              DequantizePlaneFast({plain.data(), width, height, stride}, range, rule, inverted, y.data());
              for (size_t i = 0; i < x.size(); ++i)
                ASSERT_EQ(std::bit_cast<uint32_t>(x[i]), std::bit_cast<uint32_t>(y[i]));
            }
          }
        }
      }
    }
  });
}

TEST(QuantizerKernels, FastEqualsPlainWithARangeForEachElement) {
  ForEachCpuLevel([] {
    std::mt19937 random(4);
    for (const int levels : {2, 19, 4096}) {
      const auto ranges = Ranges(levels);
      const LevelRuleParameters rule{0.0f, 0.5f, uint16_t(levels - 1)};
      for (int width = 1; width <= 50; ++width) {
        const int height = 2;
        std::vector<float> lo, hi, inverse, step, values;
        for (int i = 0; i < width * height; ++i) {
          const RangeSteps& range = ranges[random() % ranges.size()];
          lo.push_back(range.lo);
          hi.push_back(range.hi);
          inverse.push_back(range.inverse_step);
          step.push_back(range.step);
          values.push_back(Values(1, range, random)[0]);
        }
        const ElementSteps elements{lo.data(), hi.data(), inverse.data(), step.data()};
        std::vector<uint16_t> plain(values.size()), fast(values.size());
        QuantizeElementsPlain(values.data(), elements, rule, width % 2 == 0, {plain.data(), width, height, width});
        QuantizeElementsFast(values.data(), elements, rule, width % 2 == 0, {fast.data(), width, height, width});
        ASSERT_EQ(plain, fast);
        std::vector<float> x(values.size()), y(values.size());
        DequantizeElementsPlain({plain.data(), width, height, width}, elements, rule, width % 2 == 0, x.data());
        DequantizeElementsFast({plain.data(), width, height, width}, elements, rule, width % 2 == 0, y.data());
        ASSERT_EQ(x, y);
      }
    }
  });
}

TEST(QuantizerKernels, MinMax) {
  ForEachCpuLevel([] {
    std::mt19937 random(5);
    for (size_t count = 1; count < 200; ++count) {
      auto values = Values(count, {-3, 4, 0, 0}, random);
      if (count % 3 == 0) values.assign(count, -0.0f);
      const MinMax plain = FindMinMaxPlain(values), fast = FindMinMaxFast(values);
      ASSERT_EQ(std::bit_cast<uint32_t>(plain.lo), std::bit_cast<uint32_t>(fast.lo));
      ASSERT_EQ(std::bit_cast<uint32_t>(plain.hi), std::bit_cast<uint32_t>(fast.hi));
    }
  });
}

}  // namespace
}  // namespace fsc
