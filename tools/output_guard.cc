#include "tools/output_guard.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include "core/address.h"
#include "streams/still_list.h"

namespace fsc::tools {
namespace {

namespace fs = std::filesystem;

using FileId = std::pair<dev_t, ino_t>;

// Of a regular file; nullopt for anything else, and where there is none.
std::optional<FileId> IdOf(const std::string& path, int standard_fd) {
  struct stat info {};
  const int code = path == "-" ? fstat(standard_fd, &info) : stat(path.c_str(), &info);
  if (code != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
  return FileId{info.st_dev, info.st_ino};
}

std::vector<std::string> FilesOfInput(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) {
    std::vector<std::string> files = ListTensorFiles(path);
    if (const auto list = ListStills(path); list.ok())
      files.insert(files.end(), list->files.begin(), list->files.end());
    return files;
  }
  if (path == "-" || fs::exists(path, error)) return {path};
  if (IsPattern(path)) return ExistingStills(path);
  if (!IsShellPattern(path)) return {};
  std::vector<std::string> files = ListTensorPattern(path);
  if (const auto list = ListShellPattern(path); list.ok())
    files.insert(files.end(), list->files.begin(), list->files.end());
  return files;
}

// Where the file will be, links followed as far as they go.
std::string PlaceOf(const std::string& path) {
  std::error_code error;
  const fs::path place = fs::weakly_canonical(fs::absolute(path, error), error);
  return error ? path : place.string();
}

}  // namespace

Status CheckOutputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs) {
  std::map<FileId, std::string> input_files;
  for (const std::string& input : inputs) {
    for (const std::string& file : FilesOfInput(input)) {
      if (const auto id = IdOf(file, STDIN_FILENO)) input_files.emplace(*id, file);
    }
  }
  std::map<std::string, std::string> places;
  for (const std::string& output : outputs) {
    if (output.empty()) continue;
    if (!SchemeOf(output).empty())
      return Usage("outputs are files, and this is an address", output, "write a file, or standard output: -o -");
    const bool pattern = output != "-" && IsPattern(output);
    for (const std::string& file : pattern ? ExistingStills(output) : std::vector<std::string>{output}) {
      const auto id = IdOf(file, STDOUT_FILENO);
      const auto found = id ? input_files.find(*id) : input_files.end();
      if (found == input_files.end()) continue;
      const std::string name = found->second == "-" ? "standard input" : found->second;
      return Usage("the output would overwrite an input" + (found->second == file ? "" : ", " + name), file,
                   "give another name");
    }
    struct stat info {};
    const bool no_file = stat(output.c_str(), &info) == 0 && !S_ISREG(info.st_mode);  // /dev/null, a pipe
    if (output != "-" && no_file) continue;
    if (!places.emplace(output == "-" ? output : PlaceOf(output), output).second) {
      return Usage("two outputs have the same name", output, "give one of them another");
    }
  }
  return {};
}

}  // namespace fsc::tools
