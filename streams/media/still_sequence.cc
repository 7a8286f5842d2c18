#include "streams/media/still_sequence.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <utility>

namespace fsc {
namespace {

namespace fs = std::filesystem;

// Of a cut JPEG or PNG OpenCV gives what there is, and grey below. Both end with a mark, which may be followed by other
// things but not be missing.
Status CheckWhole(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  size_t end = 0;
  if (bytes.starts_with("\xff\xd8\xff")) {
    size_t position = 2;  // past the segments, among which may be a small JPEG, to the first scan
    while (position + 4 <= bytes.size() && bytes[position] == '\xff' && bytes[position + 1] != '\xda') {
      if (bytes[position + 1] == '\xff') {  // filling before a mark
        ++position;
        continue;
      }
      const auto high = uint8_t(bytes[position + 2]);
      const auto low = uint8_t(bytes[position + 3]);
      position += 2 + (size_t{high} << 8 | low);
    }
    end = position < bytes.size() ? bytes.find("\xff\xd9", position) : std::string::npos;
  } else if (bytes.starts_with("\x89PNG")) {
    end = bytes.find("IEND");
  }
  return end != std::string::npos ? Status() : BadInput("the picture is cut", file, "get the whole file");
}

// OpenCV's own guard against huge pictures throws; ours comes after decoding and keeps to Limits.
Result<Image> ReadStill(const std::string& file, const Limits& limits) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return IoError("no such file", file);
  FSC_RETURN_IF_ERROR(CheckWhole(file));
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
  StillSequence(StillList stills, const Limits& limits) : stills_(std::move(stills)), limits_(limits) {}

  Status Open(TimeBase frame_rate) {
    FSC_ASSIGN_OR_RETURN(first_, ReadStill(stills_.files[0], limits_));
    info_.width_px = first_->width_px;
    info_.height_px = first_->height_px;
    info_.time_base = {frame_rate.den, frame_rate.num};
    info_.frame_rate = frame_rate;
    info_.frames_from_header = int64_t(stills_.files.size());
    return {};
  }
  const VideoInfo& info() const override { return info_; }
  Warnings warnings() const override { return stills_.warnings; }
  bool broke_off() const override { return broke_off_; }

  Result<std::optional<VideoFrame>> Next() override {
    if (next_ == stills_.files.size()) return std::optional<VideoFrame>();
    const std::string& file = stills_.files[next_];
    VideoFrame frame;
    if (first_.has_value()) {
      frame.image = *std::exchange(first_, std::nullopt);
    } else {
      auto image = ReadStill(file, limits_);
      broke_off_ = !image.ok() && image.error().kind == ErrorKind::kBadInput;
      if (!image.ok()) return image.error();
      frame.image = std::move(*image);
    }
    frame.timestamp_ticks = int64_t(next_);
    frame.name = fs::path(file).filename().string();
    ++next_;
    return std::optional<VideoFrame>(std::move(frame));
  }

  Result<int64_t> Skip(int64_t frames) override {
    const int64_t passed = std::clamp<int64_t>(frames, 0, int64_t(stills_.files.size() - next_));
    if (passed > 0) first_.reset();
    next_ += size_t(passed);
    return passed;
  }

 private:
  StillList stills_;
  Limits limits_;
  VideoInfo info_;
  std::optional<Image> first_;  // read by Open, to know the size
  size_t next_ = 0;
  bool broke_off_ = false;
};

}  // namespace

Result<std::unique_ptr<VideoSource>> OpenStills(StillList stills, TimeBase frame_rate, const Limits& limits) {
  auto source = std::make_unique<StillSequence>(std::move(stills), limits);
  FSC_RETURN_IF_ERROR(source->Open(frame_rate));
  return std::unique_ptr<VideoSource>(std::move(source));
}

}  // namespace fsc
