#include "streams/zip_writer.h"

#include <zlib.h>

#include "core/byte_writer.h"

namespace fsc {
namespace {

constexpr uint16_t kVersionStored = 20;  // 2.0: what stored entries need
constexpr uint16_t kVersionZip64 = 45;   // 4.5
constexpr uint16_t kUtf8Names = 0x0800;
constexpr uint16_t kDate = 0x0021;  // 1980-01-01: the same arrays give the same bytes
constexpr uint32_t kSizeInZip64 = 0xffffffff;
constexpr uint16_t kZip64Field = 1;

void Text(ByteWriter& out, const std::string& text) {
  out.Bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

// Version needed to method, time, date: the same in both kinds of header.
void CommonFields(ByteWriter& out, bool zip64) {
  out.U16(zip64 ? kVersionZip64 : kVersionStored);
  out.U16(kUtf8Names);
  out.U16(0);  // stored
  out.U16(0);
  out.U16(kDate);
}

}  // namespace

uint32_t ZipCrc32(std::span<const uint8_t> bytes, uint32_t previous) {
  return uint32_t(crc32_z(previous, bytes.data(), bytes.size()));
}

uint32_t ZipCrc32Join(uint32_t first, uint32_t second, uint64_t second_bytes) {
  return uint32_t(crc32_combine(first, second, z_off_t(second_bytes)));
}

Status ZipWriter::BeginEntry(const std::string& name, uint64_t size_bytes, uint32_t crc32) {
  const bool zip64 = size_bytes >= zip64_from_;
  ByteWriter out;
  out.U32(0x04034b50);
  CommonFields(out, zip64);
  out.U32(crc32);
  for (int i = 0; i < 2; ++i) out.U32(zip64 ? kSizeInZip64 : uint32_t(size_bytes));
  out.U16(uint16_t(name.size()));
  out.U16(zip64 ? 20 : 0);
  Text(out, name);
  if (zip64) {
    out.U16(kZip64Field);
    out.U16(16);
    for (int i = 0; i < 2; ++i) out.U64(size_bytes);
  }
  entries_.push_back({name, size_bytes, crc32, out_->bytes_written()});
  return out_->Write(out.bytes());
}

Status ZipWriter::Finish() {
  const uint64_t directory_offset = out_->bytes_written();
  ByteWriter out;
  for (const Entry& entry : entries_) {
    const bool big_size = entry.size_bytes >= zip64_from_;
    const bool big_offset = entry.offset_bytes >= zip64_from_;
    const int extra_bytes = (big_size ? 16 : 0) + (big_offset ? 8 : 0);
    out.U32(0x02014b50);
    out.U16(kVersionZip64);  // made by
    CommonFields(out, extra_bytes > 0);
    out.U32(entry.crc32);
    for (int i = 0; i < 2; ++i) out.U32(big_size ? kSizeInZip64 : uint32_t(entry.size_bytes));
    out.U16(uint16_t(entry.name.size()));
    out.U16(uint16_t(extra_bytes > 0 ? extra_bytes + 4 : 0));
    for (int i = 0; i < 3; ++i) out.U16(0);  // comment, disk, internal attributes
    out.U32(0);
    out.U32(big_offset ? kSizeInZip64 : uint32_t(entry.offset_bytes));
    Text(out, entry.name);
    if (extra_bytes == 0) continue;
    out.U16(kZip64Field);
    out.U16(uint16_t(extra_bytes));
    if (big_size) {
      for (int i = 0; i < 2; ++i) out.U64(entry.size_bytes);
    }
    if (big_offset) out.U64(entry.offset_bytes);
  }
  const uint64_t directory_bytes = out.size();
  const bool zip64 = directory_offset >= zip64_from_;
  if (zip64) {
    const uint64_t end64_offset = directory_offset + directory_bytes;
    out.U32(0x06064b50);
    out.U64(44);  // bytes that follow in this record
    out.U16(kVersionZip64);
    out.U16(kVersionZip64);
    for (int i = 0; i < 2; ++i) out.U32(0);  // disks
    for (int i = 0; i < 2; ++i) out.U64(entries_.size());
    out.U64(directory_bytes);
    out.U64(directory_offset);
    out.U32(0x07064b50);
    out.U32(0);
    out.U64(end64_offset);
    out.U32(1);
  }
  out.U32(0x06054b50);
  for (int i = 0; i < 2; ++i) out.U16(0);
  for (int i = 0; i < 2; ++i) out.U16(uint16_t(entries_.size()));
  out.U32(uint32_t(directory_bytes));
  out.U32(zip64 ? kSizeInZip64 : uint32_t(directory_offset));
  out.U16(0);
  return out_->Write(out.bytes());
}

}  // namespace fsc
