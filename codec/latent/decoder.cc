#include "codec/latent/decoder.h"

#include <map>
#include <optional>
#include <utility>

#include "codec/latent/frame_coder.h"
#include "codec/latent/layer_decoder.h"
#include "core/thread_pool.h"
#include "streams/packet_sections.h"

namespace fsc {
namespace {

constexpr char kDamagedPacket[] = "the stream is damaged";

// What is known of a frame before its motion and its layers are read.
std::shared_ptr<FrameAnalysis> NewAnalysis(const Packet& packet, const LatentFrameHeader& header, size_t layers) {
  auto analysis = std::make_shared<FrameAnalysis>();
  analysis->type = packet.type;
  analysis->qp = header.qp;
  for (const int reference : header.references) analysis->references.push_back(packet.frame_number + reference);
  analysis->layers.resize(layers);
  analysis->mode_names = kBlockModeNames;
  analysis->side_info_bits = 8.0 * double(packet.sections.front().size_bytes);
  analysis->payload_bytes = packet.payload.size();
  return analysis;
}

class LatentDecoder : public ModeDecoder {
 public:
  LatentDecoder(std::vector<LayerSpec> layers, const Limits& limits, int threads)
      : layers_(std::move(layers)), limits_(limits) {
    if (threads > 1) pool_ = std::make_unique<ThreadPool>(threads);
  }

  Status Push(const Packet& packet, std::vector<DecodedFrame>* out) override;
  Status Flush(std::vector<DecodedFrame>* out) override;
  void Reset() override;
  Status Configure(std::span<const uint8_t> mode_config) override;
  void Analyse() override { analyses_ = true; }

 private:
  using Outputs = std::shared_ptr<const std::vector<OutputStage>>;  // [layer]
  struct Decoded {
    std::shared_ptr<const LatentPicture> picture;
    Outputs outputs;
    int64_t timestamp_ticks = 0;
    std::shared_ptr<FrameAnalysis> analysis;
    std::vector<std::vector<Escape>> escapes;  // [layer], or empty
  };

  Status Decode(const Packet& packet, bool in_sequence, std::vector<DecodedFrame>* out);
  Result<std::vector<MotionField>> ReadMotion(const LatentFrameHeader& header, std::span<const uint8_t> bytes,
                                              FrameAnalysis* analysis);
  DecodedFrame Finish(const Decoded& decoded);

  std::vector<LayerSpec> layers_;
  Limits limits_;
  LatentStreamConfig config_;
  LatentState state_;
  std::vector<PlaneSynthesis> synthesis_;
  std::unique_ptr<ThreadPool> pool_;
  std::map<int64_t, std::shared_ptr<const LatentPicture>> stored_;
  std::map<int64_t, Decoded> waiting_;
  Outputs outputs_;
  int64_t next_ = 0;  // the next frame to give out
  bool analyses_ = false;
  bool in_sequence_ = false;  // a random-access frame came, and all since was whole
};

Status LatentDecoder::Push(const Packet& packet, std::vector<DecodedFrame>* out) {
  const bool was_in_sequence = std::exchange(in_sequence_, false);  // unless it comes back
  Status status = Decode(packet, was_in_sequence, out);
  in_sequence_ = status.ok();
  return status;
}

Status LatentDecoder::Decode(const Packet& packet, bool in_sequence, std::vector<DecodedFrame>* out) {
  const std::string where = "frame " + std::to_string(packet.frame_number);
  // Sections: side information, motion where there are references, then one for each layer.
  FSC_ASSIGN_OR_RETURN(const std::vector<SectionView> parts, SectionsOf(packet, where));
  if (parts.empty()) return BadInput("sections do not match the payload", where, kDamagedPacket);
  FSC_ASSIGN_OR_RETURN(LatentFrameHeader header, ReadLatentFrameHeader(parts[0].bytes, layers_, where));
  const size_t references = header.references.size();
  const size_t first_layer = references > 0 ? 2 : 1;
  if (parts.size() != first_layer + layers_.size()) return BadInput("wrong number of sections", where, kDamagedPacket);
  if (packet.random_access != (references == 0))
    return BadInput("random access at a frame that refers back", where, kDamagedPacket);

  if (packet.random_access) {
    FSC_RETURN_IF_ERROR(Flush(out));
    stored_.clear();
    outputs_ = std::make_shared<const std::vector<OutputStage>>(layers_.size());
    state_.Restart(header.qp);
    next_ = packet.frame_number;
    in_sequence = true;
  }
  if (!in_sequence)
    return BadInput("frame without the random-access frame before it", where, "start at a random-access frame");
  if (packet.frame_number < next_ || waiting_.contains(packet.frame_number)) {
    return BadInput("frame number comes twice", where, kDamagedPacket);
  }
  if (packet.frame_number - next_ > kMaxReorderFrames || int(waiting_.size()) >= kMaxWaitingFrames)
    return BadInput("frames are missing", where, kDamagedPacket);

  std::vector<const LatentPicture*> pictures;
  for (const int reference : header.references) {
    const auto found = stored_.find(packet.frame_number + reference);
    if (found == stored_.end()) return BadInput("reference is not there", where, kDamagedPacket);
    pictures.push_back(found->second.get());
  }
  std::shared_ptr<FrameAnalysis> analysis;
  if (analyses_) analysis = NewAnalysis(packet, header, layers_.size());
  std::vector<MotionField> fields;
  if (references > 0) {
    FSC_ASSIGN_OR_RETURN(fields, ReadMotion(header, parts[1].bytes, analysis.get()));
  }
  const FrameMotion motion(layers_, fields, header.filter);
  auto picture = std::make_shared<LatentPicture>();
  picture->frame_number = packet.frame_number;
  for (size_t i = 0; i < layers_.size(); ++i) {
    LayerFrame frame = MakeLayerFrame(config_, header, int(i), motion, pictures);
    FSC_ASSIGN_OR_RETURN(LayerPlanes planes,
                         DecodeLayer(parts[first_layer + i].bytes, where + ", layer '" + layers_[i].name + "'", &frame,
                                     &state_.layers[i], pool_.get(), analysis ? &analysis->layers[i] : nullptr));
    picture->layers.push_back(std::move(planes));
  }
  if (analysis != nullptr) analysis->motion = std::move(fields);
  if (!header.outputs.empty()) {
    std::vector<OutputStage> outputs = *outputs_;
    for (size_t i = 0; i < outputs.size(); ++i) {
      if (header.outputs[i]) outputs[i] = std::move(*header.outputs[i]);
    }
    outputs_ = std::make_shared<const std::vector<OutputStage>>(std::move(outputs));
  }
  for (const int dropped : header.dropped) stored_.erase(packet.frame_number + dropped);
  if (header.is_reference) {
    if (stored_.size() >= kMaxStoredPictures) return BadInput("too many stored pictures", where, kDamagedPacket);
    stored_[packet.frame_number] = picture;
  }
  waiting_[packet.frame_number] =
      Decoded{picture, outputs_, packet.timestamp_ticks, std::move(analysis), std::move(header.escapes)};
  while (!waiting_.empty() && waiting_.begin()->first == next_) {
    out->push_back(Finish(waiting_.begin()->second));
    waiting_.erase(waiting_.begin());
    ++next_;
  }
  return {};
}

Result<std::vector<MotionField>> LatentDecoder::ReadMotion(const LatentFrameHeader& header,
                                                           std::span<const uint8_t> bytes, FrameAnalysis* analysis) {
  std::vector<MotionField> fields;
  fields.reserve(kMaxReferences);  // a hint points into it
  RangeDecoder coder(bytes);
  for (size_t i = 0; i < header.references.size(); ++i) {
    FSC_ASSIGN_OR_RETURN(MotionField field,
                         ReadMotionField(config_.motion, HintFor(header, int(i), fields), &state_.motion[i], &coder));
    fields.push_back(std::move(field));
  }
  if (analysis != nullptr) analysis->motion_bits = coder.bits_read();
  return fields;
}

DecodedFrame LatentDecoder::Finish(const Decoded& decoded) {
  DecodedFrame result;
  result.frame_number = decoded.picture->frame_number;
  result.frame.timestamp_ticks = decoded.timestamp_ticks;
  result.analysis = decoded.analysis;
  for (size_t i = 0; i < layers_.size(); ++i) {
    Tensor tensor = synthesis_[i].Synthesise(decoded.picture->layers[i], pool_.get());
    (*decoded.outputs)[i].Apply(config_.layers[i].transform.unit, &tensor);
    if (!decoded.escapes.empty()) ApplyEscapes(decoded.escapes[i], &tensor);
    result.frame.layers.push_back(std::move(tensor));
  }
  return result;
}

Status LatentDecoder::Flush(std::vector<DecodedFrame>* out) {
  for (const auto& [number, decoded] : waiting_) out->push_back(Finish(decoded));
  waiting_.clear();
  return {};
}

Status LatentDecoder::Configure(std::span<const uint8_t> mode_config) {
  FSC_ASSIGN_OR_RETURN(LatentStreamConfig config, ReadLatentStreamConfig(mode_config, layers_, limits_));
  Reset();  // nothing that was decoded under another configuration can be referred to
  config_ = std::move(config);
  state_ = LatentState(config_, layers_);
  synthesis_.clear();
  for (const LatentStreamConfig::Layer& layer : config_.layers) synthesis_.emplace_back(layer.transform);
  return {};
}

void LatentDecoder::Reset() {
  stored_.clear();
  waiting_.clear();
  in_sequence_ = false;
}

}  // namespace

Result<std::unique_ptr<ModeDecoder>> CreateLatentDecoder(const StreamHeader& header, const Limits& limits,
                                                         int threads) {
  FSC_RETURN_IF_ERROR(CheckLayers(header.layers, limits, "stream header"));
  auto decoder = std::make_unique<LatentDecoder>(header.layers, limits, threads);
  FSC_RETURN_IF_ERROR(decoder->Configure(header.mode_config));
  return std::unique_ptr<ModeDecoder>(std::move(decoder));
}

}  // namespace fsc
