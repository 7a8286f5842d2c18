#include "codec/latent/encode/encoder.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "codec/latent/encode/effort.h"
#include "codec/latent/encode/fit_choice.h"
#include "codec/latent/encode/frame_stage.h"
#include "codec/latent/encode/motion_source.h"
#include "codec/latent/encode/source_frame.h"
#include "codec/latent/encode/stream_fit.h"
#include "codec/latent/encode/stretch_watch.h"
#include "codec/rate/gop.h"
#include "core/thread_pool.h"

namespace fsc {
namespace {

constexpr int kFitFrames = 8;
constexpr int kLikelyFrames = 8;  // that a stream has yet to come, where its end is not known

bool AreWholeNumbers(std::span<const FrameScan* const> scans) {
  return std::ranges::all_of(scans, [](const FrameScan* scan) {
    return std::ranges::all_of(*scan, [](const LayerScan& layer) { return layer.whole_numbers; });
  });
}

// Several frames, and all show the same.
bool StandStill(std::span<const SourceFrame* const> frames) {
  return frames.size() > 1 && std::ranges::all_of(frames, [&](const SourceFrame* source) {
           return std::ranges::equal(
               source->frame.layers, frames[0]->frame.layers,
               [](const Tensor& a, const Tensor& b) { return std::ranges::equal(a.values(), b.values()); });
         });
}

// Frames arrive here, are divided into stretches and given out in coding order; FrameStage makes packets of them.
class LatentEncoder : public ModeEncoder {
 public:
  LatentEncoder(const EncoderConfig& config, const LatentEffort& effort, std::span<const LayerSpec> layers,
                double frames_per_second, RateControllerMaker make_rate)
      : config_(config),
        effort_(effort),
        layers_(layers.begin(), layers.end()),
        pool_(config.threads > 1 ? std::make_unique<ThreadPool>(config.threads) : nullptr),
        motion_(config.latent.motion, config.preset, layers_),
        stage_(config, effort, layers_, &motion_, frames_per_second, std::move(make_rate), pool_.get()),
        planner_(effort.gop) {
    const GopStructure& gop = effort.gop;
    fit_frames_ = gop.span_frames > 0 ? std::min({kFitFrames, gop.span_frames, gop.gop_frames}) : 1;
  }

  Status Push(const FeatureFrame& frame, const FrameHints& hints, std::vector<Packet>* out) override;
  bool weighs() const override { return config_.latent.task_map; }
  Status Flush(std::vector<Packet>* out) override;
  Status SetQp(int qp) override;
  Status SetBitrate(double bitrate_kbps) override;
  Status RequestKeyFrame() override;
  std::vector<uint8_t> mode_config() const override { return mode_config_; }
  Warnings warnings() const override { return stage_.quality().warnings(); }
  std::string description() const override { return "latent " + std::to_string(kLatentVersion); }

 private:
  // Tables are fitted on the first frames of a group that are coded.
  bool FitsOutputs(int64_t position) const;
  // Ends what one fit serves: all frames that are waiting are coded.
  Status EndStretch(std::vector<Packet>* out);
  // The same, but the fit goes on to serve: the next frame begins a group.
  Status EndGroup(std::vector<Packet>* out);
  Status CodeWaiting(std::vector<Packet>* out);
  // Fits on the frames that were collected. `whole`: no frame follows those that are there.
  Status Fit(bool whole, std::vector<Packet>* out);
  // `still`: the frames that were collected show the same.
  FitInput InputOf(bool whole, std::span<const SourceFrame* const> collected, bool still) const;
  // Whether `fit`, made from `input`, is worth its bytes in the frames that were collected and those to come.
  bool Wants(const StreamFit& fit, const FitInput& input);
  // Of the configuration of the present stretch.
  double MostConfigurationBytes() const;
  // From now on frames are coded with `fit`, which was made from `input`.
  Status Adopt(StreamFit fit, const FitInput& input, bool still);
  // What the planes of a frame do not hold.
  void Report(int64_t number, const std::vector<LayerPlanes>& planes, std::span<const Tensor> layers);
  Status Plan(int64_t number, std::vector<Packet>* out);
  Status Code(const std::vector<PlannedFrame>& plans, std::vector<Packet>* out);

  EncoderConfig config_;
  LatentEffort effort_;
  std::vector<LayerSpec> layers_;
  std::unique_ptr<ThreadPool> pool_;
  MotionSource motion_;
  FrameStage stage_;
  GopPlanner planner_;
  int fit_frames_;

  bool fitted_ = false;
  StreamFit fit_;
  StretchWatch watch_;
  FrameStage::Beginning beginning_ = FrameStage::Beginning::kOfStream;  // of the stretch
  int64_t stretch_first_ = 0;                                           // frame
  std::vector<uint8_t> mode_config_;                                    // of the first stretch: the first packet has it

  int64_t pushed_ = 0;
  bool ended_ = false;                      // all frames of the stretch are there
  std::map<int64_t, SourceFrame> sources_;  // not coded yet
  bool key_requested_ = false;              // the next frame begins a group
  std::optional<double> next_kbps_;         // the same, since rate control counts in groups: one begins with a bitrate
  bool tells_ = false;                      // the packet of a group that begins says what it is decoded with
};

bool LatentEncoder::FitsOutputs(int64_t position) const {
  return config_.latent.output_tables && (position <= 1 || position == std::max(effort_.gop.span_frames, 2));
}

Status LatentEncoder::Push(const FeatureFrame& pushed, const FrameHints& hints, std::vector<Packet>* out) {
  SourceFrame source = MakeSourceFrame(
      pushed, hints.luma, config_.latent.task_map ? hints.weights : std::span<const Tensor>(), pool_.get());
  const std::unique_ptr<FeatureFrame> tame = WithoutOutliers(pushed, &source, pool_.get());
  const FeatureFrame& frame = tame != nullptr ? *tame : pushed;

  StretchWatch::Next next;
  next.scan = &source.scan;
  next.probes = source.probes;
  next.layers = frame.layers;
  next.base_qp = stage_.base_qp();
  next.starts_group = (pushed_ - stretch_first_) % effort_.gop.gop_frames == 0;
  next.lossless = config_.latent.lossless;
  if (fitted_) {
    source.planes = fit_.Analyse(frame.layers, pool_.get());
    next.planes = &source.planes;
  }
  const bool begins_group = key_requested_ || next_kbps_;  // as was asked for
  if (watch_.Ends(next, fit_)) {
    FSC_RETURN_IF_ERROR(EndStretch(out));
    if (watch_.goes_on()) beginning_ = FrameStage::Beginning::kOfGroup;
  } else if (begins_group) {
    FSC_RETURN_IF_ERROR(EndGroup(out));
  }
  if (begins_group && !fitted_) tells_ = true;
  key_requested_ = false;

  source.fits_outputs = FitsOutputs((pushed_ - stretch_first_) % effort_.gop.gop_frames);
  source.qp_offset = watch_.qp_offset();
  source.same_since = pushed_ - watch_.repeats();
  if (!fitted_ || source.fits_outputs) {
    for (const Tensor& layer : frame.layers) source.frame.layers.push_back(layer.Clone());
  }
  const int64_t number = pushed_++;
  if (fitted_) Report(number, source.planes, frame.layers);
  sources_.emplace(number, std::move(source));
  if (fitted_) return Plan(number, out);
  if (pushed_ - stretch_first_ < fit_frames_) return {};
  return Fit(false, out);
}

Status LatentEncoder::CodeWaiting(std::vector<Packet>* out) {
  ended_ = true;
  if (!fitted_) FSC_RETURN_IF_ERROR(Fit(true, out));
  std::vector<PlannedFrame> plans;
  planner_.Flush(&plans);
  FSC_RETURN_IF_ERROR(Code(plans, out));
  ended_ = false;
  stretch_first_ = pushed_;
  planner_ = GopPlanner(effort_.gop);
  return {};
}

Status LatentEncoder::EndStretch(std::vector<Packet>* out) {
  FSC_RETURN_IF_ERROR(CodeWaiting(out));
  fitted_ = false;
  beginning_ = FrameStage::Beginning::kOfScene;
  if (next_kbps_) stage_.SetBitrate(*std::exchange(next_kbps_, std::nullopt));
  return {};
}

Status LatentEncoder::EndGroup(std::vector<Packet>* out) {
  // Where frames wait for a fit, what comes after them gets one of its own.
  if (pushed_ > stretch_first_ && !fitted_) return EndStretch(out);
  if (pushed_ > stretch_first_) FSC_RETURN_IF_ERROR(CodeWaiting(out));
  if (next_kbps_) stage_.SetBitrate(*std::exchange(next_kbps_, std::nullopt));
  if (fitted_) stage_.GoOn(true, FrameStage::Beginning::kOfScene);
  return {};
}

Status LatentEncoder::SetQp(int qp) {
  if (config_.latent.lossless) return Usage("a lossless stream has no QP", "encoder");
  next_kbps_.reset();
  stage_.SetQp(qp);
  return {};
}

Status LatentEncoder::SetBitrate(double bitrate_kbps) {
  if (config_.latent.lossless) return Usage("a lossless stream has no bitrate", "encoder");
  if (stage_.has_bitrate()) {
    stage_.SetBitrate(bitrate_kbps);
  } else {
    next_kbps_ = bitrate_kbps;
  }
  return {};
}

Status LatentEncoder::RequestKeyFrame() {
  key_requested_ = true;
  return {};
}

double LatentEncoder::MostConfigurationBytes() const {
  const auto limit = double(Limits{}.max_header_bytes);
  return stretch_first_ == 0 ? limit : std::min(limit, stage_.MostConfigurationBytes());
}

bool LatentEncoder::Wants(const StreamFit& fit, const FitInput& input) {
  if (stretch_first_ == 0) return true;  // there is no other
  if (double(fit.bytes().size()) > input.most_bytes) return false;
  const FrameScan& scan = input.frames.front()->scan;
  const int present_qp = input.qp + watch_.OffsetOfFitted(scan, input.qp);
  if (config_.latent.lossless || StretchWatch::IsTooFine(present_qp, scan)) return true;
  return WantsFit(input, fit_, present_qp, fit, watch_.likely_frames(), pool_.get());
}

FitInput LatentEncoder::InputOf(bool whole, std::span<const SourceFrame* const> collected, bool still) const {
  FitInput input;
  input.config = &config_;
  input.effort = &effort_;
  input.layers = layers_;
  input.motion = &motion_;
  input.frames = collected;
  input.qp = still && stage_.has_bitrate() ? stage_.StillQp(beginning_) : stage_.BeginningQp(beginning_);
  input.finest_qp = stage_.FinestQp(beginning_);
  input.whole = whole;
  input.every_row = watch_.wants_every_row();
  input.most_bytes = MostConfigurationBytes();
  return input;
}

Status LatentEncoder::Fit(bool whole, std::vector<Packet>* out) {
  std::vector<const SourceFrame*> collected;
  for (const auto& [number, source] : sources_) collected.push_back(&source);
  const bool still = StandStill(collected);
  const FitInput input = InputOf(whole, collected, still);
  StreamFit fit = ChooseFit(input, pool_.get());
  if (Wants(fit, input)) {
    FSC_RETURN_IF_ERROR(Adopt(std::move(fit), input, still));
  } else {
    stage_.GoOn(tells_, beginning_);
    watch_.Kept(input.finest_qp);
  }
  for (auto& [number, source] : sources_) {
    source.planes = fit_.Analyse(source.frame.layers, pool_.get());
    Report(number, source.planes, source.frame.layers);
    source.qp_offset = watch_.OffsetOfFitted(source.scan, input.qp);
    if (!source.fits_outputs) source.frame.layers.clear();
  }
  fitted_ = true;
  tells_ = false;
  for (int64_t number = stretch_first_; number < pushed_; ++number) FSC_RETURN_IF_ERROR(Plan(number, out));
  return {};
}

Status LatentEncoder::Adopt(StreamFit fit, const FitInput& input, bool still) {
  std::vector<const FrameScan*> scans;
  for (const SourceFrame* source : input.frames) scans.push_back(&source->scan);
  if (config_.latent.lossless && !fit.keeps_whole_numbers() && AreWholeNumbers(scans)) {
    return BadInput("whole numbers over a wider range than 16-bit planes hold",
                    "frame " + std::to_string(stretch_first_), "mode float keeps every bit of any value");
  }
  fit_ = std::move(fit);
  watch_.Fitted(scans, input.finest_qp, still);
  if (stretch_first_ == 0) mode_config_ = fit_.bytes();
  stage_.Begin(&fit_, beginning_);
  return {};
}

void LatentEncoder::Report(int64_t number, const std::vector<LayerPlanes>& planes, std::span<const Tensor> layers) {
  if (config_.latent.lossless) stage_.quality().Kept(LargestError(fit_, planes, layers, pool_.get()));
  const int64_t clipped = fit_.keeps_whole_numbers() ? 0 : SaturatedValues(planes);
  if (clipped > 0) stage_.quality().Clipped(number, clipped);
}

Status LatentEncoder::Plan(int64_t number, std::vector<Packet>* out) {
  std::vector<PlannedFrame> plans;
  planner_.Push(number, &plans);
  return Code(plans, out);
}

Status LatentEncoder::Code(const std::vector<PlannedFrame>& plans, std::vector<Packet>* out) {
  for (const PlannedFrame& plan : plans) {
    const int waiting = int(sources_.size());
    SourceFrame& source = sources_.at(plan.frame_number);
    FSC_RETURN_IF_ERROR(stage_.Code(plan, &source, ended_ ? waiting : std::max(waiting, kLikelyFrames), out));
    sources_.erase(plan.frame_number);
  }
  return {};
}

Status LatentEncoder::Flush(std::vector<Packet>* out) {
  if (pushed_ == 0) return {};
  return EndStretch(out);
}

}  // namespace

Result<std::unique_ptr<ModeEncoder>> CreateLatentEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                         TimeBase frame_rate, const Limits& limits,
                                                         RateControllerMaker make_rate) {
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, "layers"));
  FSC_ASSIGN_OR_RETURN(const LatentEffort effort, LatentEffortOf(config, frame_rate));
  const double fps = double(frame_rate.num) / std::max(frame_rate.den, 1);
  return std::unique_ptr<ModeEncoder>(
      std::make_unique<LatentEncoder>(config, effort, layers, fps, std::move(make_rate)));
}

}  // namespace fsc
