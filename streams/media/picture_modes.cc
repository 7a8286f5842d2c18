#include "streams/media/picture_modes.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>

#include "streams/media/functions.h"
#include "streams/picture_codec.h"

namespace fsc {
namespace {

struct TableFormat {
  int bits;
  AVPixelFormat format;
};

struct TableMode {
  const char* name;
  EncoderFamily family;
  const char* encoder;
  const char* decoder;
  bool lossless;
  std::vector<TableFormat> formats;
};

// The default first. JPEG 2000 goes through OpenJPEG both ways: libavcodec's own decoder shifts 10 and 12 bits up
// to 16.
const std::vector<TableMode>& Table() {
  static const auto* const table = new std::vector<TableMode>{
      {"hevc",
       EncoderFamily::kX265,
       "libx265",
       "hevc",
       false,
       {{8, AV_PIX_FMT_GRAY8}, {10, AV_PIX_FMT_GRAY10LE}, {12, AV_PIX_FMT_GRAY12LE}}},
      {"h264", EncoderFamily::kX264, "libx264", "h264", false, {{8, AV_PIX_FMT_GRAY8}, {10, AV_PIX_FMT_GRAY10LE}}},
      {"av1",
       EncoderFamily::kSvtAv1,
       "libsvtav1",
       "libdav1d",
       false,
       {{8, AV_PIX_FMT_YUV420P}, {10, AV_PIX_FMT_YUV420P10LE}}},
      {"ffv1",
       EncoderFamily::kFfv1,
       "ffv1",
       "ffv1",
       true,
       {{8, AV_PIX_FMT_GRAY8}, {10, AV_PIX_FMT_GRAY10LE}, {12, AV_PIX_FMT_GRAY12LE}, {16, AV_PIX_FMT_GRAY16LE}}},
      {"jpeg", EncoderFamily::kJpeg, "mjpeg", "mjpeg", false, {{8, AV_PIX_FMT_YUVJ420P}}},
      {"jpeg2000",
       EncoderFamily::kJpeg2000,
       "libopenjpeg",
       "jpeg2000",
       false,
       {{8, AV_PIX_FMT_GRAY8}, {10, AV_PIX_FMT_GRAY10LE}, {12, AV_PIX_FMT_GRAY12LE}, {16, AV_PIX_FMT_GRAY16LE}}},
      {"png",
       EncoderFamily::kPng,
       "png",
       "png",
       true,
       {{8, AV_PIX_FMT_GRAY8}, {10, AV_PIX_FMT_GRAY16BE}, {12, AV_PIX_FMT_GRAY16BE}, {16, AV_PIX_FMT_GRAY16BE}}},
  };
  return *table;
}

int StoredBits(AVPixelFormat format) {
  return av_pix_fmt_desc_get(format)->comp[0].depth;
}

bool Offers(const AVCodec* encoder, AVPixelFormat format) {
  if (encoder->pix_fmts == nullptr) return true;
  for (const AVPixelFormat* p = encoder->pix_fmts; *p != AV_PIX_FMT_NONE; ++p) {
    if (*p == format) return true;
  }
  return false;
}

void AddIfOffered(int bits, AVPixelFormat format, PictureMode* mode) {
  if (mode->encoder != nullptr && !Offers(mode->encoder, format)) return;
  for (const PictureFormat& known : mode->formats) {
    if (known.bits == bits) return;
  }
  PictureFormat entry{bits, format, StoredBits(format), 0};
  if (mode->family == EncoderFamily::kJpeg2000 && bits > 8) {
    entry.decoded_bits = 16;
    entry.decoded_shift = 16 - bits;
  }
  mode->formats.push_back(entry);
}

// libaom's decoder stands in where dav1d is not built in.
const AVCodec* FindDecoder(const TableMode& row) {
  const AVCodec* decoder = avcodec_find_decoder_by_name(row.decoder);
  if (decoder == nullptr && row.family == EncoderFamily::kSvtAv1) decoder = avcodec_find_decoder_by_name("libaom-av1");
  return decoder;
}

PictureMode FromTable(const TableMode& row) {
  PictureMode mode;
  mode.name = row.name;
  mode.family = row.family;
  mode.encoder = avcodec_find_encoder_by_name(row.encoder);
  mode.decoder = FindDecoder(row);
  mode.lossless = row.lossless;
  for (const TableFormat& format : row.formats) AddIfOffered(format.bits, format.format, &mode);
  return mode;
}

}  // namespace

Result<PictureMode> FindPictureMode(const std::string& name) {
  for (const TableMode& row : Table()) {
    if (name != row.name && name != row.encoder) continue;
    PictureMode mode = FromTable(row);  // the encoder's own name means the mode's settings
    mode.name = name;
    return mode;
  }
  PictureMode mode;
  mode.name = name;
  mode.encoder = avcodec_find_encoder_by_name(name.c_str());
  if (mode.encoder == nullptr || mode.encoder->type != AVMEDIA_TYPE_VIDEO) {
    std::string known;
    for (const std::string& available : media::AvailablePictureModes())
      known += (known.empty() ? "" : ", ") + available;
    return Usage("no such picture mode as '" + name + "'", "mode",
                 "use one of " + known + " or the name of a libavcodec video encoder");
  }
  mode.decoder = avcodec_find_decoder(mode.encoder->id);
  const AVCodecDescriptor* const descriptor = avcodec_descriptor_get(mode.encoder->id);
  mode.lossless = descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_LOSSLESS) != 0 &&
                  (descriptor->props & AV_CODEC_PROP_LOSSY) == 0;
  if (mode.encoder->pix_fmts == nullptr && mode.encoder->id != AV_CODEC_ID_RAWVIDEO) return mode;
  const TableFormat candidates[] = {
      {8, AV_PIX_FMT_GRAY8},        {8, AV_PIX_FMT_YUVJ420P},     {8, AV_PIX_FMT_YUV420P},
      {10, AV_PIX_FMT_GRAY10LE},    {10, AV_PIX_FMT_YUV420P10LE}, {12, AV_PIX_FMT_GRAY12LE},
      {12, AV_PIX_FMT_YUV420P12LE}, {16, AV_PIX_FMT_GRAY16LE},    {16, AV_PIX_FMT_GRAY16BE}};
  for (const TableFormat& candidate : candidates) AddIfOffered(candidate.bits, candidate.format, &mode);
  return mode;
}

Result<PictureFormat> FormatFor(const PictureMode& mode, int bits) {
  std::string takes;
  for (size_t i = 0; i < mode.formats.size(); ++i) {
    if (mode.formats[i].bits == bits) return mode.formats[i];
    const char* const joint = i == 0 ? "" : i + 1 == mode.formats.size() ? " or " : ", ";
    takes += joint + std::to_string(mode.formats[i].bits);
  }
  if (takes.empty()) return Usage("mode takes no single-component pictures", mode.name, "choose another mode");
  return Usage(mode.name + " cannot code " + std::to_string(bits) + "-bit samples", "bit depth",
               mode.name + " takes " + takes + " bits");
}

Status media::CheckPictureMode(const std::string& mode) {
  return FindPictureMode(mode).TakeStatus();
}

std::vector<std::string> media::AvailablePictureModes() {
  std::vector<std::string> names;
  for (const TableMode& row : Table()) {
    const PictureMode mode = FromTable(row);
    if (mode.encoder != nullptr && mode.decoder != nullptr) names.push_back(mode.name);
  }
  return names;
}

}  // namespace fsc
