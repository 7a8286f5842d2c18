// packet.h: the parts of a .fsc stream (docs/bitstream.md has the bytes).
//
//   file   = signature, stream header, packet*, [index]
//   packet = sealed envelope: type, frame number, timestamp, sections (kind, layer, length), payload, checksum
// The container never opens a payload: what is in it is the business of the codec that the header names.
#ifndef FSC_PACKET_H_
#define FSC_PACKET_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fsc/export.h"
#include "fsc/feature_frame.h"
#include "fsc/packed_picture.h"

namespace fsc {

using Sha256 = std::array<uint8_t, 32>;

inline constexpr int kContainerVersion = 2;

// Constant over a stream, but for what a packet replaces.
struct StreamHeader {
  std::vector<LayerSpec> layers;
  TimeBase time_base;
  TimeBase frame_rate{0, 1};  // num/den frames per second, nominal or on average; num 0 = the writer did not say
  int input_width_px = 0;     // the network's input, after resizing; 0 = unknown
  int input_height_px = 0;
  int source_width_px = 0;  // the video before resizing; 0 = unknown
  int source_height_px = 0;
  std::string model_id;   // name of the split network; empty = unknown
  Sha256 model_sha256{};  // of the front's TorchScript file; all zero = unknown
  std::string mode;       // "hevc", "h264", "ffv1", ..., "latent"
  // Syntax of the codec that `mode` names; packets may replace it. Empty = the first packet brings it, as in all
  // streams that this library writes now.
  std::vector<uint8_t> mode_config;
  std::optional<PackedPicture> picture;  // that the layers came from; none where they are no picture's tiles
  std::vector<uint8_t> profile;          // what restores `layers` (codec/profile/stream_profile.h); empty = none
  std::string encoder;                   // name and version of the writer, for humans
};

// The frame rate of a stream, always positive. Where its header does not say: a tick a frame, where that is a rate of
// 1/1000 to 1000 frames per second, else 25.
FSC_EXPORT TimeBase FrameRateOf(const StreamHeader& header);

// What a run of payload bytes is, for rate accounting and partial decoding.
enum class SectionKind : uint8_t {
  kSideInfo = 0,  // ranges, statistics, transforms: everything that is not samples
  kMotion = 1,
  kResidual = 2,  // coded samples; a tiled picture counts here
  // The mode configuration from this packet on, instead of the one in force. The first section of a random-access
  // packet, of all layers together.
  kConfiguration = 3,
};

struct Section {
  SectionKind kind = SectionKind::kResidual;
  int layer = -1;  // index into StreamHeader::layers; -1 = all layers together
  uint64_t size_bytes = 0;
};

enum class FrameType : uint8_t { kIntra = 0, kInter = 1, kBidirectional = 2 };

struct Packet {
  FrameType type = FrameType::kIntra;
  bool random_access = false;     // decoding can start here: nothing later in the stream needs what is before
  int64_t frame_number = 0;       // display order, from 0
  int64_t timestamp_ticks = 0;    // presentation time, in StreamHeader::time_base
  std::vector<Section> sections;  // in payload order; sizes sum to payload.size()
  std::vector<uint8_t> payload;

  // It brings a mode configuration: its first section.
  bool configures() const { return !sections.empty() && sections.front().kind == SectionKind::kConfiguration; }
};

// The configuration that a packet brings; nullopt where it brings none, or is not as long as it says.
FSC_EXPORT std::optional<std::span<const uint8_t>> ConfigurationOf(const Packet& packet);
// Puts a configuration in front of a random-access packet that has none, or takes it away from one that has one.
FSC_EXPORT void AddConfiguration(std::span<const uint8_t> mode_config, Packet* packet);
FSC_EXPORT void RemoveConfiguration(Packet* packet);

// One line of the index, and of `fsc info`.
struct IndexEntry {
  uint64_t offset_bytes = 0;  // of the packet, from the start of the file
  uint64_t size_bytes = 0;    // of the whole packet
  FrameType type = FrameType::kIntra;
  bool random_access = false;
  int64_t frame_number = 0;
  int64_t timestamp_ticks = 0;
  bool configures = false;  // Packet::configures
};

// Where the packets of a stream lie, in file (decoding) order. `complete` false: the file is cut or damaged, `damage`
// says where; the entries are those before.
struct StreamIndex {
  std::vector<IndexEntry> entries;
  bool complete = true;
  std::string damage;
};

}  // namespace fsc

#endif  // FSC_PACKET_H_
