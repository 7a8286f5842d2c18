// export_muxer.h: the coded pictures of a tiled stream as an ordinary .mkv or .mp4 file, without coding them again.
#ifndef FSC_STREAMS_EXPORT_MUXER_H_
#define FSC_STREAMS_EXPORT_MUXER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

struct ExportConfig {
  std::string mode;  // as in PictureCodecConfig
  int width_px = 0;
  int height_px = 0;
  int bits = 8;
  std::vector<uint8_t> codec_private;  // of the PictureEncoder
  TimeBase time_base;                  // of the timestamps
  TimeBase frame_rate{25, 1};  // nominal, frames per second; decoding times begin so much earlier as reordering needs
};

class ExportMuxer {
 public:
  virtual ~ExportMuxer() = default;
  // One coded picture, in decoding order. `timestamp_ticks` is its presentation time, different for each.
  virtual Status Write(std::span<const uint8_t> bytes, int64_t timestamp_ticks, bool key) = 0;
  // Completes the file and gives it its name; without it nothing is left behind. kUsage when no picture was written.
  virtual Status Finish() = 0;
};

// By extension: .mkv, .mp4, .mov, .avi and whatever else libavformat can hold the codec in. kUsage for an unknown
// extension or a codec that the container cannot hold (PNG in .mp4), kIo when the file cannot be written.
// Decoding times are made of the presentation times: kBadInput where those do not fit the decoding order. Presentation
// times stay as given (Matroska rounds them to milliseconds).
Result<std::unique_ptr<ExportMuxer>> CreateExportMuxer(const std::string& path, const ExportConfig& config);

}  // namespace fsc

#endif  // FSC_STREAMS_EXPORT_MUXER_H_
