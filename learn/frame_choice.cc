#include "learn/frame_choice.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace fsc {
namespace {

constexpr int64_t kHeldBackShare = 4;  // of a clip: at most one frame in so many
constexpr int64_t kBlocks = 4;         // of held-back frames, about
constexpr int64_t kLongestBlock = 8;
constexpr int64_t kWidestGap = 8;        // frames between a block and what is learnt from
constexpr double kBlankDeviation = 2.0;  // levels of 255

}  // namespace

std::vector<FrameUse> ChooseFrames(int64_t frames, int64_t most, int64_t most_held_back) {
  std::vector<FrameUse> uses(size_t(frames), FrameUse::kTraining);
  const int64_t held_back = std::min({most_held_back, frames / kHeldBackShare, most / 2});
  if (held_back > 0) {
    const int64_t longest = std::clamp<int64_t>((held_back + kBlocks - 1) / kBlocks, 1, kLongestBlock);
    const int64_t blocks = (held_back + longest - 1) / longest;
    for (int64_t b = 0; b < blocks; ++b) {
      // The block lies in the middle of its stretch of the clip.
      const int64_t begin = frames * b / blocks, end = frames * (b + 1) / blocks;
      const int64_t length = held_back * (b + 1) / blocks - held_back * b / blocks;
      const int64_t gap = std::min(kWidestGap, (end - begin - length) / 4);
      const int64_t first = begin + (end - begin - length + 1) / 2;
      for (int64_t n = first - gap; n < first + length + gap; ++n) {
        uses[size_t(n)] = n < first || n >= first + length ? FrameUse::kNone : FrameUse::kHeldBack;
      }
    }
  }
  // The others are thinned out evenly.
  const int64_t others = std::count(uses.begin(), uses.end(), FrameUse::kTraining);
  const int64_t room = std::max<int64_t>(1, most - held_back);
  int64_t number = 0;
  for (FrameUse& use : uses) {
    if (use != FrameUse::kTraining) continue;
    if (number++ * room % others >= room && room < others) use = FrameUse::kNone;
  }
  return uses;
}

bool IsBlank(const Image& image) {
  std::array<double, 3> sum{}, squares{};
  for (size_t i = 0; i < image.bgr.size(); ++i) {
    const double value = image.bgr[i];
    sum[i % 3] += value;
    squares[i % 3] += value * value;
  }
  const double pixels = double(image.bgr.size()) / 3;
  for (size_t c = 0; c < 3; ++c) {
    const double mean = sum[c] / pixels;
    if (squares[c] / pixels - mean * mean >= kBlankDeviation * kBlankDeviation) return false;
  }
  return true;
}

}  // namespace fsc
