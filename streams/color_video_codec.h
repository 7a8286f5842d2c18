// color_video_codec.h: ordinary video coding of colour pictures, 4:2:0, 8 bit, BT.601, limited range: what a camera
// that does not know about features sends. For comparison with the feature codecs; hevc (libx265) and h264 (libx264)
// through libavcodec.
#ifndef FSC_STREAMS_COLOR_VIDEO_CODEC_H_
#define FSC_STREAMS_COLOR_VIDEO_CODEC_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/image.h"
#include "fsc/limits.h"
#include "fsc/status.h"
#include "streams/picture_codec.h"

namespace fsc {

// Settings as in PictureCodecConfig, with the same meaning; `bits` is 8. Pictures of odd size are padded by repeating
// the last row or column, and cropped again after decoding.
class ColorVideoEncoder {
 public:
  virtual ~ColorVideoEncoder() = default;
  virtual Status Push(const Image& image, std::vector<CodedPicture>* out) = 0;
  virtual Status Flush(std::vector<CodedPicture>* out) = 0;
  virtual std::string description() const = 0;
};

struct DecodedImage {
  int64_t frame_number = 0;
  Image image;
};

class ColorVideoDecoder {
 public:
  virtual ~ColorVideoDecoder() = default;
  virtual Status Push(std::span<const uint8_t> bytes, int64_t frame_number, std::vector<DecodedImage>* out) = 0;
  virtual Status Flush(std::vector<DecodedImage>* out) = 0;
};

// kUsage for another mode than hevc and h264, or a setting that the encoder refuses.
Result<std::unique_ptr<ColorVideoEncoder>> CreateColorVideoEncoder(const PictureCodecConfig& config);
Result<std::unique_ptr<ColorVideoDecoder>> CreateColorVideoDecoder(const PictureDecoderConfig& config,
                                                                   const Limits& limits);

}  // namespace fsc

#endif  // FSC_STREAMS_COLOR_VIDEO_CODEC_H_
