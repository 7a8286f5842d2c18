#include "tools/stdin_peek.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace fsc::tools {
namespace {

// tee() copies from a pipe and leaves it as it is.
std::string PeekPipe(size_t count) {
  int copy[2];
  if (pipe2(copy, O_CLOEXEC) != 0) return {};
  std::string bytes;
  while (true) {
    const ssize_t there = tee(STDIN_FILENO, copy[1], count, 0);
    if (there <= 0) break;
    bytes.resize(size_t(there));
    const ssize_t got = read(copy[0], bytes.data(), bytes.size());
    bytes.resize(size_t(std::max<ssize_t>(got, 0)));
    if (bytes.size() >= count) break;
    // The writer has begun and not ended: nothing tells when it goes on, for there is something to read all the time.
    pollfd state{STDIN_FILENO, POLLIN, 0};
    if (poll(&state, 1, 0) != 1 || (state.revents & POLLHUP) != 0) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  close(copy[0]);
  close(copy[1]);
  return bytes;
}

}  // namespace

bool IsStandardInput(const std::string& path) {
  return path == "-" || path == "/dev/stdin";
}

std::string PeekStandardInput(size_t count) {
  struct stat info {};
  if (fstat(STDIN_FILENO, &info) != 0) return {};
  if (S_ISFIFO(info.st_mode)) return PeekPipe(count);
  if (!S_ISREG(info.st_mode)) return {};
  std::string bytes(count, '\0');
  const ssize_t got = pread(STDIN_FILENO, bytes.data(), count, lseek(STDIN_FILENO, 0, SEEK_CUR));
  bytes.resize(size_t(std::max<ssize_t>(got, 0)));
  return bytes;
}

}  // namespace fsc::tools
