#include "learn/task_map_choice.h"

#include <fmt/format.h>

#include <utility>

#include "codec/profile/transform.h"
#include "learn/task_map_learner.h"

namespace fsc {
namespace {

constexpr int kMapBits = 8;            // of a weight of the task map
constexpr int kMapFrames = 64;         // that it is learnt from, at most
constexpr double kLeastMapGain = 0.5;  // percent of rate

}  // namespace

Result<TaskMapChoice> ChooseTaskMap(const CalibrationContext& context, std::vector<ReducedPart> parts) {
  TaskMapConfig config;
  config.seed = context.options->learned.seed;
  config.threads = context.options->set.threads;
  FSC_ASSIGN_OR_RETURN(const SealedProfile plain, context.Seal(parts));
  const std::vector<ReducedPart>& stored = plain.profile.parts;
  FSC_ASSIGN_OR_RETURN(const auto learner,
                       TaskMapLearner::Create(context.specs, context.sources, stored[0].restorer, config));
  const size_t step = (context.set.Training().size() + kMapFrames - 1) / kMapFrames;
  size_t number = 0;
  int64_t done = 0;
  for (const CalibrationClip& clip : context.set.clips) {
    for (const CalibrationFrame& frame : clip.training) {
      if (number++ % step != 0) continue;
      const FeatureFrame reduced = ReduceFrame(stored, frame.features, nullptr);
      FSC_RETURN_IF_ERROR(learner->Add(frame.features, reduced.layers[0], frame.geometry));
      context.Say("looking where errors matter", ++done, 0);
    }
  }
  TaskMapChoice choice;
  choice.tried.push_back({"none", 0, {}});
  FSC_ASSIGN_OR_RETURN(choice.tried[0].points, context.JudgeCandidate(stored));
  double best_change = -kLeastMapGain;
  const std::vector<double>& exponents = context.options->map_exponents;
  for (const double exponent : exponents) {
    std::vector<ReducedPart> weighed = parts;
    FSC_ASSIGN_OR_RETURN(weighed[0].task_map, learner->Fit(exponent));
    for (Convolution& layer : weighed[0].task_map.main) layer.bits = kMapBits;
    FSC_ASSIGN_OR_RETURN(const SealedProfile sealed, context.Seal(weighed));
    TriedForm form{fmt::format("{}", exponent), 0, {}};
    FSC_ASSIGN_OR_RETURN(form.points, context.JudgeCandidate(sealed.profile.parts));
    form.rate_change_percent = RateChangePercent(choice.tried[0].points, form.points);
    if (form.rate_change_percent < best_change) {
      best_change = form.rate_change_percent;
      choice.parts = std::move(weighed);
    }
    choice.tried.push_back(std::move(form));
    context.Say("weighing errors", int64_t(choice.tried.size()) - 1, int64_t(exponents.size()));
  }
  choice.explained = learner->explained();
  if (choice.parts.empty()) choice.parts = std::move(parts);
  return choice;
}

}  // namespace fsc
