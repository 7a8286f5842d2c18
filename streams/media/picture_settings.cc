#include "streams/media/picture_settings.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cstdlib>
#include <mutex>
#include <string_view>

#include "streams/media/ffmpeg_raii.h"
#include "streams/media/picture_quantizer.h"

namespace fsc {
namespace {

using Options = std::map<std::string, std::string>;

constexpr int kX265LargestUnitPx = 64;
constexpr int kMaxX265PoolThreads = 11;

// Keys that would make the encoder read the pictures in another shape, or write what our decoder is not promised.
constexpr std::array kForbiddenKeys = {"input-res", "input-csp", "input-depth", "output-depth",
                                       "bitdepth",  "annexb",    "interlace",   "interlaced",
                                       "field",     "tff",       "bff",         "repeat-headers"};

bool HasOptionsDictionary(EncoderFamily family) {
  return family == EncoderFamily::kX265 || family == EncoderFamily::kX264 || family == EncoderFamily::kSvtAv1;
}

Options X265Options(const PictureCodecConfig& config) {
  const std::string gop = std::to_string(config.gop_frames);
  Options options{{"keyint", gop},
                  {"min-keyint", gop},
                  {"scenecut", "0"},
                  {"open-gop", "0"},
                  {"repeat-headers", "1"},
                  {"info", "0"},
                  {"log-level", "none"},
                  {"frame-threads", "1"},
                  {"wpp", "1"},
                  {"pools", std::to_string(std::min(config.threads, kMaxX265PoolThreads))}};
  if (!ChoosesRate(config.options)) options["qp"] = std::to_string(config.qp);
  // On pictures of one coding tree unit a side, x265 (3.5) codes differently from run to run with units of 64: what it
  // makes depends on memory that nobody wrote.
  if (std::min(config.width_px, config.height_px) <= kX265LargestUnitPx) options["ctu"] = "32";
  if (config.low_delay) {
    options.insert({{"bframes", "0"}, {"rc-lookahead", "0"}, {"b-adapt", "0"}, {"lookahead-slices", "0"}});
  }
  return options;
}

Options X264Options(const PictureCodecConfig& config) {
  const std::string gop = std::to_string(config.gop_frames);
  Options options{{"keyint", gop},  {"min-keyint", gop},        {"scenecut", "0"}, {"open-gop", "0"},
                  {"threads", "1"}, {"lookahead-threads", "1"}, {"force-cfr", "1"}};
  if (!ChoosesRate(config.options)) options["qp"] = std::to_string(config.qp);
  if (config.low_delay) options.insert({{"bframes", "0"}, {"rc-lookahead", "0"}, {"sync-lookahead", "0"}});
  return options;
}

// libavcodec's wrapper takes its option qp=0 for "not given", and the library then codes at its default: it is told 1,
// which sets constant QP up, and QP 0 goes to the library itself.
Options SvtAv1Options(const PictureCodecConfig& config) {
  Options options{{"lp", std::to_string(config.threads)}, {"scd", "0"}};
  if (config.qp == 0 && !ChoosesRate(config.options)) options["qp"] = "0";
  return options;
}

// SVT-AV1 writes its greeting to stderr, and only this variable of the environment stops it. A value that the user has
// set stays.
void SilenceSvtAv1() {
  static std::once_flag once;
  std::call_once(once, [] { setenv("SVT_LOG", "-2", 0); });
}

// x264 complains about a bad preset or tune on stderr, before anyone can hand it a log function: so it is asked no such
// thing.
Status CheckX264PresetAndTune(const PictureCodecConfig& config) {
  constexpr std::string_view kPresets =
      " ultrafast superfast veryfast faster fast medium slow slower veryslow placebo 0 1 2 3 4 5 6 7 8 9 ";
  constexpr std::string_view kTunes = " film animation grain stillimage psnr ssim fastdecode zerolatency ";
  const auto contains = [](std::string_view list, const std::string& word) {
    return list.find(" " + word + " ") != std::string_view::npos;
  };
  if (!config.preset.empty() && !contains(kPresets, config.preset)) {
    return Usage("h264 has no such preset", config.preset, "use one of:" + std::string(kPresets));
  }
  std::string word;
  for (const char c : config.tune + ",") {  // x264 takes several, separated
    if (std::string_view(",./-+").find(c) == std::string_view::npos) {
      word += c;
    } else {
      if (!word.empty() && !contains(kTunes, word)) {
        return Usage("h264 has no such tune", word, "use one of:" + std::string(kTunes));
      }
      word.clear();
    }
  }
  return {};
}

Status SetOption(const std::string& key, const std::string& value, const PictureMode& mode, AVCodecContext* context) {
  const int code = av_opt_set(context, key.c_str(), value.c_str(), AV_OPT_SEARCH_CHILDREN);
  if (code == AVERROR_OPTION_NOT_FOUND) {
    return Usage("unknown option of " + mode.name, key, "see ffmpeg -h encoder=" + std::string(mode.encoder->name));
  }
  if (code < 0) return Usage("bad value for an option of " + mode.name, key + "=" + value, FfmpegErrorText(code));
  return {};
}

// Our options, except where the user's have the same key, and the user's.
Status SetDictionary(const char* name, Options ours, const PictureCodecConfig& config, const PictureMode& mode,
                     AVCodecContext* context) {
  FfmpegDictionary dictionary;
  for (const auto& [key, value] : config.options) ours.insert_or_assign(key, value);
  for (const auto& [key, value] : ours) dictionary.Set(key, value);
  const int code = av_opt_set_dict_val(context->priv_data, name, dictionary.get(), 0);
  if (code < 0) return Internal("cannot set encoder options", mode.name, FfmpegErrorText(code));
  return {};
}

Status SetPresetAndTune(const PictureCodecConfig& config, const PictureMode& mode, const char* default_preset,
                        AVCodecContext* context) {
  FSC_RETURN_IF_ERROR(SetOption("preset", config.preset.empty() ? default_preset : config.preset, mode, context));
  if (!config.tune.empty()) FSC_RETURN_IF_ERROR(SetOption("tune", config.tune, mode, context));
  return {};
}

Status SetPlainOptions(const PictureCodecConfig& config, const PictureMode& mode, AVCodecContext* context) {
  for (const auto& [key, value] : config.options) FSC_RETURN_IF_ERROR(SetOption(key, value, mode, context));
  return {};
}

// An encoder that we know only by name.
Status ApplyOther(const PictureCodecConfig& config, const PictureMode& mode, AVCodecContext* context) {
  const auto has = [&](const char* key) { return av_opt_find(context->priv_data, key, nullptr, 0, 0) != nullptr; };
  FSC_RETURN_IF_ERROR(ApplyQp(config, mode, context));
  if (config.low_delay) {
    context->flags |= AV_CODEC_FLAG_LOW_DELAY;
    context->max_b_frames = 0;
    if (has("lag-in-frames")) FSC_RETURN_IF_ERROR(SetOption("lag-in-frames", "0", mode, context));
  }
  if (!config.preset.empty()) FSC_RETURN_IF_ERROR(SetOption("preset", config.preset, mode, context));
  if (!config.tune.empty()) FSC_RETURN_IF_ERROR(SetOption("tune", config.tune, mode, context));
  return SetPlainOptions(config, mode, context);
}

}  // namespace

Status CheckSettings(const PictureCodecConfig& config, const PictureMode& mode) {
  FSC_RETURN_IF_ERROR(CheckQp(config, mode));
  if (mode.family == EncoderFamily::kSvtAv1 && config.low_delay) {
    return Usage("SVT-AV1 has no low delay", mode.name, "use hevc, h264 or libaom-av1 for it");
  }
  if (mode.family == EncoderFamily::kSvtAv1 && config.gop_frames == 1) {
    return Usage("SVT-AV1 makes only the first picture of an intra-only stream a key picture", mode.name,
                 "use a GOP of two or more, or libaom-av1");
  }
  const bool has_presets = HasOptionsDictionary(mode.family) || mode.family == EncoderFamily::kOther;
  if (!has_presets && !config.preset.empty())
    return Usage(mode.name + " has no presets", config.preset, "leave it out");
  if (!has_presets && !config.tune.empty()) return Usage(mode.name + " has no tunes", config.tune, "leave it out");
  if (mode.family == EncoderFamily::kX264) FSC_RETURN_IF_ERROR(CheckX264PresetAndTune(config));
  for (const auto& [key, value] : config.options) {
    if (std::find(kForbiddenKeys.begin(), kForbiddenKeys.end(), key) != kForbiddenKeys.end()) {
      return Usage("option would break the stream", key + "=" + value, "leave it out");
    }
  }
  return {};
}

Status ApplySettings(const PictureCodecConfig& config, const PictureMode& mode, AVCodecContext* context) {
  context->gop_size = config.gop_frames;
  context->thread_count = 1;
  // The MPEG family of libavcodec (mjpeg among them) takes this flag only with its scene detection off.
  if (HasOptionsDictionary(mode.family)) context->flags |= AV_CODEC_FLAG_CLOSED_GOP;
  switch (mode.family) {
    case EncoderFamily::kX265:
      FSC_RETURN_IF_ERROR(SetPresetAndTune(config, mode, "medium", context));
      FSC_RETURN_IF_ERROR(SetOption("forced-idr", "1", mode, context));  // what RequestKey() means
      return SetDictionary("x265-params", X265Options(config), config, mode, context);
    case EncoderFamily::kX264:
      FSC_RETURN_IF_ERROR(SetPresetAndTune(config, mode, "medium", context));
      FSC_RETURN_IF_ERROR(SetOption("forced-idr", "1", mode, context));  // what RequestKey() means
      return SetDictionary("x264-params", X264Options(config), config, mode, context);
    case EncoderFamily::kSvtAv1:
      SilenceSvtAv1();
      if (!config.tune.empty()) return Usage("av1 has no tunes", config.tune, "pass the option tune=0 or tune=1");
      FSC_RETURN_IF_ERROR(SetPresetAndTune(config, mode, "8", context));
      if (!ChoosesRate(config.options)) {
        FSC_RETURN_IF_ERROR(SetOption("qp", std::to_string(std::max(config.qp, 1)), mode, context));
      }
      return SetDictionary("svtav1-params", SvtAv1Options(config), config, mode, context);
    case EncoderFamily::kFfv1:
      context->level = 3;
      context->slices = 4;
      context->thread_count = config.threads;
      context->thread_type = FF_THREAD_SLICE;
      FSC_RETURN_IF_ERROR(SetOption("coder", "range_tab", mode, context));
      FSC_RETURN_IF_ERROR(SetOption("context", "0", mode, context));
      FSC_RETURN_IF_ERROR(SetOption("slicecrc", "1", mode, context));
      return SetPlainOptions(config, mode, context);
    case EncoderFamily::kJpeg:
    case EncoderFamily::kJpeg2000:
      FSC_RETURN_IF_ERROR(ApplyQp(config, mode, context));
      return SetPlainOptions(config, mode, context);
    case EncoderFamily::kPng:
      FSC_RETURN_IF_ERROR(SetOption("pred", "mixed", mode, context));
      return SetPlainOptions(config, mode, context);
    case EncoderFamily::kOther:
      return ApplyOther(config, mode, context);
  }
  return Internal("encoder without settings", mode.name);
}

bool ObeysKeyRequests(const PictureMode& mode) {
  switch (mode.family) {
    case EncoderFamily::kFfv1:    // counts its pictures
    case EncoderFamily::kSvtAv1:  // 1.4 has no such request
      return false;
    case EncoderFamily::kOther:
      return HandleOf(mode) == QuantizerHandle::kCrf || HandleOf(mode) == QuantizerHandle::kScale;
    default:
      return true;
  }
}

Status CheckOptionWarnings(const PictureMode& mode, const std::vector<std::string>& log_lines) {
  if (!HasOptionsDictionary(mode.family)) return {};
  for (const std::string& line : log_lines) {
    for (const char* const beginning : {"Unknown option", "Invalid value for", "Error parsing option"}) {
      if (line.starts_with(beginning)) {
        return Usage("option that " + std::string(mode.encoder->name) + " refuses", line, "see its documentation");
      }
    }
  }
  return {};
}

}  // namespace fsc
