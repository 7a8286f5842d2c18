#include "tools/setting_names.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace fsc::tools {
namespace {

struct Name {
  std::string_view setting;
  std::string_view option;
};

// Names that no sentence has as words, replaced wherever they stand.
constexpr Name kNames[] = {
    {"qp", "--qp"},
    {"gop_frames", "--gop"},
    {"low_delay", "--low-delay"},
    {"profile_by_hash", "--profile-by-hash"},
    {"max_drop_percent", "--max-drop"},
    {"codec_options", "--codec-options"},
    {"frame_rate", "--fps"},
    {"latent.lossless", "--qp lossless"},
    {"latent.transform", "--transform"},
    {"latent.motion", "--motion"},
    {"latent.bidirectional_frames", "--b-frames"},
    {"latent.bitrate_kbps", "--bitrate"},
    {"latent.buffer_seconds", "--buffer"},
    {"latent.max_frame_bytes", "--max-frame-bytes"},
    {"latent.task_map", "--no-task-map"},
    {"quantizer.levels", "--tiled-options levels"},
    {"quantizer.bits", "--bits"},
    {"quantizer.rule", "--range"},
    {"quantizer.sigma_width", "--range"},
    {"quantizer.percentile", "--range"},
    {"quantizer.fixed_lo", "--range"},
    {"quantizer.scope", "--tiled-options range-scope"},
    {"quantizer.update", "--range-update"},
    {"quantizer.level_rule", "--tiled-options quantizer"},
    {"tiling.arrangement", "--tiled-options tiling"},
    {"tiling.order", "--tiled-options channel-order"},
    {"tiling.tile_multiple_px", "--tiled-options tile-multiple"},
    {"set.frames", "--frames"},
    {"set.max_frames", "--max-frames"},
    {"model_paths", "--model"},
    {"model_weights", "--model-weights"},
};

// Names that are words too: replaced where they are all of `where`.
constexpr Name kWords[] = {
    {"mode", "--mode"}, {"preset", "--preset"},   {"presets", "--presets"}, {"qps", "--qps"},
    {"tune", "--tune"}, {"profile", "--profile"}, {"threads", "--threads"},
};

// What a name is made of, and what stands about it in a path.
bool IsOfName(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' || c == '/';
}

std::string_view OptionOf(std::string_view word) {
  const auto* const found =
      std::find_if(std::begin(kNames), std::end(kNames), [&](const Name& n) { return n.setting == word; });
  return found != std::end(kNames) ? found->option : word;
}

std::string Replaced(const std::string& text) {
  std::string result;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsOfName(text[end])) ++end;
    if (end == i) {
      result += text[i++];
      continue;
    }
    std::string_view word(text.data() + i, end - i);
    size_t dots = 0;  // of the sentence, behind its last word
    while (dots < word.size() && word[word.size() - 1 - dots] == '.') ++dots;
    word.remove_suffix(dots);
    result += OptionOf(word);
    result.append(dots, '.');
    i = end;
  }
  return result;
}

void Rename(std::string* where, std::string* advice) {
  for (const Name& name : kWords) {
    if (*where == name.setting) *where = name.option;
  }
  *where = Replaced(*where);
  *advice = Replaced(*advice);
}

}  // namespace

Error WithOptionNames(Error error) {
  if (error.kind == ErrorKind::kUsage) Rename(&error.where, &error.advice);
  return error;
}

Warning WithOptionNames(Warning warning) {
  Rename(&warning.where, &warning.advice);
  return warning;
}

}  // namespace fsc::tools
