#include "tools/calibrate/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "codec/profile_transform.h"
#include "models/shared_front.h"
#include "models/task_map_learner.h"

namespace fsc::tools {
namespace {

constexpr int kRefineQps[] = {36, 44, 52};  // of planes to refine on: a KL of a hundredth to one of a few tenths
constexpr int kLearnedBits = 8;             // of a weight; sums of many taps forgive
constexpr int kLinearBits = 12;             // on SqueezeNet 8 cost 2.5 times the divergence
constexpr int kFormQps[] = {36, 44, 52};    // that forms of a transform and of the task map are compared at
constexpr int kMapBits = 8;                 // of a weight of the task map
constexpr int kMapFrames = 64;              // that it is learnt from, at most
constexpr double kLeastMapGain = 0.5;       // percent of rate

const char* NameOf(CalibrationKind kind) {
  switch (kind) {
    case CalibrationKind::kStatistics:
      return "statistics";
    case CalibrationKind::kTask:
      return "task";
    case CalibrationKind::kLearned:
      break;
  }
  return "learned";
}

const char* NameOf(TaskWeight weight) {
  switch (weight) {
    case TaskWeight::kNone:
      return "plain";
    case TaskWeight::kDiagonal:
      return "diagonal";
    case TaskWeight::kFull:
      return "full";
    case TaskWeight::kBlended:
      break;
  }
  return "blended";
}

// Adds `weight` times `matrix` over its mean eigenvalue.
void AddNormalised(std::span<const double> matrix, int n, double weight, std::vector<double>* sum) {
  double trace = 0;
  for (int i = 0; i < n; ++i) trace += matrix[size_t(i) * size_t(n) + size_t(i)];
  for (size_t i = 0; i < matrix.size(); ++i) (*sum)[i] += weight * matrix[i] * n / std::max(trace, 1e-300);
}

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
  Calibration(const CalibrationOptions& options, const CalibrationProgress& progress)
      : options_(options), progress_(progress) {}

  Result<CalibrationOutcome> Run() {
    FSC_RETURN_IF_ERROR(LoadModels());
    FSC_ASSIGN_OR_RETURN(sources_, FuseAllLayers(spec()));
    coder_.mode = options_.mode;
    coder_.preset = options_.presets.empty() ? std::string() : options_.presets[0];
    coder_.threads = options_.set.threads;

    int64_t read = 0;
    FSC_ASSIGN_OR_RETURN(set_, ReadCalibrationSet(models_[0].get(), options_.set,
                                                  [&] { Say("running the front", ++read, options_.set.max_frames); }));
    out_.training_frames = int(set_.Training().size());
    out_.held_back_frames = int(set_.HeldBack().size());
    std::vector<SplitModel*> judged;
    for (size_t i = 0; i < specs_.size(); ++i) {
      if (specs_[i].task.kind == TaskKind::kNone) continue;
      judged.push_back(models_[i].get());
      out_.judged.push_back(specs_[i].id);
    }
    if (!judged.empty()) {
      FSC_ASSIGN_OR_RETURN(judge_, ProfileJudge::Create(std::move(judged), set_));
    }
    FSC_RETURN_IF_ERROR(options_.kind == CalibrationKind::kLearned ? Learn() : FitLinear());
    if (judge_ && options_.mode == "latent" && !options_.map_exponents.empty()) FSC_RETURN_IF_ERROR(FitTaskMap());
    FSC_RETURN_IF_ERROR(MeasurePlanes());
    FSC_RETURN_IF_ERROR(MeasureDrop());
    return std::move(out_);
  }

 private:
  Status LoadModels() {
    for (const std::string& path : options_.model_paths) {
      FSC_ASSIGN_OR_RETURN(ModelSpec spec, ReadModelSpec(path, Limits{}));
      if (spec.back_path.empty()) {
        return Usage("the model has no back", path, "a back is needed to learn and judge what it needs");
      }
      out_.models.push_back(spec.id);
      specs_.push_back(std::move(spec));
    }
    if (specs_.empty()) return Usage("no model to calibrate for", "--model");
    FSC_RETURN_IF_ERROR(CheckSharedFront(specs_));
    if (!options_.model_weights.empty() && options_.model_weights.size() != specs_.size()) {
      return Usage(fmt::format("{} weights for {} models", options_.model_weights.size(), specs_.size()),
                   "--model-weights", "give one for each model");
    }
    for (size_t i = 0; i < specs_.size(); ++i) {
      FSC_ASSIGN_OR_RETURN(auto model, SplitModel::Load(specs_[i], {.front = i == 0, .threads = options_.set.threads}));
      models_.push_back(std::move(model));
    }
    return {};
  }

  // What all models share.
  const ModelSpec& spec() const { return specs_[0]; }

  void Say(const std::string& stage, int64_t done, int64_t total, const std::string& remark = {}) const {
    if (progress_) progress_(stage, done, total, remark);
  }

  ReducedPart PartOf(ConvNet reducer, ConvNet restorer) const {
    ReducedPart part;
    for (const ReductionSource& source : sources_) part.sources.push_back({source.layer, source.fold});
    part.reducer = std::move(reducer);
    part.restorer = std::move(restorer);
    int bits = options_.weight_bits;
    if (bits == 0) bits = options_.kind == CalibrationKind::kLearned ? kLearnedBits : kLinearBits;
    for (ConvNet* net : {&part.reducer, &part.restorer}) {
      for (auto* chain : {&net->main, &net->branch}) {
        for (Convolution& layer : *chain) layer.bits = bits;
      }
    }
    return part;
  }

  // Writes and reads: from here on weights are those that every decoder will have.
  Status Seal(std::vector<ReducedPart> parts) {
    Profile profile;
    profile.kind = NameOf(options_.kind);
    if (specs_.size() == 1) profile.model_id = spec().id;  // else any back of this front
    profile.model_sha256 = models_[0]->front_sha256();
    profile.layers = spec().layers;
    profile.parts = std::move(parts);
    profile.drop_curve = out_.profile.drop_curve;
    FSC_ASSIGN_OR_RETURN(out_.file, WriteProfile(profile));
    FSC_ASSIGN_OR_RETURN(out_.profile, ReadProfile(out_.file, Limits{}, "the new profile"));
    return {};
  }

  Status FitLinear() {
    FSC_ASSIGN_OR_RETURN(const auto statistics, ChannelStatistics::Create(spec(), sources_));
    const auto training = set_.Training();
    for (const FeatureFrame* frame : training) FSC_RETURN_IF_ERROR(statistics->Add(*frame));
    std::vector<double> gram;
    std::vector<std::pair<TaskWeight, double>> forms = {{TaskWeight::kNone, 1.0}};
    if (options_.kind == CalibrationKind::kTask) {
      FSC_ASSIGN_OR_RETURN(gram, MeasureSensitivity());
      forms.clear();
      for (const TaskWeight weight : options_.weights) {
        for (const double epsilon : options_.epsilons) forms.emplace_back(weight, epsilon);
      }
    }
    double best_change = 0;
    std::vector<ReducedPart> best;
    int64_t done = 0;
    for (const auto& [weight, epsilon] : forms) {
      LinearReductionConfig config;
      config.weight = weight;
      config.epsilon = epsilon;
      config.planes = options_.planes_given ? options_.learned.planes : 0;
      FSC_ASSIGN_OR_RETURN(LinearReduction fitted, statistics->Fit(gram, config));
      FSC_RETURN_IF_ERROR(Seal({PartOf(std::move(fitted.reducer), std::move(fitted.restorer))}));
      TriedForm form{
          weight == TaskWeight::kNone ? NameOf(weight) : fmt::format("{}, eps {}", NameOf(weight), epsilon), 0, {}};
      if (judge_ && forms.size() > 1) {
        FSC_ASSIGN_OR_RETURN(form.points, JudgeForm());
        if (!out_.tried.empty()) form.rate_change_percent = RateChangePercent(out_.tried[0].points, form.points);
      }
      if (best.empty() || form.rate_change_percent < best_change) {
        best = out_.profile.parts;
        best_change = form.rate_change_percent;
      }
      out_.tried.push_back(std::move(form));
      Say("comparing transforms", ++done, int64_t(forms.size()));
    }
    return Seal(std::move(best));
  }

  // The profile as it is, at a few quantisers.
  Result<std::vector<JudgedPoint>> JudgeForm() const {
    std::vector<JudgedPoint> points;
    for (const int qp : kFormQps) {
      FSC_ASSIGN_OR_RETURN(JudgedPoint point, judge_->Judge(out_.profile.parts, coder_, qp));
      points.push_back(std::move(point));
    }
    return points;
  }

  // Where errors matter: a map for the encoder, if it saves bits at equal divergence on the held-back frames.
  Status FitTaskMap() {
    TaskMapConfig config;
    config.seed = options_.learned.seed;
    config.threads = options_.set.threads;
    FSC_ASSIGN_OR_RETURN(const auto learner,
                         TaskMapLearner::Create(specs_, sources_, out_.profile.parts[0].restorer, config));
    const size_t step = (set_.Training().size() + kMapFrames - 1) / kMapFrames;
    int64_t done = 0;
    for (const CalibrationClip& clip : set_.clips) {
      for (size_t i = 0; i < clip.training.size(); i += step) {
        const CalibrationFrame& frame = clip.training[i];
        const FeatureFrame reduced = ReduceFrame(out_.profile.parts, frame.features, nullptr);
        FSC_RETURN_IF_ERROR(learner->Add(frame.features, reduced.layers[0], frame.geometry));
        Say("looking where errors matter", ++done, 0);
      }
    }
    std::vector<ReducedPart> best = out_.profile.parts;
    double best_change = -kLeastMapGain;
    out_.tried_maps.push_back({"none", 0, {}});
    FSC_ASSIGN_OR_RETURN(out_.tried_maps[0].points, JudgeForm());
    for (const double exponent : options_.map_exponents) {
      std::vector<ReducedPart> parts = out_.profile.parts;
      FSC_ASSIGN_OR_RETURN(parts[0].task_map, learner->Fit(exponent));
      for (Convolution& layer : parts[0].task_map.main) layer.bits = kMapBits;
      FSC_RETURN_IF_ERROR(Seal(std::move(parts)));
      TriedForm form{fmt::format("{}", exponent), 0, {}};
      FSC_ASSIGN_OR_RETURN(form.points, JudgeForm());
      form.rate_change_percent = RateChangePercent(out_.tried_maps[0].points, form.points);
      if (form.rate_change_percent < best_change) {
        best_change = form.rate_change_percent;
        best = out_.profile.parts;
      }
      out_.tried_maps.push_back(std::move(form));
      Say("weighing errors", int64_t(out_.tried_maps.size()) - 1, int64_t(options_.map_exponents.size()));
    }
    out_.map_explained = learner->explained();
    return Seal(std::move(best));
  }

  // G of the model; of several, the weighted sum of each G over its mean eigenvalue.
  Result<std::vector<double>> MeasureSensitivity() {
    SensitivityConfig config;
    config.measure = options_.measure;
    config.seed = options_.learned.seed;
    config.threads = options_.set.threads;
    const int channels = FoldedChannels(spec(), sources_);
    std::vector<double> gram(size_t(channels) * size_t(channels));
    int64_t done = 0;
    const int64_t all = int64_t(set_.Training().size() * specs_.size());
    for (size_t i = 0; i < specs_.size(); ++i) {
      FSC_ASSIGN_OR_RETURN(const auto meter, SensitivityMeter::Create(specs_[i], sources_, config));
      for (const CalibrationClip& clip : set_.clips) {
        for (const CalibrationFrame& frame : clip.training) {
          FSC_RETURN_IF_ERROR(meter->Add(frame.features, frame.geometry));
          Say("measuring sensitivity", ++done, all);
        }
      }
      FSC_ASSIGN_OR_RETURN(const std::vector<double> own, meter->Gram());
      AddNormalised(own, channels, options_.model_weights.empty() ? 1.0 : options_.model_weights[i], &gram);
    }
    out_.sensitivity = Eigenvalues(gram, channels);
    double mean = 0;
    for (const double value : out_.sensitivity) mean += value / double(out_.sensitivity.size());
    for (double& value : out_.sensitivity) value /= std::max(mean, 1e-300);
    return gram;
  }

  Status Learn() {
    ReductionConfig learned = options_.learned;
    learned.rate_weight = options_.lambda_given ? RateWeight::kLambda : RateWeight::kTrained;
    FSC_ASSIGN_OR_RETURN(const auto trainer, ReductionTrainer::Create(specs_, sources_, learned));
    const auto training = set_.Training(), held_back = set_.HeldBack();
    const auto watch = [&](const char* stage, int steps, std::vector<TrainingPoint>* curve) {
      return [this, stage, steps, curve](const TrainingPoint& point) {
        curve->push_back(point);
        Say(stage, point.step + 1, steps,
            fmt::format("task {:.4f} feature {:.3f} rate {:.3f}", point.loss.divergence, point.loss.feature,
                        point.loss.rate));
        return true;
      };
    };
    FSC_RETURN_IF_ERROR(trainer->Train(training, held_back, watch("training", options_.learned.steps, &out_.training)));
    out_.start_loss = trainer->start_loss();
    out_.best_loss = trainer->best_loss();
    FSC_RETURN_IF_ERROR(Seal({PartOf(trainer->reducer(), trainer->restorer())}));
    if (options_.learned.refine_steps > 0) {
      std::vector<DecodedSet> decoded(std::size(kRefineQps)), judges(std::size(kRefineQps));
      for (const CalibrationClip& clip : set_.clips) {
        FSC_RETURN_IF_ERROR(Decode(clip.training, &decoded));
        FSC_RETURN_IF_ERROR(Decode(clip.held_back, &judges));
      }
      FSC_RETURN_IF_ERROR(
          trainer->Refine(decoded, judges, watch("refining", options_.learned.refine_steps, &out_.refinement)));
      FSC_RETURN_IF_ERROR(Seal({PartOf(trainer->reducer(), trainer->restorer())}));
    }
    return {};
  }

  // Frames with their planes after coding, a set for each of kRefineQps.
  Status Decode(std::span<const CalibrationFrame> frames, std::vector<DecodedSet>* decoded) const {
    for (const FrameRun& run : RunsOf(frames)) {
      for (size_t set = 0; set < decoded->size(); ++set) {
        EncoderConfig config = coder_;
        config.qp = kRefineQps[set];
        FSC_ASSIGN_OR_RETURN(CodedRun coded, CodeRun(out_.profile.parts, run, config));
        for (size_t t = 0; t < run.size(); ++t) {
          (*decoded)[set].push_back({&run[t]->features, std::move(coded.reduced[t].layers[0])});
        }
        Say("coding planes to refine on", int64_t((*decoded)[set].size()), 0);
      }
    }
    return {};
  }

  // Energies before and after, for the report.
  Status MeasurePlanes() {
    FSC_ASSIGN_OR_RETURN(const auto statistics, ChannelStatistics::Create(spec(), sources_));
    PlaneSums sums;
    for (const FeatureFrame* frame : set_.HeldBack()) {
      FSC_RETURN_IF_ERROR(statistics->Add(*frame));
      FeatureFrame reduced = ReduceFrame(out_.profile.parts, *frame, nullptr);
      sums.Add(reduced.layers[0]);
      if (out_.example_planes.size() == 0) out_.example_planes = std::move(reduced.layers[0]);
    }
    out_.channel_variance = statistics->Variances();
    std::sort(out_.channel_variance.rbegin(), out_.channel_variance.rend());
    out_.plane_variance = sums.Variances();
    std::sort(out_.plane_variance.rbegin(), out_.plane_variance.rend());
    return {};
  }

  Status MeasureDrop() {
    if (!judge_) return {};
    FSC_ASSIGN_OR_RETURN(out_.uncoded, judge_->Uncoded(out_.profile.parts));
    const int64_t all = int64_t((options_.presets.size() + 1) * options_.qps.size());
    int64_t done = 0;
    std::vector<DropPoint> drops;
    for (const std::string& preset : options_.presets) {
      EncoderConfig coder = coder_;
      coder.preset = preset;
      for (const int qp : options_.qps) {
        FSC_ASSIGN_OR_RETURN(const JudgedPoint point, judge_->Judge(out_.profile.parts, coder, qp));
        if (preset == coder_.preset) out_.curve.push_back(point);
        drops.push_back({options_.mode, preset, qp, point.drop_percent});
        Say("measuring the drop", ++done, all);
      }
    }
    for (const int qp : options_.qps) {
      FSC_ASSIGN_OR_RETURN(const JudgedPoint point, judge_->Judge({}, coder_, qp));
      out_.plain.push_back(point);
      Say("measuring the drop", ++done, all);
    }
    out_.profile.drop_curve = std::move(drops);
    return Seal(std::move(out_.profile.parts));
  }

  const CalibrationOptions& options_;
  const CalibrationProgress& progress_;
  std::vector<ModelSpec> specs_;  // one or more; the front is the first one's
  std::vector<std::unique_ptr<SplitModel>> models_;
  std::vector<ReductionSource> sources_;
  EncoderConfig coder_;
  CalibrationSet set_;
  std::optional<ProfileJudge> judge_;
  CalibrationOutcome out_;
};

}  // namespace

Result<CalibrationOutcome> Calibrate(const CalibrationOptions& options, const CalibrationProgress& progress) {
  return Calibration(options, progress).Run();
}

}  // namespace fsc::tools
