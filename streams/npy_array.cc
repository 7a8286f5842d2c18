#include "streams/npy_array.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "streams/byte_reading.h"

namespace fsc {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read straight into memory");

constexpr size_t kPieceValues = 8192;
constexpr NpyValue kNative = {NpyValue::Kind::kFloat, 4, false};

Status CheckOrder(const NpyHeader& header, const ByteSource& source) {
  if (!header.fortran_order || source.size_bytes()) return {};
  if (uint64_t(header.frames) * header.frame_elements() * sizeof(float) <= kFortranBlockBytes) return {};
  return BadInput("an array in Fortran order, too large to be turned while it comes through a pipe", source.name(),
                  "give a file, or save numpy.ascontiguousarray(a)");
}

}  // namespace

NpyArray::NpyArray(std::unique_ptr<ByteSource> source, const NpyHeader& header)
    : source_(std::move(source)), header_(header) {}

Result<NpyArray> NpyArray::Open(std::unique_ptr<ByteSource> source, const Limits& limits, bool one_frame) {
  FSC_ASSIGN_OR_RETURN(const NpyHeader header, ReadNpyHeader(source.get(), limits, source->name(), one_frame));
  FSC_RETURN_IF_ERROR(CheckOrder(header, *source));
  return NpyArray(std::move(source), header);
}

Result<bool> NpyArray::OpenNext(const Limits& limits) {
  const std::string where = name() + ", after frame " + std::to_string(frames_so_far() - 1);
  FSC_ASSIGN_OR_RETURN(const auto header, ReadNextNpyHeader(source_.get(), limits, where));
  if (!header) return false;
  FSC_RETURN_IF_ERROR(CheckOrder(*header, *source_));
  if (header->channels != header_.channels || header->height_cells != header_.height_cells ||
      header->width_cells != header_.width_cells) {
    return BadInput("the array has frames of another shape than those before it", where, "all frames must be alike");
  }
  first_ = frames_so_far();
  header_ = *header;
  next_ = 0;
  block_frames_ = 0;
  return true;
}

Status NpyArray::Read(std::span<float> values) {
  if (!header_.fortran_order) {
    FSC_RETURN_IF_ERROR(ReadInOrder(values));
  } else {
    if (next_ < block_first_ || next_ >= block_first_ + block_frames_) FSC_RETURN_IF_ERROR(FillBlock(next_));
    std::copy_n(block_.begin() + ptrdiff_t(uint64_t(next_ - block_first_) * values.size()), values.size(),
                values.begin());
  }
  ++next_;
  return {};
}

Status NpyArray::ReadInOrder(std::span<float> values) {
  if (header_.value == kNative) return ReadExactly({reinterpret_cast<uint8_t*>(values.data()), values.size_bytes()});
  std::array<uint8_t, kPieceValues * sizeof(double)> stored;
  for (size_t done = 0; done < values.size();) {
    const size_t count = std::min(kPieceValues, values.size() - done);
    const auto piece = std::span(stored).first(count * size_t(header_.value.bytes));
    FSC_RETURN_IF_ERROR(ReadExactly(piece));
    rounded_values_ += FloatsFrom(header_.value, piece, values.subspan(done, count));
    done += count;
  }
  return {};
}

Status NpyArray::FillBlock(int64_t first) {
  const uint64_t elements = header_.frame_elements();
  const auto fitting = int64_t(std::max<uint64_t>(kFortranBlockBytes / (elements * sizeof(float)), 1));
  const int64_t count = std::min(fitting, header_.frames - first);
  if (source_->size_bytes()) FSC_RETURN_IF_ERROR(source_->Seek(header_.size_bytes));
  block_.assign(uint64_t(count) * elements, 0.0f);
  std::vector<float> values(kPieceValues);
  std::vector<uint8_t> stored(kPieceValues * size_t(header_.value.bytes));
  // The first axis runs fastest: time, then channels, rows, columns.
  const uint64_t channels = uint64_t(header_.channels), height = uint64_t(header_.height_cells);
  const uint64_t width = uint64_t(header_.width_cells);
  int64_t frame = 0;
  uint64_t c = 0, y = 0, x = 0;
  for (uint64_t left = uint64_t(header_.frames) * elements; left > 0;) {
    const size_t piece = size_t(std::min<uint64_t>(kPieceValues, left));
    FSC_RETURN_IF_ERROR(ReadExactly(std::span(stored).first(piece * size_t(header_.value.bytes))));
    const int64_t rounded = FloatsFrom(header_.value, stored, std::span(values).first(piece));
    if (block_frames_ == 0) rounded_values_ += rounded;  // the first time
    for (size_t i = 0; i < piece; ++i) {
      if (frame >= first && frame < first + count) {
        block_[uint64_t(frame - first) * elements + (c * height + y) * width + x] = values[i];
      }
      if (++frame < header_.frames) continue;
      frame = 0;
      if (++c < channels) continue;
      c = 0;
      if (++y < height) continue;
      y = 0;
      ++x;
    }
    left -= piece;
  }
  block_first_ = first;
  block_frames_ = count;
  return {};
}

Status NpyArray::CheckEnd() {
  uint8_t more = 0;
  FSC_ASSIGN_OR_RETURN(const size_t count, source_->Read({&more, 1}));
  if (count == 0) return {};
  return BadInput("the file holds more than its shape says", source_->name(), "save one array a file");
}

Status NpyArray::SeekToFrame(int64_t frame_number) {
  if (frame_number == next_) return {};
  if (!header_.fortran_order) {
    const uint64_t frame_bytes = header_.frame_elements() * uint64_t(header_.value.bytes);
    FSC_RETURN_IF_ERROR(source_->Seek(header_.size_bytes + uint64_t(frame_number) * frame_bytes));
  }
  next_ = frame_number;
  return {};
}

Status NpyArray::ReadExactly(std::span<uint8_t> out) {
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadFully(source_.get(), out));
  if (count == out.size()) return {};
  const std::string frame = header_.fortran_order ? "" : ", frame " + std::to_string(first_ + next_);
  return BadInput("the file is cut short", source_->name() + frame, "copy or write it again");
}

}  // namespace fsc
