#include "codec/latent/encode/effort.h"

#include <cmath>

#include "codec/qp.h"
#include "motion/flow_opencv.h"

namespace fsc {
namespace {

// Where a profile made the planes, which are few and weighed by what the network needs (bench/results/latent_tools.md).
// Squared steps per bit: leaving out more loses more than it saves.
constexpr float kProfileLambda = 0.105f;
// Coarser B frames pay for that, where the hierarchy is not so deep that its lowest frames become too coarse.
constexpr int kProfileLevelQp = 2;
constexpr int kLongestCoarseSpan = 8;

Result<LatentEffort> OfPreset(const std::string& preset) {
  LatentEffort effort;
  if (preset == "fast") {
    effort.modes.planes = 12;
    effort.modes.intra_in_inter = false;
    effort.modes.directions = false;
    effort.quantizer.search = LevelSearch::kLargest;
    effort.quantizer.large_units = false;
    effort.weigh_motion = false;
  } else if (preset == "high") {
    effort.gop.span_frames = 16;
    effort.modes.planes = 128;
    effort.quantizer.search = LevelSearch::kExact;
  } else if (preset != "balanced" && !preset.empty()) {
    return Usage("unknown preset '" + preset + "'", "preset", "latent has fast, balanced and high");
  }
  return effort;
}

}  // namespace

Result<LatentEffort> LatentEffortOf(const EncoderConfig& config, TimeBase frame_rate) {
  FSC_ASSIGN_OR_RETURN(LatentEffort effort, OfPreset(config.preset));
  if (config.qp < 0 || config.qp > kMaxQp) return Usage("QP out of range", "qp", "latent takes 0 to 63");
  if (config.gop_frames < 1 || config.gop_frames > 1024)
    return Usage("GOP length out of range", "gop_frames", "use 1 to 1024");
  const int span = config.latent.bidirectional_frames;
  if (span != -1 && span != 0 && (span < 2 || span > 32))
    return Usage("B span out of range", "latent.bidirectional_frames", "0 or 2..32");
  if (config.latent.plane_groups < 0 || config.latent.plane_groups > kMaxPlaneGroups) {
    return Usage("plane groups out of range", "latent.plane_groups", "use 0 (automatic) to 64");
  }
  if (span >= 0) effort.gop.span_frames = span;
  if (config.low_delay) effort.gop.span_frames = 0;
  const LatentConfig& latent = config.latent;
  if (latent.bitrate_kbps < 0 || !std::isfinite(latent.bitrate_kbps)) {
    return Usage("bitrate out of range", "latent.bitrate_kbps", "give kbit/s, or 0 for a constant QP");
  }
  if (latent.buffer_seconds != 0) {
    if (!(latent.buffer_seconds >= 0.04 && latent.buffer_seconds <= 60)) {
      return Usage("buffer out of range", "latent.buffer_seconds", "give 0.04 .. 60 seconds");
    }
    if (latent.bitrate_kbps == 0)
      return Usage("a buffer needs a bitrate", "latent.buffer_seconds", "give latent.bitrate_kbps too");
  }
  if (latent.motion == LatentMotion::kFlow && !FlowAvailable()) {
    return Usage("this build has no dense flow", "latent.motion", "use luma, or build with OpenCV");
  }
  if (latent.max_frame_bytes < 0)
    return Usage("frame cap out of range", "latent.max_frame_bytes", "give bytes, or 0 for no cap");
  if (latent.bitrate_kbps > 0 && (frame_rate.num <= 0 || frame_rate.den <= 0)) {
    return Usage("a bitrate needs a frame rate", "latent.bitrate_kbps", "give a frame_rate above 0");
  }
  if (latent.lossless && latent.bitrate_kbps > 0)
    return Usage("lossless has no bitrate", "latent.bitrate_kbps", "drop one of the two");
  effort.gop.gop_frames = config.gop_frames;
  if (latent.profile_planes && effort.gop.span_frames <= kLongestCoarseSpan) effort.gop.level_qp = kProfileLevelQp;
  if (latent.profile_planes) effort.quantizer.lambda = kProfileLambda;
  return effort;
}

}  // namespace fsc
