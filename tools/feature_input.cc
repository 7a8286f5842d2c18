#include "tools/feature_input.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

#include "streams/tensor_file.h"
#include "tools/stdin_peek.h"
#include "tools/tensor_input.h"
#include "tools/video_input.h"

namespace fsc::tools {
namespace {

enum class Kind { kTensors, kStream, kOther };

constexpr size_t kTellingBytes = 6;

// By the first bytes of a file; nullopt where they belong to something else.
std::optional<Kind> KindOfBytes(std::string_view text) {
  using namespace std::string_view_literals;
  if (text.starts_with("\x1f\x8b"sv)) return Kind::kTensors;  // gzip: nothing else that is read comes so
  if (text.starts_with("\x93NUMPY"sv) || text.starts_with("PK\3\4"sv) || text.starts_with("PK\5\6"sv))
    return Kind::kTensors;
  if (text.starts_with("\x89"
                       "FSC"sv))
    return Kind::kStream;
  return std::nullopt;
}

// By the first bytes where there is a file; by the name where it is a pipe, or is not there.
Kind KindOf(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error)) {
    std::array<char, kTellingBytes> head{};
    std::ifstream in(path, std::ios::binary);
    in.read(head.data(), head.size());
    const auto kind = KindOfBytes({head.data(), size_t(std::max<std::streamsize>(in.gcount(), 0))});
    if (kind) return *kind;
  }
  if (std::filesystem::is_directory(path, error)) return IsTensorFolder(path) ? Kind::kTensors : Kind::kOther;
  std::string name = path;
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return char(std::tolower(c)); });
  if (name.ends_with(".npy") || name.ends_with(".npz") || name.ends_with(".npy.gz")) return Kind::kTensors;
  return name.ends_with(".fsc") ? Kind::kStream : Kind::kOther;
}

}  // namespace

bool IsTensorFile(const std::string& path) {
  return KindOf(path) == Kind::kTensors;
}
bool IsStreamFile(const std::string& path) {
  return KindOf(path) == Kind::kStream;
}
bool AreRawPictures(const FeatureInputOptions& options) {
  return !options.yuv.format.empty() || (HasYuvName(options.path) && options.model_path.empty());
}
bool IsNamelessPipe(const std::string& path) {
  std::error_code error;
  if (path == "-" || std::filesystem::is_fifo(path, error)) return true;
  return path == "/dev/stdin" && !std::filesystem::is_regular_file(path, error);
}
bool IsVideoOnStandardInput(const std::string& path) {
  if (!IsStandardInput(path)) return false;
  const std::string head = PeekStandardInput(kTellingBytes);
  return !head.empty() && !KindOfBytes(head);
}
bool HoldsFeatures(const std::string& path) {
  return IsTensorFile(path) || IsStreamFile(path) || (IsNamelessPipe(path) && !IsVideoOnStandardInput(path));
}

namespace {

constexpr char kLeaveOut[] = "leave it out";

Result<std::unique_ptr<FeatureInput>> OpenTensors(const FeatureInputOptions& options) {
  if (options.size.width_px > 0)
    return Usage("tensors cannot be resized", "--size", "leave it out: it is for videos and stills");
  if (!options.strides_px.empty() && !options.model_path.empty())
    return Usage("the network says the strides", "--stride", "give one of --stride and --model");
  return OpenTensorInput(options);
}

}  // namespace

Result<std::unique_ptr<FeatureInput>> OpenFeatureInput(const FeatureInputOptions& options) {
  if (AreRawPictures(options)) {
    if (!options.layers.empty()) return Usage("raw pictures have the layers that they are told", "--layers", kLeaveOut);
    return OpenTensors(options);
  }
  if (options.yuv != YuvOptions()) return Usage("only raw pictures have tiles", "--tiles, --tensors", "give --yuv");
  const bool is_video = !options.model_path.empty() && IsVideoOnStandardInput(options.path);
  if (!is_video && (IsTensorFile(options.path) || IsNamelessPipe(options.path))) return OpenTensors(options);
  if (IsStreamFile(options.path)) {
    return Usage("a .fsc stream is already coded", options.path, "decode it to .npy or .npz first");
  }
  if (!options.strides_px.empty())
    return Usage("strides are of tensors: of a video the network says them", "--stride", kLeaveOut);
  if (!options.layers.empty())
    return Usage("layers are chosen of tensors: of a video the network says them", "--layers", kLeaveOut);
  if (options.input_size.width_px > 0 || options.source_size.width_px > 0)
    return Usage("sizes are told of tensors: pictures have their own", "--input-size, --source-size", kLeaveOut);
  if (!options.video_path.empty())
    return Usage("the input is a video itself", "--video", "leave it out: it is for tensors");
  return OpenVideoInput(options);
}

}  // namespace fsc::tools
