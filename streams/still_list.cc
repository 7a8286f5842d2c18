#include "streams/still_list.h"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

namespace fsc {
namespace {

namespace fs = std::filesystem;

constexpr std::array kExtensions = {".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".pgm", ".tif", ".tiff"};
constexpr char kPictureKinds[] = "it needs .png, .jpg, .jpeg, .bmp, .ppm, .pgm or .tif files";
constexpr size_t kMaxStills = size_t{1} << 24;
constexpr int kMaxPatternDigits = 9;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

struct Pattern {
  std::string before;
  std::string after;
  int digits = 0;  // at least
};

std::optional<Pattern> ParsePattern(const std::string& path) {
  const size_t percent = path.find('%');
  if (percent == std::string::npos || path.find('%', percent + 1) != std::string::npos) return std::nullopt;
  size_t end = percent + 1;
  int digits = 0;
  if (end < path.size() && path[end] == '0') {
    ++end;
    if (end >= path.size() || !IsDigit(path[end]) || path[end] == '0') return std::nullopt;
    digits = path[end++] - '0';
  }
  if (end >= path.size() || path[end] != 'd' || digits > kMaxPatternDigits) return std::nullopt;
  return Pattern{path.substr(0, percent), path.substr(end + 1), digits};
}

std::string FileOf(const Pattern& pattern, int64_t number) {
  std::string digits = std::to_string(number);
  if (int(digits.size()) < pattern.digits) digits.insert(0, size_t(pattern.digits) - digits.size(), '0');
  return pattern.before + digits + pattern.after;
}

// The folder of a path, as something to open; its last part.
std::pair<std::string, std::string> SplitPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

// The numbers of the files of a pattern that are there, in order.
std::vector<int64_t> NumbersOf(const Pattern& pattern) {
  std::vector<int64_t> numbers;
  std::error_code error;
  const std::string folder = SplitPath(pattern.before).first;
  if (pattern.after.find('/') != std::string::npos) {  // the number is in a folder's name: those from 0 on
    while (numbers.size() < kMaxStills && fs::exists(FileOf(pattern, int64_t(numbers.size())), error))
      numbers.push_back(int64_t(numbers.size()));
    return numbers;
  }
  const std::string before = SplitPath(pattern.before).second;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.size() <= before.size() + pattern.after.size()) continue;
    const std::string digits = name.substr(before.size(), name.size() - before.size() - pattern.after.size());
    if (!std::all_of(digits.begin(), digits.end(), IsDigit) || digits.size() > 18) continue;
    const int64_t number = std::stoll(digits);
    // Whatever else has digits in the middle, img7.png among img%04d.png, is another file.
    if (SplitPath(FileOf(pattern, number)).second == name && numbers.size() < kMaxStills) numbers.push_back(number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

// In small letters.
std::string ExtensionOf(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return extension;
}

bool IsHidden(const fs::path& path) {
  return path.filename().string().starts_with('.');
}

}  // namespace

bool HasStillName(const std::string& path) {
  const std::string extension = ExtensionOf(path);
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

bool HasStillContent(const std::string& path) {
  std::array<char, 8> head{};
  std::ifstream in(path, std::ios::binary);
  in.read(head.data(), head.size());
  const std::string_view text(head.data(), size_t(std::max<std::streamsize>(in.gcount(), 0)));
  if (text.size() < 3) return false;
  using namespace std::string_view_literals;
  for (const std::string_view magic : {"\x89PNG"sv, "\xff\xd8\xff"sv, "BM"sv, "II*\0"sv, "MM\0*"sv}) {
    if (text.starts_with(magic)) return true;
  }
  return text[0] == 'P' && text[1] >= '1' && text[1] <= '7';
}

bool NaturalLess(const std::string& a, const std::string& b) {
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (IsDigit(a[i]) && IsDigit(b[j])) {
      size_t a_end = i;
      size_t b_end = j;
      while (i < a.size() && a[i] == '0') ++i;
      while (j < b.size() && b[j] == '0') ++j;
      for (a_end = i; a_end < a.size() && IsDigit(a[a_end]);) ++a_end;
      for (b_end = j; b_end < b.size() && IsDigit(b[b_end]);) ++b_end;
      if (a_end - i != b_end - j) return a_end - i < b_end - j;
      const int order = a.compare(i, a_end - i, b, j, b_end - j);
      if (order != 0) return order < 0;
      i = a_end;
      j = b_end;
      continue;
    }
    if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    ++i;
    ++j;
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;  // "a01" and "a1": any order, but always the same
}

Result<StillList> ListStills(const std::string& folder, const std::string& name_pattern) {
  StillList list;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string file = it->path().string();
    if (IsHidden(it->path()) || !HasStillName(file) || !it->is_regular_file(error)) continue;
    if (fnmatch(name_pattern.c_str(), it->path().filename().c_str(), FNM_PERIOD) != 0) continue;
    // A file that may not be read is no foreign one: reading it says why.
    if (std::ifstream(file).good() && !HasStillContent(file)) {
      list.warnings.Add({"pictures-skipped", "files with a picture's name are no pictures", file,
                         "they are left out: remove them, or look what happened to them"});
      continue;
    }
    if (list.files.size() == kMaxStills) return BadInput("too many stills", folder, "at most 16777216");
    list.files.push_back(file);
  }
  if (error) return IoError("folder cannot be read", folder, error.message());
  if (list.files.empty()) {
    const bool all = name_pattern == "*";
    return BadInput(all ? "folder holds no stills" : "no picture matches", all ? folder : folder + "/" + name_pattern,
                    kPictureKinds);
  }
  std::sort(list.files.begin(), list.files.end(), NaturalLess);
  return list;
}

std::vector<std::string> ListTensorFiles(const std::string& folder, const std::string& name_pattern) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string extension = ExtensionOf(it->path());
    if (IsHidden(it->path()) || (extension != ".npy" && extension != ".npz") || files.size() == kMaxStills) continue;
    if (fnmatch(name_pattern.c_str(), it->path().filename().c_str(), FNM_PERIOD) != 0) continue;
    files.push_back(it->path().string());
  }
  std::sort(files.begin(), files.end(), NaturalLess);
  return files;
}

bool IsShellPattern(const std::string& path) {
  const auto [folder, name] = SplitPath(path);
  std::error_code error;
  return name.find_first_of("*?[") != std::string::npos && fs::is_directory(folder, error);
}

Result<StillList> ListShellPattern(const std::string& path) {
  const auto [folder, name] = SplitPath(path);
  return ListStills(folder, name);
}

std::vector<std::string> ListTensorPattern(const std::string& path) {
  const auto [folder, name] = SplitPath(path);
  return ListTensorFiles(folder, name);
}

bool IsPattern(const std::string& path) {
  return ParsePattern(path).has_value();
}

std::string StillName(const std::string& pattern, int64_t number) {
  return FileOf(*ParsePattern(pattern), number);
}

std::vector<std::string> ExistingStills(const std::string& path) {
  std::vector<std::string> files;
  const std::optional<Pattern> pattern = ParsePattern(path);
  if (!pattern) return files;
  for (const int64_t number : NumbersOf(*pattern)) files.push_back(FileOf(*pattern, number));
  return files;
}

Result<std::vector<std::string>> ListPattern(const std::string& path) {
  const std::optional<Pattern> pattern = ParsePattern(path);
  if (!pattern.has_value()) return Usage("not a pattern of stills", path, "use one %d or %04d");
  const std::vector<int64_t> numbers = NumbersOf(*pattern);
  if (numbers.empty()) return IoError("no file matches the pattern", path, "check the path and the number of digits");
  std::vector<std::string> files;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0 && numbers[i] != numbers[i - 1] + 1) {
      return BadInput("numbered pictures are missing: " + std::to_string(numbers[i] - numbers[i - 1] - 1) +
                          " between " + std::to_string(numbers[i - 1]) + " and " + std::to_string(numbers[i]),
                      FileOf(*pattern, numbers[i - 1] + 1),
                      "bring them back, or give the folder or a pattern with * to take those that are there in a row");
    }
    files.push_back(FileOf(*pattern, numbers[i]));
  }
  return files;
}

std::string StillPattern(const std::string& path) {
  if (!path.ends_with(".png") || IsPattern(path)) return path;
  return path.substr(0, path.size() - 4) + "_%04d.png";
}

}  // namespace fsc
