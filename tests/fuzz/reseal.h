// reseal.h: makes the checksums of an edited .fsc stream right again.
#ifndef FSC_TESTS_FUZZ_RESEAL_H_
#define FSC_TESTS_FUZZ_RESEAL_H_

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/byte_reader.h"
#include "core/crc32c.h"
#include "streams/container_syntax.h"

namespace fsc {

inline void PutU32(std::vector<uint8_t>& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = uint8_t(value >> (8 * i));
}

// Repairs the checksums of a .fsc stream, so that a fuzzer gets behind them; what is not one comes back as it is.
inline std::vector<uint8_t> Resealed(std::vector<uint8_t> bytes) {
  if (bytes.size() < kHeaderPrefixBytes + kCrcBytes) return bytes;
  std::copy(kSignature.begin(), kSignature.end(), bytes.begin());
  bytes[8] = kContainerVersion;
  bytes[9] = 0;
  ByteReader prefix{std::span(bytes).subspan(10, 8)};
  const uint64_t contents = uint64_t{prefix.U32()} + prefix.U32();
  size_t at = kHeaderPrefixBytes;
  if (contents > bytes.size() - at - kCrcBytes) return bytes;
  at += contents;
  PutU32(bytes, at, Crc32c(std::span(bytes).subspan(8, at - 8)));
  at += kCrcBytes;
  while (at < bytes.size()) {
    ByteReader in{std::span(bytes).subspan(at)};
    const uint8_t tag = in.U8();
    const uint64_t header_bytes = in.Leb128(), payload_bytes = in.Leb128();
    in.Bytes(header_bytes);
    in.Bytes(payload_bytes);
    if (in.broken() || in.left() < kCrcBytes) break;
    PutU32(bytes, at + in.position(), Crc32c(std::span(bytes).subspan(at, in.position())));
    const size_t packet = at;
    at += in.position() + kCrcBytes;
    if (tag != kIndexTag) continue;
    if (bytes.size() - at == kFooterBytes) {
      const std::vector<uint8_t> footer = SerializeFooter(packet);
      std::copy(footer.begin(), footer.end(), bytes.begin() + ptrdiff_t(at));
    }
    break;
  }
  return bytes;
}

}  // namespace fsc

#endif  // FSC_TESTS_FUZZ_RESEAL_H_
