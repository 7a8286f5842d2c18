#include "codec/latent_encoder.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <optional>

#include "codec/channel_transform_fit.h"
#include "codec/latent_frame_coder.h"
#include "codec/latent_gop.h"
#include "codec/latent_layer_coder.h"
#include "codec/latent_mode_decision.h"
#include "core/byte_writer.h"
#include "core/thread_pool.h"
#include "motion/motion_planes.h"
#include "motion/motion_search.h"

namespace fsc {
namespace {

struct Preset {
  int span_frames;    // hierarchical B
  int judged_planes;  // DecideModes
  bool intra_in_inter;
  bool full_search;  // BlockQuantizer
};

Result<Preset> PresetOf(const std::string& name) {
  if (name == "fast") return Preset{8, 12, false, false};
  if (name == "balanced" || name.empty()) return Preset{8, 32, true, true};
  if (name == "high") return Preset{16, 128, true, true};
  return Usage("unknown preset '" + name + "'", "--preset", "latent has fast, balanced and high");
}

// Elements of a layer per independent group: enough for its contexts to learn, small enough to share out.
constexpr int64_t kElementsPerGroup = 1 << 18;
constexpr int kMaxAutomaticGroups = 16;
constexpr int kFitFrames = 8;

class LatentEncoder : public ModeEncoder {
 public:
  LatentEncoder(const EncoderConfig& config, const Preset& preset, std::span<const LayerSpec> layers)
      : config_(config),
        preset_(preset),
        layers_(layers.begin(), layers.end()),
        planner_(config.gop_frames, preset.span_frames) {
    if (config.threads > 1) pool_ = std::make_unique<ThreadPool>(config.threads);
    fit_frames_ = preset.span_frames > 0 ? std::min({kFitFrames, preset.span_frames, config.gop_frames}) : 1;
  }

  Status Push(const FeatureFrame& frame, PlaneView<const uint8_t> luma, std::vector<Packet>* out) override;
  Status Flush(std::vector<Packet>* out) override;
  std::vector<uint8_t> mode_config() const override { return mode_config_; }
  std::string description() const override { return "latent " + std::to_string(kLatentVersion); }

 private:
  struct Source {
    FeatureFrame frame;  // kept until the transform is known, and where the output tables are fitted on it
    std::vector<LayerPlanes> planes;
    Plane<uint8_t> luma;
    bool fits_tables = false;
  };

  Status Start();
  Status Plan(int64_t number, std::vector<Packet>* out);
  Status Encode(const PlannedFrame& plan, std::vector<Packet>* out);
  Result<std::vector<MotionField>> Search(const LatentFrameHeader& header, const Source& source,
                                          std::span<const LatentPicture* const> references);
  void FitTables(const Source& source, const LatentPicture& picture);

  EncoderConfig config_;
  Preset preset_;
  std::vector<LayerSpec> layers_;
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
  std::map<int64_t, Source> sources_;  // not coded yet
  std::map<int64_t, std::shared_ptr<LatentPicture>> stored_;
  std::array<std::array<int8_t, 2>, kFrameClasses> recentre_{};
  std::vector<OutputTableFit> fits_;
  std::vector<float> lows_;  // smallest value of each layer so far
  bool tables_due_ = false;
};

Status LatentEncoder::Push(const FeatureFrame& frame, PlaneView<const uint8_t> luma, std::vector<Packet>* out) {
  Source source;
  source.frame.timestamp_ticks = frame.timestamp_ticks;
  const int64_t position = pushed_ % config_.gop_frames;
  source.fits_tables = config_.latent.output_tables && (position <= 2 || position == preset_.span_frames);
  if (lows_.empty()) lows_.assign(layers_.size(), 3.0e38f);
  for (size_t i = 0; i < layers_.size(); ++i) {
    const std::span<const float> values = frame.layers[i].values();
    lows_[i] = std::min(lows_[i], *std::min_element(values.begin(), values.end()));
    if (started_) source.planes.push_back(analysis_[i].Analyse(frame.layers[i], pool_.get()));
    if (!started_ || source.fits_tables) source.frame.layers.push_back(frame.layers[i].Clone());
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
  FSC_RETURN_IF_ERROR(Start());
  for (int64_t i = 0; i < pushed_; ++i) FSC_RETURN_IF_ERROR(Plan(i, out));
  return {};
}

Status LatentEncoder::Start() {
  stream_.lossless = config_.latent.lossless;
  const Source& first = sources_.begin()->second;
  const auto finest = std::min_element(
      layers_.begin(), layers_.end(), [](const LayerSpec& a, const LayerSpec& b) { return a.stride_px < b.stride_px; });
  const bool use_luma = first.luma.width() > 0 && config_.latent.motion != LatentMotion::kPlanes;
  stream_.motion =
      use_luma ? MotionGeometry{first.luma.width(), first.luma.height(), 1} : VirtualMotionGeometry(*finest);
  TransformFitOptions options;
  options.kind = config_.latent.transform;
  options.qp = config_.qp;
  options.lossless = stream_.lossless;
  for (size_t i = 0; i < layers_.size(); ++i) {
    std::vector<const Tensor*> tensors;
    for (const auto& [number, source] : sources_) tensors.push_back(&source.frame.layers[i]);
    LatentStreamConfig::Layer layer;
    layer.transform = FitChannelTransform(tensors, options);
    int groups = config_.latent.plane_groups;
    if (groups == 0) {
      const int64_t coded = layer.transform.planes * layers_[i].plane_elements();
      groups = int(std::clamp<int64_t>(coded / kElementsPerGroup, 1, kMaxAutomaticGroups));
    }
    layer.groups = std::min(groups, layer.transform.planes);
    analysis_.emplace_back(layer.transform);
    synthesis_.emplace_back(layer.transform);
    stream_.layers.push_back(std::move(layer));
  }
  mode_config_ = WriteLatentStreamConfig(stream_);
  state_ = LatentState(stream_, layers_);
  for (auto& [number, source] : sources_) {
    for (size_t i = 0; i < layers_.size(); ++i) {
      source.planes.push_back(analysis_[i].Analyse(source.frame.layers[i], pool_.get()));
    }
    if (!source.fits_tables) source.frame.layers.clear();
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
  if (!started_) {
    FSC_RETURN_IF_ERROR(Start());
    for (int64_t i = 0; i < pushed_; ++i) FSC_RETURN_IF_ERROR(Plan(i, out));
  }
  std::vector<PlannedFrame> plans;
  planner_.Flush(&plans);
  for (const PlannedFrame& plan : plans) FSC_RETURN_IF_ERROR(Encode(plan, out));
  return {};
}

Result<std::vector<MotionField>> LatentEncoder::Search(const LatentFrameHeader& header, const Source& source,
                                                       std::span<const LatentPicture* const> references) {
  std::vector<MotionField> fields;
  fields.reserve(kMaxReferences);  // a hint points into it
  for (size_t i = 0; i < references.size(); ++i) {
    const LatentPicture& reference = *references[i];
    MotionSearchOptions options;
    options.lambda = 28.0 * std::exp2((header.qp - 36) / 12.0);
    options.unit_px = stream_.motion.unit_px;
    options.hint = HintFor(header, int(i), fields);
    options.pool = pool_.get();
    MotionField field(stream_.motion);
    const bool has_luma = source.luma.width() == stream_.motion.width_px &&
                          source.luma.height() == stream_.motion.height_px &&
                          reference.luma.width() == stream_.motion.width_px;
    if (config_.latent.motion == LatentMotion::kZero) {
      // Zero as it is.
    } else if (has_luma && config_.latent.motion == LatentMotion::kAuto) {
      FSC_ASSIGN_OR_RETURN(field, EstimateMotion(source.luma.view(), reference.luma.view(), options));
    } else {
      const size_t layer =
          std::min_element(layers_.begin(), layers_.end(),
                           [](const LayerSpec& a, const LayerSpec& b) { return a.stride_px < b.stride_px; }) -
          layers_.begin();
      if (VirtualMotionGeometry(layers_[layer]) == stream_.motion) {
        std::vector<PlaneView<const int16_t>> current;
        std::vector<PlaneView<const int16_t>> before;
        for (int k = 0; k < source.planes[layer].planes(); ++k) {
          current.push_back(source.planes[layer].plane(k));
          before.push_back(reference.layers[layer].plane(k));
        }
        FSC_ASSIGN_OR_RETURN(field, EstimateMotionFromPlanes(current, before, layers_[layer], options));
      }
    }
    fields.push_back(std::move(field));
  }
  return fields;
}

Status LatentEncoder::Encode(const PlannedFrame& plan, std::vector<Packet>* out) {
  Source& source = sources_.at(plan.frame_number);
  LatentFrameHeader header;
  header.frame_class = plan.frame_class;
  header.qp = std::clamp(config_.qp + plan.qp_offset, 0, kMaxQp);
  header.recentre = recentre_[int(plan.frame_class)];
  header.is_reference = plan.is_reference;
  std::vector<const LatentPicture*> references;
  for (const int64_t reference : plan.references) {
    header.references.push_back(int(reference - plan.frame_number));
    references.push_back(stored_.at(reference).get());
  }
  for (const int64_t dropped : plan.dropped) header.dropped.push_back(int(dropped - plan.frame_number));
  const bool intra = plan.frame_class == FrameClass::kIntra;
  if (intra) {
    stored_.clear();
    state_.Restart(header.qp);
  }
  FSC_ASSIGN_OR_RETURN(std::vector<MotionField> fields, Search(header, source, references));

  Packet packet;
  packet.type = intra                                        ? FrameType::kIntra
                : plan.frame_class == FrameClass::kPredicted ? FrameType::kInter
                                                             : FrameType::kBidirectional;
  packet.random_access = intra;
  packet.frame_number = plan.frame_number;
  packet.timestamp_ticks = source.frame.timestamp_ticks;

  RangeEncoder motion_coder;
  for (size_t i = 0; i < fields.size(); ++i) {
    WriteMotionField(fields[i], HintFor(header, int(i), fields), &state_.motion[i], &motion_coder);
  }
  const FrameMotion motion(layers_, fields, header.filter);
  auto picture = std::make_shared<LatentPicture>();
  picture->frame_number = plan.frame_number;
  std::vector<std::vector<uint8_t>> residuals;
  RecentreStatistics statistics;
  for (size_t i = 0; i < layers_.size(); ++i) {
    LayerFrame frame = MakeLayerFrame(stream_, header, int(i), motion, references);
    ModeDecisionOptions mode_options;
    mode_options.planes = preset_.judged_planes;
    mode_options.intra_in_inter = preset_.intra_in_inter;
    DecideModes(source.planes[i], state_.layers[i], mode_options, pool_.get(), &frame);
    QuantizerOptions quantizer_options;
    quantizer_options.full_search = preset_.full_search;
    EncodedLayer layer = EncodeLayer(frame, source.planes[i], quantizer_options, &state_.layers[i], pool_.get());
    statistics.Add(layer.statistics);
    picture->layers.push_back(std::move(layer.planes));
    residuals.push_back(std::move(layer.bytes));
  }
  for (int i = 0; i < 2; ++i) {
    if (statistics.count[i] < 200) continue;
    recentre_[int(plan.frame_class)][i] = int8_t(std::clamp(
        std::lround(64 * statistics.excess[i] / double(statistics.count[i])), -long{kMaxRecentre}, long{kMaxRecentre}));
  }

  if (config_.latent.output_tables && !stream_.lossless && source.fits_tables) {
    FitTables(source, *picture);
    for (size_t i = 0; i < layers_.size(); ++i) header.tables.push_back(fits_[i].Table(lows_[i]));
  }
  ByteWriter side;
  WriteLatentFrameHeader(header, &side);
  const auto append = [&packet](SectionKind kind, int layer, std::span<const uint8_t> bytes) {
    packet.sections.push_back(Section{kind, layer, bytes.size()});
    packet.payload.insert(packet.payload.end(), bytes.begin(), bytes.end());
  };
  append(SectionKind::kSideInfo, -1, side.bytes());
  if (!references.empty()) append(SectionKind::kMotion, -1, motion_coder.Finish());
  for (size_t i = 0; i < residuals.size(); ++i) append(SectionKind::kResidual, int(i), residuals[i]);
  out->push_back(std::move(packet));

  for (const int64_t dropped : plan.dropped) stored_.erase(dropped);
  if (plan.is_reference) {
    picture->luma = std::move(source.luma);
    stored_[plan.frame_number] = std::move(picture);
  }
  sources_.erase(plan.frame_number);
  return {};
}

void LatentEncoder::FitTables(const Source& source, const LatentPicture& picture) {
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (fits_.size() <= i) {
      const ChannelTransform& transform = stream_.layers[i].transform;
      const float step = transform.unit * float(StepQ4(config_.qp, transform.sigma_log2)) / 16.0f;
      fits_.emplace_back(std::max(lows_[i], -8 * step), step / 4);
    }
    fits_[i].Decay();
    const Tensor decoded = synthesis_[i].Synthesise(picture.layers[i], pool_.get());
    fits_[i].Add(decoded.values(), source.frame.layers[i].values());
  }
}

}  // namespace

Result<std::unique_ptr<ModeEncoder>> CreateLatentEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                         TimeBase frame_rate, const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, "layers"));
  FSC_ASSIGN_OR_RETURN(Preset preset, PresetOf(config.preset));
  if (config.qp < 0 || config.qp > kMaxQp) return Usage("qp out of range", "--qp", "latent takes 0 to 63");
  if (config.gop_frames < 1 || config.gop_frames > 1024)
    return Usage("GOP length out of range", "--gop", "use 1 to 1024");
  const int span = config.latent.bidirectional_frames;
  if (span != -1 && span != 0 && (span < 2 || span > 32))
    return Usage("B span out of range", "latent.bidirectional_frames", "0 or 2..32");
  if (config.latent.plane_groups < 0 || config.latent.plane_groups > kMaxPlaneGroups) {
    return Usage("plane groups out of range", "latent.plane_groups", "use 0 (automatic) to 64");
  }
  if (span >= 0) preset.span_frames = span;
  if (config.low_delay) preset.span_frames = 0;
  (void)frame_rate;
  return std::unique_ptr<ModeEncoder>(std::make_unique<LatentEncoder>(config, preset, layers));
}

}  // namespace fsc
