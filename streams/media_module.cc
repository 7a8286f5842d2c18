#include "streams/media_module.h"

#include "core/module_loader.h"
#include "streams/output_file.h"

namespace fsc {
namespace {

Result<const MediaTable*> Media() {
  return ModuleTable<MediaTable>(kMediaModule, "fsc_media_table");
}

// For a picture mode, which the error names.
Result<const MediaTable*> MediaFor(const std::string& mode) {
  auto media = Media();
  if (media.ok()) return media;
  Error error = media.TakeStatus().TakeError();
  error.what = "mode '" + mode + "' is not there: " + error.what;
  return error;
}

Status WriteFile(const std::string& path, Result<std::vector<uint8_t>> bytes) {
  if (!bytes.ok()) {
    Error error = bytes.TakeStatus().TakeError();
    if (error.where.empty()) error.where = path;
    return error;
  }
  FSC_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file, OutputFile::Create(path));
  FSC_RETURN_IF_ERROR(file->Write(*bytes));
  return file->Commit();
}

}  // namespace

Result<std::unique_ptr<ColorVideoEncoder>> CreateColorVideoEncoder(const PictureCodecConfig& config) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->create_color_video_encoder(config);
}

Result<std::unique_ptr<ColorVideoDecoder>> CreateColorVideoDecoder(const PictureDecoderConfig& config,
                                                                   const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->create_color_video_decoder(config, limits);
}

Result<std::unique_ptr<ExportMuxer>> CreateExportMuxer(const std::string& path, const ExportConfig& config) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->create_export_muxer(path, config);
}

Result<std::unique_ptr<PictureEncoder>> CreatePictureEncoder(const PictureCodecConfig& config) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, MediaFor(config.mode));
  return media->create_picture_encoder(config);
}

Result<std::unique_ptr<PictureDecoder>> CreatePictureDecoder(const PictureDecoderConfig& config, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, MediaFor(config.mode));
  return media->create_picture_decoder(config, limits);
}

Result<QpRange> PictureQpRange(const std::string& mode, int bits) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, MediaFor(mode));
  return media->picture_qp_range(mode, bits);
}

double PictureNoise(const PictureCodecConfig& config) {
  const auto media = Media();
  return media.ok() ? (*media)->picture_noise(config) : 0;
}

Status CheckPictureMode(const std::string& mode) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, MediaFor(mode));
  return media->check_picture_mode(mode);
}

std::vector<std::string> AvailablePictureModes() {
  const auto media = Media();
  return media.ok() ? (*media)->available_picture_modes() : std::vector<std::string>();
}

Result<std::vector<uint8_t>> EncodePng(const Image& image) {
  if (image.width_px < 1 || image.height_px < 1 ||
      image.bgr.size() != size_t(image.width_px) * size_t(image.height_px) * 3) {
    return Usage("picture is empty or has not the size it says");
  }
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->encode_png(image);
}

Result<std::vector<uint8_t>> EncodePng(PlaneView<const uint8_t> gray) {
  if (gray.width < 1 || gray.height < 1) return Usage("picture is empty");
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->encode_gray_png(gray);
}

Status WritePng(const std::string& path, const Image& image) {
  return WriteFile(path, EncodePng(image));
}

Status WritePng(const std::string& path, PlaneView<const uint8_t> gray) {
  return WriteFile(path, EncodePng(gray));
}

Result<StoredPicture> ReadPicture(const std::string& path, PictureSamples samples) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->read_picture(path, samples);
}

Result<std::unique_ptr<VideoSource>> OpenVideo(const std::string& path, const Limits& limits, int threads,
                                               std::optional<TimeBase> frame_rate) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->open_video(path, limits, threads, frame_rate);
}

Result<std::unique_ptr<VideoWriter>> CreateVideoWriter(const std::string& path, const VideoWriterConfig& config) {
  FSC_ASSIGN_OR_RETURN(const MediaTable* const media, Media());
  return media->create_video_writer(path, config);
}

}  // namespace fsc
