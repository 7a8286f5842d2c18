// float_syntax.h: the exact bits of many floats, in few bytes.
//
//   u8 coding, then n IEEE-754 binary32 values:
//     coding 0: as they are, little-endian
//     coding 1: leb128 size, then a zstd frame of their bytes, all lowest bytes first, then all second bytes, ...
// n is known to the reader. Every bit pattern comes back: what values may be is the caller's affair.
#ifndef FSC_CODEC_FLOAT_SYNTAX_H_
#define FSC_CODEC_FLOAT_SYNTAX_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "fsc/status.h"

namespace fsc {

// Chooses the coding that is shorter. kInternal when zstd fails.
Status WriteFloats(std::span<const float> values, int zstd_level, ByteWriter* out);

// Whether what stands there says that it holds `count` floats: to be asked before memory for them is allocated.
bool PromiseFloats(ByteReader in, size_t count);

// Fills `values`. Marks the reader broken where the bytes are malformed or hold another number of values; allocates as
// much again as `values`, where the bytes promise that many.
void ReadFloats(ByteReader* in, std::span<float> values);

// Name and version of the library behind it.
std::string FloatSyntaxLibrary();

}  // namespace fsc

#endif  // FSC_CODEC_FLOAT_SYNTAX_H_
