// zip_entry.h: one entry of a zip archive as a ByteSource, inflated while it is read.
#ifndef FSC_STREAMS_ZIP_ENTRY_H_
#define FSC_STREAMS_ZIP_ENTRY_H_

#include <memory>

#include "fsc/byte_io.h"
#include "streams/zip_directory.h"

namespace fsc {

// Takes `archive` over: the entry moves its reading position. size_bytes() is what the entry claims.
// Read gives kBadInput when the entry holds less or more than that, is no deflate stream, or, where it was read from
// its start to its end, fails its CRC-32. Seek is a jump in a stored entry; a deflated one is inflated up to the new
// position, from its start when that lies behind.
Result<std::unique_ptr<ByteSource>> OpenZipEntry(std::unique_ptr<ByteSource> archive, const ZipEntry& entry);

}  // namespace fsc

#endif  // FSC_STREAMS_ZIP_ENTRY_H_
