#include "streams/gzip_source.h"

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "streams/byte_reading.h"

namespace fsc {
namespace {

constexpr size_t kGzipPieceBytes = size_t{1} << 16;
constexpr int kGzipWindow = MAX_WBITS + 16;  // a gzip header and checksum are wanted
constexpr char kGzipAdvice[] = "the file is damaged: copy or write it again";

class GzipSource : public ByteSource {
 public:
  explicit GzipSource(std::unique_ptr<ByteSource> file) : file_(std::move(file)) {
    ok_ = inflateInit2(&zlib_, kGzipWindow) == Z_OK;
  }
  ~GzipSource() override { inflateEnd(&zlib_); }
  GzipSource(const GzipSource&) = delete;
  GzipSource& operator=(const GzipSource&) = delete;

  Result<size_t> Read(std::span<uint8_t> out) override {
    if (!ok_) return Internal("zlib cannot start", name());
    zlib_.next_out = out.data();
    zlib_.avail_out = uInt(std::min<size_t>(out.size(), size_t{1} << 30));
    const size_t wanted = zlib_.avail_out;
    while (zlib_.avail_out == wanted && wanted > 0) {
      if (zlib_.avail_in == 0) FSC_RETURN_IF_ERROR(Refill());
      if (zlib_.avail_in == 0) {
        if (in_member_) return BadInput("the compressed data are cut short", name(), kGzipAdvice);
        break;
      }
      in_member_ = true;
      const int code = inflate(&zlib_, Z_NO_FLUSH);
      if (code == Z_STREAM_END) {
        in_member_ = false;
        ok_ = inflateReset(&zlib_) == Z_OK;  // another member may follow
      } else if (code != Z_OK && code != Z_BUF_ERROR) {
        return BadInput("the compressed data are damaged", name(), kGzipAdvice);
      }
    }
    const size_t count = wanted - zlib_.avail_out;
    position_ += count;
    return count;
  }

  Status Seek(uint64_t position) override {
    if (position < position_) {
      FSC_RETURN_IF_ERROR(file_->Seek(0));
      ok_ = inflateReset(&zlib_) == Z_OK;
      zlib_.avail_in = 0;
      in_member_ = false;
      position_ = 0;
    }
    return PassOver(this, position - position_);
  }

  std::optional<uint64_t> size_bytes() const override { return std::nullopt; }
  const std::string& name() const override { return file_->name(); }

 private:
  Status Refill() {
    FSC_ASSIGN_OR_RETURN(const size_t count, file_->Read(input_));
    zlib_.next_in = input_.data();
    zlib_.avail_in = uInt(count);
    return {};
  }

  std::unique_ptr<ByteSource> file_;
  z_stream zlib_{};
  std::vector<uint8_t> input_ = std::vector<uint8_t>(kGzipPieceBytes);
  uint64_t position_ = 0;
  bool ok_ = false;
  bool in_member_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenGzip(std::unique_ptr<ByteSource> file) {
  return std::unique_ptr<ByteSource>(std::make_unique<GzipSource>(std::move(file)));
}

}  // namespace fsc
