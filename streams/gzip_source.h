// gzip_source.h: a .gz file (RFC 1952) as a ByteSource, inflated while it is read.
#ifndef FSC_STREAMS_GZIP_SOURCE_H_
#define FSC_STREAMS_GZIP_SOURCE_H_

#include <cstdint>
#include <memory>

#include "fsc/byte_io.h"
#include "fsc/status.h"

namespace fsc {

// True for the first two bytes of such a file.
inline bool IsGzip(uint8_t first, uint8_t second) {
  return first == 0x1f && second == 0x8b;
}

// Takes `file` over, from its start; several members are one. size_bytes() is unknown. Seek inflates up to the new
// position, from the start when that lies behind, and needs a file that can seek. Read gives kBadInput for damaged data
// and checksums, and where the file is cut.
Result<std::unique_ptr<ByteSource>> OpenGzip(std::unique_ptr<ByteSource> file);

}  // namespace fsc

#endif  // FSC_STREAMS_GZIP_SOURCE_H_
