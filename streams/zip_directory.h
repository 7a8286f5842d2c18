// zip_directory.h: what a zip archive holds, from its central directory (PKWARE APPNOTE 6.3.x), zip64 included.
//
// Only what .npz files use: one disk, entries stored or deflated, not encrypted.
#ifndef FSC_STREAMS_ZIP_DIRECTORY_H_
#define FSC_STREAMS_ZIP_DIRECTORY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/status.h"

namespace fsc {

struct ZipEntry {
  std::string name;
  bool deflated = false;
  uint32_t crc32 = 0;         // of the uncompressed bytes
  uint64_t stored_bytes = 0;  // in the archive
  uint64_t size_bytes = 0;    // uncompressed, as claimed; never more than deflate could make of stored_bytes
  uint64_t offset_bytes = 0;  // of the first stored byte in the archive
};

// Entries in the directory's order. Every entry lies inside the archive. kBadInput when there are more than
// `max_entries`, or something is damaged or of a kind that is not read.
Result<std::vector<ZipEntry>> ReadZipDirectory(ByteSource* source, int max_entries);

}  // namespace fsc

#endif  // FSC_STREAMS_ZIP_DIRECTORY_H_
