#include "learn/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/profile/fit_check.h"
#include "codec/profile/transform.h"
#include "learn/calibration_context.h"
#include "learn/linear_choice.h"
#include "learn/task_map_choice.h"

namespace fsc {
namespace {

constexpr int kLeastDistinctFrames = 4;  // to judge by: fewer promise nothing
constexpr int kLearnedBits = 8;          // of a weight; sums of many taps forgive

// Variance of each plane over frames.
class PlaneSums {
 public:
  void Add(const Tensor& planes) {
    sum_.resize(size_t(planes.channels()));
    squares_.resize(size_t(planes.channels()));
    for (int k = 0; k < planes.channels(); ++k) {
      for (const float value : planes.plane(k)) {
        sum_[size_t(k)] += value;
        squares_[size_t(k)] += double{value} * value;
      }
    }
    cells_ += double(planes.plane(0).size());
  }

  std::vector<double> Variances() const {
    std::vector<double> all;
    for (size_t k = 0; k < sum_.size(); ++k) {
      all.push_back(std::max(0.0, squares_[k] / cells_ - sum_[k] * sum_[k] / (cells_ * cells_)));
    }
    return all;
  }

 private:
  std::vector<double> sum_, squares_;
  double cells_ = 0;
};

class Calibration {
 public:
  Calibration(const CalibrationOptions& options, CalibrationContext context)
      : options_(options), context_(std::move(context)) {
    for (const ModelSpec& spec : context_.specs) out_.models.push_back(spec.id);
    out_.judged = context_.judged;
    out_.training_frames = int(context_.set.Training().size());
    out_.held_back_frames = int(context_.set.HeldBack().size());
    out_.warnings = context_.set.warnings();
    if (context_.judge) out_.distinct_frames = context_.judge->distinct_frames();
  }

  Result<CalibrationOutcome> Run() {
    FSC_RETURN_IF_ERROR(options_.kind == CalibrationKind::kLearned ? Learn() : FitLinear());
    if (context_.judge && options_.mode == "latent" && !options_.map_exponents.empty()) {
      FSC_RETURN_IF_ERROR(FitTaskMap());
    }
    MeasurePlanes();
    FSC_RETURN_IF_ERROR(MeasureFit());
    FSC_RETURN_IF_ERROR(MeasureDrop());
    return std::move(out_);
  }

 private:
  // What is measured from here on is measured with the weights that every decoder will have. Always from the same
  // numbers: rounding what is rounded already may move it again.
  Status Seal(std::vector<DropPoint> drop_curve = {}) {
    FSC_ASSIGN_OR_RETURN(SealedProfile sealed, context_.Seal(parts_, std::move(drop_curve), fit_));
    out_.file = std::move(sealed.file);
    out_.profile = std::move(sealed.profile);
    return {};
  }

  Status FitLinear() {
    FSC_ASSIGN_OR_RETURN(LinearChoice choice, ChooseLinear(context_));
    out_.tried = std::move(choice.tried);
    out_.sensitivity = std::move(choice.sensitivity);
    parts_ = std::move(choice.parts);
    return Seal();
  }

  Status FitTaskMap() {
    auto found = ChooseTaskMap(context_, parts_);
    // Statistics need no gradients: where there are none, there is no map.
    if (!found.ok() && options_.kind == CalibrationKind::kStatistics) return {};
    FSC_ASSIGN_OR_RETURN(TaskMapChoice choice, std::move(found));
    out_.tried_maps = std::move(choice.tried);
    out_.map_explained = choice.explained;
    parts_ = std::move(choice.parts);
    return Seal();
  }

  Status Learn() {
    const int bits = options_.weight_bits > 0 ? options_.weight_bits : kLearnedBits;
    ReductionConfig learned = options_.learned;
    learned.rate_weight = options_.lambda_given ? RateWeight::kLambda : RateWeight::kTrained;
    FSC_ASSIGN_OR_RETURN(const auto trainer, ReductionTrainer::Create(context_.specs, context_.sources, learned));
    const auto training = context_.set.Training(), held_back = context_.set.HeldBack();
    const auto watch = [&](const char* stage, int steps, std::vector<TrainingPoint>* curve) {
      return [this, stage, steps, curve](const TrainingPoint& point) {
        curve->push_back(point);
        context_.Say(stage, point.step + 1, steps,
                     fmt::format("task {:.4f} feature {:.3f} rate {:.3f}", point.loss.divergence, point.loss.feature,
                                 point.loss.rate));
        return true;
      };
    };
    FSC_RETURN_IF_ERROR(trainer->Train(training, held_back, watch("training", options_.learned.steps, &out_.training)));
    out_.start_loss = trainer->start_loss();
    out_.best_loss = trainer->best_loss();
    out_.sensitivity = trainer->sensitivity();
    parts_ = {context_.PartOf(trainer->reducer(), trainer->restorer(), bits)};
    FSC_RETURN_IF_ERROR(Seal());
    if (options_.learned.refine_steps > 0) {
      std::vector<DecodedSet> decoded(context_.candidate_qps.size()), judges(context_.candidate_qps.size());
      for (const CalibrationClip& clip : context_.set.clips) {
        FSC_RETURN_IF_ERROR(Decode(clip.training, &decoded));
        FSC_RETURN_IF_ERROR(Decode(clip.held_back, &judges));
      }
      FSC_RETURN_IF_ERROR(
          trainer->Refine(decoded, judges, watch("refining", options_.learned.refine_steps, &out_.refinement)));
      parts_ = {context_.PartOf(trainer->reducer(), trainer->restorer(), bits)};
      FSC_RETURN_IF_ERROR(Seal());
    }
    return {};
  }

  // Frames with their planes after coding, a set for each of the candidates' quantisers.
  Status Decode(std::span<const CalibrationFrame> frames, std::vector<DecodedSet>* decoded) const {
    for (const FrameRun& run : RunsOf(frames)) {
      for (size_t set = 0; set < decoded->size(); ++set) {
        EncoderConfig config = context_.coder;
        config.qp = context_.candidate_qps[set];
        FSC_ASSIGN_OR_RETURN(CodedRun coded, CodeRun(out_.profile.parts, run, config));
        for (size_t t = 0; t < run.size(); ++t) {
          (*decoded)[set].push_back({&run[t]->features, std::move(coded.reduced[t].layers[0])});
        }
        context_.Say("coding planes to refine on", int64_t((*decoded)[set].size()), 0);
      }
    }
    return {};
  }

  // Energies before and after, for the report.
  void MeasurePlanes() {
    std::vector<PlaneSums> layers(context_.spec().layers.size());
    PlaneSums sums;
    for (const FeatureFrame* frame : context_.set.HeldBack()) {
      for (size_t i = 0; i < layers.size(); ++i) layers[i].Add(frame->layers[i]);
      FeatureFrame reduced = ReduceFrame(out_.profile.parts, *frame, nullptr);
      sums.Add(reduced.layers[0]);
      if (out_.example_planes.size() == 0) out_.example_planes = std::move(reduced.layers[0]);
    }
    for (const PlaneSums& layer : layers) {
      const std::vector<double> variances = layer.Variances();
      out_.channel_variance.insert(out_.channel_variance.end(), variances.begin(), variances.end());
    }
    std::sort(out_.channel_variance.rbegin(), out_.channel_variance.rend());
    out_.plane_variance = sums.Variances();
    std::sort(out_.plane_variance.rbegin(), out_.plane_variance.rend());
  }

  // What the reduction alone loses of the frames that are held back, with the weights as they are stored.
  Status MeasureFit() {
    const std::vector<ReducedPart>& parts = out_.profile.parts;
    FitMeter meter;
    for (const CalibrationClip& clip : context_.set.clips) {
      for (const CalibrationFrame& frame : clip.held_back) {
        const FeatureFrame reduced = ReduceFrame(parts, frame.features, nullptr);
        meter.Add(LossOf(parts, frame.features, RestoreFrame(parts, frame.layers, reduced, nullptr)));
      }
    }
    fit_ = meter.Fit();
    return Seal();
  }

  Status MeasureDrop() {
    if (!context_.judge) return {};
    FSC_ASSIGN_OR_RETURN(out_.uncoded, context_.judge->Uncoded(out_.profile.parts));
    const int64_t all = int64_t((context_.presets.size() + 1) * context_.qps.size());
    int64_t done = 0;
    std::vector<DropPoint> drops;
    for (const std::string& preset : context_.presets) {
      EncoderConfig coder = context_.coder;
      coder.preset = preset;
      for (const int qp : context_.qps) {
        FSC_ASSIGN_OR_RETURN(const JudgedPoint point, context_.judge->Judge(out_.profile.parts, coder, qp));
        if (preset == context_.coder.preset) out_.curve.push_back(point);
        drops.push_back({options_.mode, preset, qp, point.drop_percent});
        context_.Say("measuring the drop", ++done, all);
      }
    }
    for (const int qp : context_.qps) {
      FSC_ASSIGN_OR_RETURN(const JudgedPoint point, context_.judge->Judge({}, context_.coder, qp));
      out_.plain.push_back(point);
      context_.Say("measuring the drop", ++done, all);
    }
    if (out_.distinct_frames < kLeastDistinctFrames) {
      drops.clear();
      out_.warnings.Add(
          {.kind = "no-promise",
           .what =
               fmt::format("{} held-back frames, {} of them distinct, are too few to promise a drop by: the profile "
                           "has no drop curve",
                           out_.held_back_frames, out_.distinct_frames),
           .where = "the drop curve",
           .advice = fmt::format("give more or longer clips: {} distinct frames, a quarter of each clip is held back",
                                 kLeastDistinctFrames)});
    }
    return Seal(std::move(drops));
  }

  const CalibrationOptions& options_;
  CalibrationContext context_;
  std::vector<ReducedPart> parts_;  // weights not rounded yet
  std::vector<PartFit> fit_;        // empty until it is measured
  CalibrationOutcome out_;
};

}  // namespace

Result<CalibrationOutcome> Calibrate(const CalibrationOptions& options, const CalibrationProgress& progress) {
  FSC_ASSIGN_OR_RETURN(CalibrationContext context, CalibrationContext::Create(options, progress));
  return Calibration(options, std::move(context)).Run();
}

}  // namespace fsc
