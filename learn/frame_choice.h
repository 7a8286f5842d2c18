// frame_choice.h: which frames of a clip a calibration learns from, and which it keeps back to judge by.
//
// Held-back frames are short blocks, spread over the whole clip: what a clip shows at its end may be nothing like the
// rest. On either side of a block a few frames are used for neither, so that what is judged was not all but learnt.
#ifndef FSC_LEARN_FRAME_CHOICE_H_
#define FSC_LEARN_FRAME_CHOICE_H_

#include <cstdint>
#include <vector>

#include "core/image.h"

namespace fsc {

enum class FrameUse : uint8_t { kNone, kTraining, kHeldBack };

// One entry for each of `frames` frames; at most `most` are used, of which at most `most_held_back`, a quarter of the
// clip and half of `most` are held back. The first frame is always for training. All arguments >= 1.
std::vector<FrameUse> ChooseFrames(int64_t frames, int64_t most, int64_t most_held_back);

// Nothing can be seen: all pixels are one colour, but for noise (deviation from the mean colour below two levels).
bool IsBlank(const Image& image);

}  // namespace fsc

#endif  // FSC_LEARN_FRAME_CHOICE_H_
