// The library's decoder and the one that was written from the documentation agree on every stream.
#include <gtest/gtest.h>

#include <ostream>

#include "compare.h"
#include "scenarios.h"

namespace fsc::conformance {

// For the names that ctest shows.
void PrintTo(const Scenario& scenario, std::ostream* out) {
  *out << scenario.name;
}

namespace {

class Agreement : public testing::TestWithParam<Scenario> {};

TEST_P(Agreement, BothDecodersGiveTheSameFrames) {
  const Scenario& scenario = GetParam();
  const Result<std::vector<uint8_t>> stream = EncodeScenario(scenario);
  ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
  const Comparison comparison = Compare(*stream);
  EXPECT_EQ(comparison.difference, "");
  EXPECT_EQ(comparison.plain_error, "");
  EXPECT_EQ(comparison.frames.size(), size_t(TotalFrames(scenario)));
  const Result<std::vector<LayerSpec>> layers = CodedLayers(scenario);
  ASSERT_TRUE(layers.ok()) << layers.error().OneLine();
  EXPECT_EQ(comparison.values, TotalElements(*layers) * TotalFrames(scenario));
  EXPECT_GT(comparison.samples, 0);
}

INSTANTIATE_TEST_SUITE_P(Streams, Agreement, testing::ValuesIn(AgreementScenarios()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace fsc::conformance
