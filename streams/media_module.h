// media_module.h: the table between libfsc and the module fsc_media, which holds all that needs FFmpeg and OpenCV's
// picture files (streams/media/). The functions of color_video_codec.h, export_muxer.h, picture_codec.h,
// picture_file.h, video_source.h and video_writer.h go through it; streams/media_module.cc loads it when one of them is
// first called.
#ifndef FSC_STREAMS_MEDIA_MODULE_H_
#define FSC_STREAMS_MEDIA_MODULE_H_

#include "streams/color_video_codec.h"
#include "streams/export_muxer.h"
#include "streams/picture_codec.h"
#include "streams/picture_file.h"
#include "streams/video_source.h"
#include "streams/video_writer.h"

namespace fsc {

// One function each, with the meaning that its header gives.
struct MediaTable {
  decltype(&CreateColorVideoEncoder) create_color_video_encoder;
  decltype(&CreateColorVideoDecoder) create_color_video_decoder;
  decltype(&CreateExportMuxer) create_export_muxer;
  decltype(&CreatePictureEncoder) create_picture_encoder;
  decltype(&CreatePictureDecoder) create_picture_decoder;
  decltype(&PictureQpRange) picture_qp_range;
  decltype(&PictureNoise) picture_noise;
  decltype(&CheckPictureMode) check_picture_mode;
  decltype(&AvailablePictureModes) available_picture_modes;
  Result<std::vector<uint8_t>> (*encode_png)(const Image& image);
  Result<std::vector<uint8_t>> (*encode_gray_png)(PlaneView<const uint8_t> gray);
  decltype(&ReadPicture) read_picture;
  decltype(&OpenVideo) open_video;
  decltype(&CreateVideoWriter) create_video_writer;
};

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_MODULE_H_
