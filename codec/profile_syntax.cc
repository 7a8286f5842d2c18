#include "codec/profile_syntax.h"

#include <array>
#include <bit>

#include "codec/profile_net.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"

namespace fsc {
namespace {

constexpr char kDamaged[] = "the profile is damaged";
constexpr std::array<const char*, 3> kKinds = {"statistics", "task", "learned"};

Status SkipSections(ByteReader* in, const std::string& where) {
  while (in->left() > 0 && !in->broken()) {
    const int tag = in->U8();
    if ((tag & kOptionalProfileTag) == 0) {
      return BadInput("section " + std::to_string(tag) + " of the profile is unknown", where,
                      "a newer fsc may read it");
    }
    in->Bytes(in->Leb128());
  }
  return in->CheckAtEnd("profile", where);
}

}  // namespace

std::vector<uint8_t> WriteDecoderHalf(const Profile& profile) {
  ByteWriter out;
  out.U8(kProfileVersion);
  int kind = 0;
  while (profile.kind != kKinds[kind]) ++kind;
  out.U8(uint8_t(kind));
  out.U8(uint8_t(profile.parts.size()));
  for (const ReducedPart& part : profile.parts) {
    out.U8(uint8_t(part.sources.size()));
    for (const ReducedPart::Source& source : part.sources) {
      out.U8(uint8_t(source.layer));
      out.U8(uint8_t(std::countr_zero(unsigned(source.fold))));
    }
    WriteConvNet(part.restorer, &out);
  }
  return out.Take();
}

Status ReadDecoderHalf(std::span<const uint8_t> bytes, const std::string& where, Profile* profile) {
  ByteReader in(bytes);
  const int version = in.U8();
  if (!in.broken() && version != kProfileVersion) {
    return BadInput("profile version " + std::to_string(version) + " is unknown", where, "a newer fsc may read it");
  }
  const int kind = in.U8();
  const int parts = in.U8();
  FSC_RETURN_IF_ERROR(in.Check("profile", where));
  if (kind >= int(kKinds.size()) || parts < 1 || parts > Limits{}.max_layers) {
    return BadInput("impossible kind or number of parts", where, kDamaged);
  }
  profile->kind = kKinds[kind];
  profile->parts.clear();
  int64_t weights_left = kMaxProfileWeights;
  for (int p = 0; p < parts; ++p) {
    ReducedPart part;
    const int sources = in.U8();
    if (sources < 1 || sources > Limits{}.max_layers) return BadInput("impossible number of sources", where, kDamaged);
    for (int s = 0; s < sources; ++s) {
      const int layer = in.U8();
      const int fold_log2 = in.U8();
      if ((1 << std::min(fold_log2, 30)) > kMaxFold) return BadInput("impossible fold", where, kDamaged);
      part.sources.push_back({layer, 1 << fold_log2});
    }
    FSC_ASSIGN_OR_RETURN(part.restorer, ReadConvNet(&in, where + ", restorer " + std::to_string(p), &weights_left));
    profile->parts.push_back(std::move(part));
  }
  FSC_RETURN_IF_ERROR(SkipSections(&in, where));
  profile->decoder_bytes.assign(bytes.begin(), bytes.end());
  FSC_ASSIGN_OR_RETURN(profile->decoder_sha256, Sha256OfBytes(bytes));
  return {};
}

Status CheckParts(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers, bool with_reducers,
                  const std::string& where) {
  if (parts.empty()) return BadInput("a profile needs a part", where);
  std::vector<int> used(layers.size());
  for (size_t p = 0; p < parts.size(); ++p) {
    const ReducedPart& part = parts[p];
    const std::string name = where + ", part " + std::to_string(p);
    if (part.sources.empty()) return BadInput("a part needs a layer", name);
    int64_t channels = 0;
    int64_t stride_px = 0;
    for (const ReducedPart::Source& source : part.sources) {
      if (source.layer < 0 || size_t(source.layer) >= layers.size()) return BadInput("layer does not exist", name);
      if (source.fold < 1 || source.fold > kMaxFold || !std::has_single_bit(unsigned(source.fold))) {
        return BadInput("fold is not a power of two up to " + std::to_string(kMaxFold), name);
      }
      const LayerSpec& layer = layers[source.layer];
      if (stride_px == 0) stride_px = int64_t{layer.stride_px} * source.fold;
      if (stride_px != int64_t{layer.stride_px} * source.fold) {
        return BadInput("the layers of a part do not come to one stride", name);
      }
      channels += int64_t{layer.channels} * source.fold * source.fold;
      ++used[source.layer];
    }
    FSC_RETURN_IF_ERROR(CheckConvNet(part.restorer, name + ", restorer"));
    if (part.restorer.outputs() != channels) {
      return BadInput("the restorer gives " + std::to_string(part.restorer.outputs()) +
                          " channels where the layers have " + std::to_string(channels),
                      name);
    }
    if (!with_reducers) continue;
    FSC_RETURN_IF_ERROR(CheckConvNet(part.reducer, name + ", reducer"));
    if (part.reducer.inputs() != channels || part.reducer.outputs() != part.restorer.inputs()) {
      return BadInput("the reducer's channels do not fit", name);
    }
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i] != 1) return BadInput("layer '" + layers[i].name + "' is not in exactly one part", where);
  }
  return {};
}

}  // namespace fsc
