#include "streams/video_source.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "streams/still_sequence.h"
#include "streams/video_file.h"

namespace fsc {

Result<std::unique_ptr<VideoSource>> OpenVideo(const std::string& path, const Limits& limits, int threads) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    FSC_ASSIGN_OR_RETURN(std::vector<std::string> files, ListStills(path));
    return OpenStills(std::move(files), limits);
  }
  if (!std::filesystem::exists(path, error)) {
    if (!IsPattern(path)) return IoError("no such file", path, "check the path");
    FSC_ASSIGN_OR_RETURN(std::vector<std::string> files, ListPattern(path));
    return OpenStills(std::move(files), limits);
  }
  errno = 0;
  if (!std::ifstream(path).good()) return IoError("file cannot be opened", path, strerror(errno));
  if (std::filesystem::is_regular_file(path, error) && std::filesystem::file_size(path, error) == 0) {
    return BadInput("file is empty", path, "give a video");
  }
  return OpenVideoFile(path, limits, threads);
}

}  // namespace fsc
