// What every method of repair keeps to, whatever was lost.
#include "fsc/concealer.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "tests/codec/conceal/lossy_tensors.h"

namespace fsc {
namespace {

constexpr int kChannels = 9;
constexpr int kHeight = 21;
constexpr int kWidth = 13;

std::shared_ptr<const CompletionStatistics> Learnt() {
  CompletionParts parts;
  parts.mean_map = true;
  CompletionLearner learner(parts);
  for (int t = 0; t < 4; ++t) EXPECT_TRUE(learner.Add(DriftingTensor(kChannels, kHeight, kWidth, t), t > 0).ok());
  Result<CompletionStatistics> statistics = learner.Finish();
  EXPECT_TRUE(statistics.ok());
  return std::make_shared<CompletionStatistics>(std::move(*statistics));
}

std::vector<std::string> NamesHere() {
  std::vector<std::string> names;
  ConcealerOptions options;
  options.statistics = Learnt();
  for (const std::string& name : ConcealerNames()) {
    const auto made = CreateConcealer(name, options);
    if (made.ok()) {
      names.push_back(name);
    } else {
      EXPECT_EQ(made.error().kind, ErrorKind::kUsage);
      EXPECT_TRUE(name == "navier-stokes" || name == "telea") << made.error().OneLine();
    }
  }
  return names;
}

// Some rows lost, one channel lost, a row of all channels lost, all lost, nothing lost.
std::vector<ArrivalMap> Maps() {
  std::vector<ArrivalMap> maps = {RandomMap(kChannels, kHeight, 8, 0.3, 1), RandomMap(kChannels, kHeight, 1, 0.5, 2)};
  maps.emplace_back(kChannels, kHeight).Lose(2, 0, kHeight);
  maps.emplace_back(kChannels, kHeight);
  for (int c = 0; c < kChannels; ++c) maps.back().Lose(c, 8, 8);
  maps.emplace_back(kChannels, kHeight);
  for (int c = 0; c < kChannels; ++c) maps.back().Lose(c, 0, kHeight);
  maps.emplace_back(kChannels, kHeight);
  return maps;
}

void ExpectRepaired(const std::string& name, const ArrivalMap& map, const ConcealContext& context,
                    const Tensor& original, Concealer* concealer) {
  Tensor tensor = original.Clone();
  Damage(map, &tensor);
  const Result<ConcealReport> report = concealer->Conceal(map, context, &tensor);
  ASSERT_TRUE(report.ok()) << name << ": " << report.error().OneLine();
  EXPECT_EQ(report->lost_elements, map.lost_rows() * kWidth);
  EXPECT_EQ(report->method.empty(), map.complete());
  for (int c = 0; c < kChannels; ++c) {
    for (int i = 0; i < kHeight * kWidth; ++i) {
      const float value = tensor.plane(c)[size_t(i)];
      ASSERT_TRUE(std::isfinite(value)) << name << ", channel " << c << ", cell " << i;
      if (map.arrived(c, i / kWidth)) {
        ASSERT_EQ(std::bit_cast<uint32_t>(value), std::bit_cast<uint32_t>(original.plane(c)[size_t(i)])) << name;
      }
    }
  }
}

TEST(Concealer, KeepsWhatArrivedAndIsFiniteWhateverWasLost) {
  ConcealerOptions options;
  options.statistics = Learnt();
  for (const std::string& name : NamesHere()) {
    SCOPED_TRACE(name);
    for (const int constant_channels : {0, 1, kChannels}) {
      auto concealer = CreateConcealer(name, options);
      ASSERT_TRUE(concealer.ok());
      EXPECT_EQ((*concealer)->name(), name);
      Tensor last;
      int t = 0;
      for (const ArrivalMap& map : Maps()) {
        Tensor tensor = DriftingTensor(kChannels, kHeight, kWidth, t++);
        for (int c = 0; c < constant_channels; ++c) std::ranges::fill(tensor.plane(c), c == 0 ? 0.0F : 3.5F);
        tensor.values()[0] = -0.0F;
        ConcealContext context;
        context.previous = last.size() > 0 ? &last : nullptr;
        ExpectRepaired(name, map, context, tensor, concealer->get());
        last = std::move(tensor);
      }
    }
  }
}

TEST(Concealer, NeedsNoStatisticsWhereItSaysSo) {
  for (const std::string& name : NamesHere()) {
    const auto made = CreateConcealer(name, {});
    const bool needs = name == "gauss" || name == "gcross" || name == "diff" || name == "altec" ||
                       name == "dataset-mean" || name == "hybrid";
    EXPECT_EQ(made.ok(), !needs) << name;
    if (needs) {
      EXPECT_EQ(made.error().kind, ErrorKind::kUsage);
      EXPECT_NE(made.error().OneLine().find("needs statistics"), std::string::npos);
      continue;
    }
    for (const ArrivalMap& map : Maps()) {
      ExpectRepaired(name, map, {}, DriftingTensor(kChannels, kHeight, kWidth, 0), made->get());
    }
  }
}

TEST(Concealer, SaysWhatDoesNotFit) {
  EXPECT_EQ(CreateConcealer("magic", {}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(CreateConcealer("halrtc", {nullptr, 0}).error().kind, ErrorKind::kUsage);
  auto partial = std::make_shared<CompletionStatistics>(*Learnt());
  partial->cross_covariance.clear();
  ConcealerOptions options{partial};
  EXPECT_NE(CreateConcealer("gcross", options).error().OneLine().find("lack"), std::string::npos);
  const auto concealer = CreateConcealer("linear", options);
  ASSERT_TRUE(concealer.ok());
  Tensor tensor(kChannels, kHeight, kWidth);
  EXPECT_EQ((*concealer)->Conceal(ArrivalMap(kChannels, kHeight + 1), {}, &tensor).error().kind, ErrorKind::kUsage);
  const Tensor other(kChannels, kHeight, kWidth + 1);
  ConcealContext context;
  context.previous = &other;
  EXPECT_EQ((*concealer)->Conceal(ArrivalMap(kChannels, kHeight), context, &tensor).error().kind, ErrorKind::kUsage);
  const CellMotion motion;
  context = {.motion = &motion};
  EXPECT_EQ((*concealer)->Conceal(ArrivalMap(kChannels, kHeight), context, &tensor).error().kind, ErrorKind::kUsage);
  Tensor of_other_layer(kChannels + 1, kHeight, kWidth);
  EXPECT_EQ((*concealer)->Conceal(ArrivalMap(kChannels + 1, kHeight), {}, &of_other_layer).error().kind,
            ErrorKind::kUsage);
  Tensor wide(kMaxCompletionChannels + 1, 2, 1);
  ArrivalMap wide_map(kMaxCompletionChannels + 1, 2);
  wide_map.Lose(0, 0, 1);
  EXPECT_EQ((*CreateConcealer("gself", {}))->Conceal(wide_map, {}, &wide).error().kind, ErrorKind::kUsage);
}

TEST(Concealer, SimpleFillsAreWhatTheySay) {
  Tensor tensor(1, 6, 1);
  const float values[] = {1, 9, 9, 9, 5, 5};
  std::ranges::copy(values, tensor.values().begin());
  ArrivalMap map(1, 6);
  map.Lose(0, 1, 3);
  const auto repaired = [&](const std::string& name, ConcealContext context = {}) {
    Tensor out = tensor.Clone();
    EXPECT_TRUE((*CreateConcealer(name, {}))->Conceal(map, context, &out).ok());
    return std::vector<float>(out.values().begin() + 1, out.values().begin() + 4);
  };
  EXPECT_EQ(repaired("zero"), (std::vector<float>{0, 0, 0}));
  EXPECT_EQ(repaired("min"), (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(repaired("linear"), (std::vector<float>{2, 3, 4}));
  EXPECT_EQ(repaired("nearest"), (std::vector<float>{1, 1, 5}));
  EXPECT_NEAR(repaired("channel-mean")[0], 11.0 / 3, 1e-6);
  const float sent[] = {7};
  EXPECT_EQ(repaired("channel-mean", {.channel_means = sent}), (std::vector<float>{7, 7, 7}));
  Tensor last(1, 6, 1);
  std::ranges::fill(last.values(), 4.0F);
  EXPECT_EQ(repaired("temporal", {.previous = &last}), (std::vector<float>{4, 4, 4}));
}

TEST(Concealer, MovesTheLastTensorByTheGivenField) {
  Tensor last(1, 4, 5);
  for (size_t i = 0; i < last.size(); ++i) last.values()[i] = float(i);
  Tensor tensor(1, 4, 5);
  ArrivalMap map(1, 4);
  map.Lose(0, 1, 2);
  const CellMotion motion{std::vector<float>(20, 1.5F), std::vector<float>(20, -1.0F)};
  ASSERT_TRUE(
      (*CreateConcealer("temporal-motion", {}))->Conceal(map, {.previous = &last, .motion = &motion}, &tensor).ok());
  EXPECT_FLOAT_EQ(tensor.values()[5], 1.5F);  // row 1, column 0 is row 0, column 1.5
  EXPECT_FLOAT_EQ(tensor.values()[8], 4.0F);  // beyond the edge: its last cell
  EXPECT_EQ(tensor.values()[0], 0.0F);
}

TEST(Concealer, AdaptiveMethodsForgetAtACut) {
  for (const std::string name : {"ajoint", "ajcross"}) {
    const auto concealer = CreateConcealer(name, {});
    ASSERT_TRUE(concealer.ok());
    const ArrivalMap map = RandomMap(kChannels, kHeight, 4, 0.3, 5);
    Tensor last;
    std::vector<std::string> methods;
    for (int t = 0; t < 6; ++t) {
      Tensor tensor =
          t < 4 ? DriftingTensor(kChannels, kHeight, kWidth, t) : DriftingTensor(kChannels, kHeight, kWidth, t, 77);
      Damage(map, &tensor);
      const auto report = (*concealer)->Conceal(map, {.previous = last.size() > 0 ? &last : nullptr}, &tensor);
      ASSERT_TRUE(report.ok());
      methods.push_back(report->method);
      last = tensor.Clone();
    }
    EXPECT_EQ(methods, (std::vector<std::string>{"gself", name, name, name, "gself", name}));
  }
}

TEST(Concealer, EveryMethodForStillsBeatsZero) {
  ConcealerOptions options;
  options.statistics = Learnt();
  const Tensor original = DriftingTensor(kChannels, kHeight, kWidth, 9);
  const ArrivalMap map = RandomMap(kChannels, kHeight, 4, 0.3, 3);
  const auto error_of = [&](const std::string& name) {
    Tensor tensor = original.Clone();
    Damage(map, &tensor);
    EXPECT_TRUE((*CreateConcealer(name, options))->Conceal(map, {}, &tensor).ok());
    double sum = 0;
    for (size_t i = 0; i < tensor.size(); ++i) {
      sum += std::pow(double(tensor.values()[i]) - double(original.values()[i]), 2);
    }
    return sum;
  };
  const double zero = error_of("zero");
  for (const std::string& name : NamesHere()) {
    if (name != "zero" && name != "min") {
      EXPECT_LT(error_of(name), zero) << name;
    }
  }
  EXPECT_LT(error_of("gcross"), error_of("linear"));
}

}  // namespace
}  // namespace fsc
