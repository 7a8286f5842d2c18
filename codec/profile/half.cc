#include "codec/profile/half.h"

#include <array>
#include <bit>

#include "codec/profile/net.h"

namespace fsc {
namespace {

constexpr std::array<const char*, 3> kKinds = {"statistics", "task", "learned"};

constexpr uint8_t kFitTag = kOptionalProfileTag | 'F';

std::vector<uint8_t> WriteFit(std::span<const PartFit> fit) {
  ByteWriter out;
  out.U8(1);
  for (const PartFit& part : fit) {
    out.F32(part.lost_share);
    out.F32(part.worst_lost_share);
  }
  return out.Take();
}

Status ReadFit(std::span<const uint8_t> bytes, const std::string& where, Profile* profile) {
  ByteReader in(bytes);
  const int version = in.U8();
  if (version > 1) return {};  // a later fsc's: unknown here
  for (size_t p = 0; p < profile->parts.size(); ++p) {
    const float lost = in.F32(), worst = in.F32();
    if (!(lost >= 0) || !(worst >= lost) || !(worst <= kMostLostShare)) in.MarkBroken();
    profile->fit.push_back({lost, worst});
  }
  if (version < 1) in.MarkBroken();
  return in.CheckAtEnd("profile", where);
}

Status ReadSections(ByteReader* in, const std::string& where, Profile* profile) {
  while (in->left() > 0 && !in->broken()) {
    const int tag = in->U8();
    if ((tag & kOptionalProfileTag) == 0) {
      return BadInput("section " + std::to_string(tag) + " of the profile is unknown", where,
                      "a newer fsc may read it");
    }
    const std::span<const uint8_t> section = in->Bytes(in->Leb128());
    if (tag != kFitTag || in->broken()) continue;
    if (!profile->fit.empty()) return BadInput("a section comes twice", where, kDamagedProfile);
    FSC_RETURN_IF_ERROR(ReadFit(section, where, profile));
  }
  return in->CheckAtEnd("profile", where);
}

}  // namespace

void WriteKind(const std::string& kind, ByteWriter* out) {
  uint8_t number = 0;
  while (kind != kKinds[number]) ++number;
  out->U8(number);
}

Result<std::string> ReadKind(ByteReader* in, const std::string& where) {
  const size_t number = in->U8();
  if (number >= kKinds.size()) {
    return BadInput("profile of unknown kind " + std::to_string(number), where, "a newer fsc may read it");
  }
  return std::string(kKinds[number]);
}

void WriteSources(std::span<const ReducedPart::Source> sources, ByteWriter* out) {
  out->U8(uint8_t(sources.size()));
  for (const ReducedPart::Source& source : sources) {
    out->U8(uint8_t(source.layer));
    out->U8(uint8_t(std::countr_zero(unsigned(source.fold))));
  }
}

Result<std::vector<ReducedPart::Source>> ReadSources(ByteReader* in, const std::string& where) {
  std::vector<ReducedPart::Source> sources;
  const int count = in->U8();
  if (count < 1 || count > Limits{}.max_layers) return BadInput("impossible number of sources", where, kDamagedProfile);
  for (int i = 0; i < count; ++i) {
    const int layer = in->U8();
    const int fold_log2 = in->U8();
    if (fold_log2 > std::countr_zero(unsigned(kMaxFold))) return BadInput("impossible fold", where, kDamagedProfile);
    sources.push_back({layer, 1 << fold_log2});
  }
  FSC_RETURN_IF_ERROR(in->Check("profile", where));
  return sources;
}

std::vector<uint8_t> WriteDecoderHalf(const Profile& profile) {
  ByteWriter out;
  out.U8(kProfileVersion);
  WriteKind(profile.kind, &out);
  out.U8(uint8_t(profile.parts.size()));
  for (const ReducedPart& part : profile.parts) {
    WriteSources(part.sources, &out);
    WriteConvNet(part.restorer, &out);
  }
  if (!profile.fit.empty()) {
    const std::vector<uint8_t> fit = WriteFit(profile.fit);
    out.U8(kFitTag);
    out.Leb128(fit.size());
    out.Bytes(fit);
  }
  return out.Take();
}

Status ReadDecoderHalf(std::span<const uint8_t> bytes, const std::string& where, Profile* profile) {
  ByteReader in(bytes);
  const int version = in.U8();
  FSC_RETURN_IF_ERROR(in.Check("profile", where));
  if (version != kProfileVersion) {
    return BadInput("profile version " + std::to_string(version) + " is unknown", where, "a newer fsc may read it");
  }
  FSC_ASSIGN_OR_RETURN(profile->kind, ReadKind(&in, where));
  const int parts = in.U8();
  if (parts < 1 || parts > Limits{}.max_layers) return BadInput("impossible number of parts", where, kDamagedProfile);
  profile->parts.clear();
  profile->fit.clear();
  int64_t weights_left = kMaxProfileWeights;
  for (int p = 0; p < parts; ++p) {
    ReducedPart part;
    FSC_ASSIGN_OR_RETURN(part.sources, ReadSources(&in, where));
    FSC_ASSIGN_OR_RETURN(part.restorer, ReadConvNet(&in, where + ", restorer " + std::to_string(p), &weights_left));
    profile->parts.push_back(std::move(part));
  }
  FSC_RETURN_IF_ERROR(ReadSections(&in, where, profile));
  profile->decoder_bytes.assign(bytes.begin(), bytes.end());
  FSC_ASSIGN_OR_RETURN(profile->decoder_sha256, Sha256OfBytes(bytes));
  return {};
}

}  // namespace fsc
