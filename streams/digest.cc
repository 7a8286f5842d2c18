#include "streams/digest.h"

#include <openssl/evp.h>

#include <vector>

#include "fsc/byte_io.h"
#include "fsc/stream_info.h"

namespace fsc {
namespace {

// An EVP digest in progress. A failure (an algorithm that this OpenSSL does not offer) sticks until Finish.
class Evp {
 public:
  explicit Evp(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new()) {
    ok_ = context_ != nullptr && EVP_DigestInit_ex(context_.get(), algorithm, nullptr) == 1;
  }

  void Update(std::span<const uint8_t> bytes) {
    ok_ = ok_ && EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1;
  }

  Status Finish(std::span<uint8_t> digest) {
    unsigned size = 0;
    ok_ = ok_ && EVP_MD_CTX_size(context_.get()) == int(digest.size()) &&
          EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1;
    if (!ok_) return Internal("OpenSSL does not compute this digest", "", "its configuration may forbid the algorithm");
    return {};
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
  bool ok_ = false;
};

}  // namespace

Result<Sha256> Sha256OfFile(const std::string& path) {
  // A file of this name, never standard input.
  FSC_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenSource(path == "-" ? "./-" : path));
  Evp evp(EVP_sha256());
  std::vector<uint8_t> piece(size_t{1} << 18);
  while (true) {
    FSC_ASSIGN_OR_RETURN(const size_t count, source->Read(piece));
    if (count == 0) break;
    evp.Update({piece.data(), count});
  }
  Sha256 digest{};
  FSC_RETURN_IF_ERROR(evp.Finish(digest));
  return digest;
}

Result<Sha256> Sha256OfBytes(std::span<const uint8_t> bytes) {
  Evp evp(EVP_sha256());
  evp.Update(bytes);
  Sha256 digest{};
  FSC_RETURN_IF_ERROR(evp.Finish(digest));
  return digest;
}

struct Md5Digest::State {
  Evp evp{EVP_md5()};
};

Md5Digest::Md5Digest() : state_(std::make_unique<State>()) {}
Md5Digest::~Md5Digest() = default;
Md5Digest::Md5Digest(Md5Digest&&) noexcept = default;
Md5Digest& Md5Digest::operator=(Md5Digest&&) noexcept = default;

void Md5Digest::Update(std::span<const uint8_t> bytes) {
  state_->evp.Update(bytes);
}

Result<Md5> Md5Digest::Finish() {
  Md5 digest{};
  FSC_RETURN_IF_ERROR(state_->evp.Finish(digest));
  return digest;
}

std::string HexText(std::span<const uint8_t> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace fsc
