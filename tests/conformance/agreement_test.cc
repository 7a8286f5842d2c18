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
  EXPECT_EQ(comparison.values, TotalElements(scenario.layers) * TotalFrames(scenario));
  EXPECT_GT(comparison.samples, 0);
}

INSTANTIATE_TEST_SUITE_P(Streams, Agreement, testing::ValuesIn(AgreementScenarios()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace fsc::conformance
