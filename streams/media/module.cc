// module.cc: the entry of the module fsc_media.
#include "core/module_loader.h"
#include "streams/media/functions.h"

namespace fsc::media {
namespace {

constexpr MediaTable kTable = {
    .create_color_video_encoder = CreateColorVideoEncoder,
    .create_color_video_decoder = CreateColorVideoDecoder,
    .create_export_muxer = CreateExportMuxer,
    .create_picture_encoder = CreatePictureEncoder,
    .create_picture_decoder = CreatePictureDecoder,
    .picture_qp_range = PictureQpRange,
    .picture_noise = PictureNoise,
    .check_picture_mode = CheckPictureMode,
    .available_picture_modes = AvailablePictureModes,
    .encode_png = EncodePng,
    .encode_gray_png = EncodeGrayPng,
    .read_picture = ReadPicture,
    .open_video = OpenVideo,
    .create_video_writer = CreateVideoWriter,
};

}  // namespace
}  // namespace fsc::media

FSC_MODULE_ENTRY(fsc_media_table, &fsc::media::kTable)
