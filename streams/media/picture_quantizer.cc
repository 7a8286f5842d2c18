#include "streams/media/picture_quantizer.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "streams/media/ffmpeg_raii.h"
#include "streams/media/functions.h"

namespace fsc {
namespace {

struct NamedHandle {
  std::string_view encoder;
  QuantizerHandle handle;
};

// Of encoders that have no mode of their own.
constexpr std::array kNamedHandles = {
    NamedHandle{"libvpx", QuantizerHandle::kCrf},       NamedHandle{"libvpx-vp9", QuantizerHandle::kCrf},
    NamedHandle{"libaom-av1", QuantizerHandle::kCrf},   NamedHandle{"librav1e", QuantizerHandle::kQpOption},
    NamedHandle{"mpeg1video", QuantizerHandle::kScale}, NamedHandle{"mpeg2video", QuantizerHandle::kScale},
    NamedHandle{"mpeg4", QuantizerHandle::kScale},      NamedHandle{"libxvid", QuantizerHandle::kScale},
    NamedHandle{"msmpeg4", QuantizerHandle::kScale},    NamedHandle{"msmpeg4v2", QuantizerHandle::kScale},
    NamedHandle{"wmv1", QuantizerHandle::kScale},       NamedHandle{"wmv2", QuantizerHandle::kScale},
    NamedHandle{"flv", QuantizerHandle::kScale},        NamedHandle{"h263p", QuantizerHandle::kScale},
};

QpRange RangeOf(const PictureMode& mode, int bits) {
  switch (HandleOf(mode)) {
    case QuantizerHandle::kParameter:
      if (mode.family == EncoderFamily::kSvtAv1) return {0, 63, 32};
      // x264 counts its 10-bit QPs from 0 to 63, 12 more than the same step has at 8 bits.
      if (mode.family == EncoderFamily::kX264 && bits == 10) return {0, 63, 32};
      return {0, 51, 32};
    case QuantizerHandle::kCrf:
      return {0, 63, 32};
    case QuantizerHandle::kQpOption:
      return {0, 255, 80};
    case QuantizerHandle::kScale:
      return {1, 31, 8};
    case QuantizerHandle::kRatio:
      return {0, 1000, 32};
    case QuantizerHandle::kNone:
    case QuantizerHandle::kUnknown:
      break;
  }
  return {0, 1000, 32};
}

// The quantiser's step in units of an 8-bit sample, about.
double StepOf(const PictureMode& mode, int qp, int bits) {
  switch (HandleOf(mode)) {
    case QuantizerHandle::kParameter:
      if (mode.family == EncoderFamily::kSvtAv1) break;
      if (mode.family == EncoderFamily::kX264 && bits == 10) qp -= 12;
      return std::exp2((qp - 4) / 6.0);
    case QuantizerHandle::kCrf:
      break;
    case QuantizerHandle::kQpOption:
      qp /= 4;
      break;
    case QuantizerHandle::kScale:
      return 2.0 * qp;
    case QuantizerHandle::kRatio:
    case QuantizerHandle::kUnknown:
      return 8;
    case QuantizerHandle::kNone:
      return 0;
  }
  return std::exp2(qp / 8.5);  // the AV1 and VP9 tables, roughly
}

Status Set(AVCodecContext* context, const char* key, int value) {
  const int code = av_opt_set_int(context, key, value, AV_OPT_SEARCH_CHILDREN);
  if (code < 0) return Internal("encoder without a quantiser", key, FfmpegErrorText(code));
  return {};
}

}  // namespace

QuantizerHandle HandleOf(const PictureMode& mode) {
  switch (mode.family) {
    case EncoderFamily::kX265:
    case EncoderFamily::kX264:
    case EncoderFamily::kSvtAv1:
      return QuantizerHandle::kParameter;
    case EncoderFamily::kJpeg:
      return QuantizerHandle::kScale;
    case EncoderFamily::kJpeg2000:
      return QuantizerHandle::kRatio;
    case EncoderFamily::kFfv1:
    case EncoderFamily::kPng:
      return QuantizerHandle::kNone;
    case EncoderFamily::kOther:
      break;
  }
  if (mode.lossless) return QuantizerHandle::kNone;
  for (const NamedHandle& named : kNamedHandles) {
    if (mode.encoder != nullptr && named.encoder == mode.encoder->name) return named.handle;
  }
  return QuantizerHandle::kUnknown;
}

Status CheckQp(const PictureCodecConfig& config, const PictureMode& mode) {
  const QuantizerHandle handle = HandleOf(mode);
  const bool by_options = ChoosesRate(config.options);
  if (handle == QuantizerHandle::kNone) {
    if (!by_options) return {};
    return Usage("options choose a rate, and " + mode.name + " is lossless", "codec options", "leave them out");
  }
  if (by_options) return {};
  if (handle == QuantizerHandle::kUnknown) {
    return Usage("fsc does not know how to tell this encoder a QP", mode.name,
                 "give its own rate control in codec_options, or use another encoder");
  }
  const QpRange range = RangeOf(mode, config.bits);
  if (config.qp >= range.min && config.qp <= range.max) return {};
  return Usage("QP out of range for " + mode.name, "qp " + std::to_string(config.qp),
               mode.name + " takes " + std::to_string(range.min) + ".." + std::to_string(range.max));
}

Status ApplyQp(const PictureCodecConfig& config, const PictureMode& mode, AVCodecContext* context) {
  if (ChoosesRate(config.options)) return {};
  switch (HandleOf(mode)) {
    case QuantizerHandle::kCrf:
      context->bit_rate = 0;
      context->qmin = config.qp;
      context->qmax = config.qp;
      return Set(context, "crf", config.qp);
    case QuantizerHandle::kQpOption:
      context->bit_rate = 0;
      return Set(context, "qp", config.qp);
    case QuantizerHandle::kScale:
      context->flags |= AV_CODEC_FLAG_QSCALE;
      context->global_quality = config.qp * FF_QP2LAMBDA;
      context->bit_rate = 0;
      context->qmin = 1;
      context->qmax = 31;
      return {};
    case QuantizerHandle::kRatio:
      // OpenJPEG's compression ratio; 0 = every bit kept, and the reversible transform is the wrapper's default.
      context->compression_level = config.qp;
      return {};
    case QuantizerHandle::kParameter:
    case QuantizerHandle::kNone:
    case QuantizerHandle::kUnknown:
      break;
  }
  return {};
}

Result<QpRange> media::PictureQpRange(const std::string& name, int bits) {
  FSC_ASSIGN_OR_RETURN(const PictureMode mode, FindPictureMode(name));
  return RangeOf(mode, bits);
}

double media::PictureNoise(const PictureCodecConfig& config) {
  const double sample = std::exp2(-config.bits);  // one level, in units of the full range
  const Result<PictureMode> mode = FindPictureMode(config.mode);
  const double step = mode.ok() ? StepOf(*mode, config.qp, config.bits) / 256 : 0;
  return (step * step + sample * sample) / 12;
}

}  // namespace fsc
