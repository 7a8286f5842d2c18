#include "tools/vtm/encoder_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include "fsc/frame_rate.h"
#include "fsc/limits.h"
#include "tools/machine_threads.h"

namespace fsc::tools {
namespace {

constexpr int kMostGopFrames = 1024;
constexpr int kQuietVerbosity = 2;  // VTM's 0 to 2 print errors and warnings
constexpr size_t kNamedKeys = 4;    // of those that have no meaning here

constexpr std::array kOptions = {
    VtmOption{kConfigFile, "c", "a configuration file of VTM: keys that are listed here are obeyed, others named"},
    VtmOption{"InputFile", "i", "raw pictures"},
    VtmOption{"BitstreamFile", "b", "the .fsc stream that is written; - is standard output"},
    VtmOption{"ReconFile", "o", "the pictures as they are decoded; /dev/null = none"},
    VtmOption{"SourceWidth", "wdt", "of a picture; an odd one may have been padded by one column in the file"},
    VtmOption{"SourceHeight", "hgt", "of a picture; likewise"},
    VtmOption{"InputBitDepth", "", "8 .. 16, of the file's samples; above 8 they take two bytes (default 8)"},
    VtmOption{"InternalBitDepth", "", "of the coded samples (default: InputBitDepth)"},
    VtmOption{"OutputBitDepth", "d", "of the reconstruction's samples (default: InternalBitDepth)"},
    VtmOption{"InputChromaFormat", "", "400, or 420 with chroma planes that say nothing (default 420)"},
    VtmOption{"ChromaFormatIDC", "cf", "the same as InputChromaFormat"},
    VtmOption{"FrameRate", "fr", "frames per second, as 25, 29.97 or 30000/1001"},
    VtmOption{"FrameSkip", "fs", "pictures to pass over (default 0)"},
    VtmOption{"FramesToBeEncoded", "f", "how many pictures (default: all)"},
    VtmOption{"TemporalSubsampleRatio", "ts", "1"},
    VtmOption{"IntraPeriod", "ip", "frames from one intra frame to the next, 1024 at most; -1 = 1024 (default)"},
    VtmOption{"QP", "q", "0 .. 63, a step in samples as VTM has it (default 30)"},
    VtmOption{"SEIDecodedPictureHash", "dph", "not 0: decode what was coded and say the MD5 of the pictures"},
    VtmOption{"Verbosity", "v", "0 .. 2: print errors only"},
    VtmOption{"RateControl", "", "0"},
    VtmOption{"Level", "", "has no meaning here"},
    VtmOption{"DecodingRefreshType", "dr", "has no meaning here: groups of pictures are closed"},
    VtmOption{"ConformanceWindowMode", "", "has no meaning here"},
    VtmOption{"FscMode", "", "latent (default), or a mode of fsc encode, which codes the picture as it is"},
    VtmOption{"FscQp", "", "instead of QP: 0 .. 63 on the scale of fsc encode --qp, or lossless (mode latent)"},
    VtmOption{"FscTiles", "", "HEIGHTxWIDTH of the tiles that are channels (default: they are searched for)"},
    VtmOption{"FscTensors", "", "NAME=CxHxW,..: the layers that CompressAI-Vision or FCTM packed"},
    VtmOption{"FscPreset", "", "of the mode; latent: fast, balanced (default), high"},
    VtmOption{"FscThreads", "", "1 .. 256; the stream does not depend on it (default: the machine's)"},
};
constexpr std::array<std::string_view, 3> kWithoutMeaning = {"Level", "DecodingRefreshType", "ConformanceWindowMode"};

Result<std::string> Needed(const VtmOptions& options, std::string_view name) {
  if (auto text = options.Text(name); text && !text->empty()) return *text;
  const auto* const option = std::ranges::find(kOptions, name, &VtmOption::name);
  return Usage("the option is missing", fmt::format("-{}, --{}", option->alias, name), "give it");
}

std::vector<std::string> Parts(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t start = 0; start < text.size();) {
    const size_t end = std::min(text.find(',', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

Status ReadDepths(const VtmOptions& options, EncoderSettings* settings) {
  PictureOptions& pictures = settings->pictures;
  FSC_ASSIGN_OR_RETURN(const int64_t input, options.NumberOr("InputBitDepth", 8, 8, 16));
  pictures.file_bits = int(input);
  // 0 is VTM's word for "as it comes".
  FSC_ASSIGN_OR_RETURN(const int64_t internal, options.NumberOr("InternalBitDepth", 0, 0, 16));
  FSC_ASSIGN_OR_RETURN(const int64_t output, options.NumberOr("OutputBitDepth", 0, 0, 16));
  pictures.bits = internal == 0 ? pictures.file_bits : int(internal);
  settings->reconstruction_bits = output == 0 ? pictures.bits : int(output);
  for (const int bits : {pictures.bits, settings->reconstruction_bits}) {
    if (bits < 8)
      return Usage(fmt::format("samples of {} bits", bits), "--InternalBitDepth, --OutputBitDepth", "give 8 .. 16");
  }
  return {};
}

Status ReadChroma(const VtmOptions& options, PictureOptions* pictures) {
  std::string format = "420";
  for (const std::string_view name : {"InputChromaFormat", "ChromaFormatIDC"}) {
    const std::string given = options.TextOr(name, format);
    if (name == "ChromaFormatIDC" && given == "0") continue;  // as InputChromaFormat
    if (given != "400" && given != "420") {
      return Usage("chroma format '" + given + "'", fmt::format("--{}", name),
                   "features are luma: give 400, or 420 with neutral chroma");
    }
    if (name == "ChromaFormatIDC" && given != format) {
      return Usage("another chroma format than the file's", "--ChromaFormatIDC", "give both the same");
    }
    format = given;
  }
  pictures->chroma = format == "420";
  return {};
}

Status ReadPictures(const VtmOptions& options, EncoderSettings* settings) {
  PictureOptions& pictures = settings->pictures;
  FSC_ASSIGN_OR_RETURN(pictures.path, Needed(options, "InputFile"));
  FSC_RETURN_IF_ERROR(Needed(options, "SourceWidth").TakeStatus());
  FSC_RETURN_IF_ERROR(Needed(options, "SourceHeight").TakeStatus());
  FSC_ASSIGN_OR_RETURN(const int64_t width, options.NumberOr("SourceWidth", 0, 1, Limits{}.max_picture_size_px));
  FSC_ASSIGN_OR_RETURN(const int64_t height, options.NumberOr("SourceHeight", 0, 1, Limits{}.max_picture_size_px));
  if (width * height > Limits{}.max_picture_samples) {
    return Usage(fmt::format("a picture of {}x{} samples", width, height), "--SourceWidth, --SourceHeight",
                 fmt::format("{} is the limit", Limits{}.max_picture_samples));
  }
  pictures.width_px = int(width);
  pictures.height_px = int(height);
  FSC_ASSIGN_OR_RETURN(pictures.first, options.NumberOr("FrameSkip", 0, 0, INT32_MAX));
  FSC_ASSIGN_OR_RETURN(pictures.count, options.NumberOr("FramesToBeEncoded", 0, 0, INT32_MAX));
  FSC_RETURN_IF_ERROR(options.NumberOr("TemporalSubsampleRatio", 1, 1, 1).TakeStatus());
  FSC_RETURN_IF_ERROR(ReadDepths(options, settings));
  return ReadChroma(options, &pictures);
}

// True where a configuration file codes its frames in another order than they are shown: line FrameN is the N-th that
// is coded, and has a letter and then the number of the frame.
bool Reorders(const VtmOptions& options) {
  return std::ranges::any_of(options.frames(), [](const auto& line) {
    const auto& [coded, text] = line;
    const size_t digits = text.find_first_of("0123456789");
    int shown = coded;
    if (digits != std::string::npos) std::from_chars(text.data() + digits, text.data() + text.size(), shown);
    return shown != coded;
  });
}

// A picture mode codes the samples as they are: no range is measured, and x265 and x264 are not tuned for eyes.
void ConfigurePictureMode(int bits, EncoderConfig* config) {
  const int most = (1 << bits) - 1;
  config->quantizer.bits = bits <= 8 ? 8 : bits <= 10 ? 10 : 12;
  config->quantizer.levels = std::min(most, (1 << config->quantizer.bits) - 1) + 1;
  config->quantizer.rule = RangeRule::kFixed;
  config->quantizer.fixed_lo = 0;
  config->quantizer.fixed_hi = most;
  config->quantizer.level_rule = LevelRule::kQLayer;
  config->tiling.arrangement = Arrangement::kMpeg;
  if (config->mode == "hevc" || config->mode == "h264") config->tune = "psnr";
}

Status ReadQp(const VtmOptions& options, EncoderSettings* settings) {
  EncoderConfig& config = settings->config;
  const bool latent = config.mode == "latent";
  FSC_ASSIGN_OR_RETURN(const int64_t vtm_qp, options.NumberOr("QP", 30, 0, 63));
  config.qp = int(vtm_qp);
  const auto own = options.Text("FscQp");
  settings->qp_is_vtms = latent && !own;
  if (!own) return {};
  if (!latent) return Usage("only the latent mode has a scale of its own", "--FscQp", "give --QP");
  config.latent.lossless = *own == "lossless";
  if (config.latent.lossless) return {};
  FSC_ASSIGN_OR_RETURN(const int64_t qp, options.NumberOr("FscQp", 0, 0, 63));
  config.qp = int(qp);
  return {};
}

Status ReadConfig(const VtmOptions& options, EncoderSettings* settings) {
  EncoderConfig& config = settings->config;
  config.mode = options.TextOr("FscMode", config.mode);
  config.preset = options.TextOr("FscPreset", config.preset);
  FSC_RETURN_IF_ERROR(ReadQp(options, settings));
  FSC_ASSIGN_OR_RETURN(const int64_t period, options.NumberOr("IntraPeriod", -1, -1, INT32_MAX));
  config.gop_frames = period < 1 ? kMostGopFrames : int(std::min<int64_t>(period, kMostGopFrames));
  if (period > kMostGopFrames) {
    settings->notes.push_back(
        fmt::format("every {} frames there is an intra frame, not every {}", kMostGopFrames, period));
  }
  config.low_delay = !Reorders(options);
  FSC_ASSIGN_OR_RETURN(const int64_t threads, options.NumberOr("FscThreads", MachineThreads(), 1, 256));
  config.threads = int(threads);
  settings->channels.tiles = options.TextOr("FscTiles", "");
  settings->channels.tensors = Parts(options.TextOr("FscTensors", ""));
  if (config.mode == "latent" || config.mode == "float") return {};
  if (settings->channels != YuvOptions()) {
    return Usage("mode " + config.mode + " codes the picture as it is", "--FscTiles, --FscTensors",
                 "leave them out, or take mode latent");
  }
  ConfigurePictureMode(settings->pictures.bits, &config);
  return {};
}

void NoteWhatHasNoMeaning(const VtmOptions& options, EncoderSettings* settings) {
  std::vector<std::string> names;
  for (const std::string_view name : kWithoutMeaning) {
    if (options.Text(name)) names.emplace_back(name);
  }
  names.insert(names.end(), options.foreign_keys().begin(), options.foreign_keys().end());
  if (names.empty()) return;
  std::string list;
  for (size_t i = 0; i < std::min(names.size(), kNamedKeys); ++i) list += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kNamedKeys) list += fmt::format(" and {} more", names.size() - kNamedKeys);
  settings->notes.push_back("without meaning for fsc: " + list);
}

}  // namespace

std::span<const VtmOption> EncoderOptions() {
  return kOptions;
}

Result<EncoderSettings> EncoderSettingsFrom(const VtmOptions& options) {
  EncoderSettings settings;
  FSC_RETURN_IF_ERROR(ReadPictures(options, &settings));
  FSC_ASSIGN_OR_RETURN(settings.bitstream, Needed(options, "BitstreamFile"));
  FSC_ASSIGN_OR_RETURN(const std::string rate, Needed(options, "FrameRate"));
  auto frame_rate = ParseFrameRate(rate);
  if (!frame_rate.ok()) return Usage(frame_rate.error().what, "--FrameRate", frame_rate.error().advice);
  settings.frame_rate = *frame_rate;
  settings.reconstruction = options.TextOr("ReconFile", "");
  if (settings.reconstruction == "/dev/null") settings.reconstruction.clear();
  FSC_ASSIGN_OR_RETURN(const int64_t hash, options.NumberOr("SEIDecodedPictureHash", 0, 0, 3));
  settings.hash = hash != 0;
  FSC_ASSIGN_OR_RETURN(const int64_t verbosity, options.NumberOr("Verbosity", 6, 0, 7));
  settings.quiet = verbosity <= kQuietVerbosity;
  FSC_RETURN_IF_ERROR(options.NumberOr("RateControl", 0, 0, 0).TakeStatus());
  FSC_RETURN_IF_ERROR(ReadConfig(options, &settings));
  NoteWhatHasNoMeaning(options, &settings);
  return settings;
}

}  // namespace fsc::tools
