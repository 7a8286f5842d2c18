#include "streams/still_sequence.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <utility>

namespace fsc {
namespace {

namespace fs = std::filesystem;

constexpr std::array kExtensions = {".png", ".jpg", ".jpeg", ".bmp", ".ppm", ".tif", ".tiff"};
constexpr size_t kMaxStills = size_t{1} << 24;
constexpr int kMaxPatternDigits = 9;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsStill(const fs::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
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

// OpenCV's own guard against huge pictures throws; ours comes after decoding and keeps to Limits.
Result<Image> ReadStill(const std::string& file, const Limits& limits) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return IoError("no such file", file);
  cv::Mat mat;
  try {
    mat = cv::imread(file, cv::IMREAD_COLOR);
  } catch (const std::exception& e) {
    return BadInput("picture cannot be read", file, "OpenCV says: " + std::string(e.what()));
  }
  if (mat.empty()) {
    if (!std::ifstream(file).good()) return IoError("file cannot be opened", file);
    return BadInput("not a picture, or a damaged one", file, "give .png, .jpg, .bmp, .ppm or .tif files");
  }
  if (mat.cols > limits.max_picture_size_px || mat.rows > limits.max_picture_size_px ||
      int64_t{mat.cols} * mat.rows > limits.max_picture_samples) {
    return BadInput("picture too large", file, std::to_string(mat.cols) + "x" + std::to_string(mat.rows));
  }
  Image image;
  image.width_px = mat.cols;
  image.height_px = mat.rows;
  image.bgr.reserve(size_t(mat.cols) * size_t(mat.rows) * 3);
  for (int y = 0; y < mat.rows; ++y) {
    const uint8_t* const row = mat.ptr<uint8_t>(y);
    image.bgr.insert(image.bgr.end(), row, row + size_t(mat.cols) * 3);
  }
  return image;
}

class StillSequence : public VideoSource {
 public:
  StillSequence(std::vector<std::string> files, const Limits& limits) : files_(std::move(files)), limits_(limits) {}

  Status Open() {
    FSC_ASSIGN_OR_RETURN(first_, ReadStill(files_[0], limits_));
    info_.width_px = first_->width_px;
    info_.height_px = first_->height_px;
    info_.time_base = {1, 25};
    info_.frame_rate = {25, 1};
    info_.frames_from_header = int64_t(files_.size());
    return {};
  }
  const VideoInfo& info() const override { return info_; }

  Result<std::optional<VideoFrame>> Next() override {
    if (next_ == files_.size()) return std::optional<VideoFrame>();
    VideoFrame frame;
    if (first_.has_value()) {
      frame.image = *std::exchange(first_, std::nullopt);
    } else {
      FSC_ASSIGN_OR_RETURN(frame.image, ReadStill(files_[next_], limits_));
    }
    frame.timestamp_ticks = int64_t(next_);
    frame.name = fs::path(files_[next_]).filename().string();
    ++next_;
    return std::optional<VideoFrame>(std::move(frame));
  }

 private:
  std::vector<std::string> files_;
  Limits limits_;
  VideoInfo info_;
  std::optional<Image> first_;  // read by Open, to know the size
  size_t next_ = 0;
};

}  // namespace

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

Result<std::vector<std::string>> ListStills(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!IsStill(it->path()) || !it->is_regular_file(error)) continue;
    if (files.size() == kMaxStills) return BadInput("too many stills", folder, "at most 16777216");
    files.push_back(it->path().string());
  }
  if (error) return IoError("folder cannot be read", folder, error.message());
  if (files.empty())
    return BadInput("folder holds no stills", folder, "it needs .png, .jpg, .jpeg, .bmp, .ppm or .tif files");
  std::sort(files.begin(), files.end(), NaturalLess);
  return files;
}

bool IsPattern(const std::string& path) {
  return ParsePattern(path).has_value();
}

std::string StillName(const std::string& pattern, int64_t number) {
  return FileOf(*ParsePattern(pattern), number);
}

Result<std::vector<std::string>> ListPattern(const std::string& path) {
  const std::optional<Pattern> pattern = ParsePattern(path);
  if (!pattern.has_value()) return Usage("not a pattern of stills", path, "use one %d or %04d");
  std::error_code error;
  int64_t number = 0;
  while (number < 5 && !fs::exists(FileOf(*pattern, number), error)) ++number;
  std::vector<std::string> files;
  while (files.size() < kMaxStills && fs::exists(FileOf(*pattern, number), error))
    files.push_back(FileOf(*pattern, number++));
  if (files.empty()) return IoError("no file matches the pattern", path, "numbers begin at 0 to 4");
  return files;
}

Result<std::unique_ptr<VideoSource>> OpenStills(std::vector<std::string> files, const Limits& limits) {
  auto stills = std::make_unique<StillSequence>(std::move(files), limits);
  FSC_RETURN_IF_ERROR(stills->Open());
  return std::unique_ptr<VideoSource>(std::move(stills));
}

}  // namespace fsc
