#include "tools/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace fsc::tools {

Progress::Progress(std::string verb, std::optional<int64_t> total_frames)
    : verb_(std::move(verb)), total_frames_(total_frames), visible_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (visible_ && frames_ > 0) std::fputs("\n", stderr);
}

double Progress::elapsed_s() const {
  return SecondsSince(start_);
}

void Progress::Step(const std::string& note) {
  ++frames_;
  if (!visible_) return;
  const bool last = total_frames_ && frames_ >= *total_frames_;
  if (last || Clock::now() - drawn_ > std::chrono::milliseconds(100)) Draw(note);
}

void Progress::Draw(const std::string& note) {
  drawn_ = Clock::now();
  const double rate = frames_ / std::max(elapsed_s(), 1e-9);
  std::string line = fmt::format("\r{} {}", verb_, frames_);
  if (total_frames_ && *total_frames_ > 0) {
    constexpr int kWidth = 24;
    const int filled = int(kWidth * std::min(1.0, double(frames_) / *total_frames_));
    line += fmt::format("/{} [{:=<{}}{: <{}}]", *total_frames_, "", filled, "", kWidth - filled);
  }
  line += fmt::format(" {:.1f} frames/s", rate);
  if (!note.empty()) line += ", " + note;
  if (total_frames_ && *total_frames_ > frames_)
    line += fmt::format(", {:.0f} s left", (*total_frames_ - frames_) / rate);
  line += "\x1b[K";
  std::fputs(line.c_str(), stderr);
}

}  // namespace fsc::tools
