#include "eval/suite_keys.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "core/frame_rate.h"
#include "core/module_loader.h"
#include "eval/network_run.h"
#include "fsc/version.h"
#include "streams/digest.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

constexpr int kCacheVersion = 3;  // of reference_cache.h and of what goes into it

// Path, size and time of a file; of a folder, those of its files. The path is absolute: it does not matter where fsc
// was started.
std::string Identity(const std::string& given_path) {
  std::error_code failure;
  const std::string path = fs::weakly_canonical(given_path, failure).string();
  if (!fs::is_directory(path, failure)) {
    const auto size = fs::file_size(path, failure);
    if (failure) return path + ": missing\n";
    return fmt::format("{}: {} {}\n", path, size, fs::last_write_time(path, failure).time_since_epoch().count());
  }
  std::vector<std::string> lines;
  for (fs::directory_iterator it(path, failure), end; !failure && it != end; it.increment(failure)) {
    if (it->is_regular_file(failure)) lines.push_back(Identity(it->path().string()));
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string& line : lines) out += line;
  return out;
}

Result<std::string> Digest(const std::string& text) {
  FSC_ASSIGN_OR_RETURN(const Sha256 digest,
                       Sha256OfBytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()}));
  return HexText(digest).substr(0, 24);
}

// A pattern of stills names no file: the files of its folder stand for it.
std::string ClipIdentity(const std::string& path) {
  return path.find_first_of("%*?[") == std::string::npos
             ? Identity(path)
             : path + Identity((fs::path(path).parent_path() / ".").string());
}

}  // namespace

Result<std::string> ReferenceKey(const SuiteClip& clip, const SuiteModel* model, int many_threads,
                                 const Limits& limits) {
  std::string text =
      fmt::format("cache {} clip {} frames {}:{} size {}x{} input {}x{} source {}x{} fps {} threads {}\n",
                  kCacheVersion, clip.name, clip.first_frame, clip.end_frame, clip.width_px, clip.height_px,
                  clip.input_width_px, clip.input_height_px, clip.source_width_px, clip.source_height_px,
                  clip.frame_rate ? FrameRateText(*clip.frame_rate) : "0", many_threads);
  for (const int stride : clip.strides_px) text += fmt::format("stride {}\n", stride);
  text += ClipIdentity(clip.path);
  if (clip.truth) {
    text += fmt::format("truth {} label {} mot {} visibility {}\n", int(clip.truth->kind), clip.truth->label,
                        clip.truth->mot_class, clip.truth->min_visibility);
    text += Identity(clip.truth->path);
  }
  if (model != nullptr) {
    FSC_ASSIGN_OR_RETURN(const std::vector<std::string> files, ModelFiles(*model, limits));
    for (const std::string& file : files) text += Identity(file);
  }
  return Digest(text);
}

Result<std::string> PointKey(const std::string& reference_key, const PointPlan& plan, int many_threads) {
  std::string text = fmt::format("{} kind {} options {} qp {} gop {} threads {}", reference_key, int(plan.config->kind),
                                 plan.config->options, plan.qp, plan.clip->gop_frames, many_threads);
  if (!plan.ProfilePath().empty()) text += " profile " + Identity(plan.ProfilePath());
  if (plan.config->encoder.profile != nullptr)
    text += " profile " + HexText(Describe(*plan.config->encoder.profile).decoder_sha256);
  return Digest(text);
}

Result<std::string> ProgramKey() {
  LoadAllModules();  // else the key would change when one is first needed
  std::set<std::string> files;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    const size_t slash = line.find('/');
    if (slash != std::string::npos && line.find("libfsc", slash) != std::string::npos) files.insert(line.substr(slash));
  }
  std::error_code failure;
  files.insert(fs::read_symlink("/proc/self/exe", failure).string());
  std::string out = std::string("fsc ") + kVersion + "\n";
  for (const std::string& file : files) out += Identity(file);
  return Digest(out);
}

}  // namespace fsc
