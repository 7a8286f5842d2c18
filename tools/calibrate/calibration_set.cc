#include "tools/calibrate/calibration_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "streams/video_source.h"

namespace fsc::tools {
namespace {

constexpr int kHeldBackShare = 4;  // of a clip: at most one frame in so many

// Frames of the clip inside `range`, counted by reading where the file does not say.
Result<int64_t> CountFrames(const std::string& path, const FrameRange& range, int threads) {
  FSC_ASSIGN_OR_RETURN(const auto source, OpenVideo(path, Limits{}, threads));
  int64_t count = 0;
  if (source->info().frames_from_header) {
    count = *source->info().frames_from_header;
  } else {
    for (;; ++count) {
      if (count >= range.last) break;
      FSC_ASSIGN_OR_RETURN(const auto frame, source->Next());
      if (!frame) break;
    }
  }
  return std::max<int64_t>(0, std::min(count, range.last) - range.first);
}

// Which frames of a clip to keep, numbered from the start of the range.
struct Choice {
  int64_t first_held_back = 0;
  int64_t end = 0;
  int64_t step = 1;  // between frames to learn from

  bool HeldBack(int64_t n) const { return n >= first_held_back && n < end; }
  bool Kept(int64_t n) const { return HeldBack(n) || (n < first_held_back && n % step == 0); }
};

Choice Choose(int64_t frames, int64_t most, int64_t most_held_back) {
  const int64_t held_back = std::min({most_held_back, frames / kHeldBackShare, most / 2});
  const int64_t others = frames - held_back;
  const int64_t room = std::max<int64_t>(1, most - held_back);
  return {others, frames, (others + room - 1) / room};
}

class Reader {
 public:
  Reader(SplitModel* model, const CalibrationSetOptions& options, const std::function<void()>& note)
      : model_(model), options_(options), note_(note) {}

  Result<CalibrationClip> Read(const std::string& path) {
    CalibrationClip clip;
    clip.path = path;
    FSC_ASSIGN_OR_RETURN(const int64_t frames, CountFrames(path, options_.frames, options_.threads));
    const int64_t clips = int64_t(options_.clips.size());
    int64_t most = std::max<int64_t>(2, options_.max_frames / clips);
    const int64_t most_held_back = std::max<int64_t>(1, options_.held_back_frames / clips);
    Choice choice = Choose(frames, most, most_held_back);
    FSC_ASSIGN_OR_RETURN(const auto source, OpenVideo(path, Limits{}, options_.threads));
    bool first = true;
    for (int64_t n = -options_.frames.first; n < frames; ++n) {
      FSC_ASSIGN_OR_RETURN(const auto picture, source->Next());
      if (!picture) break;
      if (n < 0 || !choice.Kept(n)) continue;
      FSC_ASSIGN_OR_RETURN(FrontOutput front, model_->RunFront(picture->image));
      if (first) {
        const int64_t frame_bytes = TotalElements(front.layers) * int64_t{sizeof(float)};
        const int64_t room = std::max<int64_t>(2, options_.max_bytes / clips / frame_bytes);
        if (room < most) choice = Choose(frames, most = room, std::min(most_held_back, room / kHeldBackShare + 1));
        first = false;
      }
      auto& kept = choice.HeldBack(n) ? clip.held_back : clip.training;
      kept.push_back({std::move(front.frame), std::move(front.layers), front.geometry, std::move(front.luma)});
      kept.back().features.timestamp_ticks = int64_t(kept.size()) - 1;
      if (note_) note_();
    }
    return clip;
  }

 private:
  SplitModel* model_;
  const CalibrationSetOptions& options_;
  const std::function<void()>& note_;
};

}  // namespace

std::vector<const FeatureFrame*> CalibrationSet::Training() const {
  std::vector<const FeatureFrame*> all;
  for (const CalibrationClip& clip : clips) {
    for (const CalibrationFrame& frame : clip.training) all.push_back(&frame.features);
  }
  return all;
}

std::vector<const FeatureFrame*> CalibrationSet::HeldBack() const {
  std::vector<const FeatureFrame*> all;
  for (const CalibrationClip& clip : clips) {
    for (const CalibrationFrame& frame : clip.held_back) all.push_back(&frame.features);
  }
  return all;
}

Result<CalibrationSet> ReadCalibrationSet(SplitModel* model, const CalibrationSetOptions& options,
                                          const std::function<void()>& note) {
  const size_t most = size_t(options.max_frames) / 4;
  if (options.clips.size() > most) {
    return Usage(fmt::format("{} clips for {} frames", options.clips.size(), options.max_frames), "--max-frames",
                 "give at least four frames a clip, or fewer clips");
  }
  CalibrationSet set;
  Reader reader(model, options, note);
  for (const std::string& path : options.clips) {
    FSC_ASSIGN_OR_RETURN(CalibrationClip clip, reader.Read(path));
    set.clips.push_back(std::move(clip));
  }
  const size_t training = set.Training().size(), held_back = set.HeldBack().size();
  if (training < 2 || held_back < 1) {
    return Usage(fmt::format("too few frames: {} to learn from and {} to judge by", training, held_back),
                 options.clips.empty() ? "" : options.clips[0], "give clips of at least 4 frames, or more of them");
  }
  return set;
}

}  // namespace fsc::tools
