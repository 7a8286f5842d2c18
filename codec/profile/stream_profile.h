// stream_profile.h: how a stream carries its profile (StreamHeader::profile; docs/profile.md, "In a stream"): the whole
// decoder half, or its SHA-256 and the shapes of its parts.
#ifndef FSC_CODEC_PROFILE_STREAM_PROFILE_H_
#define FSC_CODEC_PROFILE_STREAM_PROFILE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codec/profile/parts.h"
#include "codec/profile/profile.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

struct StreamProfile {
  bool by_hash = false;
  std::string kind;
  Sha256 sha256{};                 // of the decoder half
  std::vector<PartFit> fit;        // one a part; empty = unknown, or by_hash
  std::vector<PartShape> shapes;   // for the coded layers, whether or not the networks are there
  std::vector<ReducedPart> parts;  // with restorers, without reducers; empty where by_hash
};

// `profile` as ReadProfile() gives it.
std::vector<uint8_t> WriteStreamProfile(const Profile& profile, bool by_hash);
// `bytes` is not empty. kBadInput when damaged or of a newer version.
Result<StreamProfile> ReadStreamProfile(std::span<const uint8_t> bytes, const std::string& where);

// The layers that the stream's mode codes: the reduced ones where there is a profile, else the header's.
Result<std::vector<LayerSpec>> CodedLayers(const StreamHeader& header, const Limits& limits);

// The parts that restore the stream's frames: its own, or those of `given` (null = none was given). kUsage when they
// are missing or of another profile; the error names both hashes. Empty for a stream without a profile.
Result<std::vector<ReducedPart>> RestoringParts(const StreamHeader& header, const Profile* given, const Limits& limits);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_STREAM_PROFILE_H_
