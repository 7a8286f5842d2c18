#include "codec/latent/encode/encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "codec/latent/encode/effort.h"
#include "codec/latent/encode/frame_encoder.h"
#include "codec/latent/encode/gop.h"
#include "codec/latent/encode/motion_source.h"
#include "codec/latent/encode/motion_trust.h"
#include "codec/latent/encode/outliers.h"
#include "codec/latent/encode/output_control.h"
#include "codec/latent/encode/quality_watch.h"
#include "codec/latent/encode/rate_control.h"
#include "codec/latent/encode/stream_fit.h"
#include "codec/latent/encode/stretch_watch.h"
#include "codec/latent/encode/transform_choice.h"
#include "core/thread_pool.h"
#include "streams/container_syntax.h"

namespace fsc {
namespace {

constexpr int kFitFrames = 8;
constexpr double kLikelyFramesOfFit = 64;
constexpr int kLikelyFrames = 8;  // that a stream has yet to come, where its end is not known

constexpr double kLargestConfigShare = 0.6;  // of a cap on a packet's bytes

// Means of blocks of cells.
std::vector<float> BlockMeans(const Tensor& cells) {
  const BlockGrid grid(cells.width_cells(), cells.height_cells());
  std::vector<float> means;
  for (int by = 0; by < grid.blocks_y; ++by) {
    for (int bx = 0; bx < grid.blocks_x; ++bx) {
      float sum = 0;
      int count = 0;
      for (int y = by * kBlockCells; y < std::min((by + 1) * kBlockCells, grid.height); ++y) {
        for (int x = bx * kBlockCells; x < std::min((bx + 1) * kBlockCells, grid.width); ++x, ++count) {
          sum += cells.plane(0)[size_t(y) * grid.width + x];
        }
      }
      means.push_back(sum / float(count));
    }
  }
  return means;
}

bool AreWholeNumbers(std::span<const FrameScan* const> scans) {
  return std::ranges::all_of(scans, [](const FrameScan* scan) {
    return std::ranges::all_of(*scan, [](const LayerScan& layer) { return layer.whole_numbers; });
  });
}

double BitsSent(const Packet& packet) {
  return 8 * double(SerializedBytes(packet));
}

class LatentEncoder : public ModeEncoder {
 public:
  LatentEncoder(const EncoderConfig& config, const LatentEffort& effort, std::span<const LayerSpec> layers,
                double frames_per_second)
      : config_(config),
        effort_(effort),
        layers_(layers.begin(), layers.end()),
        motion_(config.latent.motion, config.preset, layers_),
        planner_(effort.gop),
        trust_(effort.weigh_motion, effort.gop.span_frames == 0),
        last_base_qp_(config.qp) {
    if (config.threads > 1) pool_ = std::make_unique<ThreadPool>(config.threads);
    if (config.latent.bitrate_kbps > 0) {
      const int window = std::max(1, int(std::lround(std::min(2 * frames_per_second, 1e6))));
      RateControl::Options rate;
      rate.bits_per_frame = 1000 * config.latent.bitrate_kbps / frames_per_second;
      rate.window_frames = window;
      rate.elements = double(TotalElements(layers));
      rate.cap_bits = 8 * double(config.latent.max_frame_bytes);
      rate.buffer_frames = config.latent.buffer_seconds * frames_per_second;
      rate.gop = effort.gop;
      rate_ = std::make_unique<RateControl>(rate);
    }
    const GopStructure& gop = effort.gop;
    fit_frames_ = gop.span_frames > 0 ? std::min({kFitFrames, gop.span_frames, gop.gop_frames}) : 1;
  }

  Status Push(const FeatureFrame& frame, PlaneView<const uint8_t> luma, std::vector<Packet>* out) override;
  void Weigh(std::vector<Tensor> weights) override { weights_ = std::move(weights); }
  bool weighs() const override { return config_.latent.task_map; }
  Status Flush(std::vector<Packet>* out) override;
  std::vector<uint8_t> mode_config() const override { return mode_config_; }
  Warnings warnings() const override { return quality_.warnings(); }
  std::string description() const override { return "latent " + std::to_string(kLatentVersion); }

 private:
  struct Source {
    FeatureFrame frame;  // kept until the fit is known, and where the output tables are fitted on it
    FrameScan scan;
    std::vector<Tensor> probes;
    std::vector<LayerPlanes> planes;
    Plane<uint8_t> luma;
    int qp_offset = 0;                         // its values are larger or smaller than those of the fitted frames
    std::vector<std::vector<Escape>> escapes;  // taken out of the frame; empty = none
    bool fits_outputs = false;
    std::vector<std::vector<float>> weights;  // of each block of each layer; empty = 1
  };

  Status CheckLuma(PlaneView<const uint8_t> luma) const;
  Source MakeSource(const FeatureFrame& frame, PlaneView<const uint8_t> luma);
  // `frame` without its outliers, which go to the source's escapes; null = it has none.
  std::unique_ptr<FeatureFrame> WithoutOutliers(const FeatureFrame& frame, Source* source) const;
  // Tables are fitted on the first frames of a group that are coded.
  bool FitsOutputs(int64_t position) const;
  // Ends what one fit serves: all frames that are waiting are coded.
  Status EndStretch(std::vector<Packet>* out);
  // `whole`: no frame follows those that are there.
  Status Fit(bool whole, std::vector<Packet>* out);
  StreamFit MakeFit(bool whole) const;
  double MostConfigurationBytes() const;
  // From now on frames are coded with `fit`, which was made from those of `scans`.
  Status Adopt(StreamFit fit, std::span<const FrameScan* const> scans);
  void CountClipped(int64_t number, const std::vector<LayerPlanes>& planes);
  Status Plan(int64_t number, std::vector<Packet>* out);
  Status EncodeAll(const std::vector<PlannedFrame>& plans, std::vector<Packet>* out);
  Status Encode(const PlannedFrame& plan, std::vector<Packet>* out);
  LatentFrameHeader HeaderOf(const PlannedFrame& plan, int qp) const;
  // Codes the frame again, coarser, until its payload has no more than `most_bytes` or can be no smaller: where the
  // largest qp is not enough, the frame only repeats its references.
  void Coarsen(const PlannedFrame& plan, double most_bytes, FrameInput* input, EncodedFrame* frame, Packet* packet);
  // Of the payload, by the cap and the rate control.
  double MostBytes(const PlannedFrame& plan, const Packet& packet) const;
  void UpdateOutputs(const Source& source, const EncodedFrame& frame, double most_bytes, Packet* packet);
  int BaseQp() const { return rate_ != nullptr ? last_base_qp_ : config_.qp; }

  EncoderConfig config_;
  LatentEffort effort_;
  std::vector<LayerSpec> layers_;
  MotionSource motion_;
  GopPlanner planner_;
  MotionTrust trust_;
  std::unique_ptr<ThreadPool> pool_;
  int fit_frames_;

  // What one fit serves.
  bool fitted_ = false;
  StreamFit fit_;
  StretchWatch watch_;
  int64_t stretch_first_ = 0;  // frame
  LatentState state_;
  OutputControl outputs_;
  QualityWatch quality_;
  std::vector<uint8_t> mode_config_;    // of the first stretch: the stream header has it
  std::vector<uint8_t> configuration_;  // of a later one: the next packet has to bring it

  int luma_width_px_ = 0;  // 0 = none so far
  int luma_height_px_ = 0;
  int64_t pushed_ = 0;
  bool ended_ = false;  // all frames of the stretch are there
  int coded_in_gop_ = 0;
  std::map<int64_t, Source> sources_;  // not coded yet
  std::map<int64_t, std::shared_ptr<LatentPicture>> stored_;
  std::array<std::array<int8_t, 2>, kFrameClasses> recentre_{};
  std::vector<Tensor> weights_;        // of the next frame's cells
  std::unique_ptr<RateControl> rate_;  // null = constant qp
  int last_base_qp_;                   // of the rate control
};

Status LatentEncoder::CheckLuma(PlaneView<const uint8_t> luma) const {
  if (luma.data == nullptr || luma_width_px_ == 0) return {};
  if (luma_width_px_ == luma.width && luma_height_px_ == luma.height) return {};
  return Usage("luma changes its size", "frame " + std::to_string(pushed_));
}

bool LatentEncoder::FitsOutputs(int64_t position) const {
  return config_.latent.output_tables && (position <= 1 || position == std::max(effort_.gop.span_frames, 2));
}

LatentEncoder::Source LatentEncoder::MakeSource(const FeatureFrame& frame, PlaneView<const uint8_t> luma) {
  Source source;
  source.frame.timestamp_ticks = frame.timestamp_ticks;
  source.scan = ScanFrame(frame.layers, pool_.get());
  for (const Tensor& cells : weights_) source.weights.push_back(BlockMeans(cells));
  weights_.clear();
  if (luma.data != nullptr && luma.width > 0 && luma.height > 0) {
    luma_width_px_ = luma.width;
    luma_height_px_ = luma.height;
    source.luma = Plane<uint8_t>(luma.width, luma.height);
    for (int y = 0; y < luma.height; ++y) std::copy_n(luma.row(y), luma.width, source.luma.row(y));
  }
  return source;
}

std::unique_ptr<FeatureFrame> LatentEncoder::WithoutOutliers(const FeatureFrame& frame, Source* source) const {
  std::vector<std::vector<Escape>> escapes(layers_.size());
  bool any = false;
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (MayHaveOutliers(source->scan[i], frame.layers[i])) escapes[i] = FindOutliers(frame.layers[i]);
    any |= !escapes[i].empty();
  }
  if (!any) return nullptr;
  auto tame = std::make_unique<FeatureFrame>();
  for (size_t i = 0; i < layers_.size(); ++i) {
    tame->layers.push_back(frame.layers[i].Clone());
    TakeOut(escapes[i], &tame->layers[i]);
  }
  source->scan = ScanFrame(tame->layers, pool_.get());
  source->escapes = std::move(escapes);
  return tame;
}

Status LatentEncoder::Push(const FeatureFrame& pushed, PlaneView<const uint8_t> luma, std::vector<Packet>* out) {
  FSC_RETURN_IF_ERROR(CheckLuma(luma));
  Source source = MakeSource(pushed, luma);
  const std::unique_ptr<FeatureFrame> tame = WithoutOutliers(pushed, &source);
  const FeatureFrame& frame = tame != nullptr ? *tame : pushed;
  if (fitted_) source.planes = fit_.Analyse(frame.layers, pool_.get());
  const bool starts_group = (pushed_ - stretch_first_) % effort_.gop.gop_frames == 0;
  source.probes = ProbesOf(frame.layers);
  const StretchWatch::Next next{&source.scan, source.probes, frame.layers,           fitted_ ? &source.planes : nullptr,
                                BaseQp(),     starts_group,  config_.latent.lossless};
  if (watch_.Ends(next, fit_)) FSC_RETURN_IF_ERROR(EndStretch(out));
  const int64_t position = (pushed_ - stretch_first_) % effort_.gop.gop_frames;
  source.fits_outputs = FitsOutputs(position);
  source.qp_offset = watch_.qp_offset();
  if (!fitted_ || source.fits_outputs) {
    for (const Tensor& layer : frame.layers) source.frame.layers.push_back(layer.Clone());
  }
  const int64_t number = pushed_++;
  if (fitted_) {
    if (config_.latent.lossless) quality_.Kept(LargestError(fit_, source.planes, frame.layers, pool_.get()));
    CountClipped(number, source.planes);
  }
  sources_.emplace(number, std::move(source));
  if (fitted_) return Plan(number, out);
  if (pushed_ - stretch_first_ < fit_frames_) return {};
  return Fit(false, out);
}

Status LatentEncoder::EndStretch(std::vector<Packet>* out) {
  ended_ = true;
  if (!fitted_) FSC_RETURN_IF_ERROR(Fit(true, out));
  std::vector<PlannedFrame> plans;
  planner_.Flush(&plans);
  FSC_RETURN_IF_ERROR(EncodeAll(plans, out));
  ended_ = false;
  fitted_ = false;
  stretch_first_ = pushed_;
  planner_ = GopPlanner(effort_.gop);
  return {};
}

StreamFit LatentEncoder::MakeFit(bool whole) const {
  std::vector<const FeatureFrame*> frames;
  for (const auto& [number, source] : sources_) frames.push_back(&source.frame);
  const MotionGeometry motion = motion_.GeometryFor(sources_.begin()->second.luma.view());
  StreamFitOptions options;
  options.qp = BaseQp();
  options.whole = whole;
  options.every_row = watch_.wants_every_row();
  const std::vector<LatentTransform> identities(layers_.size(), LatentTransform::kIdentity);
  StreamFit fit(config_, layers_, motion, frames, options);
  const auto with = [&](const std::vector<LatentTransform>& kinds) {
    options.kinds = kinds;
    return StreamFit(config_, layers_, motion, frames, options);
  };
  if (config_.latent.transform == LatentTransform::kAuto && !config_.latent.lossless && fit.has_components()) {
    const Source& first = sources_.begin()->second;
    const Source& later = sources_.rbegin()->second;
    TransformTrial trial{layers_, &effort_, &motion_, &first.frame};
    if (frames.size() > 1) trial.later = &later.frame;
    trial.first_luma = first.luma.view();
    trial.later_luma = later.luma.view();
    trial.qp = options.qp;
    trial.frames = whole ? double(frames.size()) : kLikelyFramesOfFit;
    const std::vector<LatentTransform> kinds = ChooseTransforms(trial, fit, with(identities), pool_.get());
    if (std::ranges::count(kinds, LatentTransform::kIdentity) > 0) fit = with(kinds);
  }
  if (double(fit.bytes().size()) > MostConfigurationBytes()) fit = with(identities);
  return fit;
}

double LatentEncoder::MostConfigurationBytes() const {
  auto most = double(Limits{}.max_header_bytes);
  if (stretch_first_ == 0) return most;
  // A packet has to bring it, beside a frame.
  if (const auto cap = double(config_.latent.max_frame_bytes); cap > 0)
    most = std::min(most, kLargestConfigShare * cap);
  if (rate_ != nullptr) most = std::min(most, kLargestConfigShare * rate_->held_bits() / 8);
  return most;
}

Status LatentEncoder::Fit(bool whole, std::vector<Packet>* out) {
  StreamFit fit = MakeFit(whole);
  std::vector<const FrameScan*> scans;
  for (const auto& [number, source] : sources_) scans.push_back(&source.scan);
  if (stretch_first_ > 0 && double(fit.bytes().size()) > MostConfigurationBytes()) {
    if (rate_ != nullptr) rate_->KeyFrameNow(0);  // the last fit goes on
  } else {
    FSC_RETURN_IF_ERROR(Adopt(std::move(fit), scans));
  }
  for (auto& [number, source] : sources_) {
    source.planes = fit_.Analyse(source.frame.layers, pool_.get());
    if (config_.latent.lossless) quality_.Kept(LargestError(fit_, source.planes, source.frame.layers, pool_.get()));
    CountClipped(number, source.planes);
    source.qp_offset = watch_.OffsetOfFitted(source.scan);
    if (!source.fits_outputs) source.frame.layers.clear();
  }
  fitted_ = true;
  for (int64_t number = stretch_first_; number < pushed_; ++number) FSC_RETURN_IF_ERROR(Plan(number, out));
  return {};
}

void LatentEncoder::CountClipped(int64_t number, const std::vector<LayerPlanes>& planes) {
  const int64_t clipped = fit_.keeps_whole_numbers() ? 0 : SaturatedValues(planes);
  if (clipped > 0) quality_.Clipped(number, clipped);
}

Status LatentEncoder::Adopt(StreamFit fit, std::span<const FrameScan* const> scans) {
  fit_ = std::move(fit);
  if (config_.latent.lossless && !fit_.keeps_whole_numbers() && AreWholeNumbers(scans)) {
    return BadInput("whole numbers over a wider range than 16-bit planes hold",
                    "frame " + std::to_string(stretch_first_), "mode float keeps every bit of any value");
  }
  watch_.Fitted(scans);
  state_ = LatentState(fit_.config(), layers_);
  outputs_ = OutputControl(fit_.config(), effort_.quantizer.lambda);
  if (stretch_first_ == 0) {
    mode_config_ = fit_.bytes();
    if (rate_ != nullptr) rate_->SpendAhead(8 * double(mode_config_.size()));
  } else {
    configuration_ = fit_.bytes();
    if (rate_ != nullptr) rate_->KeyFrameNow(8 * double(configuration_.size()));
  }
  return {};
}

Status LatentEncoder::Plan(int64_t number, std::vector<Packet>* out) {
  std::vector<PlannedFrame> plans;
  planner_.Push(number, &plans);
  return EncodeAll(plans, out);
}

Status LatentEncoder::EncodeAll(const std::vector<PlannedFrame>& plans, std::vector<Packet>* out) {
  for (const PlannedFrame& plan : plans) FSC_RETURN_IF_ERROR(Encode(plan, out));
  return {};
}

Status LatentEncoder::Flush(std::vector<Packet>* out) {
  if (pushed_ == 0) return {};
  return EndStretch(out);
}

LatentFrameHeader LatentEncoder::HeaderOf(const PlannedFrame& plan, int qp) const {
  LatentFrameHeader header;
  header.escapes = sources_.at(plan.frame_number).escapes;
  header.frame_class = plan.frame_class;
  header.qp = std::clamp(qp, 0, kMaxQp);
  header.recentre = recentre_[int(plan.frame_class)];
  header.is_reference = plan.is_reference;
  for (const int64_t reference : plan.references) header.references.push_back(int(reference - plan.frame_number));
  for (const int64_t dropped : plan.dropped) header.dropped.push_back(int(dropped - plan.frame_number));
  return header;
}

Status LatentEncoder::Encode(const PlannedFrame& plan, std::vector<Packet>* out) {
  Source& source = sources_.at(plan.frame_number);
  const bool intra = plan.frame_class == FrameClass::kIntra;
  if (intra) {
    stored_.clear();
    outputs_.BeginGroup();
    coded_in_gop_ = 0;
  }
  std::vector<const LatentPicture*> references;
  for (const int64_t reference : plan.references) references.push_back(stored_.at(reference).get());
  const auto qp_now = [&] {
    return (rate_ != nullptr ? rate_->QpFor(plan) : config_.qp + plan.qp_offset) + source.qp_offset;
  };
  LatentFrameHeader header = HeaderOf(plan, qp_now());
  const bool weighs_motion = trust_.Weighs(plan.frame_class);
  std::vector<MotionField> fields(references.size(), MotionField(fit_.config().motion));
  if (weighs_motion || trust_.trusted()) {
    FSC_ASSIGN_OR_RETURN(fields, motion_.Search(header, fit_.config().motion, source.luma.view(), source.planes,
                                                references, pool_.get()));
  }
  FrameInput input{layers_, &fit_.config(), &source.planes, references, fields, &state_};
  input.weighs_motion = weighs_motion;
  input.weights = source.weights;

  Packet packet;
  packet.type = intra                                        ? FrameType::kIntra
                : plan.frame_class == FrameClass::kPredicted ? FrameType::kInter
                                                             : FrameType::kBidirectional;
  packet.random_access = intra;
  packet.frame_number = plan.frame_number;
  packet.timestamp_ticks = source.frame.timestamp_ticks;
  EncodedFrame frame;
  const auto code = [&] {
    frame = EncodeFrame(input, header, effort_, pool_.get());
    FillPacket(frame, frame.header, &packet);
  };
  code();
  if (rate_ != nullptr) {
    // The rate control knows of frames as if their values were all of one size.
    while (rate_->Learn(plan, std::clamp(header.qp - source.qp_offset, 0, kMaxQp), BitsSent(packet))) {
      header = HeaderOf(plan, qp_now());
      code();
    }
    last_base_qp_ = std::clamp(header.qp - source.qp_offset - plan.qp_offset, 0, kMaxQp);
    input.starved = rate_->Starves(plan);
    if (input.starved) code();
  }
  const double most_bytes = MostBytes(plan, packet);
  Coarsen(plan, most_bytes, &input, &frame, &packet);
  // What has to travel with the frame counts as well.
  const double cap = double(config_.latent.max_frame_bytes) - double(configuration_.size());
  if (config_.latent.max_frame_bytes > 0 && double(packet.payload.size()) > cap) {
    return Usage("a frame does not fit into " + std::to_string(config_.latent.max_frame_bytes) + " bytes",
                 "frame " + std::to_string(plan.frame_number),
                 "raise --max-frame-bytes; the smallest frame takes " +
                     std::to_string(packet.payload.size() + configuration_.size()));
  }
  if (weighs_motion && !intra && !input.starved) trust_.Learn(frame.moved);
  UpdateOutputs(source, frame, most_bytes, &packet);
  if (input.starved) quality_.Starved(plan.frame_number);
  if (rate_ != nullptr) {
    const int qp = std::clamp(frame.header.qp - source.qp_offset, 0, kMaxQp);
    rate_->Spend(plan, qp, BitsSent(packet), input.starved);
  }
  if (!configuration_.empty()) {
    AddConfiguration(configuration_, &packet);
    configuration_.clear();
  }
  for (int i = 0; i < 2; ++i) {
    if (frame.statistics.count[i] < 200) continue;
    recentre_[int(plan.frame_class)][i] =
        int8_t(std::clamp(std::lround(64 * frame.statistics.excess[i] / double(frame.statistics.count[i])),
                          -long{kMaxRecentre}, long{kMaxRecentre}));
  }
  state_ = std::move(frame.state);
  out->push_back(std::move(packet));

  for (const int64_t dropped : plan.dropped) stored_.erase(dropped);
  if (plan.is_reference) {
    frame.picture->frame_number = plan.frame_number;
    frame.picture->luma = std::move(source.luma);
    stored_[plan.frame_number] = std::move(frame.picture);
  }
  sources_.erase(plan.frame_number);
  ++coded_in_gop_;
  return {};
}

void LatentEncoder::Coarsen(const PlannedFrame& plan, double most_bytes, FrameInput* input, EncodedFrame* frame,
                            Packet* packet) {
  int least_step = 1;
  const bool intra = plan.frame_class == FrameClass::kIntra;
  const auto cap = double(config_.latent.max_frame_bytes);
  while (double(packet->payload.size()) > most_bytes && !input->starved) {
    // An intra frame has nothing to repeat: only a cap makes it empty.
    const bool capped = cap > 0 && double(packet->payload.size() + configuration_.size()) > cap;
    if (intra && frame->header.qp == kMaxQp && !capped) break;
    // Bits fall by about a fifth per qp; every try goes twice as far as the last, so there are few. Past the last qp,
    // the frame repeats its references.
    const double octaves = std::log2(double(packet->payload.size()) / std::max(most_bytes, 1.0));
    const int step = std::max(least_step, int(std::ceil(octaves / 0.3)));
    least_step *= 2;
    input->starved = frame->header.qp == kMaxQp || config_.latent.lossless;
    const LatentFrameHeader header = HeaderOf(plan, frame->header.qp + step);
    *frame = EncodeFrame(*input, header, effort_, pool_.get());
    FillPacket(*frame, frame->header, packet);
  }
}

double LatentEncoder::MostBytes(const PlannedFrame& plan, const Packet& packet) const {
  double most = std::numeric_limits<double>::infinity();
  if (config_.latent.max_frame_bytes > 0) most = double(config_.latent.max_frame_bytes) - double(configuration_.size());
  if (rate_ == nullptr) return most;
  const double container = BitsSent(packet) / 8 - double(packet.payload.size());
  return std::min(most, rate_->MostBits(plan) / 8 - container);
}

void LatentEncoder::UpdateOutputs(const Source& source, const EncodedFrame& frame, double most_bytes, Packet* packet) {
  if (config_.latent.lossless) return;
  // How many frames the tables will serve is known as far as frames are waiting; some more are likely.
  const int waiting = int(sources_.size());
  OutputInput input{&fit_,        &frame.picture->layers, source.fits_outputs ? &source.frame.layers : nullptr,
                    &source.scan, &source.probes,         frame.header.qp};
  input.frames = std::min(ended_ ? waiting : std::max(waiting, kLikelyFrames), effort_.gop.gop_frames - coded_in_gop_);
  LatentFrameHeader header = frame.header;
  header.outputs = outputs_.Choose(input, pool_.get());
  for (const bool least : {false, true}) {
    if (header.outputs.empty()) break;
    Packet with_outputs = *packet;
    FillPacket(frame, header, &with_outputs);
    if (double(with_outputs.payload.size()) <= most_bytes) {
      *packet = std::move(with_outputs);
      outputs_.Sent(header.outputs);
      break;
    }
    if (!least) header.outputs = outputs_.Least(header.outputs, input);
  }
  quality_.Coded(packet->frame_number, fit_, header.qp, outputs_.Errors(input));
}

}  // namespace

Result<std::unique_ptr<ModeEncoder>> CreateLatentEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                         TimeBase frame_rate, const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, "layers"));
  FSC_ASSIGN_OR_RETURN(const LatentEffort effort, LatentEffortOf(config, frame_rate));
  const double fps = double(frame_rate.num) / std::max(frame_rate.den, 1);
  EncoderConfig settled = config;
  if (config.latent.bitrate_kbps > 0) {
    // The first guess of the rate control, and what the channel transform is fitted for: of typical networks.
    settled.qp = RateControl::FirstQp(1000 * config.latent.bitrate_kbps / fps / double(TotalElements(layers)));
  }
  return std::unique_ptr<ModeEncoder>(std::make_unique<LatentEncoder>(settled, effort, layers, fps));
}

}  // namespace fsc
