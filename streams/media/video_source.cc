#include "streams/video_source.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "streams/media/functions.h"
#include "streams/media/still_sequence.h"
#include "streams/media/video_address.h"
#include "streams/media/video_file.h"

namespace fsc {
namespace {

constexpr TimeBase kStillsPerS{25, 1};  // where nobody says

// A PNG may hold an animation: its control chunk stands before the picture.
bool IsAnimated(const std::string& path) {
  std::string head(4096, '\0');
  std::ifstream in(path, std::ios::binary);
  in.read(head.data(), std::streamsize(head.size()));
  head.resize(size_t(in.gcount()));
  return head.starts_with("\x89PNG") && head.find("acTL") < head.find("IDAT");
}

// A file that standard input is redirected from can be read back and forth by its name; a pipe cannot, by either.
std::string PlainName(const std::string& path) {
  if (path != "-" && path != "/dev/stdin") return path;
  std::error_code error;
  return std::filesystem::is_regular_file("/dev/stdin", error) ? "/dev/stdin" : "-";
}

}  // namespace

Result<std::unique_ptr<VideoSource>> media::OpenVideo(const std::string& given_path, const Limits& limits, int threads,
                                                      std::optional<TimeBase> frame_rate) {
  std::error_code error;
  const std::string path = PlainName(given_path);
  const TimeBase still_rate = frame_rate.value_or(kStillsPerS);
  if (std::filesystem::is_directory(path, error)) {
    FSC_ASSIGN_OR_RETURN(StillList stills, ListStills(path));
    return OpenStills(std::move(stills), still_rate, limits);
  }
  if (!std::filesystem::exists(path, error)) {
    if (IsAddress(path)) return OpenVideoFile(path, limits, threads, frame_rate);
    if (IsPattern(path)) {
      FSC_ASSIGN_OR_RETURN(std::vector<std::string> files, ListPattern(path));
      return OpenStills({std::move(files), {}}, still_rate, limits);
    }
    if (IsShellPattern(path)) {
      FSC_ASSIGN_OR_RETURN(StillList stills, ListShellPattern(path));
      return OpenStills(std::move(stills), still_rate, limits);
    }
    return IoError("no such file", path, "check the path");
  }
  errno = 0;
  if (!std::ifstream(path).good()) return IoError("file cannot be opened", path, strerror(errno));
  if (std::filesystem::is_regular_file(path, error)) {
    if (std::filesystem::file_size(path, error) == 0) return BadInput("file is empty", path, "give a video");
    // A single picture is read as those of a folder are.
    if (HasStillName(path) && HasStillContent(path) && !IsAnimated(path)) {
      return OpenStills({{path}, {}}, still_rate, limits);
    }
  }
  return OpenVideoFile(path, limits, threads, frame_rate);
}

}  // namespace fsc
