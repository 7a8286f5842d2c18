// header.h: the latent mode's part of the stream header, and the header of each frame (docs/latent-mode.md,
// "Mode configuration" and "Side information"). Parsing trusts nothing: all counts are checked before they are used.
#ifndef FSC_CODEC_LATENT_HEADER_H_
#define FSC_CODEC_LATENT_HEADER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "codec/frame_class.h"
#include "codec/latent/channel_transform.h"
#include "codec/latent/output.h"
#include "codec/latent/picture.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "motion/motion_field.h"
#include "motion/warp.h"

namespace fsc {

inline constexpr int kLatentVersion = 2;
inline constexpr int kMaxPlaneGroups = 64;
inline constexpr int kMaxReferences = 2;
inline constexpr int kMaxStoredPictures = 8;  // references that a decoder keeps at once
inline constexpr int kMaxReorderFrames = 64;  // how far ahead of the next frame to be given out a frame may lie
inline constexpr int kMaxWaitingFrames = 8;   // decoded frames that wait for their turn

// StreamHeader::mode_config.
struct LatentStreamConfig {
  bool lossless = false;
  MotionGeometry motion;
  struct Layer {
    ChannelTransform transform;
    int groups = 1;  // plane k is in group k % groups
  };
  std::vector<Layer> layers;
};

std::vector<uint8_t> WriteLatentStreamConfig(const LatentStreamConfig& config);
Result<LatentStreamConfig> ReadLatentStreamConfig(std::span<const uint8_t> bytes, std::span<const LayerSpec> layers,
                                                  const Limits& limits);

// A value that is sent as it is, beside the planes.
struct Escape {
  int64_t index = 0;  // of the element in its layer, [C][H][W]
  float value = 0;    // finite

  bool operator==(const Escape&) const = default;
};
inline constexpr int64_t kElementsPerEscape = 64;  // a layer has one at most for so many elements, and one at least

// The side information of one frame.
struct LatentFrameHeader {
  FrameClass frame_class = FrameClass::kIntra;
  int qp = 32;                          // 0..kMaxQp
  std::array<int8_t, 2> recentre = {};  // Dequantizer::recentre
  WarpFilter filter = WarpFilter::kSixTap;
  bool is_reference = true;     // kept for later frames
  std::vector<int> references;  // frame numbers of the references relative to this frame: none, 1 or 2; never 0
  std::vector<int> dropped;     // pictures that are not needed after this frame, relative to it
  // New output stages from this frame on (decoding order), one per layer; nullopt = as before, empty = all as before.
  std::vector<std::optional<OutputStage>> outputs;
  // Of this frame, one list a layer, by rising index; empty = none at all.
  std::vector<std::vector<Escape>> escapes;
};

// Puts the escapes of one layer in their places.
void ApplyEscapes(std::span<const Escape> escapes, Tensor* layer);

void WriteLatentFrameHeader(const LatentFrameHeader& header, ByteWriter* out);
Result<LatentFrameHeader> ReadLatentFrameHeader(std::span<const uint8_t> bytes, std::span<const LayerSpec> layers,
                                                const std::string& where);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_HEADER_H_
