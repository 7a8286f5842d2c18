// progress.h: the progress bar of long work: how much is done, how fast, time left. Silent unless stderr is a terminal.
#ifndef FSC_TOOLS_PROGRESS_H_
#define FSC_TOOLS_PROGRESS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.h"

namespace fsc::tools {

class Progress {
 public:
  // `total`: what the input claims; nullopt = unknown, then no time left is shown. `quiet`: nothing is drawn.
  Progress(std::string verb, std::optional<int64_t> total, bool quiet, std::string unit = "frames");
  ~Progress();  // ends the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // One more is done. `note`: what to show beside the counts, e.g. "412 kbit/s"; redrawn at most ten times a second.
  void Step(const std::string& note = {});
  // So many are done, of so many.
  void Show(int64_t done, int64_t total, const std::string& note);
  // A line that stays, above the bar; it is there without a terminal too. Nothing when quiet.
  void Say(const std::string& line);

  int64_t done() const { return done_; }
  double elapsed_s() const;

 private:
  void Draw(const std::string& note);

  std::string verb_;
  std::string unit_;
  std::optional<int64_t> total_;
  bool quiet_;
  bool visible_;
  int64_t done_ = 0;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_PROGRESS_H_
