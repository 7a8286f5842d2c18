#include "fsc/byte_io.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/address.h"
#include "streams/output_file.h"

namespace fsc {
namespace {

constexpr size_t kMaxReadBytes = size_t{1} << 26;  // of one read(); Linux refuses more than 2 GiB

Error ReadError(const std::string& what, const std::string& name, int code) {
  return IoError(what + ": " + std::strerror(code), name);
}

// A file, or standard input. Unbuffered: what comes out of a pipe is handed on at once.
class FileSource : public ByteSource {
 public:
  FileSource(int fd, std::string name, bool owns_fd) : fd_(fd), owns_fd_(owns_fd), name_(std::move(name)) {
    struct stat info {};
    const off_t start = lseek(fd_, 0, SEEK_CUR);
    if (start >= 0 && fstat(fd_, &info) == 0 && S_ISREG(info.st_mode)) start_ = uint64_t(start);
  }
  ~FileSource() override {
    if (owns_fd_) close(fd_);
  }
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Result<size_t> Read(std::span<uint8_t> out) override {
    while (true) {
      const ssize_t count = read(fd_, out.data(), std::min(out.size(), kMaxReadBytes));
      if (count >= 0) return size_t(count);
      if (errno != EINTR) return ReadError("cannot read", name_, errno);
    }
  }

  Status Seek(uint64_t position) override {
    if (!start_) return IoError("cannot seek", name_, "save the stream to a file first");
    if (position > uint64_t(INT64_MAX) - *start_) return IoError("cannot seek that far", name_);
    if (lseek(fd_, off_t(*start_ + position), SEEK_SET) < 0) return ReadError("cannot seek", name_, errno);
    return {};
  }

  // Asked anew each time: the file may still grow.
  std::optional<uint64_t> size_bytes() const override {
    struct stat info {};
    if (!start_ || fstat(fd_, &info) != 0) return std::nullopt;
    return std::max(uint64_t(info.st_size), *start_) - *start_;
  }

  const std::string& name() const override { return name_; }

 private:
  int fd_;
  bool owns_fd_;
  std::string name_;
  std::optional<uint64_t> start_;  // where position 0 is in the file; nullopt where there is no seeking
};

class FileSink : public ByteSink {
 public:
  explicit FileSink(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}
  Status Write(std::span<const uint8_t> bytes) override { return file_->Write(bytes); }
  Status Commit() override { return file_->Commit(); }
  const std::string& name() const override { return file_->name(); }

 private:
  std::unique_ptr<OutputFile> file_;
};

class SpanSource : public ByteSource {
 public:
  SpanSource(std::span<const uint8_t> bytes, std::string name) : bytes_(bytes), name_(std::move(name)) {}

  Result<size_t> Read(std::span<uint8_t> out) override {
    const size_t count = std::min(out.size(), bytes_.size() - position_);
    std::copy_n(bytes_.begin() + ptrdiff_t(position_), count, out.begin());
    position_ += count;
    return count;
  }
  // Past the end, as in a file, there is nothing to read.
  Status Seek(uint64_t position) override {
    position_ = size_t(std::min<uint64_t>(position, bytes_.size()));
    return {};
  }
  std::optional<uint64_t> size_bytes() const override { return bytes_.size(); }
  const std::string& name() const override { return name_; }

 private:
  std::span<const uint8_t> bytes_;
  std::string name_;
  size_t position_ = 0;
};

class VectorSink : public ByteSink {
 public:
  explicit VectorSink(std::vector<uint8_t>* bytes) : bytes_(bytes) {}
  Status Write(std::span<const uint8_t> bytes) override {
    bytes_->insert(bytes_->end(), bytes.begin(), bytes.end());
    return {};
  }
  Status Commit() override { return {}; }
  const std::string& name() const override { return name_; }

 private:
  std::vector<uint8_t>* bytes_;
  std::string name_ = "memory";
};

}  // namespace

Result<std::unique_ptr<ByteSource>> OpenSource(const std::string& path) {
  if (path == "-") return std::unique_ptr<ByteSource>(new FileSource(STDIN_FILENO, "standard input", false));
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return NoSuchFile("cannot open", path);
  if (fd < 0) return ReadError("cannot open", path, errno);
  auto source = std::make_unique<FileSource>(fd, path, true);
  struct stat info {};
  if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    return IoError("cannot read: this is a folder", path, "give the name of a file");
  }
  return std::unique_ptr<ByteSource>(std::move(source));
}

Result<std::unique_ptr<ByteSink>> OpenSink(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> file, OutputFile::Create(path));
  return std::unique_ptr<ByteSink>(new FileSink(std::move(file)));
}

std::unique_ptr<ByteSource> MemorySource(std::span<const uint8_t> bytes, std::string name) {
  return std::make_unique<SpanSource>(bytes, std::move(name));
}

std::unique_ptr<ByteSink> MemorySink(std::vector<uint8_t>* bytes) {
  return std::make_unique<VectorSink>(bytes);
}

}  // namespace fsc
