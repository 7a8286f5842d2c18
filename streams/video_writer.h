// video_writer.h: pictures for people to look at: an H.264 .mp4, or numbered PNG files.
#ifndef FSC_STREAMS_VIDEO_WRITER_H_
#define FSC_STREAMS_VIDEO_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "core/image.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

struct VideoWriterConfig {
  int width_px = 0;  // of every picture. 4:2:0 needs even sizes: an odd one gets its last row or column twice
  int height_px = 0;
  TimeBase time_base;          // of the timestamps
  TimeBase frame_rate{25, 1};  // nominal, frames per second
  int crf = 18;                // x264's constant quality, 0..51
  int threads = 1;
};

class VideoWriter {
 public:
  virtual ~VideoWriter() = default;
  // `timestamp_ticks` strictly increasing. kUsage for a picture of another size.
  virtual Status Write(const Image& image, int64_t timestamp_ticks) = 0;
  // Completes a video and gives it its name; without it nothing is left behind. Stills are there as soon as they are
  // written. kUsage when there was no picture.
  virtual Status Finish() = 0;
};

// `path` ending in .png: stills, by its printf pattern ("out%04d.png"), or "out_0000.png", "out_0001.png" ... where it
// has none. Otherwise a video in the container of the extension: yuv420p, BT.601, limited range, tagged so.
Result<std::unique_ptr<VideoWriter>> CreateVideoWriter(const std::string& path, const VideoWriterConfig& config);

}  // namespace fsc

#endif  // FSC_STREAMS_VIDEO_WRITER_H_
