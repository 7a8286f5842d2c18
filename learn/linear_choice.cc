#include "learn/linear_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "learn/linear_reduction.h"
#include "learn/task_sensitivity.h"

namespace fsc {
namespace {

constexpr double kDroppedEnergy = 5e-4;  // of A x, by the number of planes that is tried first
constexpr double kOtherDroppedEnergies[] = {2e-3, 1e-4, 0};
constexpr int kBits = 12;  // of a weight, tried first
constexpr int kOtherBits[] = {10, 14};
// Of other planes or bits than those tried first: percent of rate (less is noise), and divergence at the finest
// quantiser (rates are compared where both curves are; what one of them cannot reach must count as well).
constexpr double kLeastGain = 1;
constexpr double kMostDivergence = 1.1;
constexpr double kStreamFrames = 250;  // that the decoder half's bytes are spread over

std::string FormName(const LinearReductionConfig& config) {
  switch (config.weight) {
    case TaskWeight::kNone:
      return "plain";
    case TaskWeight::kDiagonal:
      return fmt::format("diagonal, eps {}", config.epsilon);
    case TaskWeight::kFull:
      return fmt::format("full, eps {}", config.epsilon);
    case TaskWeight::kBlended:
      break;
  }
  return fmt::format("blended, eps {}", config.epsilon);
}

// Adds `weight` times `matrix` over its mean eigenvalue.
void AddNormalised(std::span<const double> matrix, int n, double weight, std::vector<double>* sum) {
  double trace = 0;
  for (int i = 0; i < n; ++i) trace += matrix[size_t(i) * size_t(n) + size_t(i)];
  for (size_t i = 0; i < matrix.size(); ++i) (*sum)[i] += weight * matrix[i] * n / std::max(trace, 1e-300);
}

bool Reaches(const JudgedPoint& finest, const JudgedPoint& other) {
  for (size_t back = 0; back < finest.backs.size(); ++back) {
    if (finest.backs[back].kl_nats > kMostDivergence * other.backs[back].kl_nats) return false;
  }
  return true;
}

class Chooser {
 public:
  explicit Chooser(const CalibrationContext& context) : context_(context), options_(*context.options) {}

  Result<LinearChoice> Run() {
    FSC_ASSIGN_OR_RETURN(statistics_, ChannelStatistics::Create(context_.spec(), context_.sources));
    for (const FeatureFrame* frame : context_.set.Training()) FSC_RETURN_IF_ERROR(statistics_->Add(*frame));
    Candidate first;
    first.config.planes = options_.planes_given ? options_.learned.planes : 0;
    first.config.dropped_energy = kDroppedEnergy;
    first.bits = options_.weight_bits > 0 ? options_.weight_bits : kBits;
    if (options_.kind == CalibrationKind::kTask) {
      FSC_RETURN_IF_ERROR(MeasureSensitivity());
      for (const TaskWeight weight : options_.weights) {
        for (const double epsilon : options_.epsilons) {
          Candidate candidate = first;
          candidate.config.weight = weight;
          candidate.config.epsilon = epsilon;
          if (context_.judge || choice_.parts.empty()) FSC_RETURN_IF_ERROR(TryForm(candidate));
        }
      }
    } else {
      FSC_RETURN_IF_ERROR(TryForm(first));
    }
    if (context_.judge && !options_.planes_given) FSC_RETURN_IF_ERROR(TryOtherPlanes());
    if (context_.judge && options_.weight_bits == 0) FSC_RETURN_IF_ERROR(TryOtherBits());
    if (!context_.judge) choice_.tried.clear();
    return std::move(choice_);
  }

 private:
  struct Candidate {
    LinearReductionConfig config;
    int bits = 0;
  };
  struct Tried {
    TriedForm form;
    ReducedPart part;  // weights not rounded yet
  };

  // G of the model; of several, the weighted sum of each G over its mean eigenvalue.
  Status MeasureSensitivity() {
    SensitivityConfig config;
    config.measure = options_.measure;
    config.seed = options_.learned.seed;
    config.threads = options_.set.threads;
    const int channels = statistics_->channels();
    gram_.assign(size_t(channels) * size_t(channels), 0.0);
    int64_t done = 0;
    const int64_t all = int64_t(context_.set.Training().size() * context_.specs.size());
    for (size_t i = 0; i < context_.specs.size(); ++i) {
      FSC_ASSIGN_OR_RETURN(const auto meter, SensitivityMeter::Create(context_.specs[i], context_.sources, config));
      for (const CalibrationClip& clip : context_.set.clips) {
        for (const CalibrationFrame& frame : clip.training) {
          FSC_RETURN_IF_ERROR(meter->Add(frame.features, frame.geometry));
          context_.Say("measuring sensitivity", ++done, all);
        }
      }
      FSC_ASSIGN_OR_RETURN(const std::vector<double> own, meter->Gram());
      AddNormalised(own, channels, options_.model_weights.empty() ? 1.0 : options_.model_weights[i], &gram_);
    }
    choice_.sensitivity = NormalisedSpectrum(gram_, channels);
    return {};
  }

  Status TryOtherPlanes() {
    const Candidate best = best_;
    std::vector<int> counts = {choice_.parts[0].reducer.outputs()};
    for (const double dropped : kOtherDroppedEnergies) {
      Candidate candidate = best;
      candidate.config.dropped_energy = dropped;
      FSC_ASSIGN_OR_RETURN(const LinearReduction fitted, statistics_->Fit(gram_, candidate.config));
      candidate.config.planes = fitted.reducer.outputs();
      if (std::find(counts.begin(), counts.end(), candidate.config.planes) != counts.end()) continue;
      counts.push_back(candidate.config.planes);
      FSC_RETURN_IF_ERROR(TryVariant(candidate));
    }
    return {};
  }

  Status TryOtherBits() {
    const Candidate best = best_;
    for (const int bits : kOtherBits) {
      Candidate candidate = best;
      candidate.bits = bits;
      FSC_RETURN_IF_ERROR(TryVariant(candidate));
    }
    return {};
  }

  // Keeps the first form, and each that is better than the best so far.
  Status TryForm(const Candidate& candidate) {
    FSC_ASSIGN_OR_RETURN(Tried tried, Measure(candidate));
    if (choice_.tried.empty() || tried.form.rate_change_percent < best_form_.rate_change_percent) {
      Keep(candidate, &tried);
    }
    choice_.tried.push_back(std::move(tried.form));
    return {};
  }

  // A variant of the best: kept if it is better by enough.
  Status TryVariant(const Candidate& candidate) {
    FSC_ASSIGN_OR_RETURN(Tried tried, Measure(candidate));
    if (tried.form.rate_change_percent < best_form_.rate_change_percent - kLeastGain &&
        Reaches(tried.form.points[0], best_form_.points[0])) {
      Keep(candidate, &tried);
    }
    choice_.tried.push_back(std::move(tried.form));
    return {};
  }

  void Keep(const Candidate& candidate, Tried* tried) {
    best_ = candidate;
    best_form_ = tried->form;
    choice_.parts = {std::move(tried->part)};
  }

  Result<Tried> Measure(const Candidate& candidate) const {
    FSC_ASSIGN_OR_RETURN(LinearReduction fitted, statistics_->Fit(gram_, candidate.config));
    const int planes = fitted.reducer.outputs();
    ReducedPart part = context_.PartOf(std::move(fitted.reducer), std::move(fitted.restorer), candidate.bits);
    FSC_ASSIGN_OR_RETURN(SealedProfile sealed, context_.Seal({part}));
    TriedForm form{fmt::format("{}, {} planes, {} bits", FormName(candidate.config), planes, candidate.bits), 0, {}};
    if (context_.judge) {
      FSC_ASSIGN_OR_RETURN(form.points, context_.JudgeCandidate(sealed.profile.parts));
      const double profile_bits = 8.0 * double(sealed.profile.decoder_bytes.size());
      for (JudgedPoint& point : form.points) point.bits_per_element += profile_bits / ElementsOfAStream();
      if (!choice_.tried.empty()) form.rate_change_percent = RateChangePercent(choice_.tried[0].points, form.points);
    }
    context_.Say("comparing transforms", int64_t(choice_.tried.size()) + 1, 0);
    return Tried{std::move(form), std::move(part)};
  }

  double ElementsOfAStream() const {
    double elements = 0;
    const std::vector<const FeatureFrame*> frames = context_.set.HeldBack();
    for (const FeatureFrame* frame : frames) {
      for (const Tensor& layer : frame->layers) elements += double(layer.size());
    }
    return elements / double(frames.size()) * kStreamFrames;
  }

  const CalibrationContext& context_;
  const CalibrationOptions& options_;
  std::unique_ptr<ChannelStatistics> statistics_;
  std::vector<double> gram_;  // G, kind task
  LinearChoice choice_;
  Candidate best_;
  TriedForm best_form_;
};

}  // namespace

Result<LinearChoice> ChooseLinear(const CalibrationContext& context) {
  return Chooser(context).Run();
}

}  // namespace fsc
