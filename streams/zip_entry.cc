#include "streams/zip_entry.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "streams/byte_reading.h"

namespace fsc {
namespace {

constexpr size_t kInflatePieceBytes = size_t{1} << 16;
constexpr char kEntryAdvice[] = "the archive is damaged: copy or write it again";

// What stored and deflated entries share: the claimed size, the position, the checksum.
class EntrySource : public ByteSource {
 public:
  EntrySource(std::unique_ptr<ByteSource> archive, const ZipEntry& entry)
      : archive_(std::move(archive)), entry_(entry), name_(archive_->name() + ", entry '" + entry.name + "'") {}

  Result<size_t> Read(std::span<uint8_t> out) final {
    out = out.first(size_t(std::min<uint64_t>(out.size(), entry_.size_bytes - position_)));
    if (out.empty()) return size_t{0};
    FSC_ASSIGN_OR_RETURN(const size_t count, Produce(out));
    if (count == 0) return BadInput("the entry holds less than it claims", name_, kEntryAdvice);
    if (from_start_) crc32_ = uint32_t(crc32_z(crc32_, out.data(), count));
    position_ += count;
    if (position_ == entry_.size_bytes) {
      FSC_RETURN_IF_ERROR(CheckEnd());
      if (from_start_ && crc32_ != entry_.crc32)
        return BadInput("checksum mismatch in the archive", name_, kEntryAdvice);
    }
    return count;
  }

  std::optional<uint64_t> size_bytes() const final { return entry_.size_bytes; }
  const std::string& name() const final { return name_; }

 protected:
  // Up to out.size() > 0 bytes from position_ on; 0 at the end of what is there.
  virtual Result<size_t> Produce(std::span<uint8_t> out) = 0;
  // Called once all that is claimed was produced.
  virtual Status CheckEnd() { return {}; }

  void MoveTo(uint64_t position) {
    position_ = position;
    from_start_ = position == 0;
    crc32_ = 0;
  }

  std::unique_ptr<ByteSource> archive_;
  ZipEntry entry_;
  std::string name_;
  uint64_t position_ = 0;

 private:
  bool from_start_ = true;  // every byte before position_ is in crc32_
  uint32_t crc32_ = 0;
};

class StoredEntry : public EntrySource {
 public:
  using EntrySource::EntrySource;

  Status Seek(uint64_t position) override {
    position = std::min(position, entry_.size_bytes);
    FSC_RETURN_IF_ERROR(archive_->Seek(entry_.offset_bytes + position));
    MoveTo(position);
    return {};
  }

 protected:
  Result<size_t> Produce(std::span<uint8_t> out) override { return archive_->Read(out); }
};

class DeflatedEntry : public EntrySource {
 public:
  DeflatedEntry(std::unique_ptr<ByteSource> archive, const ZipEntry& entry) : EntrySource(std::move(archive), entry) {
    ok_ = inflateInit2(&zlib_, -MAX_WBITS) == Z_OK;  // negative: no zlib header
  }
  ~DeflatedEntry() override { inflateEnd(&zlib_); }
  DeflatedEntry(const DeflatedEntry&) = delete;
  DeflatedEntry& operator=(const DeflatedEntry&) = delete;

  Status Seek(uint64_t position) override {
    position = std::min(position, entry_.size_bytes);
    if (position < position_ || !started_) {
      FSC_RETURN_IF_ERROR(archive_->Seek(entry_.offset_bytes));
      ok_ = inflateReset(&zlib_) == Z_OK;
      zlib_.avail_in = 0;
      consumed_ = 0;
      ended_ = false;
      started_ = true;
      MoveTo(0);
    }
    return PassOver(this, position - position_);
  }

 protected:
  Result<size_t> Produce(std::span<uint8_t> out) override {
    if (!ok_) return Internal("zlib cannot start", name_);
    zlib_.next_out = out.data();
    zlib_.avail_out = uInt(std::min<size_t>(out.size(), size_t{1} << 30));
    const size_t wanted = zlib_.avail_out;
    while (zlib_.avail_out > 0 && !ended_) {
      if (zlib_.avail_in == 0) FSC_RETURN_IF_ERROR(Refill());
      const bool starved = zlib_.avail_in == 0;
      const int code = inflate(&zlib_, Z_NO_FLUSH);
      ended_ = code == Z_STREAM_END || (starved && code == Z_BUF_ERROR);
      if (!ended_ && code != Z_OK) return BadInput("the compressed data are damaged", name_, kEntryAdvice);
    }
    return wanted - zlib_.avail_out;
  }

  Status CheckEnd() override {
    uint8_t extra = 0;
    FSC_ASSIGN_OR_RETURN(const size_t count, Produce({&extra, 1}));
    if (count != 0) return BadInput("the entry holds more than it claims", name_, kEntryAdvice);
    return {};
  }

 private:
  Status Refill() {
    const uint64_t left = entry_.stored_bytes - consumed_;
    const auto piece = std::span(input_).first(size_t(std::min<uint64_t>(input_.size(), left)));
    if (piece.empty()) return {};
    FSC_ASSIGN_OR_RETURN(const size_t count, archive_->Read(piece));
    consumed_ += count;
    zlib_.next_in = input_.data();
    zlib_.avail_in = uInt(count);
    return {};
  }

  z_stream zlib_{};
  std::vector<uint8_t> input_ = std::vector<uint8_t>(kInflatePieceBytes);
  uint64_t consumed_ = 0;  // of the entry's stored bytes
  bool ok_ = false;
  bool ended_ = false;
  bool started_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenZipEntry(std::unique_ptr<ByteSource> archive, const ZipEntry& entry) {
  std::unique_ptr<ByteSource> source;
  if (entry.deflated) {
    source = std::make_unique<DeflatedEntry>(std::move(archive), entry);
  } else {
    source = std::make_unique<StoredEntry>(std::move(archive), entry);
  }
  FSC_RETURN_IF_ERROR(source->Seek(0));
  return source;
}

}  // namespace fsc
