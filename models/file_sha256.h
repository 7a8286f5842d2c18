// file_sha256.h: the digest by which a stream names the network that made it.
#ifndef FSC_MODELS_FILE_SHA256_H_
#define FSC_MODELS_FILE_SHA256_H_

#include <array>
#include <cstdint>
#include <string>

#include "fsc/status.h"

namespace fsc {

// SHA-256 (FIPS 180-4) of a file's bytes. kIo when it cannot be read.
Result<std::array<uint8_t, 32>> FileSha256(const std::string& path);

}  // namespace fsc

#endif  // FSC_MODELS_FILE_SHA256_H_
