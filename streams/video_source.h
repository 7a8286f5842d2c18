// video_source.h: frames of anything FFmpeg reads, of an image-sequence pattern (img%04d.png) or of a folder of stills.
#ifndef FSC_STREAMS_VIDEO_SOURCE_H_
#define FSC_STREAMS_VIDEO_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/feature_frame.h"
#include "core/image.h"
#include "core/limits.h"
#include "core/status.h"
#include "core/warning.h"

namespace fsc {

struct VideoInfo {
  int width_px = 0;  // of the first frame; the stills of a folder may differ in size
  int height_px = 0;
  TimeBase time_base;  // of the timestamps
  TimeBase frame_rate{
      25, 1};  // nominal or average, num/den frames per second; stills: 25/1 unless the caller says otherwise
  std::optional<int64_t> frames_from_header;  // claimed, not measured
};

struct VideoFrame {
  Image image;                  // 8-bit full-range BGR
  int64_t timestamp_ticks = 0;  // strictly increasing
  std::string name;             // the still's file name; empty for video
};

class VideoSource {
 public:
  virtual ~VideoSource() = default;
  virtual const VideoInfo& info() const = 0;
  // The next frame in display order; nullopt at the end. kBadInput for a frame that cannot be decoded.
  virtual Result<std::optional<VideoFrame>> Next() = 0;
  // What was mended or is missing; complete once Next() has given nullopt.
  virtual Warnings warnings() const { return {}; }
};

// `path`: a video file, a printf pattern of stills, or a folder (its .png .jpg .jpeg .bmp .ppm .tif files in natural
// name order). kIo when nothing is there, kBadInput when it is no video or is empty.
Result<std::unique_ptr<VideoSource>> OpenVideo(const std::string& path, const Limits& limits, int threads = 1);

}  // namespace fsc

#endif  // FSC_STREAMS_VIDEO_SOURCE_H_
