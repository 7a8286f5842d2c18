#include "eval/job_pool.h"

#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <exception>
#include <map>

#include "core/byte_reader.h"
#include "core/byte_writer.h"

namespace fsc {
namespace {

struct Child {
  size_t job = 0;
  int pipe_fd = -1;  // where its error comes out
};

// The whole life of a child: never returns. Its error goes through the pipe, which holds 64 KiB: more is cut.
[[noreturn]] void RunChild(const Job& job, int pipe_fd) {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  Status status;
  try {
    status = job.run();
  } catch (const std::exception& e) {
    status = Internal(e.what(), job.name);
  }
  if (!status.ok()) {
    constexpr size_t kMaxText = 8192;
    const Error& error = status.error();
    ByteWriter out;
    out.U8(uint8_t(error.kind));
    for (const std::string& text : {error.what, error.where, error.advice})
      out.String(std::string_view(text).substr(0, kMaxText));
    if (write(pipe_fd, out.bytes().data(), out.size()) < 0) _exit(2);
  }
  _exit(status.ok() ? 0 : 1);
}

Status Outcome(const Child& child, const std::string& name, int wait_status) {
  std::vector<uint8_t> bytes;
  uint8_t buffer[4096];
  for (ssize_t count; (count = read(child.pipe_fd, buffer, sizeof(buffer))) > 0;)
    bytes.insert(bytes.end(), buffer, buffer + count);
  close(child.pipe_fd);
  if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0) return {};
  if (WIFSIGNALED(wait_status))
    return Internal(std::string("job ended by signal: ") + strsignal(WTERMSIG(wait_status)), name);
  ByteReader in(bytes);
  Error error;
  error.kind = ErrorKind(in.U8());
  error.what = in.String(1 << 16);
  error.where = in.String(1 << 16);
  error.advice = in.String(1 << 16);
  if (in.broken()) return Internal("job ended without saying why", name);
  return error;
}

}  // namespace

Status RunJobs(const std::vector<Job>& jobs, int parallel) {
  std::map<pid_t, Child> running;
  size_t next = 0;
  while (next < jobs.size() || !running.empty()) {
    if (next < jobs.size() && int(running.size()) < parallel) {
      int fds[2];
      if (pipe(fds) != 0) return Internal("cannot make a pipe", jobs[next].name, strerror(errno));
      const pid_t pid = fork();
      if (pid < 0) return Internal("cannot start a process", jobs[next].name, strerror(errno));
      if (pid == 0) {
        close(fds[0]);
        RunChild(jobs[next], fds[1]);
      }
      close(fds[1]);
      running[pid] = {next++, fds[0]};
      continue;
    }
    int wait_status = 0;
    const pid_t pid = waitpid(-1, &wait_status, 0);
    if (pid < 0 && errno == EINTR) continue;
    const auto child = running.find(pid);
    if (pid < 0) return Internal("lost the child processes", {}, strerror(errno));
    if (child == running.end()) continue;
    const Job& job = jobs[child->second.job];
    job.done(Outcome(child->second, job.name, wait_status));
    running.erase(child);
  }
  return {};
}

Status RunApart(const std::string& name, std::function<Status()> run) {
  Status outcome;
  Job job;
  job.name = name;
  job.run = std::move(run);
  job.done = [&](const Status& status) {
    if (!status.ok()) outcome = status.error();
  };
  FSC_RETURN_IF_ERROR(RunJobs({job}, 1));
  return outcome;
}

}  // namespace fsc
