#include "codec/profile/profile.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "codec/profile/half.h"
#include "codec/profile/net.h"
#include "codec/profile/parts.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/crc32c.h"
#include "fsc/byte_io.h"
#include "streams/byte_reading.h"

namespace fsc {
namespace {

constexpr std::array<uint8_t, 8> kProfileSignature = {0x89, 'F', 'S', 'P', 0x0d, 0x0a, 0x1a, 0x0a};
constexpr uint8_t kDecoderTag = 'D';
constexpr uint8_t kEncoderTag = 'E';
constexpr uint8_t kTaskMapTag = kOptionalProfileTag | 'M';
constexpr int kMaxModeBytes = 64;
constexpr int64_t kMaxProfileBytes = int64_t{1} << 28;

void WriteSection(uint8_t tag, std::span<const uint8_t> bytes, ByteWriter* out) {
  out->U8(tag);
  out->Leb128(bytes.size());
  out->Bytes(bytes);
}

std::vector<uint8_t> WriteEncoderHalf(const Profile& profile) {
  ByteWriter out;
  out.String(profile.model_id);
  out.Bytes(profile.model_sha256);
  out.U8(uint8_t(profile.layers.size()));
  for (const LayerSpec& layer : profile.layers) {
    out.String(layer.name);
    out.Leb128(uint64_t(layer.channels));
    out.Leb128(uint64_t(layer.stride_px));
    out.SignedLeb128(layer.phase_px16);
  }
  for (const ReducedPart& part : profile.parts) WriteConvNet(part.reducer, &out);
  out.Leb128(profile.drop_curve.size());
  for (const DropPoint& point : profile.drop_curve) {
    out.String(point.mode);
    out.String(point.preset);
    out.U8(uint8_t(point.qp));
    out.F32(float(point.drop_percent));
  }
  return out.Take();
}

Status ReadEncoderHalf(std::span<const uint8_t> bytes, const Limits& limits, const std::string& where,
                       Profile* profile) {
  ByteReader in(bytes);
  profile->model_id = in.String(limits.max_name_bytes);
  const std::span<const uint8_t> sha = in.Bytes(profile->model_sha256.size());
  std::copy(sha.begin(), sha.end(), profile->model_sha256.begin());
  const int layers = in.U8();
  for (int i = 0; i < layers && !in.broken(); ++i) {
    LayerSpec layer;
    layer.name = in.String(limits.max_name_bytes);
    const uint64_t channels = in.Leb128();
    const uint64_t stride = in.Leb128();
    const int64_t phase = in.SignedLeb128();
    if (channels > uint64_t(limits.max_channels) || stride > 4096 || phase < -65536 || phase > 65536) in.MarkBroken();
    layer.channels = int(channels);
    layer.stride_px = int(stride);
    layer.phase_px16 = int(phase);
    profile->layers.push_back(std::move(layer));
  }
  FSC_RETURN_IF_ERROR(in.Check("profile", where));
  int64_t weights_left = kMaxProfileWeights;
  for (size_t p = 0; p < profile->parts.size(); ++p) {
    FSC_ASSIGN_OR_RETURN(profile->parts[p].reducer,
                         ReadConvNet(&in, where + ", reducer " + std::to_string(p), &weights_left));
  }
  const uint64_t points = in.Leb128();
  if (points > uint64_t(kMaxDropPoints)) in.MarkBroken();
  for (uint64_t i = 0; i < points && !in.broken(); ++i) {
    DropPoint point;
    point.mode = in.String(kMaxModeBytes);
    point.preset = in.String(kMaxModeBytes);
    point.qp = in.U8();
    point.drop_percent = in.F32();
    if (point.qp > 63 || !(point.drop_percent >= 0) || point.drop_percent > 100) in.MarkBroken();
    profile->drop_curve.push_back(std::move(point));
  }
  return in.CheckAtEnd("profile", where);
}

bool HasTaskMap(const Profile& profile) {
  return std::any_of(profile.parts.begin(), profile.parts.end(),
                     [](const ReducedPart& part) { return !part.task_map.main.empty(); });
}

std::vector<uint8_t> WriteTaskMaps(const Profile& profile) {
  ByteWriter out;
  out.U8(1);
  for (const ReducedPart& part : profile.parts) {
    out.U8(part.task_map.main.empty() ? 0 : 1);
    if (!part.task_map.main.empty()) WriteConvNet(part.task_map, &out);
  }
  return out.Take();
}

Status ReadTaskMaps(std::span<const uint8_t> bytes, const std::string& where, Profile* profile) {
  ByteReader in(bytes);
  const int version = in.U8();
  if (version != 1) {
    return BadInput("task map version " + std::to_string(version) + " is unknown", where, "a newer fsc may read it");
  }
  int64_t weights_left = kMaxProfileWeights;
  for (size_t p = 0; p < profile->parts.size(); ++p) {
    const int there = in.U8();
    if (there > 1) in.MarkBroken();
    if (there != 1 || in.broken()) continue;
    FSC_ASSIGN_OR_RETURN(profile->parts[p].task_map,
                         ReadConvNet(&in, where + ", task map " + std::to_string(p), &weights_left));
  }
  return in.CheckAtEnd("profile", where);
}

// Layers without sizes, checked as if they had the smallest.
Status CheckProfileLayers(const std::vector<LayerSpec>& layers, const Limits& limits, const std::string& where) {
  std::vector<LayerSpec> smallest = layers;
  for (LayerSpec& layer : smallest) layer.height_cells = layer.width_cells = 1;
  return CheckLayers(smallest, limits, where);
}

Status CheckForWriting(const Profile& profile) {
  const std::string where = "profile";
  if (profile.kind != "statistics" && profile.kind != "task" && profile.kind != "learned") {
    return Usage("a profile is not of kind '" + profile.kind + "'", where, "statistics, task or learned");
  }
  const Limits limits;
  if (profile.model_id.size() > size_t(limits.max_name_bytes)) return Usage("model id too long", where);
  FSC_RETURN_IF_ERROR(CheckProfileLayers(profile.layers, limits, where));
  if (profile.parts.size() > size_t(limits.max_layers)) return Usage("too many parts", where);
  FSC_RETURN_IF_ERROR(CheckParts(profile.parts, profile.layers, true, limits, where));
  int64_t reducers = 0;
  int64_t restorers = 0;
  int64_t maps = 0;
  for (const ReducedPart& part : profile.parts) {
    reducers += WeightCount(part.reducer);
    restorers += WeightCount(part.restorer);
    maps += WeightCount(part.task_map);
  }
  if (std::max({reducers, restorers, maps}) > kMaxProfileWeights) return Usage("too many weights", where);
  if (!profile.fit.empty() && profile.fit.size() != profile.parts.size()) {
    return Usage("the fit of some parts is missing", where, "give that of all parts, or none");
  }
  for (const PartFit& fit : profile.fit) {
    if (!(fit.lost_share >= 0) || !(fit.worst_lost_share >= fit.lost_share) ||
        !(fit.worst_lost_share <= kMostLostShare)) {
      return Usage("impossible fit", where, "the worst frame loses at least what all lose, 1e6 at most");
    }
  }
  if (profile.drop_curve.size() > size_t(kMaxDropPoints)) return Usage("too many points on the drop curve", where);
  for (const DropPoint& point : profile.drop_curve) {
    if (point.mode.size() > kMaxModeBytes || point.preset.size() > kMaxModeBytes || point.qp < 0 || point.qp > 63 ||
        !(point.drop_percent >= 0) || point.drop_percent > 100) {
      return Usage("impossible point on the drop curve", where, "a QP is 0..63, a drop 0..100 %");
    }
  }
  return {};
}

std::string DecimalText(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 2).ptr;
  return {text, end};
}

// What an empty preset means.
std::string WithDefault(const std::string& mode, const std::string& preset) {
  return !preset.empty() ? preset : mode == "latent" ? "balanced" : "medium";
}

}  // namespace

Result<std::vector<uint8_t>> WriteProfile(const Profile& profile) {
  Status status = CheckForWriting(profile);
  if (!status.ok()) {
    Error error = status.TakeError();
    error.kind = ErrorKind::kUsage;
    return error;
  }
  ByteWriter out;
  for (const uint8_t byte : kProfileSignature) out.U8(byte);
  out.U8(kProfileVersion);
  WriteSection(kDecoderTag, WriteDecoderHalf(profile), &out);
  WriteSection(kEncoderTag, WriteEncoderHalf(profile), &out);
  if (HasTaskMap(profile)) WriteSection(kTaskMapTag, WriteTaskMaps(profile), &out);
  out.U32(Crc32c(out.bytes()));
  return out.Take();
}

Result<Profile> ReadProfile(std::span<const uint8_t> bytes, const Limits& limits, const std::string& where) {
  constexpr size_t kLeast = kProfileSignature.size() + 1 + 4;
  if (bytes.size() < kLeast || !std::equal(kProfileSignature.begin(), kProfileSignature.end(), bytes.begin())) {
    return BadInput("not a profile", where, "fsc calibrate makes one");
  }
  const int version = bytes[kProfileSignature.size()];
  if (version != kProfileVersion) {
    return BadInput("profile version " + std::to_string(version) + " is unknown", where, "a newer fsc may read it");
  }
  ByteReader crc(bytes.last(4));
  if (crc.U32() != Crc32c(bytes.first(bytes.size() - 4))) {
    return BadInput("checksum mismatch", where, "the profile is damaged: copy or make it again");
  }
  ByteReader in(bytes.first(bytes.size() - 4).subspan(kProfileSignature.size() + 1));
  std::span<const uint8_t> decoder;
  std::span<const uint8_t> encoder;
  std::span<const uint8_t> maps;
  while (in.left() > 0 && !in.broken()) {
    const int tag = in.U8();
    const std::span<const uint8_t> section = in.Bytes(in.Leb128());
    std::span<const uint8_t>* known = tag == kDecoderTag   ? &decoder
                                      : tag == kEncoderTag ? &encoder
                                      : tag == kTaskMapTag ? &maps
                                                           : nullptr;
    if (known != nullptr && !known->empty()) return BadInput("a section comes twice", where, kDamagedProfile);
    if (known != nullptr) *known = section;
    if (known == nullptr && (tag & kOptionalProfileTag) == 0) {
      return BadInput("section " + std::to_string(tag) + " is unknown", where, "a newer fsc may read it");
    }
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("profile", where));
  Profile profile;
  FSC_RETURN_IF_ERROR(ReadDecoderHalf(decoder, where, &profile));
  FSC_RETURN_IF_ERROR(ReadEncoderHalf(encoder, limits, where, &profile));
  if (!maps.empty()) FSC_RETURN_IF_ERROR(ReadTaskMaps(maps, where, &profile));
  FSC_RETURN_IF_ERROR(CheckProfileLayers(profile.layers, limits, where));
  FSC_RETURN_IF_ERROR(CheckParts(profile.parts, profile.layers, true, limits, where));
  return profile;
}

Result<Profile> ReadProfileFile(const std::string& path, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenSource(path));
  constexpr size_t kPieceBytes = 1 << 20;
  std::vector<uint8_t> bytes;
  for (bool more = true; more;) {
    const size_t size = bytes.size();
    bytes.resize(size + kPieceBytes);
    FSC_ASSIGN_OR_RETURN(const size_t count, ReadFully(source.get(), std::span(bytes).subspan(size)));
    bytes.resize(size + count);
    if (bytes.size() > size_t(kMaxProfileBytes)) return BadInput("file is too large for a profile", path);
    more = count == kPieceBytes;
  }
  return ReadProfile(bytes, limits, path);
}

Status CheckProfileFits(const Profile& profile, const std::string& model_id, const Sha256& model_sha256,
                        std::span<const LayerSpec> layers) {
  const std::string where = "profile";
  const std::string advice = "make a profile for this model with fsc calibrate";
  if (!profile.model_id.empty() && !model_id.empty() && profile.model_id != model_id) {
    return Usage("the profile is for model '" + profile.model_id + "', not '" + model_id + "'", where, advice);
  }
  const Sha256 unknown{};
  if (profile.model_sha256 != unknown && model_sha256 != unknown && profile.model_sha256 != model_sha256) {
    return Usage(
        "the profile is for a front with SHA-256 " + HexText(profile.model_sha256) + ", not " + HexText(model_sha256),
        where, advice);
  }
  if (profile.layers.size() != layers.size()) {
    return Usage(
        "the profile is for " + std::to_string(profile.layers.size()) + " layers, not " + std::to_string(layers.size()),
        where, advice);
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    const LayerSpec& expected = profile.layers[i];
    if (layers[i].channels != expected.channels || layers[i].stride_px != expected.stride_px) {
      return Usage("the profile is for layer '" + expected.name + "' with " + std::to_string(expected.channels) +
                       " channels of stride " + std::to_string(expected.stride_px) + ", not '" + layers[i].name +
                       "' with " + std::to_string(layers[i].channels) + " of " + std::to_string(layers[i].stride_px),
                   where, advice);
    }
  }
  return {};
}

Result<int> QpForDrop(const Profile& profile, const std::string& mode, const std::string& preset,
                      double max_drop_percent) {
  if (!(max_drop_percent >= 0) || max_drop_percent > 100)
    return Usage("not a drop", "max_drop_percent", "give 0..100 %");
  const std::string where = "max_drop_percent " + DecimalText(max_drop_percent);
  std::vector<DropPoint> points;
  for (const DropPoint& point : profile.drop_curve) {
    if (point.mode == mode && WithDefault(mode, point.preset) == WithDefault(mode, preset)) points.push_back(point);
  }
  if (points.empty()) {
    return Usage(
        "the profile has no drop curve for mode " + mode + ", preset " + WithDefault(mode, preset), where,
        profile.drop_curve.empty() ? "make the profile with a drop curve, or give qp itself" : "give qp itself");
  }
  std::sort(points.begin(), points.end(), [](const DropPoint& a, const DropPoint& b) { return a.qp < b.qp; });
  for (size_t i = 1; i < points.size(); ++i) {
    points[i].drop_percent = std::max(points[i].drop_percent, points[i - 1].drop_percent);
  }
  if (points.front().drop_percent > max_drop_percent) {
    return Usage("the profile's curve begins with a drop of " + DecimalText(points.front().drop_percent) + " % at QP " +
                     std::to_string(points.front().qp),
                 where, "give that or more, or qp itself");
  }
  // The last point within the drop, and how far the way to the next one may be gone.
  size_t i = points.size() - 1;
  while (points[i].drop_percent > max_drop_percent) --i;
  if (i + 1 == points.size()) return points[i].qp;
  const double part =
      (max_drop_percent - points[i].drop_percent) / (points[i + 1].drop_percent - points[i].drop_percent);
  return points[i].qp + int(std::floor(part * (points[i + 1].qp - points[i].qp)));
}

}  // namespace fsc
