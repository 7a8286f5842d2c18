// The short form of the yardstick: each case is a situation in a setup. `hostile` runs the whole; README.md says more.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "yardstick.h"

namespace fsc::hostile {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

template <class Entry>
std::vector<Entry> ShortForm(const std::vector<Entry>& all) {
  std::vector<Entry> list;
  for (const Entry& entry : all) {
    if (entry.in_short_form) list.push_back(entry);
  }
  return list;
}

// Sanitized builds are slow: they take every fourth situation, the first latent setup and the first of the tiled ones.
std::vector<Situation> ShortSituations() {
  const std::vector<Situation> all = ShortForm(AllSituations());
  std::vector<Situation> list;
  for (size_t i = 0; i < all.size(); i += kSanitized ? 4 : 1) list.push_back(all[i]);
  return list;
}

std::vector<Setup> ShortSetups() {
  std::vector<Setup> list;
  bool latent = false, tiled = false;
  for (const Setup& setup : ShortForm(AllSetups())) {
    bool& seen = setup.config.mode == "latent" ? latent : tiled;
    if (!kSanitized || !seen) list.push_back(setup);
    seen = true;
  }
  return list;
}

std::string OneLine(const Warnings& warnings) {
  std::string text;
  for (const Warning& warning : warnings.list()) text += "\nwarned: " + warning.OneLine();
  return text;
}

class Hostile : public testing::TestWithParam<std::tuple<Situation, Setup>> {};

TEST_P(Hostile, StaysWithinTheYardstick) {
  const auto& [situation, setup] = GetParam();
  const Verdict verdict = Yardstick().Judge(situation, situation.clip(), setup);
  EXPECT_EQ(verdict.error, "");
  EXPECT_LE(verdict.worst_deficit_db, kMostDeficitDb) << "frame " << verdict.worst_frame << " of the part";
  EXPECT_LE(verdict.mean_deficit_db, kMostDeficitDb)
      << verdict.mean_db << " dB where " << verdict.reference_mean_db << " dB can be had";
  EXPECT_LE(verdict.rate_ratio, kMostRateRatio) << verdict.bytes << " bytes, not " << verdict.reference_bytes;
  if (HasFailure()) std::printf("%s%s\n", situation.shows.c_str(), OneLine(verdict.warnings).c_str());
}

INSTANTIATE_TEST_SUITE_P(Short, Hostile,
                         testing::Combine(testing::ValuesIn(ShortSituations()), testing::ValuesIn(ShortSetups())),
                         [](const auto& of) {
                           return std::get<0>(of.param).name + "_in_" + std::get<1>(of.param).name;
                         });

class HostileCeiling : public testing::TestWithParam<std::tuple<Situation, CeilingSetup>> {};

TEST_P(HostileCeiling, QualityRisesAsTheQpFalls) {
  const auto& [situation, setup] = GetParam();
  const CeilingVerdict verdict = JudgeCeiling(situation, situation.clip(), setup.config);
  EXPECT_EQ(verdict.error, "");
  EXPECT_TRUE(verdict.ok()) << "frame " << verdict.worst_frame << ": " << testing::PrintToString(verdict.worst_db)
                            << " dB at QP " << testing::PrintToString(kCeilingQps) << OneLine(verdict.warnings);
}

INSTANTIATE_TEST_SUITE_P(Short, HostileCeiling,
                         testing::Combine(testing::ValuesIn(ShortSituations()),
                                          testing::ValuesIn(ShortForm(CeilingSetups()))),
                         [](const auto& of) {
                           return std::get<0>(of.param).name + "_in_" + std::get<1>(of.param).name;
                         });

}  // namespace
}  // namespace fsc::hostile
