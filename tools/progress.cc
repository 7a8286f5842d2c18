#include "tools/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace fsc::tools {

namespace {

// A line that is longer than the terminal is wide would stay, and the next one be drawn below it.
void CutToTerminal(std::string* line) {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0 || line->size() < size.ws_col) return;
  size_t end = size_t(size.ws_col) - 1;
  while (end > 0 && (static_cast<unsigned char>((*line)[end]) & 0xC0) == 0x80) --end;  // within a character
  line->resize(end);
}

}  // namespace

Progress::Progress(std::string verb, std::optional<int64_t> total, bool quiet, std::string unit)
    : verb_(std::move(verb)),
      unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      visible_(!quiet && isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (drawn_ != Clock::time_point()) std::fputs("\n", stderr);
}

double Progress::elapsed_s() const {
  return SecondsSince(start_);
}

void Progress::Step(const std::string& note) {
  ++done_;
  if (!visible_) return;
  const bool last = total_ && done_ >= *total_;
  if (last || Clock::now() - drawn_ > std::chrono::milliseconds(100)) Draw(note);
}

void Progress::Show(int64_t done, int64_t total, const std::string& note) {
  done_ = done;
  total_ = total;
  if (visible_) Draw(note);
}

void Progress::Say(const std::string& line) {
  if (quiet_) return;
  std::fputs(((visible_ ? "\r\x1b[K" : "") + line + "\n").c_str(), stderr);
}

void Progress::Draw(const std::string& note) {
  drawn_ = Clock::now();
  const double rate = done_ / std::max(elapsed_s(), 1e-9);
  std::string line = fmt::format("{} {}", verb_, done_);
  if (total_ && *total_ > 0) {
    constexpr int kWidth = 24;
    const int filled = int(kWidth * std::min(1.0, double(done_) / *total_));
    line += fmt::format("/{} [{:=<{}}{: <{}}]", *total_, "", filled, "", kWidth - filled);
  }
  line += fmt::format(" {:.1f} {}/s", rate, unit_);
  if (!note.empty()) line += ", " + note;
  if (total_ && *total_ > done_ && done_ > 0) line += fmt::format(", {:.0f} s left", (*total_ - done_) / rate);
  CutToTerminal(&line);
  std::fputs(("\r" + line + "\x1b[K").c_str(), stderr);
}

}  // namespace fsc::tools
