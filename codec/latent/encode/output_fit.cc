#include "codec/latent/encode/output_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace fsc {
namespace {

constexpr int kWidthsPerStep = 4;
constexpr int kStepsBelow = 4;       // of the first centre under the bound
constexpr int kFarBelowSteps = 8;    // bounds further down do not matter
constexpr int kOtherStepLevels = 4;  // width levels: twice the step is another one
constexpr double kDecay = 0.8;
constexpr int kIterations = 8;
constexpr double kDoubtedPairs = 10;  // few pairs prove little
constexpr double kCorrelated = 4;     // pairs that say the same, as neighbours do
// Classes that save less of the squared error than this gain nothing in what networks make of the features
// (bench/results/latent_tools.md).
constexpr double kLeastByClasses = 0.03;
constexpr int kMostLevel = 63;  // of a difference between tables
constexpr int kMostJump = 12;   // of neighbouring centres

// Bits of a difference between neighbouring corrections, about.
double JumpBits(int jump) {
  return jump == 0 ? 0.4 : 3.2 + 0.8 * std::abs(jump);
}

}  // namespace

OutputFit::OutputFit(int channels, float unit, float lambda)
    : channels_(channels), unit_(unit), lambda_(lambda), errors_(channels) {}

void OutputFit::SetGrid(float low, int32_t step_q4) {
  const float wanted = float(step_q4) / (16 * kWidthsPerStep);
  int level = 0;
  const auto distance = [&](int l) { return std::fabs(OutputStage::Width(l, 1.0f) - wanted); };
  while (level < OutputStage::kMaxWidthLevel && distance(level + 1) < distance(level)) ++level;
  low_ = low;
  if (width_level_ >= 0 && std::abs(level - width_level_) < kOtherStepLevels) return;
  width_level_ = level;
  const double width = OutputStage::Width(level, unit_);
  correction_ = width / OutputStage::kCorrectionsPerWidth;
  step_ = double{unit_} * step_q4 / 16;
  const double from = std::max(double{low}, -kFarBelowSteps * step_);
  const double limit = OutputStage::kMaxStart;
  start_ = width > 0 ? int(std::floor(std::clamp(from / width - kStepsBelow * kWidthsPerStep, -limit, limit))) : 0;
  errors_.assign(channels_, {});
  frames_ = pairs_ = error_ = saved_by_low_ = 0;
}

void OutputFit::Add(const Tensor& decoded, const Tensor& original, float low, int32_t step_q4) {
  SetGrid(low, step_q4);
  frames_ *= kDecay;
  pairs_ *= kDecay;
  error_ *= kDecay;
  saved_by_low_ *= kDecay;
  const float width = OutputStage::Width(width_level_, unit_);
  if (!(width > 1e-30f)) return;  // values so small that their squares are nothing
  const float scale = 1.0f / width;
  const double correction_scale = 1 / correction_;
  for (int c = 0; c < channels_; ++c) {
    Errors& errors = errors_[c];
    for (Centres* centres : {&errors.sums, &errors.squares, &errors.products}) {
      for (double& sum : *centres) sum *= kDecay;
    }
    const std::span<const float> from = decoded.plane(c);
    const std::span<const float> to = original.plane(c);
    double before = 0;
    double after = 0;
    for (size_t i = 0; i < from.size(); ++i) {
      const float t = std::clamp(from[i] * scale - float(start_), 0.0f, float(kCentres - 1));
      const int centre = std::min(int(t), kCentres - 2);
      const double above = t - float(centre);
      const double below = 1 - above;
      const double raw = (double{to[i]} - from[i]) * correction_scale;
      const double bounded = (double{to[i]} - std::max(from[i], low_)) * correction_scale;
      errors.sums[centre] += below * bounded;
      errors.sums[centre + 1] += above * bounded;
      errors.squares[centre] += below * below;
      errors.squares[centre + 1] += above * above;
      errors.products[centre] += below * above;
      before += raw * raw;
      after += bounded * bounded;
    }
    error_ += after;
    saved_by_low_ += before - after;
    pairs_ += double(from.size());
  }
  frames_ += 1;
}

void OutputFit::Errors::Add(const Errors& other) {
  for (int i = 0; i < kCentres; ++i) {
    sums[i] += other.sums[i];
    squares[i] += other.squares[i];
    products[i] += other.products[i];
  }
}

template <class Table>
double OutputFit::Errors::Saved(const Table& corrections) const {
  double saved = 0;
  const size_t last = corrections.size() - 1;
  for (size_t i = 0; i < kCentres; ++i) {
    const double here = corrections[std::min(i, last)];
    const double next = corrections[std::min(i + 1, last)];
    saved += here * (2 * sums[i] - here * squares[i] - 2 * next * products[i]);
  }
  return saved;
}

OutputFit::Centres OutputFit::Errors::Solve() const {
  // Elimination downwards, then substitution upwards.
  Centres pivot;
  Centres right;
  for (int i = 0; i < kCentres; ++i) {
    pivot[i] = squares[i] + kDoubtedPairs;
    right[i] = sums[i];
    if (i == 0) continue;
    const double factor = products[i - 1] / pivot[i - 1];
    pivot[i] -= factor * products[i - 1];
    right[i] -= factor * right[i - 1];
  }
  Centres result;
  for (int i = kCentres - 1; i >= 0; --i) {
    result[i] = (right[i] - (i + 1 < kCentres ? products[i] * result[i + 1] : 0)) / pivot[i];
  }
  return result;
}

double OutputFit::Saved(const OutputStage& stage) const {
  double saved = stage.low > OutputStage::kNoLow ? saved_by_low_ : 0;
  if (stage.tables.empty()) return saved;
  for (int c = 0; c < channels_; ++c)
    saved += errors_[c].Saved(stage.tables[stage.classes.empty() ? 0 : stage.classes[c]]);
  return saved;
}

OutputFit::Errors OutputFit::ClassErrors(const std::vector<uint8_t>& classes, int table) const {
  Errors sum;
  for (int c = 0; c < channels_; ++c) {
    if (classes[c] == table) sum.Add(errors_[c]);
  }
  return sum;
}

double OutputFit::Assign(const Tables& tables, std::vector<uint8_t>* classes) const {
  double total = 0;
  for (int c = 0; c < channels_; ++c) {
    double best = -std::numeric_limits<double>::infinity();
    for (size_t t = 0; t < tables.size(); ++t) {
      const double saved = errors_[c].Saved(tables[t]);
      if (saved <= best) continue;
      best = saved;
      (*classes)[c] = uint8_t(t);
    }
    total += best;
  }
  return total;
}

void OutputFit::Split(Tables* tables, std::vector<uint8_t>* classes) const {
  const int count = int(tables->size());
  const auto refit = [&] {
    for (size_t t = 0; t < tables->size(); ++t) (*tables)[t] = ClassErrors(*classes, int(t)).Solve();
  };
  if (count == 0) {
    classes->assign(channels_, 0);
    tables->resize(1);
    refit();
    return;
  }
  // Each class in two halves: the channels that want less of its table, and those that want more.
  for (int t = 0; t < count; ++t) {
    std::vector<std::pair<double, int>> wanted;
    for (int c = 0; c < channels_; ++c) {
      if ((*classes)[c] != t) continue;
      double along = 0;
      for (int i = 0; i < kCentres; ++i) along += 2 * errors_[c].sums[i] * (*tables)[t][i];
      const double square = along - errors_[c].Saved((*tables)[t]);
      wanted.emplace_back(along / (square + 1e-9), c);
    }
    std::sort(wanted.begin(), wanted.end());
    for (size_t i = 0; i < wanted.size(); ++i) (*classes)[wanted[i].second] = uint8_t(2 * t + (2 * i >= wanted.size()));
  }
  tables->resize(2 * size_t(count));
  double last = -std::numeric_limits<double>::infinity();
  for (int i = 0; i < kIterations; ++i) {
    refit();
    const double saved = Assign(*tables, classes);
    if (saved <= last) break;
    last = saved;
  }
}

std::vector<int> OutputFit::Quantise(const Errors& errors, const std::vector<int>& base, double bit_cost) const {
  // cost[level]: of the best way to a difference of `level` from the base at this centre.
  constexpr int kLevels = 2 * kMostLevel + 1;
  constexpr double kNever = 1e300;
  std::vector<double> cost(kLevels, kNever);
  std::vector<double> next(kLevels);
  std::vector<std::array<int8_t, kLevels>> from(kCentres);
  cost[kMostLevel] = 0;
  for (int i = 0; i < kCentres; ++i) {
    for (int level = 0; level < kLevels; ++level) {
      next[level] = kNever;
      const int q = base[i] + level - kMostLevel;
      if (std::abs(q) > OutputStage::kMaxCorrection) continue;
      const double error = q * (q * (errors.squares[i] + kDoubtedPairs) - 2 * errors.sums[i]);
      const double with_last = i > 0 ? 2 * q * errors.products[i - 1] : 0;
      const int first = std::max(-kMostJump, level - kLevels + 1);
      const int last = std::min(kMostJump, level);
      for (int jump = first; jump <= last; ++jump) {
        const int before = level - jump;
        if (cost[before] >= kNever) continue;
        const int last_q = i > 0 ? base[i - 1] + before - kMostLevel : 0;
        const double total = cost[before] + error + with_last * last_q + bit_cost * JumpBits(jump);
        if (total < next[level]) {
          next[level] = total;
          from[i][level] = int8_t(jump);
        }
      }
    }
    cost.swap(next);
  }
  std::vector<int> result(kCentres);
  int level = int(std::min_element(cost.begin(), cost.end()) - cost.begin());
  for (int i = kCentres - 1; i >= 0; --i) {
    result[i] = base[i] + level - kMostLevel;
    level -= from[i][level];
  }
  return result;
}

OutputStage OutputFit::Quantised(std::vector<uint8_t> classes, int tables, double bit_cost) const {
  OutputStage stage;
  stage.low = low_;
  if (tables == 0) return stage;
  stage.width_level = width_level_;
  stage.start = start_;
  Tables rounded(tables);
  std::vector<int> base(kCentres);
  size_t centres = 1;  // behind the last one nothing changes any more, in any table against the one before
  for (int t = 0; t < tables; ++t) {
    const std::vector<int> table = Quantise(ClassErrors(classes, t), base, bit_cost);
    for (size_t i = centres; i < kCentres; ++i) {
      if (table[i] - base[i] != table[i - 1] - base[i - 1]) centres = i + 1;
    }
    std::copy(table.begin(), table.end(), rounded[t].begin());
    base = table;
  }
  for (const Centres& table : rounded) stage.tables.emplace_back(table.begin(), table.begin() + ptrdiff_t(centres));
  if (tables > 1) {
    Assign(rounded, &classes);
    stage.classes = std::move(classes);
  }
  return stage;
}

std::optional<OutputStage> OutputFit::Choose(const OutputStage& now, double frames) const {
  if (width_level_ < 0 || pairs_ <= 0 || correction_ <= 0) return {};
  // In squared error of the collected frames.
  const double bit = lambda_ * (step_ / correction_) * (step_ / correction_) * frames_ / frames;
  const double doubt = kCorrelated * 2 * error_ / pairs_;
  std::optional<OutputStage> best;
  double most = Saved(now);
  const auto consider = [&](OutputStage stage) {
    ByteWriter bytes;
    WriteOutputUpdate(stage, &bytes);
    // A number that was fitted saves a variance too much here, and will cost another in other frames.
    size_t fitted = stage.classes.size();
    for (const auto& table : stage.tables) {
      for (size_t i = 1; i < table.size(); ++i) fitted += table[i] != table[i - 1];
    }
    double saved = Saved(stage) - doubt * double(fitted) - bit * 8 * double(bytes.bytes().size());
    if (stage.tables.size() > 1 && now.tables.size() < 2) saved -= kLeastByClasses * error_;
    if (saved <= most) return;
    most = saved;
    best = std::move(stage);
  };
  Tables tables;
  std::vector<uint8_t> classes;
  consider(Quantised(classes, 0, bit));
  for (int count = 1; count <= std::min(OutputStage::kMaxTables, channels_); count *= 2) {
    Split(&tables, &classes);
    consider(Quantised(classes, count, bit));
  }
  return best;
}

}  // namespace fsc
