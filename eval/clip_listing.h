// clip_listing.h: the pictures of a suite's clip: which they are, and how many.
#ifndef FSC_EVAL_CLIP_LISTING_H_
#define FSC_EVAL_CLIP_LISTING_H_

#include "eval/ground_truth.h"
#include "eval/picture_reader.h"
#include "eval/suite.h"

namespace fsc {

// How the clip, a video, is read.
PictureReaderOptions PicturesOf(const SuiteClip& clip);

// The number, names and size of the frames of a clip. Videos whose header does not tell are decoded once.
Result<ClipListing> ListClip(const SuiteClip& clip, const Limits& limits);

}  // namespace fsc

#endif  // FSC_EVAL_CLIP_LISTING_H_
