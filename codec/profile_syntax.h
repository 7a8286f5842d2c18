// profile_syntax.h: the bytes of a profile's decoder half, and how a stream carries it (docs/profile.md).
#ifndef FSC_CODEC_PROFILE_SYNTAX_H_
#define FSC_CODEC_PROFILE_SYNTAX_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/profile.h"
#include "core/status.h"

namespace fsc {

inline constexpr uint8_t kOptionalProfileTag = 0x80;  // a section with this bit is skipped where it is not known

// The decoder half of a profile: kind, and of each part the sources and the restorer. `profile` was checked.
std::vector<uint8_t> WriteDecoderHalf(const Profile& profile);
// Fills `profile->kind` and `profile->parts` (reducers stay empty), decoder_bytes and decoder_sha256.
Status ReadDecoderHalf(std::span<const uint8_t> bytes, const std::string& where, Profile* profile);

// kBadInput unless the parts fit `layers` (sizes are not looked at): every layer once, folds in range, the restorer's
// outputs as many as the folded channels, and the reducers' inputs and outputs too where `with_reducers`.
Status CheckParts(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers, bool with_reducers,
                  const std::string& where);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_SYNTAX_H_
