// header_extensions.h: the fields of a stream header that not every stream has, each with a tag: readers skip an even
// one that they do not know, and refuse an odd one (docs/bitstream.md).
#ifndef FSC_STREAMS_HEADER_EXTENSIONS_H_
#define FSC_STREAMS_HEADER_EXTENSIONS_H_

#include <string>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

// What is to be said of what this version does not know.
inline constexpr char kPerhapsNewer[] = "the stream is damaged or of a newer fsc: update this one";

void WriteHeaderExtensions(const StreamHeader& header, ByteWriter* out);

// Up to the end of `in`; whether it is broken is for the caller to see. kBadInput for a field that is malformed, comes
// twice, or is odd and unknown.
Status ReadHeaderExtensions(ByteReader* in, StreamHeader* header, const std::string& where);

// The layers have to fit it as well, which whoever makes the picture checks.
Status CheckPackedPicture(const PackedPicture& picture, const Limits& limits, const std::string& where);

}  // namespace fsc

#endif  // FSC_STREAMS_HEADER_EXTENSIONS_H_
