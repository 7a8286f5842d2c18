// functions.h: what the module fsc_media puts into its table. The headers in streams/ say what each does.
#ifndef FSC_STREAMS_MEDIA_FUNCTIONS_H_
#define FSC_STREAMS_MEDIA_FUNCTIONS_H_

#include "streams/media_module.h"

namespace fsc::media {

Result<std::unique_ptr<ColorVideoEncoder>> CreateColorVideoEncoder(const PictureCodecConfig& config);
Result<std::unique_ptr<ColorVideoDecoder>> CreateColorVideoDecoder(const PictureDecoderConfig& config,
                                                                   const Limits& limits);
Result<std::unique_ptr<ExportMuxer>> CreateExportMuxer(const std::string& path, const ExportConfig& config);
Result<std::unique_ptr<PictureEncoder>> CreatePictureEncoder(const PictureCodecConfig& config);
Result<std::unique_ptr<PictureDecoder>> CreatePictureDecoder(const PictureDecoderConfig& config, const Limits& limits);
Result<QpRange> PictureQpRange(const std::string& mode, int bits);
double PictureNoise(const PictureCodecConfig& config);
Status CheckPictureMode(const std::string& mode);
std::vector<std::string> AvailablePictureModes();
Result<std::vector<uint8_t>> EncodePng(const Image& image);
Result<std::vector<uint8_t>> EncodeGrayPng(PlaneView<const uint8_t> gray);
Result<StoredPicture> ReadPicture(const std::string& path, PictureSamples samples);
Result<std::unique_ptr<VideoSource>> OpenVideo(const std::string& path, const Limits& limits, int threads,
                                               std::optional<TimeBase> frame_rate);
Result<std::unique_ptr<VideoWriter>> CreateVideoWriter(const std::string& path, const VideoWriterConfig& config);

}  // namespace fsc::media

#endif  // FSC_STREAMS_MEDIA_FUNCTIONS_H_
