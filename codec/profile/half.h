// half.h: the bytes of a profile's decoder half: its kind, of each part the sources and the restorer, and how well they
// fitted (docs/profile.md, "Decoder half").
#ifndef FSC_CODEC_PROFILE_HALF_H_
#define FSC_CODEC_PROFILE_HALF_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/profile/parts.h"
#include "codec/profile/profile.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "fsc/status.h"

namespace fsc {

inline constexpr float kMostLostShare = 1e6f;         // of PartFit
inline constexpr uint8_t kOptionalProfileTag = 0x80;  // a section with this bit is skipped where it is not known

// `profile` was checked.
std::vector<uint8_t> WriteDecoderHalf(const Profile& profile);
// Fills kind, fit, parts (their reducers stay empty), decoder_bytes and decoder_sha256 of `*profile`.
Status ReadDecoderHalf(std::span<const uint8_t> bytes, const std::string& where, Profile* profile);

// Pieces of it that a stream needs too.
void WriteKind(const std::string& kind, ByteWriter* out);
Result<std::string> ReadKind(ByteReader* in, const std::string& where);
void WriteSources(std::span<const ReducedPart::Source> sources, ByteWriter* out);
Result<std::vector<ReducedPart::Source>> ReadSources(ByteReader* in, const std::string& where);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_HALF_H_
