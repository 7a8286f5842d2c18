#include "eval/run_command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace fsc {
namespace {

constexpr size_t kMostOutputBytes = size_t{64} << 20;

// What the child prints goes to files in memory: it never waits for a reader.
class OutputFile {
 public:
  explicit OutputFile(const char* name) : fd_(memfd_create(name, MFD_CLOEXEC)) {}
  ~OutputFile() {
    if (fd_ >= 0) close(fd_);
  }
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  int fd() const { return fd_; }

  std::string Read() const {
    std::string text;
    char buffer[4096];
    while (text.size() < kMostOutputBytes) {
      const ssize_t count = pread(fd_, buffer, sizeof(buffer), off_t(text.size()));
      if (count <= 0) break;
      text.append(buffer, size_t(count));
    }
    return text;
  }

 private:
  int fd_;
};

std::vector<char*> EnvironmentWithout(const std::set<std::string>& hidden) {
  std::vector<char*> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const char* const end = std::strchr(*entry, '=');
    if (end == nullptr || hidden.count(std::string(*entry, size_t(end - *entry))) == 0) kept.push_back(*entry);
  }
  kept.push_back(nullptr);
  return kept;
}

// posix_spawnp with the attributes that every command gets.
int Spawn(const std::vector<std::string>& words, const std::set<std::string>& hidden, int out, int errors, pid_t* pid) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  sigset_t defaults;
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);  // which the tool ignores
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  const int code =
      posix_spawnp(pid, arguments[0], &actions, &attributes, arguments.data(), EnvironmentWithout(hidden).data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

}  // namespace

Result<CommandOutput> RunCommand(const std::vector<std::string>& words, const std::set<std::string>& hidden) {
  const OutputFile out("out"), errors("errors");
  if (out.fd() < 0 || errors.fd() < 0) return IoError("cannot make a file in memory", words[0], std::strerror(errno));
  pid_t pid = 0;
  const int code = Spawn(words, hidden, out.fd(), errors.fd(), &pid);
  if (code == ENOENT) return IoError("there is no such program here", words[0]);
  if (code != 0) return IoError("cannot start a program", words[0], std::strerror(code));
  int wait_status = 0;
  while (waitpid(pid, &wait_status, 0) < 0) {
    if (errno != EINTR) return Internal("lost a child process", words[0], std::strerror(errno));
  }
  CommandOutput result;
  result.exit_code = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  result.out = out.Read();
  result.errors = errors.Read();
  return result;
}

}  // namespace fsc
