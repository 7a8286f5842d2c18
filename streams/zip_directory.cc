#include "streams/zip_directory.h"

#include <algorithm>

#include "core/byte_reader.h"
#include "streams/byte_reading.h"

namespace fsc {
namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature32 = 0x06054b50;
constexpr uint32_t kEndSignature64 = 0x06064b50;
constexpr uint32_t kLocatorSignature = 0x07064b50;
constexpr uint64_t kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20, kLocalBytes = 30, kCentralBytes = 46;
constexpr uint64_t kMaxCommentBytes = 65535;
constexpr uint32_t kInZip64 = 0xffffffff;
constexpr uint16_t kEncrypted = 1;
// Deflate cannot do better than 258 bytes from two bits; a claim beyond is a lie.
constexpr uint64_t kMaxDeflateRatio = 1032;
constexpr char kDirectoryAdvice[] = "the archive is damaged: copy or write it again";

struct Directory {
  uint64_t offset_bytes = 0;
  uint64_t size_bytes = 0;
  uint64_t entries = 0;
};

class ZipParser {
 public:
  ZipParser(ByteSource* source, uint64_t size_bytes)
      : source_(source), size_bytes_(size_bytes), where_(source->name()) {}

  Result<std::vector<ZipEntry>> Read(int max_entries) {
    FSC_ASSIGN_OR_RETURN(const Directory directory, FindDirectory());
    if (directory.entries > uint64_t(max_entries)) {
      return BadInput(std::to_string(directory.entries) + " arrays in the archive", where_,
                      "at most " + std::to_string(max_entries) + " layers are read");
    }
    if (directory.offset_bytes > size_bytes_ || directory.size_bytes > size_bytes_ - directory.offset_bytes ||
        directory.size_bytes > directory.entries * (kCentralBytes + 3 * kMaxCommentBytes)) {
      return BadInput("the zip directory lies outside the archive", where_, kDirectoryAdvice);
    }
    FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, ReadAt(directory.offset_bytes, directory.size_bytes));
    ByteReader in(bytes);
    std::vector<ZipEntry> entries;
    for (uint64_t i = 0; i < directory.entries; ++i) {
      FSC_ASSIGN_OR_RETURN(ZipEntry entry, ParseCentral(in));
      FSC_RETURN_IF_ERROR(ResolveOffset(&entry, directory.offset_bytes));
      entries.push_back(std::move(entry));
    }
    return entries;
  }

 private:
  Result<std::vector<uint8_t>> ReadAt(uint64_t offset, uint64_t count) {
    FSC_RETURN_IF_ERROR(source_->Seek(offset));
    std::vector<uint8_t> bytes(count);
    FSC_ASSIGN_OR_RETURN(const size_t got, ReadFully(source_, bytes));
    if (got < bytes.size()) return BadInput("the archive is cut short", where_, kDirectoryAdvice);
    return bytes;
  }

  // The end record is the last thing in the file but for a comment of up to 64 KiB.
  Result<Directory> FindDirectory() {
    const uint64_t tail_bytes = std::min(size_bytes_, kEndBytes + kMaxCommentBytes);
    FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> tail, ReadAt(size_bytes_ - tail_bytes, tail_bytes));
    for (uint64_t at = tail_bytes < kEndBytes ? 0 : tail_bytes - kEndBytes + 1; at-- > 0;) {
      ByteReader in{std::span(tail).subspan(at)};
      if (in.U32() != kEndSignature32) continue;
      const uint16_t disk = in.U16(), directory_disk = in.U16(), entries_here = in.U16(), entries = in.U16();
      const uint32_t size = in.U32(), offset = in.U32();
      if (in.U16() != in.left()) continue;  // the comment must reach to the end
      const uint64_t end_offset = size_bytes_ - tail_bytes + at;
      if (entries == 0xffff || size == kInZip64 || offset == kInZip64) return FindDirectory64(end_offset);
      if (disk != 0 || directory_disk != 0 || entries_here != entries)
        return BadInput("a zip archive in parts", where_, kDirectoryAdvice);
      return Directory{offset, size, entries};
    }
    return BadInput("the zip directory is missing", where_, "the archive is cut short: copy or write it again");
  }

  Result<Directory> FindDirectory64(uint64_t end_offset) {
    const Error damaged = BadInput("the zip64 directory is damaged", where_, kDirectoryAdvice);
    if (end_offset < kLocatorBytes + kEnd64Bytes) return damaged;
    FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> locator_bytes, ReadAt(end_offset - kLocatorBytes, kLocatorBytes));
    ByteReader locator(locator_bytes);
    const uint32_t locator_signature = locator.U32();
    locator.U32();
    const uint64_t offset64 = locator.U64();
    if (locator_signature != kLocatorSignature || offset64 > end_offset - kLocatorBytes - kEnd64Bytes) return damaged;
    FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> end_bytes, ReadAt(offset64, kEnd64Bytes));
    ByteReader in(end_bytes);
    const uint32_t signature = in.U32();
    in.Bytes(8 + 2 + 2 + 4 + 4);  // record size, versions, disks
    const uint64_t entries_here = in.U64();
    Directory directory;
    directory.entries = in.U64();
    directory.size_bytes = in.U64();
    directory.offset_bytes = in.U64();
    if (signature != kEndSignature64 || entries_here != directory.entries) return damaged;
    return directory;
  }

  Result<ZipEntry> ParseCentral(ByteReader& in) {
    const uint32_t signature = in.U32();
    in.Bytes(4);  // versions
    const uint16_t flags = in.U16(), method = in.U16();
    in.Bytes(4);  // time and date
    ZipEntry entry;
    entry.crc32 = in.U32();
    entry.stored_bytes = in.U32();
    entry.size_bytes = in.U32();
    const uint16_t name_bytes = in.U16(), extra_bytes = in.U16(), comment_bytes = in.U16(), disk = in.U16();
    in.Bytes(2 + 4);  // attributes
    entry.offset_bytes = in.U32();
    const auto name = in.Bytes(name_bytes);
    const auto extra = in.Bytes(extra_bytes);
    in.Bytes(comment_bytes);
    if (in.broken() || signature != kCentralSignature)
      return BadInput("the zip directory is damaged", where_, kDirectoryAdvice);
    entry.name.assign(name.begin(), name.end());
    const std::string where = where_ + ", entry '" + entry.name + "'";
    if (!ApplyZip64(extra, &entry)) return BadInput("the zip64 field is damaged", where, kDirectoryAdvice);
    if ((flags & kEncrypted) != 0) return BadInput("the entry is encrypted", where, "write it with numpy.savez");
    if (disk != 0) return BadInput("a zip archive in parts", where, kDirectoryAdvice);
    if (method != 0 && method != 8) {
      return BadInput("zip method " + std::to_string(method), where,
                      "write it with numpy.savez or numpy.savez_compressed");
    }
    entry.deflated = method == 8;
    if (entry.deflated ? entry.size_bytes / kMaxDeflateRatio > entry.stored_bytes
                       : entry.size_bytes != entry.stored_bytes) {
      return BadInput("the entry claims " + std::to_string(entry.size_bytes) + " bytes, which " +
                          std::to_string(entry.stored_bytes) + " stored bytes cannot hold",
                      where, kDirectoryAdvice);
    }
    return entry;
  }

  // Extra field 1 has 64-bit values for those of the three numbers that did not fit, in this order.
  static bool ApplyZip64(std::span<const uint8_t> extra, ZipEntry* entry) {
    if (entry->size_bytes != kInZip64 && entry->stored_bytes != kInZip64 && entry->offset_bytes != kInZip64)
      return true;
    ByteReader in(extra);
    while (in.left() >= 4) {
      const uint16_t id = in.U16();
      const auto field = in.Bytes(in.U16());
      if (in.broken()) return false;
      if (id != 1) continue;
      ByteReader values(field);
      for (uint64_t* value : {&entry->size_bytes, &entry->stored_bytes, &entry->offset_bytes}) {
        if (*value == kInZip64) *value = values.U64();
      }
      return !values.broken();
    }
    return false;
  }

  // The local header in front of the bytes may be longer than the directory says: its own lengths count.
  Status ResolveOffset(ZipEntry* entry, uint64_t directory_offset) {
    const std::string where = where_ + ", entry '" + entry->name + "'";
    const Error outside = BadInput("the entry lies outside the archive", where, kDirectoryAdvice);
    if (directory_offset < kLocalBytes || entry->offset_bytes > directory_offset - kLocalBytes) return outside;
    FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, ReadAt(entry->offset_bytes, kLocalBytes));
    ByteReader in(bytes);
    if (in.U32() != kLocalSignature) return BadInput("the zip entry's own header is damaged", where, kDirectoryAdvice);
    in.Bytes(22);
    const uint64_t name_bytes = in.U16(), extra_bytes = in.U16();
    entry->offset_bytes += kLocalBytes + name_bytes + extra_bytes;
    if (entry->offset_bytes > directory_offset || entry->stored_bytes > directory_offset - entry->offset_bytes)
      return outside;
    return {};
  }

  ByteSource* source_;
  uint64_t size_bytes_;
  std::string where_;
};

}  // namespace

Result<std::vector<ZipEntry>> ReadZipDirectory(ByteSource* source, int max_entries) {
  const auto size = source->size_bytes();
  if (!size) return Usage("a zip archive cannot be read from a pipe", source->name(), "save it to a file first");
  return ZipParser(source, *size).Read(max_entries);
}

}  // namespace fsc
