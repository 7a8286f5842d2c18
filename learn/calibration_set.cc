#include "learn/calibration_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "eval/front_reader.h"
#include "learn/frame_choice.h"
#include "learn/frame_likeness.h"

namespace fsc {
namespace {

constexpr int64_t kFrozenFrames = 4;  // a clip of so many frames, all of them like one, is frozen

// A clip's frames inside the range, one entry each: does it show anything?
Result<std::vector<bool>> FindBlankFrames(const std::string& path, const FrameRange& range, int threads) {
  PictureReaderOptions options;
  options.path = path;
  options.frames = range;
  options.threads = threads;
  FSC_ASSIGN_OR_RETURN(PictureReader pictures, PictureReader::Open(options, Limits{}));
  std::vector<bool> blank;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto picture, pictures.Next());
    if (!picture) return blank;
    blank.push_back(IsBlank(picture->image));
  }
}

class Reader {
 public:
  Reader(SplitModel* model, const CalibrationSetOptions& options, const std::function<void()>& note)
      : model_(model), options_(options), note_(note) {}

  Result<CalibrationClip> Read(const std::string& path) {
    CalibrationClip clip;
    clip.path = path;
    FSC_ASSIGN_OR_RETURN(const std::vector<bool> blank, FindBlankFrames(path, options_.frames, options_.threads));
    clip.frames = int64_t(blank.size());
    clip.blank_frames = std::count(blank.begin(), blank.end(), true);
    const int64_t shown = clip.frames - clip.blank_frames;
    if (clip.frames > 0 && shown == 0) {
      return BadInput(fmt::format("the clip shows nothing: all its {} frames are of one colour", clip.frames), path,
                      "leave it out, or choose others with set.frames");
    }
    FrontReaderOptions reading;
    reading.pictures.path = path;
    reading.pictures.frames = options_.frames;
    reading.pictures.threads = options_.threads;
    reading.one_size = false;
    FSC_ASSIGN_OR_RETURN(const auto reader, FrontReader::Open(reading, model_, Limits{}));
    std::vector<FrameUse> uses;  // of the frames that show something, chosen when the first one's features are there
    size_t number = 0;           // among them
    for (int64_t n = 0; n < clip.frames; ++n) {
      const size_t mine = number;
      if (!blank[size_t(n)]) ++number;
      if (blank[size_t(n)] || (mine > 0 && uses[mine] == FrameUse::kNone)) {
        FSC_RETURN_IF_ERROR(reader->Skip(1).TakeStatus());
        continue;
      }
      FSC_ASSIGN_OR_RETURN(auto frame, reader->Next());
      if (!frame) break;
      FrontOutput& front = frame->front;
      if (mine == 0) uses = Choose(shown, TotalElements(front.layers) * int64_t{sizeof(float)});
      auto& kept = uses[mine] == FrameUse::kHeldBack ? clip.held_back : clip.training;
      kept.push_back({std::move(front.frame), std::move(front.layers), front.geometry, std::move(front.luma)});
      kept.back().features.timestamp_ticks = int64_t(kept.size()) - 1;
      if (note_) note_();
    }
    clip.warnings = reader->warnings();
    FSC_RETURN_IF_ERROR(CheckContent(clip));
    return clip;
  }

 private:
  std::vector<FrameUse> Choose(int64_t frames, int64_t frame_bytes) const {
    const int64_t clips = int64_t(options_.clips.size());
    const int64_t most = std::max<int64_t>(2, options_.max_frames / clips);
    const int64_t room = std::max<int64_t>(2, options_.max_bytes / clips / frame_bytes);
    int64_t held_back = std::max<int64_t>(1, options_.held_back_frames / clips);
    if (room < most) held_back = std::min(held_back, room / 4 + 1);
    return ChooseFrames(frames, std::min(most, room), held_back);
  }

  // Nothing is to be learnt where nothing differs.
  static Status CheckContent(const CalibrationClip& clip) {
    std::vector<const FeatureFrame*> kept;
    for (const auto* frames : {&clip.training, &clip.held_back}) {
      for (const CalibrationFrame& frame : *frames) kept.push_back(&frame.features);
    }
    if (kept.empty()) return {};
    if (AreConstant(kept)) {
      return BadInput("the clip has no content: its features are constant", clip.path, "leave it out");
    }
    const std::vector<int> groups = GroupsOfLikeFrames(kept);
    if (int64_t(kept.size()) >= kFrozenFrames && *std::max_element(groups.begin(), groups.end()) == 0) {
      return BadInput(fmt::format("the clip is frozen: its {} frames all show the same", kept.size()), clip.path,
                      "give a clip in which something moves");
    }
    return {};
  }

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

Warnings CalibrationSet::warnings() const {
  Warnings all;
  for (const CalibrationClip& clip : clips) {
    all.Add(clip.warnings);
    if (clip.blank_frames == 0) continue;
    all.Add({.kind = "blank-frames",
             .what = fmt::format("{} of {} frames show nothing and were left out", clip.blank_frames, clip.frames),
             .where = clip.path});
  }
  return all;
}

Result<CalibrationSet> ReadCalibrationSet(SplitModel* model, const CalibrationSetOptions& options,
                                          const std::function<void()>& note) {
  const size_t most = size_t(options.max_frames) / 4;
  if (options.clips.size() > most) {
    return Usage(fmt::format("{} clips for {} frames", options.clips.size(), options.max_frames), "set.max_frames",
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

}  // namespace fsc
