#include "tools/vtm/picture_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "fsc/byte_io.h"

namespace fsc::tools {
namespace {

// True where all that was added to make the sides even is one sample.
bool LooksPadded(const Plane<uint16_t>& samples, int width_px, int height_px) {
  std::optional<uint16_t> fill;
  for (int y = 0; y < samples.height(); ++y) {
    for (int x = y < height_px ? width_px : 0; x < samples.width(); ++x) {
      const uint16_t sample = samples.row(y)[x];
      if (fill.value_or(sample) != sample) return false;
      fill = sample;
    }
  }
  return true;
}

// The format of the file's pictures.
Result<PackedPicture> FileFormat(const PictureOptions& options) {
  PackedPicture said;
  said.width_px = options.width_px;
  said.height_px = options.height_px;
  said.bits = options.file_bits;
  said.chroma = options.chroma;
  PackedPicture even = said;
  even.width_px += said.width_px % 2;
  even.height_px += said.height_px % 2;
  if (even == said) return said;
  FSC_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> file, OpenSource(options.path));
  const uint64_t size = file->size_bytes().value_or(0);
  const bool may_be_said = size % PictureBytes(said) == 0;
  const bool may_be_even = size % PictureBytes(even) == 0;
  if (!may_be_said && !may_be_even) {
    return BadInput(fmt::format("{} bytes are no whole number of pictures of {}x{} or, made even, of {}x{}", size,
                                said.width_px, said.height_px, even.width_px, even.height_px),
                    options.path, "the file is cut short, or its pictures have another size or format");
  }
  if (!may_be_said || !may_be_even) return may_be_even ? even : said;
  FSC_ASSIGN_OR_RETURN(YuvReader reader, YuvReader::Open(options.path, even));
  FSC_ASSIGN_OR_RETURN(const auto samples, reader.Next());
  return samples && LooksPadded(*samples, said.width_px, said.height_px) ? even : said;
}

}  // namespace

void ChangeDepth(int from_bits, int to_bits, PlaneView<uint16_t> samples) {
  if (from_bits == to_bits) return;
  const int up = std::max(to_bits - from_bits, 0), down = std::max(from_bits - to_bits, 0);
  const uint32_t half = down > 0 ? 1u << (down - 1) : 0, most = (1u << to_bits) - 1;
  for (int y = 0; y < samples.height; ++y) {
    for (uint16_t& sample : std::span(samples.row(y), size_t(samples.width))) {
      sample = uint16_t(std::min(((uint32_t{sample} << up) + half) >> down, most));
    }
  }
}

Result<PictureSource> PictureSource::Open(const PictureOptions& options) {
  FSC_ASSIGN_OR_RETURN(PackedPicture format, FileFormat(options));
  FSC_ASSIGN_OR_RETURN(YuvReader reader, YuvReader::Open(options.path, format));
  if (!reader.frames()) return Usage("raw pictures cannot come through a pipe", options.path, "give a file");
  const int64_t frames = *reader.frames();
  if (options.first > frames) {
    return Usage(fmt::format("picture {} is past the end", options.first), options.path,
                 fmt::format("it has {} pictures", frames));
  }
  format.bits = options.bits;
  PictureSource self(std::move(reader), format);
  self.file_bits_ = options.file_bits;
  self.padded_ = format.width_px != options.width_px || format.height_px != options.height_px;
  self.first_ = options.first;
  const int64_t left = frames - options.first;
  self.count_ = options.count > 0 ? std::min(options.count, left) : left;
  return self;
}

Status PictureSource::SeekTo(int64_t number) {
  next_ = number;
  return reader_.SeekToFrame(number);
}

Result<std::optional<Plane<uint16_t>>> PictureSource::Next() {
  FSC_ASSIGN_OR_RETURN(auto samples, reader_.Next());
  if (!samples) return samples;
  const auto above = std::ranges::find_if(samples->samples(), [this](int s) { return s >> file_bits_ != 0; });
  if (above != samples->samples().end()) {
    const auto place = above - samples->samples().begin();
    return BadInput(fmt::format("a sample of {}", *above),
                    fmt::format("{}, frame {}, row {}, column {}", name(), next_, place / samples->width(),
                                place % samples->width()),
                    fmt::format("there are {} bits: is it another format?", file_bits_));
  }
  ++next_;
  ChangeDepth(file_bits_, picture_.bits, samples->view());
  return samples;
}

}  // namespace fsc::tools
