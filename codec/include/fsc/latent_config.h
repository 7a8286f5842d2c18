// latent_config.h: the latent mode's own settings, with their defaults. Plain data; the stream does not carry it as
// such.
#ifndef FSC_LATENT_CONFIG_H_
#define FSC_LATENT_CONFIG_H_

#include <cstdint>

namespace fsc {

// How channels become planes (latent/channel_transform.h).
enum class LatentTransform {
  kAuto,  // whichever of the two below is estimated to need fewer bits, its own description included; of a profile's
          // planes the identity: a KLT leaves out planes of little energy, which the profile has weighed otherwise
  kIdentity,  // a plane is a channel
  kKlt,       // principal components of the first frames, sent in the stream
};

// Where the vectors come from.
enum class LatentMotion {
  kAuto,  // the input's luma where there is one, else the planes; preset high: the planes, which is slower and better,
          // unless a layer is finer than 8 px
  kLuma,  // the input's luma where there is one, else the planes
  kFlow,  // as kLuma, from OpenCV's dense flow (motion/flow_opencv.h): floating point, so the stream may differ between
          // machines; a little better, slower
  kPlanes,  // the planes even where there is luma
  kZero,    // no search: every vector is zero
};

struct LatentConfig {
  LatentTransform transform = LatentTransform::kAuto;
  LatentMotion motion = LatentMotion::kAuto;
  bool lossless = false;  // the quantised planes come back exactly; qp is ignored
  // Length of a hierarchical B group: 0 (none), 2..32; -1 = the preset's choice (fast and balanced 8, high 16).
  int bidirectional_frames = -1;
  double bitrate_kbps = 0;      // 0 = constant qp
  double buffer_seconds = 0;    // of the receiver's buffer, with a bitrate: .04 to 60; 0 = 2, and 8 frames at least
  int64_t max_frame_bytes = 0;  // no frame is larger, the first configuration not counted; 0 = no cap
  bool profile_planes = false;  // the layers were made by a profile's reducers; PacketEncoder sets it where it reduces
  int plane_groups = 0;         // independent substreams per layer, 1..64; 0 = from the size of the layer
  bool task_map = true;         // errors count by the profile's task map (codec/profile/task_map.h), where it has one
  bool output_tables = true;    // E[value | decoded value] tables, latent/output.h
};

}  // namespace fsc

#endif  // FSC_LATENT_CONFIG_H_
