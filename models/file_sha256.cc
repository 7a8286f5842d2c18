#include "models/file_sha256.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <vector>

namespace fsc {

Result<std::array<uint8_t, 32>> FileSha256(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
  if (file == nullptr) return IoError(std::string("cannot open file: ") + std::strerror(errno), path);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return Internal("SHA-256 is not available", "OpenSSL", "check the OpenSSL configuration");
  }
  std::vector<uint8_t> chunk(1 << 16);
  size_t got = 0;
  while ((got = std::fread(chunk.data(), 1, chunk.size(), file.get())) > 0) {
    if (EVP_DigestUpdate(context.get(), chunk.data(), got) != 1) return Internal("SHA-256 failed", path);
  }
  if (std::ferror(file.get()) != 0) return IoError(std::string("cannot read file: ") + std::strerror(errno), path);
  std::array<uint8_t, 32> digest{};
  if (EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) != 1) return Internal("SHA-256 failed", path);
  return digest;
}

}  // namespace fsc
