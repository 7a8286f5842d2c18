#include "streams/media_extent.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace fsc {
namespace {

constexpr int kMaxBoxes = 4096;  // a fragmented MP4 of hours has some thousand; what is beyond is not looked at

// Big-endian, as MP4 and Matroska have it.
uint64_t BigEndian(std::span<const uint8_t> bytes) {
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

uint64_t LittleEndian32(std::span<const uint8_t> bytes) {
  return uint64_t{bytes[0]} | uint64_t{bytes[1]} << 8 | uint64_t{bytes[2]} << 16 | uint64_t{bytes[3]} << 24;
}

bool Is(std::span<const uint8_t> bytes, std::string_view name) {
  return bytes.size() >= name.size() &&
         std::equal(name.begin(), name.end(), bytes.begin(), [](char a, uint8_t b) { return uint8_t(a) == b; });
}

// What of `end` is behind the file's end.
uint64_t Missing(uint64_t end, uint64_t size_bytes) {
  return end > size_bytes ? end - size_bytes : 0;
}

MediaExtent ExtentOfMp4(const ReadAt& read, uint64_t size_bytes) {
  MediaExtent extent;
  extent.lacks_index = true;
  uint64_t position = 0;
  for (int boxes = 0; boxes < kMaxBoxes && position < size_bytes; ++boxes) {
    std::array<uint8_t, 16> head{};
    const size_t got = read(position, head);
    if (got < 8) {
      extent.missing_bytes = 8 - got;
      return extent;
    }
    const std::span<const uint8_t> bytes(head);
    uint64_t box = BigEndian(bytes.first(4));
    if (box == 1) box = BigEndian(bytes.subspan(8, 8));
    if (box == 0) box = size_bytes - position;  // up to the end of the file
    if (box < 8) return extent;                 // damaged: the demuxer says how
    if (box > UINT64_MAX / 2) return extent;
    extent.missing_bytes = Missing(position + box, size_bytes);
    if (Is(bytes.subspan(4), "moov")) extent.lacks_index = extent.missing_bytes > 0;
    position += box;
  }
  return extent;
}

// An EBML number with its length mark taken out. All ones: the size is not known.
struct EbmlNumber {
  uint64_t value = 0;
  int bytes = 0;  // 0 = malformed
  bool unknown = false;
};

EbmlNumber ReadEbmlNumber(std::span<const uint8_t> bytes) {
  EbmlNumber number;
  if (bytes.empty() || bytes[0] == 0) return number;
  int length = 1;
  while ((bytes[0] & (0x80 >> (length - 1))) == 0) ++length;
  if (size_t(length) > bytes.size()) return number;
  const uint64_t mask = (uint64_t{1} << (7 * length)) - 1;
  number.bytes = length;
  number.value = BigEndian(bytes.first(size_t(length))) & mask;
  number.unknown = number.value == mask;
  return number;
}

MediaExtent ExtentOfMatroska(const ReadAt& read, uint64_t size_bytes) {
  std::array<uint8_t, 16> head{};
  if (read(0, head) < head.size()) return {};
  const EbmlNumber header = ReadEbmlNumber(std::span(head).subspan(4));
  if (header.bytes == 0 || header.unknown || header.value > size_bytes) return {};
  uint64_t position = 4 + uint64_t(header.bytes) + header.value;
  constexpr std::string_view kSegment = "\x18\x53\x80\x67";
  if (read(position, head) < head.size() || !Is(head, kSegment)) return {};
  const EbmlNumber segment = ReadEbmlNumber(std::span(head).subspan(kSegment.size()));
  if (segment.bytes == 0 || segment.unknown) return {};
  position += kSegment.size() + uint64_t(segment.bytes);
  return {.missing_bytes = Missing(position + segment.value, size_bytes)};
}

// One RIFF chunk after the other: large files have several. A size of 0 or all ones was never filled in.
MediaExtent ExtentOfAvi(const ReadAt& read, uint64_t size_bytes) {
  MediaExtent extent;
  uint64_t position = 0;
  for (int chunks = 0; chunks < kMaxBoxes && position + 8 <= size_bytes; ++chunks) {
    std::array<uint8_t, 8> head{};
    if (read(position, head) < head.size() || !Is(head, "RIFF")) break;
    const uint64_t size = LittleEndian32(std::span(head).subspan(4));
    if (size == 0 || size >= UINT32_MAX) break;
    extent.missing_bytes = Missing(position + 8 + size, size_bytes);
    position += 8 + size + size % 2;
  }
  return extent;
}

}  // namespace

MediaExtent ExtentOf(const ReadAt& read, uint64_t size_bytes) {
  std::array<uint8_t, 12> head{};
  if (read(0, head) < head.size()) return {};
  if (Is(head, "\x1a\x45\xdf\xa3")) return ExtentOfMatroska(read, size_bytes);
  if (Is(head, "RIFF") && Is(std::span(head).subspan(8), "AVI ")) return ExtentOfAvi(read, size_bytes);
  const auto name = std::span(head).subspan(4);
  if (Is(name, "ftyp") || Is(name, "moov") || Is(name, "mdat") || Is(name, "wide") || Is(name, "styp")) {
    return ExtentOfMp4(read, size_bytes);
  }
  return {};
}

MediaExtent ExtentOfFile(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};
  const uint64_t size_bytes = std::filesystem::file_size(path, error);
  std::ifstream in(path, std::ios::binary);
  if (error || !in) return {};
  const ReadAt read = [&](uint64_t position, std::span<uint8_t> out) {
    in.clear();
    in.seekg(std::streamoff(position));
    in.read(reinterpret_cast<char*>(out.data()), std::streamsize(out.size()));
    return size_t(std::max<std::streamsize>(in.gcount(), 0));
  };
  return ExtentOf(read, size_bytes);
}

}  // namespace fsc
