#include "codec/profile/stream_profile.h"

#include <algorithm>

#include "codec/profile/half.h"

namespace fsc {
namespace {

constexpr char kDamagedParts[] = "the stream is damaged";
constexpr uint8_t kEmbedded = 1;
constexpr uint8_t kByHash = 2;

Result<StreamProfile> ReadByHash(ByteReader* in, const std::string& where) {
  StreamProfile result;
  result.by_hash = true;
  const std::span<const uint8_t> sha = in->Bytes(result.sha256.size());
  std::copy(sha.begin(), sha.end(), result.sha256.begin());
  FSC_ASSIGN_OR_RETURN(result.kind, ReadKind(in, where));
  const int parts = in->U8();
  if (parts < 1 || parts > Limits{}.max_layers) return BadInput("impossible number of parts", where, kDamagedParts);
  for (int p = 0; p < parts; ++p) {
    PartShape shape;
    FSC_ASSIGN_OR_RETURN(shape.sources, ReadSources(in, where));
    const uint64_t planes = in->Leb128();
    if (planes < 1 || planes > uint64_t(Convolution::kMaxChannels)) {
      return BadInput("impossible number of planes", where, kDamagedParts);
    }
    shape.planes = int(planes);
    result.shapes.push_back(std::move(shape));
  }
  FSC_RETURN_IF_ERROR(in->CheckAtEnd("the stream's profile", where));
  return result;
}

}  // namespace

std::vector<uint8_t> WriteStreamProfile(const Profile& profile, bool by_hash) {
  if (!by_hash) {
    std::vector<uint8_t> bytes(1 + profile.decoder_bytes.size(), kEmbedded);
    std::copy(profile.decoder_bytes.begin(), profile.decoder_bytes.end(), bytes.begin() + 1);
    return bytes;
  }
  ByteWriter out;
  out.U8(kByHash);
  for (const uint8_t byte : profile.decoder_sha256) out.U8(byte);
  WriteKind(profile.kind, &out);
  out.U8(uint8_t(profile.parts.size()));
  for (const ReducedPart& part : profile.parts) {
    WriteSources(part.sources, &out);
    out.Leb128(uint64_t(part.restorer.inputs()));
  }
  return out.Take();
}

Result<StreamProfile> ReadStreamProfile(std::span<const uint8_t> bytes, const std::string& where) {
  ByteReader in(bytes);
  const int form = in.U8();
  if (form == kByHash) return ReadByHash(&in, where);
  if (form != kEmbedded) {
    return BadInput("profile of unknown form " + std::to_string(form), where, "a newer fsc may read it");
  }
  Profile profile;
  FSC_RETURN_IF_ERROR(ReadDecoderHalf(bytes.subspan(1), where, &profile));
  StreamProfile result;
  result.kind = profile.kind;
  result.sha256 = profile.decoder_sha256;
  result.fit = std::move(profile.fit);
  result.shapes = ShapesOf(profile.parts);
  result.parts = std::move(profile.parts);
  return result;
}

Result<std::vector<LayerSpec>> CodedLayers(const StreamHeader& header, const Limits& limits) {
  if (header.profile.empty()) return header.layers;
  const std::string where = "the stream's profile";
  FSC_ASSIGN_OR_RETURN(const StreamProfile profile, ReadStreamProfile(header.profile, where));
  return ReducedLayers(profile.shapes, header.layers, limits, where);
}

Result<std::vector<ReducedPart>> RestoringParts(const StreamHeader& header, const Profile* given,
                                                const Limits& limits) {
  if (header.profile.empty()) {
    if (given == nullptr) return std::vector<ReducedPart>();
    return Usage("the stream was coded without a profile, not with " + HexText(given->decoder_sha256), "profile",
                 "leave the profile out");
  }
  const std::string where = "the stream's profile";
  FSC_ASSIGN_OR_RETURN(StreamProfile own, ReadStreamProfile(header.profile, where));
  if (given == nullptr && own.by_hash) {
    return Usage("the stream needs the profile with SHA-256 " + HexText(own.sha256) + ", and none was given", "profile",
                 "give the profile that it was coded with");
  }
  if (given != nullptr && given->decoder_sha256 != own.sha256) {
    return Usage(
        "the stream needs the profile with SHA-256 " + HexText(own.sha256) + ", not " + HexText(given->decoder_sha256),
        where, "give the profile that it was coded with");
  }
  if (own.by_hash) {
    for (const ReducedPart& part : given->parts) own.parts.push_back({part.sources, {}, part.restorer});
    if (ShapesOf(own.parts) != own.shapes) return BadInput("shapes do not match the profile's", where, kDamagedParts);
  }
  FSC_RETURN_IF_ERROR(CheckParts(own.parts, header.layers, false, limits, where));
  return std::move(own.parts);
}

}  // namespace fsc
