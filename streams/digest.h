// digest.h: SHA-256 of bytes (which profile; of a file: fsc/stream_info.h) and MD5 of decoded tensors
// (`fsc decode --md5`).
//
// MD5 names results, as FFmpeg's `-f md5` does; nothing here protects against a person who forges.
#ifndef FSC_STREAMS_DIGEST_H_
#define FSC_STREAMS_DIGEST_H_

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

using Md5 = std::array<uint8_t, 16>;

// FIPS 180-4.
Result<Sha256> Sha256OfBytes(std::span<const uint8_t> bytes);

// RFC 1321, piece by piece.
class Md5Digest {
 public:
  Md5Digest();
  ~Md5Digest();
  Md5Digest(Md5Digest&&) noexcept;
  Md5Digest& operator=(Md5Digest&&) noexcept;

  void Update(std::span<const uint8_t> bytes);
  // Of all that was given. kInternal where the system's OpenSSL offers no MD5 (a FIPS-only machine). Call once, last.
  Result<Md5> Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Lower-case hexadecimal, two digits a byte.
std::string HexText(std::span<const uint8_t> bytes);

}  // namespace fsc

#endif  // FSC_STREAMS_DIGEST_H_
