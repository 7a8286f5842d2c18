#include "codec/latent/encode/encoder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "codec/latent/encode/channel_transform_fit.h"
#include "codec/latent/encode/effort.h"
#include "codec/latent/encode/frame_encoder.h"
#include "codec/latent/encode/gop.h"
#include "codec/latent/encode/motion_source.h"
#include "codec/latent/encode/output_fit.h"
#include "codec/latent/encode/rate_control.h"
#include "core/thread_pool.h"
#include "streams/container_syntax.h"

namespace fsc {
namespace {

// Coded elements of a layer per independent group: the more, the better its contexts learn; the fewer, the more threads
// find work. A second group costs about 1 %.
constexpr int64_t kElementsPerGroup = 1 << 18;
constexpr int64_t kElementsPerFastGroup = 1 << 16;
constexpr int kMaxAutomaticGroups = 16;
constexpr int kFitFrames = 8;
constexpr int kLikelyFrames = 8;  // that a stream has yet to come, where its end is not known

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

double BitsSent(const Packet& packet) {
  return 8 * double(SerializedBytes(packet));
}

// Whoever looks at a piece of the picture sees more cells of a finer layer, and their errors average out: the variance
// of its error may be larger, as its stride is smaller against the coarsest layer's, within limits.
double StepScale(const LayerSpec& layer, std::span<const LayerSpec> layers) {
  constexpr double kLargest = 2;
  int coarsest_px = 1;
  for (const LayerSpec& other : layers) coarsest_px = std::max(coarsest_px, other.stride_px);
  return std::min(kLargest, std::sqrt(double(coarsest_px) / layer.stride_px));
}

class LatentEncoder : public ModeEncoder {
 public:
  LatentEncoder(const EncoderConfig& config, const LatentEffort& effort, std::span<const LayerSpec> layers,
                double frames_per_second)
      : config_(config),
        effort_(effort),
        layers_(layers.begin(), layers.end()),
        motion_(config.latent.motion, config.preset, layers_),
        planner_(effort.gop) {
    if (config.threads > 1) pool_ = std::make_unique<ThreadPool>(config.threads);
    if (config.latent.bitrate_kbps > 0) {
      const int window = std::max(1, int(std::lround(std::min(2 * frames_per_second, 1e6))));
      RateControl::Options rate;
      rate.bits_per_frame = 1000 * config.latent.bitrate_kbps / frames_per_second;
      rate.window_frames = window;
      rate.elements = double(TotalElements(layers));
      rate.cap_bits = 8 * double(config.latent.max_frame_bytes);
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
  std::string description() const override { return "latent " + std::to_string(kLatentVersion); }

 private:
  struct Source {
    FeatureFrame frame;  // kept until the transform is known, and where the output tables are fitted on it
    std::vector<LayerPlanes> planes;
    Plane<uint8_t> luma;
    bool fits_outputs = false;
    std::vector<std::vector<float>> weights;  // of each block of each layer; empty = 1
  };

  // `whole`: no frame follows those that are there.
  Status Start(bool whole);
  Status Plan(int64_t number, std::vector<Packet>* out);
  Status Encode(const PlannedFrame& plan, std::vector<Packet>* out);
  LatentFrameHeader HeaderOf(const PlannedFrame& plan, int qp) const;
  // Codes the frame again, coarser, until its payload has no more than `most_bytes` or can be no smaller.
  void Coarsen(const PlannedFrame& plan, double most_bytes, FrameInput* input, EncodedFrame* frame, Packet* packet);
  void UpdateOutputs(const Source& source, const EncodedFrame& frame, Packet* packet);

  EncoderConfig config_;
  LatentEffort effort_;
  std::vector<LayerSpec> layers_;
  MotionSource motion_;
  GopPlanner planner_;
  std::unique_ptr<ThreadPool> pool_;
  int fit_frames_;

  bool started_ = false;
  LatentStreamConfig stream_;
  std::vector<uint8_t> mode_config_;
  LatentState state_;
  std::vector<PlaneAnalysis> analysis_;
  std::vector<PlaneSynthesis> synthesis_;

  int64_t pushed_ = 0;
  bool ended_ = false;  // all frames are there
  int coded_in_gop_ = 0;
  std::map<int64_t, Source> sources_;  // not coded yet
  std::map<int64_t, std::shared_ptr<LatentPicture>> stored_;
  std::array<std::array<int8_t, 2>, kFrameClasses> recentre_{};
  std::vector<OutputFit> fits_;
  std::vector<OutputStage> outputs_;   // in force at the decoder
  std::vector<Tensor> weights_;        // of the next frame's cells
  std::vector<float> lows_;            // smallest value of each layer so far
  std::unique_ptr<RateControl> rate_;  // null = constant qp
};

Status LatentEncoder::Push(const FeatureFrame& frame, PlaneView<const uint8_t> luma, std::vector<Packet>* out) {
  Source source;
  source.frame.timestamp_ticks = frame.timestamp_ticks;
  for (const Tensor& cells : weights_) source.weights.push_back(BlockMeans(cells));
  weights_.clear();
  const int64_t position = pushed_ % effort_.gop.gop_frames;
  source.fits_outputs =
      config_.latent.output_tables && (position <= 1 || position == std::max(effort_.gop.span_frames, 2));
  if (lows_.empty()) lows_.assign(layers_.size(), 3.0e38f);
  for (size_t i = 0; i < layers_.size(); ++i) {
    const std::span<const float> values = frame.layers[i].values();
    lows_[i] = std::min(lows_[i], *std::min_element(values.begin(), values.end()));
    if (started_) source.planes.push_back(analysis_[i].Analyse(frame.layers[i], pool_.get()));
    if (!started_ || source.fits_outputs) source.frame.layers.push_back(frame.layers[i].Clone());
  }
  if (luma.data != nullptr && luma.width > 0 && luma.height > 0) {
    source.luma = Plane<uint8_t>(luma.width, luma.height);
    for (int y = 0; y < luma.height; ++y) std::copy_n(luma.row(y), luma.width, source.luma.row(y));
    const PlaneView<uint8_t> first =
        pushed_ > 0 && !sources_.empty() ? sources_.begin()->second.luma.view() : source.luma.view();
    if (first.width > 0 && (first.width != luma.width || first.height != luma.height)) {
      return Usage("luma changes its size", "frame " + std::to_string(pushed_));
    }
  }
  const int64_t number = pushed_++;
  sources_.emplace(number, std::move(source));
  if (started_) return Plan(number, out);
  if (pushed_ < fit_frames_) return {};
  FSC_RETURN_IF_ERROR(Start(false));
  for (int64_t i = 0; i < pushed_; ++i) FSC_RETURN_IF_ERROR(Plan(i, out));
  return {};
}

Status LatentEncoder::Start(bool whole) {
  stream_.lossless = config_.latent.lossless;
  stream_.motion = motion_.GeometryFor(sources_.begin()->second.luma.view());
  TransformFitOptions options;
  options.kind = config_.latent.transform;
  const bool profile_planes = config_.latent.profile_planes;
  if (options.kind == LatentTransform::kAuto && profile_planes) options.kind = LatentTransform::kIdentity;
  options.qp = config_.qp;
  options.lossless = stream_.lossless;
  if (whole) options.expected_frames = int(pushed_);
  for (size_t i = 0; i < layers_.size(); ++i) {
    std::vector<const Tensor*> tensors;
    for (const auto& [number, source] : sources_) tensors.push_back(&source.frame.layers[i]);
    LatentStreamConfig::Layer layer;
    // A profile says itself what counts.
    options.step_scale = profile_planes ? 1 : StepScale(layers_[i], layers_);
    layer.transform = FitChannelTransform(tensors, options);
    int groups = config_.latent.plane_groups;
    if (groups == 0) {
      const int64_t coded = layer.transform.planes * layers_[i].plane_elements();
      groups = int(std::clamp<int64_t>(coded / (config_.preset == "fast" ? kElementsPerFastGroup : kElementsPerGroup),
                                       1, kMaxAutomaticGroups));
    }
    layer.groups = std::min(groups, layer.transform.planes);
    analysis_.emplace_back(layer.transform);
    synthesis_.emplace_back(layer.transform);
    stream_.layers.push_back(std::move(layer));
  }
  mode_config_ = WriteLatentStreamConfig(stream_);
  if (rate_ != nullptr) rate_->SpendAhead(8 * double(mode_config_.size()));
  state_ = LatentState(stream_, layers_);
  for (const LatentStreamConfig::Layer& layer : stream_.layers) {
    fits_.emplace_back(layer.transform.channels, layer.transform.unit, effort_.quantizer.lambda);
  }
  for (auto& [number, source] : sources_) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      source.planes.push_back(analysis_[i].Analyse(source.frame.layers[i], pool_.get()));
    }
    if (!source.fits_outputs) source.frame.layers.clear();
  }
  started_ = true;
  return {};
}

Status LatentEncoder::Plan(int64_t number, std::vector<Packet>* out) {
  std::vector<PlannedFrame> plans;
  planner_.Push(number, &plans);
  for (const PlannedFrame& plan : plans) FSC_RETURN_IF_ERROR(Encode(plan, out));
  return {};
}

Status LatentEncoder::Flush(std::vector<Packet>* out) {
  if (pushed_ == 0) return {};
  ended_ = true;
  if (!started_) {
    FSC_RETURN_IF_ERROR(Start(true));
    for (int64_t i = 0; i < pushed_; ++i) FSC_RETURN_IF_ERROR(Plan(i, out));
  }
  std::vector<PlannedFrame> plans;
  planner_.Flush(&plans);
  for (const PlannedFrame& plan : plans) FSC_RETURN_IF_ERROR(Encode(plan, out));
  return {};
}

LatentFrameHeader LatentEncoder::HeaderOf(const PlannedFrame& plan, int qp) const {
  LatentFrameHeader header;
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
    outputs_.assign(layers_.size(), {});
    coded_in_gop_ = 0;
  }
  std::vector<const LatentPicture*> references;
  for (const int64_t reference : plan.references) references.push_back(stored_.at(reference).get());
  const int first_qp = rate_ != nullptr ? rate_->QpFor(plan) : config_.qp + plan.qp_offset;
  LatentFrameHeader header = HeaderOf(plan, first_qp);
  FSC_ASSIGN_OR_RETURN(const std::vector<MotionField> fields, motion_.Search(header, stream_.motion, source.luma.view(),
                                                                             source.planes, references, pool_.get()));
  FrameInput input{layers_, &stream_, &source.planes, references, fields, &state_, false, source.weights};

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
    while (rate_->Learn(plan, header.qp, BitsSent(packet))) {
      header = HeaderOf(plan, rate_->QpFor(plan));
      code();
    }
    input.starved = rate_->Starves(plan);
    if (input.starved) code();
    Coarsen(plan, rate_->MostBits(plan) / 8, &input, &frame, &packet);
  }
  const auto cap = double(config_.latent.max_frame_bytes);
  if (cap > 0) Coarsen(plan, cap, &input, &frame, &packet);
  if (cap > 0 && double(packet.payload.size()) > cap) {
    return Usage("a frame does not fit into " + std::to_string(config_.latent.max_frame_bytes) + " bytes",
                 "frame " + std::to_string(plan.frame_number),
                 "raise --max-frame-bytes; the smallest frame takes " + std::to_string(packet.payload.size()));
  }
  UpdateOutputs(source, frame, &packet);
  if (rate_ != nullptr) rate_->Spend(BitsSent(packet));
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
  while (double(packet->payload.size()) > most_bytes && !input->starved) {
    // Bits fall by about a fifth per qp; every try goes twice as far as the last, so there are few. Past the last qp,
    // the frame repeats its references.
    const double octaves = std::log2(double(packet->payload.size()) / std::max(most_bytes, 1.0));
    const int qp = frame->header.qp + std::max(least_step, int(std::ceil(octaves / 0.3)));
    least_step *= 2;
    input->starved = qp > kMaxQp || stream_.lossless;
    const LatentFrameHeader header = HeaderOf(plan, qp);
    *frame = EncodeFrame(*input, header, effort_, pool_.get());
    FillPacket(*frame, frame->header, packet);
  }
}

void LatentEncoder::UpdateOutputs(const Source& source, const EncodedFrame& frame, Packet* packet) {
  if (stream_.lossless || !source.fits_outputs) return;
  // How many frames the tables will serve is known as far as frames are waiting; some more are likely.
  const int waiting = int(sources_.size());
  const int frames =
      std::min(ended_ ? waiting : std::max(waiting, kLikelyFrames), effort_.gop.gop_frames - coded_in_gop_);
  LatentFrameHeader header = frame.header;
  std::vector<OutputStage> outputs = outputs_;
  bool any = false;
  for (size_t i = 0; i < layers_.size(); ++i) {
    const int32_t step_q4 = StepQ4(frame.header.qp, stream_.layers[i].transform.sigma_log2);
    const Tensor decoded = synthesis_[i].Synthesise(frame.picture->layers[i], pool_.get());
    fits_[i].Add(decoded, source.frame.layers[i], lows_[i], step_q4);
    header.outputs.push_back(fits_[i].Choose(outputs[i], frames));
    if (!header.outputs[i]) continue;
    outputs[i] = *header.outputs[i];
    any = true;
  }
  if (!any) return;
  Packet with_outputs = *packet;
  FillPacket(frame, header, &with_outputs);
  const size_t cap = size_t(config_.latent.max_frame_bytes);
  if (cap > 0 && with_outputs.payload.size() > cap) return;
  *packet = std::move(with_outputs);
  outputs_ = std::move(outputs);
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
