#include "tools/encode_options.h"

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <utility>
#include <vector>

#include "core/parse_number.h"
#include "fsc/modes.h"
#include "streams/picture_codec.h"
#include "tools/key_values.h"

namespace fsc::tools {
namespace {

template <class Value>
Result<Value> Choose(const std::string& option, const std::string& text,
                     std::initializer_list<std::pair<const char*, Value>> choices) {
  std::string names;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return Usage("unknown value '" + text + "'", option, "one of " + names);
}

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  size_t start = 0;
  for (size_t end; (end = text.find(separator, start)) != std::string::npos; start = end + 1) {
    parts.push_back(text.substr(start, end - start));
  }
  parts.push_back(text.substr(start));
  return parts;
}

// "auto", "minmax", "sigma:3.3", "percentile:0.05", "fixed:-1:4.5".
Status ParseRange(const std::string& text, QuantizerConfig* config) {
  const auto parts = Split(text, ':');
  const Error malformed =
      Usage("not a range: '" + text + "'", "--range", "auto, minmax, sigma:WIDTH, percentile:P or fixed:LO:HI");
  if (parts[0] == "auto" && parts.size() == 1) {
    config->rule = RangeRule::kAuto;
  } else if (parts[0] == "minmax" && parts.size() == 1) {
    config->rule = RangeRule::kMinMax;
  } else if (parts[0] == "sigma" && parts.size() <= 2) {
    config->rule = RangeRule::kSigma;
    if (parts.size() == 2 && !ParseNumber(parts[1], &config->sigma_width)) return malformed;
  } else if (parts[0] == "percentile" && parts.size() <= 2) {
    config->rule = RangeRule::kPercentile;
    if (parts.size() == 2 && !ParseNumber(parts[1], &config->percentile)) return malformed;
  } else if (parts[0] == "fixed" && parts.size() == 3) {
    config->rule = RangeRule::kFixed;
    if (!ParseNumber(parts[1], &config->fixed_lo) || !ParseNumber(parts[2], &config->fixed_hi)) return malformed;
  } else {
    return malformed;
  }
  return {};
}

// A number, or "lossless" (latent mode); empty = the mode's default.
Status ApplyQp(const std::string& text, EncoderConfig* config) {
  if (ChoosesRate(config->codec_options) && !text.empty()) {
    return Usage("the codec options choose the rate: the QP would have no effect", "--qp",
                 "give one of --qp and --codec-options");
  }
  if (text.empty()) {
    config->qp = UsualQp(config->mode, config->quantizer.bits);
    return {};
  }
  if (text == "lossless") {
    config->latent.lossless = true;
    if (config->mode == "latent") return {};
    return Usage("only the latent mode has --qp lossless", "--qp",
                 "--mode float keeps every bit; --mode ffv1 keeps the quantised levels");
  }
  if (ParseNumber(text, &config->qp) && config->qp >= 0 && config->qp <= 63) return {};
  return Usage("not a QP: '" + text + "'", "--qp", "give 0 .. 63");
}

// Reads the profile, and takes the QP from it for --max-drop.
Status ApplyProfile(const EncodeOptions& options, EncoderConfig* config) {
  const bool by_drop = options.max_drop_percent >= 0;
  if (options.profile.empty()) {
    if (by_drop) return Usage("--max-drop needs a profile", "--max-drop", "give one with --profile, or use --qp");
    if (config->profile_by_hash)
      return Usage("there is no profile to name", "--profile-by-hash", "give one with --profile");
    return {};
  }
  FSC_ASSIGN_OR_RETURN(const std::shared_ptr<const Profile> profile, LoadProfile(options.profile));
  if (by_drop) {
    if (config->latent.lossless || config->latent.bitrate_kbps > 0 || ChoosesRate(config->codec_options)) {
      return Usage("--max-drop chooses the QP", "--max-drop", "give one of --max-drop, --qp and --bitrate");
    }
    FSC_ASSIGN_OR_RETURN(config->qp, QpForDrop(*profile, config->mode, config->preset, options.max_drop_percent));
  }
  config->profile = profile;
  return {};
}

Status ApplyLatent(const EncodeOptions& options, LatentConfig* latent) {
  latent->task_map = !options.no_task_map;
  FSC_ASSIGN_OR_RETURN(latent->transform, Choose<LatentTransform>("--transform", options.transform,
                                                                  {{"auto", LatentTransform::kAuto},
                                                                   {"identity", LatentTransform::kIdentity},
                                                                   {"klt", LatentTransform::kKlt}}));
  FSC_ASSIGN_OR_RETURN(latent->motion, Choose<LatentMotion>("--motion", options.motion,
                                                            {{"auto", LatentMotion::kAuto},
                                                             {"luma", LatentMotion::kLuma},
                                                             {"flow", LatentMotion::kFlow},
                                                             {"planes", LatentMotion::kPlanes},
                                                             {"zero", LatentMotion::kZero}}));
  return {};
}

std::string FirstGiven(const CLI::App& group) {
  for (const CLI::Option* option : group.get_options()) {
    if (option->count() > 0) return option->get_name();
  }
  return {};
}

// What a mode would not look at is a mistake.
Status CheckOptionsSuitMode(const EncodeOptions& options) {
  const std::string& mode = options.config.mode;
  const auto refuse = [&](const std::string& option, const std::string& owner) {
    return Usage("mode " + mode + " does not have this option", option, "it is of " + owner);
  };
  if (mode != "latent" && !options.latent_option.empty()) return refuse(options.latent_option, "--mode latent");
  if ((mode == "latent" || mode == "float") && !options.tiled_option.empty()) {
    return refuse(options.tiled_option, "the tiled modes");
  }
  return {};
}

// FFmpeg's way of writing the same, "x265-params=k=v:k=v", is understood.
Status ParseCodecOptions(std::string text, std::map<std::string, std::string>* options) {
  for (const std::string name : {"x265-params=", "x264-params=", "svtav1-params="}) {
    if (text.starts_with(name)) text.erase(0, name.size());
  }
  FSC_ASSIGN_OR_RETURN(*options, ParseKeyValues("--codec-options", text));
  return {};
}

Status SetTiledOption(const std::string& key, const std::string& value, EncoderConfig* config) {
  const std::string place = "--tiled-options " + key;
  QuantizerConfig& quantizer = config->quantizer;
  TilingConfig& tiling = config->tiling;
  const auto whole = [&](int* number) -> Status {
    if (ParseNumber(value, number)) return {};
    return Usage("not a whole number: '" + value + "'", place);
  };
  if (key == "levels") return whole(&quantizer.levels);
  if (key == "tile-multiple") return whole(&tiling.tile_multiple_px);
  if (key == "range-scope") {
    FSC_ASSIGN_OR_RETURN(quantizer.scope, Choose<RangeScope>(place, value,
                                                             {{"layer", RangeScope::kLayer},
                                                              {"channel", RangeScope::kChannel},
                                                              {"element", RangeScope::kElement}}));
    return {};
  }
  if (key == "quantizer") {
    FSC_ASSIGN_OR_RETURN(quantizer.level_rule, Choose<LevelRule>(place, value,
                                                                 {{"centre", LevelRule::kCentre},
                                                                  {"qlayer", LevelRule::kQLayer},
                                                                  {"floor", LevelRule::kFloor}}));
    return {};
  }
  if (key == "tiling") {
    FSC_ASSIGN_OR_RETURN(tiling.arrangement, Choose<Arrangement>(place, value,
                                                                 {{"tiles", Arrangement::kTiles},
                                                                  {"quilt", Arrangement::kQuilt},
                                                                  {"mpeg", Arrangement::kMpeg}}));
    return {};
  }
  if (key == "channel-order") {
    FSC_ASSIGN_OR_RETURN(tiling.order, Choose<ChannelOrder>(place, value,
                                                            {{"raster", ChannelOrder::kRaster},
                                                             {"mean", ChannelOrder::kByMean},
                                                             {"similarity", ChannelOrder::kBySimilarity}}));
    return {};
  }
  return Usage("unknown key '" + key + "'", "--tiled-options",
               "known here: channel-order, levels, quantizer, range-scope, tile-multiple, tiling");
}

Status ApplyTiled(const EncodeOptions& options, EncoderConfig* config) {
  QuantizerConfig& quantizer = config->quantizer;
  const std::string range = !options.range.empty() ? options.range : options.packing == "mpeg" ? "minmax" : "auto";
  FSC_RETURN_IF_ERROR(ParseRange(range, &quantizer));
  FSC_ASSIGN_OR_RETURN(quantizer.update,
                       Choose<RangeUpdate>("--range-update", options.range_update,
                                           {{"intra", RangeUpdate::kIntraPeriod}, {"frame", RangeUpdate::kFrame}}));
  FSC_ASSIGN_OR_RETURN(const auto more, ParseKeyValues("--tiled-options", options.tiled_options));
  for (const auto& [key, value] : more) FSC_RETURN_IF_ERROR(SetTiledOption(key, value, config));
  if (options.packing.empty()) return {};
  if (options.packing != "mpeg")
    return Usage("unknown value '" + options.packing + "'", "--packing", "mpeg is the only one");
  if (more.contains("tiling"))
    return Usage("the packing says the tiling", "--tiled-options tiling", "give one of it and --packing");
  config->tiling.arrangement = Arrangement::kMpeg;
  if (!options.bits_given) quantizer.bits = 10;
  return {};
}

}  // namespace

void AddEncodeOptions(CLI::App& command, EncodeOptions* options) {
  EncoderConfig& config = options->config;
  command
      .add_option(
          "--mode", config.mode,
          "latent, float (every bit), hevc, h264, av1, ffv1, jpeg, jpeg2000, png, or a libavcodec encoder by name")
      ->capture_default_str();
  command
      .add_option(
          "--qp", options->qp,
          "0..51 for hevc and h264, 0..63 for av1 and latent: the step doubles every 6; jpeg: 1..31; latent: or "
          "lossless (default: 32; jpeg and others of scale 1..31: 8)")
      ->type_name("QP");
  command.add_option("--preset", config.preset,
                     "latent: fast, balanced (default) or high; else of the mode's encoder (default: medium)");
  command.add_option("--gop", config.gop_frames, "intra period in frames; GOPs are closed")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command.add_flag("--low-delay", config.low_delay, "a frame's packet leaves before the next frame comes");
  command.add_option("--profile", options->profile, "a calibration profile (.fscp) of the network");
  command.add_flag("--profile-by-hash", config.profile_by_hash,
                   "name the profile in the stream instead of carrying it: whoever decodes must have it");
  command
      .add_option("--max-drop", options->max_drop_percent,
                  "percent of task agreement given up at most; chooses the QP by the profile")
      ->check(CLI::Range(0.0, 100.0));

  auto* latent = command.add_option_group("Latent mode");
  latent->add_option("--bitrate", config.latent.bitrate_kbps, "kbit/s instead of a constant QP")
      ->check(CLI::PositiveNumber);
  latent
      ->add_option("--buffer", config.latent.buffer_seconds,
                   "with --bitrate: seconds of it that the receiver buffers; no frame takes more than that (default 2)")
      ->check(CLI::Range(0.04, 60.0));
  latent
      ->add_option("--max-frame-bytes", config.latent.max_frame_bytes,
                   "no frame's payload is larger, the first configuration not counted")
      ->check(CLI::PositiveNumber);
  latent->add_option("--transform", options->transform, "of the channels: auto, identity or klt")
      ->capture_default_str();
  latent
      ->add_option("--motion", options->motion,
                   "auto, luma (the video's, else the planes), flow (dense, on luma), planes or zero")
      ->capture_default_str();
  latent->add_flag("--no-task-map", options->no_task_map, "errors count alike everywhere, whatever the profile says");
  latent
      ->add_option("--b-frames", config.latent.bidirectional_frames,
                   "length of a hierarchical B group, 2 .. 32, or 0 for none (default: the preset's)")
      ->check(CLI::IsMember({0}) | CLI::Range(2, 32));
  latent->parse_complete_callback([latent, options] { options->latent_option = FirstGiven(*latent); });

  auto* tiled = command.add_option_group("Tiled modes");
  tiled->add_option("--tune", config.tune, "of the mode's encoder, e.g. psnr");
  tiled->add_option("--bits", config.quantizer.bits, "bits per sample: 8, 10 or 12")
      ->capture_default_str()
      ->each([options](const std::string&) { options->bits_given = true; });
  tiled
      ->add_option("--range", options->range,
                   "auto (minmax, but the few values far outside all others are sent apart), minmax, sigma:WIDTH, "
                   "percentile:P or fixed:LO:HI (default: auto; with --packing mpeg: minmax)")
      ->type_name("RULE");
  tiled
      ->add_option("--range-update", options->range_update,
                   "intra (once an intra period, and where a frame does not suit) or frame")
      ->capture_default_str();
  tiled->add_option("--packing", options->packing,
                    "mpeg: the field's anchor (mpeg tiling, 10 bit) with bin-centre reconstruction");
  tiled->add_option("--codec-options", options->codec_options,
                    "passed to the encoder: key=value:key=value, a colon inside a value as \\:; crf, bitrate and "
                    "the like replace the QP");
  tiled->add_option(
      "--tiled-options", options->tiled_options,
      "rarely needed, key=value:key=value: channel-order (raster, mean, similarity), levels (2 .. 2^bits), "
      "quantizer (centre, qlayer, floor), range-scope (layer, channel, element), tile-multiple (1 .. 64), "
      "tiling (tiles, quilt, mpeg)");
  tiled->parse_complete_callback([tiled, options] { options->tiled_option = FirstGiven(*tiled); });
}

Result<EncoderConfig> ConfigFrom(const EncodeOptions& options) {
  EncoderConfig config = options.config;
  FSC_RETURN_IF_ERROR(CheckOptionsSuitMode(options));
  FSC_RETURN_IF_ERROR(ParseCodecOptions(options.codec_options, &config.codec_options));
  FSC_RETURN_IF_ERROR(ApplyQp(options.qp, &config));
  FSC_RETURN_IF_ERROR(ApplyProfile(options, &config));
  FSC_RETURN_IF_ERROR(ApplyLatent(options, &config.latent));
  FSC_RETURN_IF_ERROR(ApplyTiled(options, &config));
  return config;
}

}  // namespace fsc::tools
