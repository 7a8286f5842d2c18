#include "streams/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "streams/uncommitted_files.h"

namespace fsc {
namespace {

// Linux refuses more than 2 GiB in one call; smaller pieces also let a ^C through.
constexpr size_t kMaxWriteBytes = size_t{1} << 26;

Error WriteError(const std::string& what, const std::string& name, int code) {
  std::string advice;
  if (code == ENOSPC || code == EDQUOT) advice = "free some space or write elsewhere";
  if (code == EPIPE) advice = "the reader of the pipe has gone";
  if (code == ENOENT) advice = "make the folder first";
  return IoError(what + ": " + std::strerror(code), name, advice);
}

std::string RealPath(const std::string& path) {
  char* resolved = realpath(path.c_str(), nullptr);
  const std::string result = resolved != nullptr ? resolved : path;
  std::free(resolved);
  return result;
}

std::string TemporaryName(const std::string& path, const char* extension) {
  return path + "." + std::to_string(getpid()) + extension;
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::Create(const std::string& path) {
  if (path == "-") {
    std::unique_ptr<OutputFile> file(new OutputFile(STDOUT_FILENO, "standard output"));
    file->owns_fd_ = false;
    return file;
  }
  struct stat info {};
  const bool exists = stat(path.c_str(), &info) == 0;
  if (exists && !S_ISREG(info.st_mode)) {
    if (S_ISDIR(info.st_mode)) return IoError("cannot write: this is a folder", path, "give the name of a file");
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0) return WriteError("cannot open for writing", path, errno);
    return std::unique_ptr<OutputFile>(new OutputFile(fd, path));
  }
  // A link is followed, so that the file that it names is replaced and not the link.
  const std::string final_path = exists ? RealPath(path) : path;
  const std::string temporary_path = TemporaryName(final_path, ".part");
  const int slot = RememberUncommittedFile(temporary_path);
  const int fd = open(temporary_path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    const int code = errno;
    ForgetUncommittedFile(slot);
    return WriteError("cannot create", path, code);
  }
  if (exists) (void)!fchmod(fd, info.st_mode & 0777);  // a file system without permissions is no reason to fail
  std::unique_ptr<OutputFile> file(new OutputFile(fd, path));
  file->final_path_ = final_path;
  file->temporary_path_ = temporary_path;
  file->cleanup_slot_ = slot;
  file->regular_ = true;
  return file;
}

Result<std::unique_ptr<OutputFile>> OutputFile::CreateSpool(const std::string& path) {
  static std::atomic<unsigned> count{0};  // several spools may stand beside one file
  const std::string name = TemporaryName(path, "") + "." + std::to_string(count++) + ".spool";
  const int fd = open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return WriteError("cannot create a temporary file", name, errno);
  unlink(name.c_str());
  std::unique_ptr<OutputFile> file(new OutputFile(fd, "temporary file beside " + path));
  file->regular_ = true;
  return file;
}

OutputFile::~OutputFile() {
  if (owns_fd_ && fd_ >= 0) close(fd_);
  if (!temporary_path_.empty()) unlink(temporary_path_.c_str());
  ForgetUncommittedFile(cleanup_slot_);
}

Status OutputFile::Write(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd_, bytes.data(), std::min(bytes.size(), kMaxWriteBytes));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return WriteError("cannot write", name_, errno);
    bytes = bytes.subspan(size_t(count));
    bytes_written_ += uint64_t(count);
  }
  return {};
}

Status OutputFile::Patch(uint64_t position, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite(fd_, bytes.data(), std::min(bytes.size(), kMaxWriteBytes), off_t(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return WriteError("cannot write", name_, errno);
    bytes = bytes.subspan(size_t(count));
    position += uint64_t(count);
  }
  return {};
}

Status OutputFile::ReadBack(uint64_t position, std::span<uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t count = pread(fd_, out.data(), std::min(out.size(), kMaxWriteBytes), off_t(position));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return WriteError("cannot read back", name_, errno);
    if (count == 0) return IoError("the file was cut while it was being written", name_);
    out = out.subspan(size_t(count));
    position += uint64_t(count);
  }
  return {};
}

Status OutputFile::Commit() {
  if (owns_fd_) {
    const int fd = fd_;
    fd_ = -1;
    // A network file system may report a full disk only here.
    if (close(fd) != 0 && errno != EINTR) return WriteError("cannot write", name_, errno);
  }
  if (temporary_path_.empty()) return {};
  if (rename(temporary_path_.c_str(), final_path_.c_str()) != 0) return WriteError("cannot rename", name_, errno);
  temporary_path_.clear();
  ForgetUncommittedFile(cleanup_slot_);
  cleanup_slot_ = -1;
  return {};
}

}  // namespace fsc
