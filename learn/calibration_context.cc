#include "learn/calibration_context.h"

#include <fmt/format.h>

#include <utility>

#include "fsc/byte_io.h"
#include "fsc/encoder.h"
#include "learn/shared_front.h"

namespace fsc {
namespace {

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

Status LoadModels(const CalibrationOptions& options, CalibrationContext* context) {
  for (const std::string& path : options.model_paths) {
    FSC_ASSIGN_OR_RETURN(ModelSpec spec, ReadModelSpec(path, Limits{}));
    if (spec.back_path.empty()) {
      return Usage("the model has no back", path, "a back is needed to learn and judge what it needs");
    }
    context->specs.push_back(std::move(spec));
  }
  const std::vector<ModelSpec>& specs = context->specs;
  if (specs.empty()) return Usage("no model to calibrate for", "model_paths");
  FSC_RETURN_IF_ERROR(CheckSharedFront(specs));
  if (!options.model_weights.empty() && options.model_weights.size() != specs.size()) {
    return Usage(fmt::format("{} weights for {} models", options.model_weights.size(), specs.size()), "model_weights",
                 "give one for each model");
  }
  for (size_t i = 0; i < specs.size(); ++i) {
    FSC_ASSIGN_OR_RETURN(auto model, SplitModel::Load(specs[i], {.front = i == 0, .threads = options.set.threads}));
    context->models.push_back(std::move(model));
  }
  return {};
}

void ChooseQuantisers(const CalibrationOptions& options, CalibrationContext* context) {
  const bool latent = options.mode == "latent";
  context->presets = options.presets;
  if (context->presets.empty()) {
    context->presets = latent ? std::vector<std::string>{"fast", "balanced", "high"} : std::vector<std::string>{""};
  }
  // On latent planes: a KL of a hundredth to one of a few tenths.
  context->candidate_qps = latent ? std::vector<int>{36, 44, 52} : std::vector<int>{22, 28, 34};
  context->qps = options.qps;
  if (context->qps.empty()) {
    context->qps = latent ? std::vector<int>{30, 36, 42, 48, 54, 60} : std::vector<int>{16, 22, 28, 34, 40};
  }
}

// Before hours of work: does an encoder take every setting?
Status CheckQuantisers(const CalibrationContext& context) {
  const CalibrationFrame* frame = nullptr;
  for (const CalibrationClip& clip : context.set.clips) {
    if (!clip.held_back.empty()) frame = &clip.held_back[0];
  }
  StreamInfo stream;
  stream.layers = frame->layers;
  std::vector<int> qps = context.qps;
  qps.insert(qps.end(), context.candidate_qps.begin(), context.candidate_qps.end());
  for (const std::string& preset : context.presets) {
    for (const int qp : qps) {
      EncoderConfig config = context.coder;
      config.preset = preset;
      config.qp = qp;
      std::vector<uint8_t> bytes;
      const auto sink = MemorySink(&bytes);
      const auto encoder = FeatureEncoder::Create(config, stream, sink.get());
      if (encoder.ok()) continue;
      Error error = encoder.error();
      if (error.where == "preset" || error.where == "qp") error.where += "s";  // the setting that it came from
      return error;
    }
  }
  return {};
}

}  // namespace

Result<CalibrationContext> CalibrationContext::Create(const CalibrationOptions& options,
                                                      const CalibrationProgress& progress) {
  CalibrationContext context;
  context.options = &options;
  context.progress = &progress;
  FSC_RETURN_IF_ERROR(LoadModels(options, &context));
  FSC_ASSIGN_OR_RETURN(context.sources, FuseAllLayers(context.spec()));
  ChooseQuantisers(options, &context);
  context.coder.mode = options.mode;
  context.coder.preset = context.presets[0];
  context.coder.threads = options.set.threads;

  int64_t read = 0;
  FSC_ASSIGN_OR_RETURN(context.set, ReadCalibrationSet(context.models[0].get(), options.set, [&] {
                         context.Say("running the front", ++read, options.set.max_frames);
                       }));
  FSC_RETURN_IF_ERROR(CheckQuantisers(context));
  std::vector<SplitModel*> judged;
  for (size_t i = 0; i < context.specs.size(); ++i) {
    if (context.specs[i].task.kind == TaskKind::kNone) continue;
    judged.push_back(context.models[i].get());
    context.judged.push_back(context.specs[i].id);
  }
  if (!judged.empty()) {
    FSC_ASSIGN_OR_RETURN(context.judge, ProfileJudge::Create(std::move(judged), context.set));
  }
  return context;
}

ReducedPart CalibrationContext::PartOf(ConvNet reducer, ConvNet restorer, int bits) const {
  ReducedPart part;
  for (const ReductionSource& source : sources) part.sources.push_back({source.layer, source.fold});
  part.reducer = std::move(reducer);
  part.restorer = std::move(restorer);
  for (ConvNet* net : {&part.reducer, &part.restorer}) {
    for (auto* chain : {&net->main, &net->branch}) {
      for (Convolution& layer : *chain) layer.bits = bits;
    }
  }
  return part;
}

Result<SealedProfile> CalibrationContext::Seal(std::vector<ReducedPart> parts, std::vector<DropPoint> drop_curve,
                                               std::vector<PartFit> fit) const {
  Profile profile;
  profile.kind = NameOf(options->kind);
  if (specs.size() == 1) profile.model_id = spec().id;  // else any back of this front
  profile.model_sha256 = models[0]->front_sha256();
  profile.layers = spec().layers;
  profile.parts = std::move(parts);
  profile.drop_curve = std::move(drop_curve);
  profile.fit = std::move(fit);
  SealedProfile sealed;
  FSC_ASSIGN_OR_RETURN(sealed.file, WriteProfile(profile));
  FSC_ASSIGN_OR_RETURN(sealed.profile, ReadProfile(sealed.file, Limits{}, "the new profile"));
  return sealed;
}

Result<std::vector<JudgedPoint>> CalibrationContext::JudgeCandidate(const std::vector<ReducedPart>& parts) const {
  std::vector<JudgedPoint> points;
  for (const int qp : candidate_qps) {
    FSC_ASSIGN_OR_RETURN(JudgedPoint point, judge->Judge(parts, coder, qp));
    points.push_back(std::move(point));
  }
  return points;
}

}  // namespace fsc
