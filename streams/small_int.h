// small_int.h: numbers of the container's syntax.
#ifndef FSC_STREAMS_SMALL_INT_H_
#define FSC_STREAMS_SMALL_INT_H_

#include <cstdint>

#include "core/byte_reader.h"

namespace fsc {

// A number that must fit an int; what does not becomes -1, which every later check refuses.
inline int SmallInt(ByteReader& in) {
  const uint64_t value = in.Leb128();
  return value <= INT32_MAX ? int(value) : -1;
}

}  // namespace fsc

#endif  // FSC_STREAMS_SMALL_INT_H_
