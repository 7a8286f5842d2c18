// frame_converter.h: libav's frames as upright 8-bit BGR pictures. Internal to streams/.
//
// Colours: the YUV matrix and range that the frames are tagged with; where they are not, BT.601 and limited range,
// which is what swscale and with it OpenCV's VideoCapture assume for any size. swscale converts with the flags that
// VideoCapture uses, so that an untagged clip, or one tagged as that, gives VideoCapture's pixels: networks were
// trained on them. Quarter turns and mirroring that the frame or its stream asks for are applied.
#ifndef FSC_STREAMS_MEDIA_FRAME_CONVERTER_H_
#define FSC_STREAMS_MEDIA_FRAME_CONVERTER_H_

#include "core/image.h"
#include "fsc/limits.h"
#include "fsc/status.h"
#include "streams/media/ffmpeg_raii.h"
#include "streams/orientation.h"

namespace fsc {

class FrameConverter {
 public:
  explicit FrameConverter(const Limits& limits) : limits_(limits) {}

  // Of frames that do not bring a display matrix of their own; libav's, or null for none.
  void SetStreamMatrix(const uint8_t* matrix, size_t size_bytes) { stream_orientation_ = Read(matrix, size_bytes); }
  // `where` is for errors: kBadInput for a frame over the limits, or of a format that cannot be converted.
  Result<Image> Convert(const AVFrame& frame, const std::string& where);
  // Frames shown otherwise than their file asks: turned by other than quarter turns.
  int64_t not_turned() const { return not_turned_; }

 private:
  std::optional<Orientation> Read(const uint8_t* matrix, size_t size_bytes);
  Status PrepareScaler(const AVFrame& frame, const std::string& where);

  Limits limits_;
  UniqueSws scaler_;
  int scaler_key_[5] = {-1, -1, -1, -1, -1};  // what the scaler was made for
  std::optional<Orientation> stream_orientation_ = Orientation{};
  int64_t not_turned_ = 0;
};

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_FRAME_CONVERTER_H_
