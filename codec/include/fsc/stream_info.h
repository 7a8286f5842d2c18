// stream_info.h: what a stream is of, as its encoder is told. Becomes part of the stream header (fsc/packet.h).
#ifndef FSC_STREAM_INFO_H_
#define FSC_STREAM_INFO_H_

#include <optional>
#include <string>
#include <vector>

#include "fsc/export.h"
#include "fsc/feature_frame.h"
#include "fsc/packed_picture.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

struct StreamInfo {
  std::vector<LayerSpec> layers;
  TimeBase time_base;          // of FeatureFrame::timestamp_ticks
  TimeBase frame_rate{25, 1};  // num/den frames per second, nominal or on average
  int input_width_px = 0;      // 0 = unknown, for all four
  int input_height_px = 0;
  int source_width_px = 0;
  int source_height_px = 0;
  std::optional<PackedPicture> picture;  // that the layers came from
  std::string model_id;
  Sha256 model_sha256{};  // Sha256OfFile() of the front; zeros = unknown
};

// SHA-256 (FIPS 180-4) of a file's bytes: how a stream and a profile name the network that they belong to. The file is
// read in pieces. kIo when it cannot be read.
FSC_EXPORT Result<Sha256> Sha256OfFile(const std::string& path);

}  // namespace fsc

#endif  // FSC_STREAM_INFO_H_
