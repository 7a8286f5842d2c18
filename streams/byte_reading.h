// byte_reading.h: what every reader of a ByteSource does: reads as much as it needs, or passes over it.
#ifndef FSC_STREAMS_BYTE_READING_H_
#define FSC_STREAMS_BYTE_READING_H_

#include <cstddef>
#include <cstdint>
#include <span>

#include "fsc/byte_io.h"
#include "fsc/status.h"

namespace fsc {

// Until `out` is full or the source ends. How many bytes came.
Result<size_t> ReadFully(ByteSource* source, std::span<uint8_t> out);

// Reads `count` bytes, or what there is, and drops them: the way on where a source cannot jump.
Status PassOver(ByteSource* source, uint64_t count);

}  // namespace fsc

#endif  // FSC_STREAMS_BYTE_READING_H_
