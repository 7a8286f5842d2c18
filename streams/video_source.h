// video_source.h: frames of anything FFmpeg reads, of a folder of stills, or of a pattern of them (img%04d.png).
#ifndef FSC_STREAMS_VIDEO_SOURCE_H_
#define FSC_STREAMS_VIDEO_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/image.h"
#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"
#include "fsc/warning.h"

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
  // Passes over so many frames without making their pictures; the number that there were. kBadInput as Next(), where
  // the frames must be decoded to find the ones behind them.
  virtual Result<int64_t> Skip(int64_t frames) = 0;
  // What was mended or is missing; complete once Next() has given nullopt.
  virtual Warnings warnings() const { return {}; }
  // Next() has failed because the video ends too early or is damaged from there on: the frames before are good.
  virtual bool broke_off() const { return false; }
};

// `path`: a video file; a still, a folder (its .png .jpg .jpeg .bmp .ppm .pgm .tif files in natural name order, hidden
// files and what only has the name of a picture left out), a pattern of the shell ('dir/*.png') of such files; or a
// printf pattern, img%04d.png, from the lowest number on; or the address of a video, http://host/clip.mp4, where libav
// has what it takes to read from there, or standard input, -. Pictures are turned and mirrored as their file asks (EXIF
// orientation, display matrix of a video).
// `frame_rate`, num/den frames per second: of what has none of its own, stills (25, if not given) and elementary
// streams without time stamps (the stream's).
// kIo when nothing is there; kBadInput when it is no video or is empty, or a number is missing between those of the
// pattern; kUsage for a frame rate where the video has time stamps, and for an address that nothing is read from.
Result<std::unique_ptr<VideoSource>> OpenVideo(const std::string& path, const Limits& limits, int threads = 1,
                                               std::optional<TimeBase> frame_rate = std::nullopt);

}  // namespace fsc

#endif  // FSC_STREAMS_VIDEO_SOURCE_H_
