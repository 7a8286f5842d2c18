// progress.h: the progress bar of long work: frames per second, rate so far, time left. Silent unless stderr is a
// terminal.
#ifndef FSC_TOOLS_PROGRESS_H_
#define FSC_TOOLS_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.h"

namespace fsc::tools {

class Progress {
 public:
  // `total_frames`: what the input claims; nullopt = unknown, then no time left is shown.
  Progress(std::string verb, std::optional<int64_t> total_frames);
  ~Progress();  // ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // One more frame is done. `note`: what to show beside the counts, e.g. "412 kbit/s"; redrawn at most ten times a
  // second.
  void Step(const std::string& note = {});

  int64_t frames() const { return frames_; }
  double elapsed_s() const;

 private:
  void Draw(const std::string& note);

  std::string verb_;
  std::optional<int64_t> total_frames_;
  bool visible_;
  int64_t frames_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_PROGRESS_H_
