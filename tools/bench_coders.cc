#include "tools/bench_coders.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "tools/encode_options.h"

namespace fsc::tools {
namespace {

const std::vector<std::string> kUsualModes = {"latent", "hevc", "h264"};
const std::vector<std::string> kLatentPresets = {"fast", "balanced", "high"};
const std::vector<std::string> kX26xPresets = {"ultrafast", "superfast", "veryfast", "faster",   "fast",
                                               "medium",    "slow",      "slower",   "veryslow", "placebo"};

bool IsX26x(const std::string& mode) {
  return mode == "hevc" || mode == "h264" || mode == "libx265" || mode == "libx264";
}

// Of other encoders nobody knows them here: theirs are given as MODE:NAME.
std::vector<std::string> PresetsOf(const std::string& mode) {
  if (mode == "latent") return kLatentPresets;
  return IsX26x(mode) ? kX26xPresets : std::vector<std::string>();
}

std::vector<std::string> UsualPresets(const std::string& mode) {
  if (mode == "latent") return kLatentPresets;
  if (mode == "hevc" || mode == "libx265") return {"medium"};
  if (mode == "h264" || mode == "libx264") return {"veryfast"};
  return {""};
}

// Of about the same rate on the layers that networks are usually split at.
std::vector<std::string> UsualQps(const std::string& mode) {
  if (mode == "latent") return {"36"};
  if (mode == "hevc" || mode == "libx265") return {"28"};
  if (mode == "h264" || mode == "libx264") return {"34"};
  return {""};
}

struct Item {
  std::string mode;  // empty = every one
  std::string value;
};

Result<std::vector<Item>> ParseList(const std::vector<std::string>& texts, const std::string& option,
                                    const std::vector<std::string>& modes) {
  std::vector<Item> items;
  for (const std::string& text : texts) {
    const size_t colon = text.find(':');
    Item item;
    if (colon != std::string::npos) item.mode = text.substr(0, colon);
    item.value = colon == std::string::npos ? text : text.substr(colon + 1);
    if (item.value.empty()) return Usage("nothing stands there: '" + text + "'", option, "give VALUE or MODE:VALUE");
    if (colon != std::string::npos && std::find(modes.begin(), modes.end(), item.mode) == modes.end())
      return Usage("'" + item.mode + "' is not measured", option + " " + text, "name it in --modes");
    items.push_back(std::move(item));
  }
  return items;
}

std::vector<std::string> PresetsFor(const std::string& mode, const std::vector<Item>& items) {
  std::vector<std::string> presets;
  const std::vector<std::string> known = PresetsOf(mode);
  for (const Item& item : items) {
    const bool has = std::find(known.begin(), known.end(), item.value) != known.end();
    if (item.mode == mode || (item.mode.empty() && has)) presets.push_back(item.value);
  }
  return presets.empty() ? UsualPresets(mode) : presets;
}

std::vector<std::string> QpsFor(const std::string& mode, const std::vector<Item>& items) {
  std::vector<std::string> qps;
  for (const Item& item : items) {
    if (item.mode == mode || item.mode.empty()) qps.push_back(item.value);
  }
  return qps.empty() ? UsualQps(mode) : qps;
}

// A preset that no mode has would be without effect.
Status CheckPresets(const std::vector<Item>& items, const std::vector<std::string>& modes) {
  for (const Item& item : items) {
    if (!item.mode.empty()) continue;
    const bool known = std::any_of(modes.begin(), modes.end(), [&](const std::string& mode) {
      const std::vector<std::string> presets = PresetsOf(mode);
      return std::find(presets.begin(), presets.end(), item.value) != presets.end();
    });
    if (!known)
      return Usage("no mode of these has the preset '" + item.value + "'", "--presets",
                   "give MODE:" + item.value + " for an encoder with presets of its own");
  }
  return {};
}

Result<BenchCoder> MakeCoder(const BenchChoice& choice, BenchCoder coder) {
  const bool latent = coder.mode == "latent";
  EncodeOptions options;
  options.config.mode = coder.mode;
  options.config.preset = coder.preset;
  options.config.gop_frames = choice.gop_frames;
  options.config.low_delay = choice.low_delay;
  options.qp = coder.qp;
  options.profile = coder.profile;
  const auto say = [&](const std::string& text) { coder.options += (coder.options.empty() ? "" : " ") + text; };
  if (IsX26x(coder.mode)) {
    options.packing = "mpeg";
    say("--packing mpeg");
  }
  if (choice.gop_frames != BenchChoice().gop_frames) say("--gop " + std::to_string(choice.gop_frames));
  if (choice.low_delay) say("--low-delay");
  if (latent && choice.motion != BenchChoice().motion) {
    options.motion = choice.motion;
    say("--motion " + choice.motion);
  }
  Result<EncoderConfig> config = ConfigFrom(options);
  if (!config.ok()) {
    Error error = config.TakeStatus().TakeError();
    if (error.where == "--qp") error.where = "--qps";
    return error;
  }
  coder.config = std::move(*config);
  coder.is_anchor = !latent && coder.mode != "float";
  coder.may_lack = choice.modes.empty() && !latent;
  return coder;
}

}  // namespace

std::string BenchCoder::Name() const {
  return mode + (preset.empty() ? "" : " " + preset) + (qp.empty() ? "" : ", QP " + qp) +
         (profile.empty() ? "" : ", profile");
}

void AddBenchOptions(CLI::App& command, BenchChoice* choice) {
  command.add_option("--modes", choice->modes, "modes, separated by commas (default: latent,hevc,h264)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      .add_option("--presets", choice->presets,
                  "NAME for every mode that has it, MODE:NAME for one (default: latent: all three; hevc:medium, "
                  "h264:veryfast)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--qps", choice->qps, "QP for every mode, MODE:QP for one (default: latent:36, hevc:28, h264:34)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--gop", choice->gop_frames, "intra period in frames; GOPs are closed")
      ->capture_default_str()
      ->check(CLI::Range(1, 1024));
  command.add_flag("--low-delay", choice->low_delay, "a frame's packet leaves before the next frame comes");
  command.add_option("--motion", choice->motion, "latent: auto, luma, flow, planes or zero")->capture_default_str();
  command.add_option("--profile", choice->profile,
                     "a calibration profile (.fscp) of the network: latent is measured without and with it");
}

Result<std::vector<BenchCoder>> ChooseCoders(const BenchChoice& choice) {
  const std::vector<std::string>& modes = choice.modes.empty() ? kUsualModes : choice.modes;
  FSC_ASSIGN_OR_RETURN(const std::vector<Item> presets, ParseList(choice.presets, "--presets", modes));
  FSC_ASSIGN_OR_RETURN(const std::vector<Item> qps, ParseList(choice.qps, "--qps", modes));
  FSC_RETURN_IF_ERROR(CheckPresets(presets, modes));
  std::vector<BenchCoder> coders;
  for (const std::string& mode : modes) {
    std::vector<std::string> profiles = {""};
    if (mode == "latent" && !choice.profile.empty()) profiles.push_back(choice.profile);
    for (const std::string& preset : PresetsFor(mode, presets)) {
      for (const std::string& qp : QpsFor(mode, qps)) {
        for (const std::string& profile : profiles) {
          BenchCoder coder;
          coder.mode = mode;
          coder.preset = preset;
          coder.qp = qp;
          coder.profile = profile;
          FSC_ASSIGN_OR_RETURN(coder, MakeCoder(choice, std::move(coder)));
          coders.push_back(std::move(coder));
        }
      }
    }
  }
  return coders;
}

}  // namespace fsc::tools
