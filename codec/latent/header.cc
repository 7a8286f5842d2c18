#include "codec/latent/header.h"

#include <algorithm>
#include <cmath>

#include "codec/latent/transform.h"
#include "codec/qp.h"

namespace fsc {
namespace {

constexpr char kDamagedHeader[] = "the stream is damaged";
constexpr int kMaxDistance = 1024;   // frames between a frame and its reference
constexpr uint8_t kHasEscapes = 64;  // beside the qp

void WriteEscapes(const std::vector<Escape>& escapes, ByteWriter* out) {
  out->Leb128(escapes.size());
  int64_t next = 0;
  for (const Escape& escape : escapes) {
    out->Leb128(uint64_t(escape.index - next));
    out->F32(escape.value);
    next = escape.index + 1;
  }
}

Result<std::vector<Escape>> ReadEscapes(const LayerSpec& layer, ByteReader* in, const std::string& where) {
  std::vector<Escape> escapes;
  const uint64_t count = in->Leb128();
  if (count > uint64_t(std::max<int64_t>(1, layer.elements() / kElementsPerEscape))) in->MarkBroken();
  int64_t next = 0;
  for (uint64_t i = 0; i < count && !in->broken(); ++i) {
    const uint64_t skipped = in->Leb128();
    const float value = in->F32();
    if (skipped >= uint64_t(layer.elements() - next) || !std::isfinite(value)) {
      in->MarkBroken();
      break;
    }
    escapes.push_back({next + int64_t(skipped), value});
    next = escapes.back().index + 1;
  }
  FSC_RETURN_IF_ERROR(in->Check("escape list of layer '" + layer.name + "'", where));
  return escapes;
}

}  // namespace

std::vector<uint8_t> WriteLatentStreamConfig(const LatentStreamConfig& config) {
  ByteWriter out;
  out.U8(kLatentVersion);
  out.U8(config.lossless ? 1 : 0);
  out.Leb128(config.motion.width_px);
  out.Leb128(config.motion.height_px);
  out.Leb128(config.motion.unit_px);
  for (const LatentStreamConfig::Layer& layer : config.layers) {
    out.U8(uint8_t(layer.groups));
    WriteChannelTransform(layer.transform, &out);
  }
  return out.Take();
}

Result<LatentStreamConfig> ReadLatentStreamConfig(std::span<const uint8_t> bytes, std::span<const LayerSpec> layers,
                                                  const Limits& limits) {
  const std::string where = "latent configuration";
  ByteReader in(bytes);
  LatentStreamConfig config;
  const int version = in.U8();
  if (version != kLatentVersion) {
    return BadInput("latent version " + std::to_string(version) + " is unknown", where, "a newer fsc may read it");
  }
  const int flags = in.U8();
  if (flags > 1) return BadInput("unknown flags", where, kDamagedHeader);
  config.lossless = flags == 1;
  const uint64_t width = in.Leb128();
  const uint64_t height = in.Leb128();
  const uint64_t unit = in.Leb128();
  FSC_RETURN_IF_ERROR(in.Check("latent configuration", where));
  if (std::max({width, height, unit}) > (1u << 24)) return BadInput("motion picture too large", where, kDamagedHeader);
  config.motion = MotionGeometry{int(width), int(height), int(unit)};
  FSC_RETURN_IF_ERROR(CheckMotionGeometry(config.motion, limits, where));
  for (const LayerSpec& spec : layers) {
    LatentStreamConfig::Layer layer;
    layer.groups = in.U8();
    FSC_ASSIGN_OR_RETURN(layer.transform, ReadChannelTransform(spec, &in));
    if (layer.groups < 1 || layer.groups > kMaxPlaneGroups || layer.groups > layer.transform.planes) {
      return BadInput("impossible number of plane groups", where, kDamagedHeader);
    }
    config.layers.push_back(std::move(layer));
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("latent configuration", where));
  return config;
}

void WriteLatentFrameHeader(const LatentFrameHeader& header, ByteWriter* out) {
  out->U8(uint8_t(int(header.frame_class) | int(header.filter) << 2 | int(header.is_reference) << 3 |
                  int(!header.outputs.empty()) << 4 | int(header.references.size()) << 5));
  out->U8(uint8_t(header.qp | (header.escapes.empty() ? 0 : kHasEscapes)));
  for (const int8_t recentre : header.recentre) out->U8(uint8_t(recentre));
  for (const int reference : header.references) out->SignedLeb128(reference);
  out->U8(uint8_t(header.dropped.size()));
  for (const int dropped : header.dropped) out->SignedLeb128(dropped);
  for (const auto& update : header.outputs) WriteOutputUpdate(update, out);
  for (const auto& escapes : header.escapes) WriteEscapes(escapes, out);
}

Result<LatentFrameHeader> ReadLatentFrameHeader(std::span<const uint8_t> bytes, std::span<const LayerSpec> layers,
                                                const std::string& where) {
  ByteReader in(bytes);
  LatentFrameHeader header;
  const int bits = in.U8();
  header.frame_class = FrameClass(bits & 3);
  header.filter = WarpFilter(bits >> 2 & 1);
  header.is_reference = (bits >> 3 & 1) != 0;
  const bool has_outputs = (bits >> 4 & 1) != 0;
  const int references = bits >> 5;
  const int qp = in.U8();
  header.qp = qp & ~kHasEscapes;
  const bool has_escapes = (qp & kHasEscapes) != 0;
  for (int8_t& recentre : header.recentre) {
    recentre = int8_t(in.U8());
    if (recentre < -kMaxRecentre || recentre > kMaxRecentre) in.MarkBroken();
  }
  const bool intra = header.frame_class == FrameClass::kIntra;
  if (header.qp > kMaxQp || references > kMaxReferences || intra != (references == 0)) in.MarkBroken();
  for (int i = 0; i < references && !in.broken(); ++i) {
    const int64_t reference = in.SignedLeb128();
    if (reference == 0 || reference < -kMaxDistance || reference > kMaxDistance) in.MarkBroken();
    header.references.push_back(int(reference));
  }
  const int dropped = in.U8();
  if (dropped > kMaxStoredPictures) in.MarkBroken();
  for (int i = 0; i < dropped && !in.broken(); ++i) {
    const int64_t delta = in.SignedLeb128();
    if (delta < -kMaxDistance || delta > kMaxDistance) in.MarkBroken();
    header.dropped.push_back(int(delta));
  }
  for (size_t i = 0; has_outputs && i < layers.size() && !in.broken(); ++i) {
    FSC_ASSIGN_OR_RETURN(std::optional<OutputStage> update, ReadOutputUpdate(layers[i].channels, &in, where));
    header.outputs.push_back(std::move(update));
  }
  for (size_t i = 0; has_escapes && i < layers.size() && !in.broken(); ++i) {
    FSC_ASSIGN_OR_RETURN(std::vector<Escape> escapes, ReadEscapes(layers[i], &in, where));
    header.escapes.push_back(std::move(escapes));
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("latent frame header", where));
  return header;
}

void ApplyEscapes(std::span<const Escape> escapes, Tensor* layer) {
  for (const Escape& escape : escapes) layer->values()[size_t(escape.index)] = escape.value;
}

}  // namespace fsc
