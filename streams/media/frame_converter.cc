#include "streams/media/frame_converter.h"

extern "C" {
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cstring>

namespace fsc {

std::optional<Orientation> FrameConverter::Read(const uint8_t* matrix, size_t size_bytes) {
  std::array<int32_t, 9> numbers{};
  if (matrix == nullptr || size_bytes < sizeof(numbers)) return Orientation{};
  memcpy(numbers.data(), matrix, sizeof(numbers));
  return OrientationOf(numbers);
}

// The matrix and range of the frame's tags; swscale's default, BT.601 and limited range, where it has none, as OpenCV
// does.
Status FrameConverter::PrepareScaler(const AVFrame& frame, const std::string& where) {
  const AVPixelFormat format = AVPixelFormat(frame.format);
  const AVPixFmtDescriptor* const descriptor = av_pix_fmt_desc_get(format);
  if (descriptor == nullptr || (descriptor->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) {
    return BadInput("video has an unknown pixel format", where);
  }
  const int key[5] = {frame.width, frame.height, format, frame.colorspace, frame.color_range};
  if (scaler_ != nullptr && std::equal(key, key + 5, scaler_key_)) return {};
  scaler_.reset(sws_getContext(frame.width, frame.height, format, frame.width, frame.height, AV_PIX_FMT_BGR24,
                               SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (scaler_ == nullptr) return BadInput("video's pixel format cannot become BGR", where, descriptor->name);
  const bool is_jpeg_format = format == AV_PIX_FMT_YUVJ420P || format == AV_PIX_FMT_YUVJ422P ||
                              format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P;
  const int full_range = frame.color_range == AVCOL_RANGE_JPEG || is_jpeg_format ? 1 : 0;
  const int* const matrix =
      sws_getCoefficients(frame.colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : int(frame.colorspace));
  // Fails for RGB input, which has no matrix: nothing to set then.
  (void)sws_setColorspaceDetails(scaler_.get(), matrix, full_range, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16,
                                 1 << 16);
  std::copy(key, key + 5, scaler_key_);
  return {};
}

Result<Image> FrameConverter::Convert(const AVFrame& frame, const std::string& where) {
  if (frame.width < 1 || frame.height < 1 || frame.width > limits_.max_picture_size_px ||
      frame.height > limits_.max_picture_size_px || int64_t{frame.width} * frame.height > limits_.max_picture_samples) {
    return BadInput("video frame too large", where,
                    std::to_string(frame.width) + "x" + std::to_string(frame.height) + " exceeds the limits");
  }
  FSC_RETURN_IF_ERROR(PrepareScaler(frame, where));
  // swscale's fast paths may write past a row's end: rows of its own alignment first, then packed.
  const UniqueFrame bgr(av_frame_alloc());
  if (bgr == nullptr) return Internal("out of memory", where, "");
  bgr->width = frame.width;
  bgr->height = frame.height;
  bgr->format = AV_PIX_FMT_BGR24;
  if (av_frame_get_buffer(bgr.get(), 0) < 0) return Internal("out of memory", where, "");
  const int rows = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, bgr->data, bgr->linesize);
  if (rows != frame.height) return BadInput("video frame cannot be converted", where);

  Image image;
  image.width_px = frame.width;
  image.height_px = frame.height;
  const size_t row_bytes = size_t(frame.width) * 3;
  image.bgr.resize(row_bytes * size_t(frame.height));
  for (int y = 0; y < frame.height; ++y) {
    memcpy(&image.bgr[size_t(y) * row_bytes], bgr->data[0] + ptrdiff_t(y) * bgr->linesize[0], row_bytes);
  }
  const AVFrameSideData* const own = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  const std::optional<Orientation> orientation = own != nullptr ? Read(own->data, own->size) : stream_orientation_;
  if (!orientation) ++not_turned_;
  if (!orientation || *orientation == Orientation{}) return image;
  return Oriented(image, *orientation);
}

}  // namespace fsc
