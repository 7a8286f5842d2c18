// zip_writer.h: a zip archive of stored entries, written front to back.
//
// Sizes and checksums are known before an entry begins, so that nothing is patched and a pipe will do.
#ifndef FSC_STREAMS_ZIP_WRITER_H_
#define FSC_STREAMS_ZIP_WRITER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fsc/status.h"
#include "streams/output_file.h"

namespace fsc {

// CRC-32 of `bytes`, continuing from `previous` (0 at the start).
uint32_t ZipCrc32(std::span<const uint8_t> bytes, uint32_t previous = 0);
// CRC-32 of two pieces in a row, the second `second_bytes` long.
uint32_t ZipCrc32Join(uint32_t first, uint32_t second, uint64_t second_bytes);

class ZipWriter {
 public:
  // `out` is borrowed. Numbers of `zip64_from` and more go into zip64 fields; the format needs that from 2^32 - 1 on.
  explicit ZipWriter(OutputFile* out, uint64_t zip64_from = 0xffffffff) : out_(out), zip64_from_(zip64_from) {}

  // Announces an entry. Exactly `size_bytes` follow through Write.
  Status BeginEntry(const std::string& name, uint64_t size_bytes, uint32_t crc32);
  Status Write(std::span<const uint8_t> bytes) { return out_->Write(bytes); }
  // Writes the directory.
  Status Finish();

 private:
  struct Entry {
    std::string name;
    uint64_t size_bytes = 0;
    uint32_t crc32 = 0;
    uint64_t offset_bytes = 0;
  };

  OutputFile* out_;
  uint64_t zip64_from_;
  std::vector<Entry> entries_;
};

}  // namespace fsc

#endif  // FSC_STREAMS_ZIP_WRITER_H_
