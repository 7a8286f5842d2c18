#include "streams/yuv_file.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "core/parse_number.h"
#include "streams/byte_reading.h"

namespace fsc {
namespace {

constexpr int kMostSidePx = 65535;

struct FormatName {
  std::string_view name;
  int bits;
  bool chroma;
};
constexpr std::array kFormats = {
    FormatName{"gray", 8, false},        FormatName{"gray10le", 10, false},   FormatName{"gray12le", 12, false},
    FormatName{"gray14le", 14, false},   FormatName{"gray16le", 16, false},   FormatName{"yuv420p", 8, true},
    FormatName{"yuv420p10le", 10, true}, FormatName{"yuv420p12le", 12, true}, FormatName{"yuv420p14le", 14, true},
    FormatName{"yuv420p16le", 16, true},
};

std::optional<int> NumberOf(std::string_view text) {
  int value = 0;
  if (!ParseNumber(text, &value) || value < 1 || value > kMostSidePx) return std::nullopt;
  return value;
}

size_t SampleBytes(const PackedPicture& format) {
  return format.bits > 8 ? 2 : 1;
}
size_t LumaSamples(const PackedPicture& format) {
  return size_t(format.width_px) * size_t(format.height_px);
}
size_t ChromaSamples(const PackedPicture& format) {
  return format.chroma ? 2 * size_t((format.width_px + 1) / 2) * size_t((format.height_px + 1) / 2) : 0;
}
uint16_t SampleAt(std::span<const uint8_t> bytes, size_t i, size_t sample_bytes) {
  return sample_bytes == 1 ? bytes[i] : uint16_t(bytes[2 * i] | bytes[2 * i + 1] << 8);
}
void PutSample(uint16_t sample, size_t i, size_t sample_bytes, std::span<uint8_t> bytes) {
  if (sample_bytes == 1) {
    bytes[i] = uint8_t(sample);
  } else {
    bytes[2 * i] = uint8_t(sample);
    bytes[2 * i + 1] = uint8_t(sample >> 8);
  }
}

}  // namespace

uint64_t PictureBytes(const PackedPicture& format) {
  return (LumaSamples(format) + ChromaSamples(format)) * SampleBytes(format);
}

Result<PackedPicture> ParseYuvFormat(const std::string& text) {
  const size_t cross = text.find('x'), colon = text.find(':');
  std::string names;
  for (const FormatName& format : kFormats) names += (names.empty() ? "" : ", ") + std::string(format.name);
  const std::string advice = "give WIDTHxHEIGHT:FORMAT, as 1088x2128:gray10le; formats are " + names;
  if (cross == std::string::npos || colon == std::string::npos || cross > colon) {
    return Usage("'" + text + "' is no picture format", {}, advice);
  }
  const std::string_view view(text);
  const auto width = NumberOf(view.substr(0, cross));
  const auto height = NumberOf(view.substr(cross + 1, colon - cross - 1));
  const auto* const format = std::ranges::find(kFormats, view.substr(colon + 1), &FormatName::name);
  if (!width || !height || format == kFormats.end()) return Usage("'" + text + "' is no picture format", {}, advice);
  PackedPicture picture;
  picture.width_px = *width;
  picture.height_px = *height;
  picture.bits = format->bits;
  picture.chroma = format->chroma;
  return picture;
}

YuvReader::YuvReader(std::unique_ptr<ByteSource> source, const PackedPicture& format)
    : source_(std::move(source)), format_(format), bytes_(PictureBytes(format)) {}

Result<YuvReader> YuvReader::Open(const std::string& path, const PackedPicture& format) {
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenSource(path));
  YuvReader reader(std::move(source), format);
  if (const auto size = reader.source_->size_bytes()) {
    const uint64_t picture = reader.bytes_.size();
    if (*size < picture) {
      return BadInput("the file has " + std::to_string(*size) + " bytes and a picture takes " + std::to_string(picture),
                      path, "is it another size or format?");
    }
    if (*size % picture != 0) {
      return BadInput(std::to_string(*size % picture) + " bytes are left over after " +
                          std::to_string(*size / picture) + " pictures of " + std::to_string(picture),
                      path, "the file is cut short, or its pictures have another size or format");
    }
    reader.frames_ = int64_t(*size / picture);
  }
  return reader;
}

Result<std::optional<Plane<uint16_t>>> YuvReader::Next() {
  const std::string where = name() + ", frame " + std::to_string(next_);
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadFully(source_.get(), bytes_));
  if (count == 0) return std::optional<Plane<uint16_t>>();
  if (count < bytes_.size()) {
    return BadInput("the picture is cut short by " + std::to_string(bytes_.size() - count) + " bytes", where,
                    "the input ends within it, or its pictures have another size or format");
  }
  const size_t sample_bytes = SampleBytes(format_), luma_samples = LumaSamples(format_);
  Plane<uint16_t> luma(format_.width_px, format_.height_px);
  for (size_t i = 0; i < luma_samples; ++i) luma.samples()[i] = SampleAt(bytes_, i, sample_bytes);
  const int neutral = 1 << (format_.bits - 1);
  for (size_t i = luma_samples; i < luma_samples + ChromaSamples(format_); ++i) {
    if (SampleAt(bytes_, i, sample_bytes) != neutral) {
      return BadInput("the chroma planes hold a picture", where, "they would be lost: features are luma alone");
    }
  }
  ++next_;
  return std::optional<Plane<uint16_t>>(std::move(luma));
}

Status YuvReader::SeekToFrame(int64_t frame_number) {
  next_ = frame_number;
  return source_->Seek(uint64_t(frame_number) * bytes_.size());
}

YuvWriter::YuvWriter(std::unique_ptr<ByteSink> sink, const PackedPicture& format)
    : sink_(std::move(sink)), format_(format), bytes_(PictureBytes(format)) {
  const size_t luma_samples = LumaSamples(format_);
  for (size_t i = luma_samples; i < luma_samples + ChromaSamples(format_); ++i) {
    PutSample(uint16_t(1 << (format_.bits - 1)), i, SampleBytes(format_), bytes_);
  }
}

Result<YuvWriter> YuvWriter::Create(const std::string& path, const PackedPicture& format) {
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink, OpenSink(path));
  return YuvWriter(std::move(sink), format);
}

Status YuvWriter::Write(PlaneView<const uint16_t> luma) {
  const size_t sample_bytes = SampleBytes(format_);
  size_t i = 0;
  for (int y = 0; y < luma.height; ++y) {
    for (int x = 0; x < luma.width; ++x) PutSample(luma.row(y)[x], i++, sample_bytes, bytes_);
  }
  return sink_->Write(bytes_);
}

}  // namespace fsc
