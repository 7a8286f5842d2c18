#include "streams/palette_png.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

namespace fsc {
namespace {

constexpr std::array<uint8_t, 8> kPngSignature = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
constexpr size_t kHeaderEnd = 8 + 8 + 13;  // signature, length and name of IHDR, its fields
constexpr uint8_t kPaletteColour = 3;

uint32_t BigEndian32(const uint8_t* at) {
  return uint32_t{at[0]} << 24 | uint32_t{at[1]} << 16 | uint32_t{at[2]} << 8 | at[3];
}

// All IDAT chunks, one after the other.
std::vector<uint8_t> ImageData(const std::vector<uint8_t>& file) {
  std::vector<uint8_t> data;
  for (size_t at = kPngSignature.size(); at + 8 <= file.size();) {
    const size_t length = BigEndian32(&file[at]);
    if (length > file.size() - at - 8) break;
    if (std::memcmp(&file[at + 4], "IDAT", 4) == 0) {
      data.insert(data.end(), file.begin() + ptrdiff_t(at + 8), file.begin() + ptrdiff_t(at + 8 + length));
    }
    at += std::min(file.size() - at, length + 12);
  }
  return data;
}

// Undoes a row's filter; the bytes to the left and above are a byte away, since a pixel is a byte or less. False for an
// unknown filter.
bool Unfilter(uint8_t filter, const uint8_t* above, uint8_t* row, size_t bytes) {
  if (filter > 4) return false;
  for (size_t i = 0; i < bytes; ++i) {
    const int a = i > 0 ? row[i - 1] : 0, b = above[i], c = i > 0 ? above[i - 1] : 0;
    const int p = a + b - c;
    const int paeth = std::abs(p - a) <= std::abs(p - b) && std::abs(p - a) <= std::abs(p - c) ? a
                      : std::abs(p - b) <= std::abs(p - c)                                     ? b
                                                                                               : c;
    const int prediction = std::array{0, a, b, (a + b) / 2, paeth}[filter];
    row[i] = uint8_t(row[i] + prediction);
  }
  return true;
}

}  // namespace

Result<std::optional<PaletteIndices>> ReadPalettePng(const std::string& path, const Limits& limits) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return IoError("cannot read the picture", path);
  std::vector<uint8_t> file(kHeaderEnd);
  in.read(reinterpret_cast<char*>(file.data()), std::streamsize(file.size()));
  if (in.gcount() < std::streamsize(kHeaderEnd) ||
      !std::equal(kPngSignature.begin(), kPngSignature.end(), file.begin()) || file[25] != kPaletteColour) {
    return std::optional<PaletteIndices>();
  }
  const uint32_t width = BigEndian32(&file[16]), height = BigEndian32(&file[20]);
  const int bits = file[24];
  const uint32_t most = uint32_t(limits.max_picture_size_px);
  if (width < 1 || height < 1 || width > most || height > most || (bits != 1 && bits != 2 && bits != 4 && bits != 8)) {
    return BadInput("damaged PNG: impossible header", path);
  }
  if (file[28] != 0) return BadInput("interlaced PNG with a palette", path, "store it without interlacing");
  file.insert(file.end(), std::istreambuf_iterator<char>(in), {});
  const std::vector<uint8_t> packed = ImageData(file);
  const size_t row_bytes = (size_t{width} * size_t(bits) + 7) / 8;
  // Deflate takes a byte for 1032 at least: no more is allocated than the file can pay for.
  if (packed.size() < (row_bytes + 1) * height / 1100) return BadInput("damaged PNG: cut short", path);
  std::vector<uint8_t> rows((row_bytes + 1) * height);
  uLongf size = uLongf(rows.size());
  if (uncompress(rows.data(), &size, packed.data(), uLong(packed.size())) != Z_OK || size != rows.size()) {
    return BadInput("damaged PNG: its data does not unpack", path);
  }
  PaletteIndices picture{int(width), int(height), {}};
  picture.indices.reserve(size_t{width} * height);
  const std::vector<uint8_t> nothing(row_bytes);
  const uint8_t* above = nothing.data();
  for (uint32_t y = 0; y < height; ++y) {
    uint8_t* row = &rows[(row_bytes + 1) * y + 1];
    if (!Unfilter(row[-1], above, row, row_bytes)) return BadInput("damaged PNG: unknown filter", path);
    for (uint32_t x = 0; x < width; ++x) {
      const size_t bit = size_t{x} * size_t(bits);
      picture.indices.push_back(uint8_t(row[bit / 8] >> (8 - bits - int(bit % 8)) & ((1 << bits) - 1)));
    }
    above = row;
  }
  return std::optional(std::move(picture));
}

}  // namespace fsc
