// frame_scan.h: what a frame looks like before any transform: how large its values are, and roughly where. From two
// scans follows whether a frame goes on with what was shown before. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_FRAME_SCAN_H_
#define FSC_CODEC_LATENT_ENCODE_FRAME_SCAN_H_

#include <cstdint>
#include <span>
#include <vector>

#include "core/thread_pool.h"
#include "fsc/feature_frame.h"

namespace fsc {

struct LayerScan {
  double deviation = 0;  // root mean square of the values about their channels' means
  double spread = 0;     // root mean square of the values
  float lowest = 0;
  float highest = 0;
  float largest = 0;  // magnitude
  bool whole_numbers = true;
  double cells = 0;  // of a channel
  // Means of blocks of 4 x 4 cells about their channels' means, [channel][block row][block column], and their power. Of
  // fewer than 64 cells every cell is a block; fewer than 16 are taken about the layer's mean.
  std::vector<float> block_means;
  double block_power = 0;  // sum of squares

  // What steps should go by: the deviation; of few cells, or where nothing varies within a channel, the spread counts.
  double Scale() const;
  // Too few cells for a scale that says something of other frames.
  bool handful() const;
  bool operator==(const LayerScan&) const = default;
};

using FrameScan = std::vector<LayerScan>;  // [layer]

// Whether all layers are so.
bool IsHandful(const FrameScan& scan);

// The same for every number of threads.
FrameScan ScanFrame(std::span<const Tensor> layers, ThreadPool* pool);

// How much of the second frame is not in the first: squared differences of block means in proportion to their power,
// mean of the layers that are not flat in both. 0 = the same; 2 = nothing in common; more where the power changes too.
double ChangeBetween(const FrameScan& before, const FrameScan& now);

// Finds cuts: frames that change more than a scene does, and more than the frames before them did (noise changes
// always).
class CutDetector {
 public:
  // Frames in display order. True where `scan` begins another scene.
  bool Push(const FrameScan& scan);
  // That frame looked exactly like the one before it.
  bool repeats() const { return repeats_; }

 private:
  FrameScan before_;
  bool repeats_ = false;
  double last_change_ = 0;
  int64_t frames_ = 0;
};

// Follows the size of the values from the frames that the steps were fitted on, so that a qp means the same quality
// after a fade or a change of exposure.
class ScaleTracker {
 public:
  ScaleTracker() = default;
  // The scans of the frames that the transform was fitted on; 1 or more.
  explicit ScaleTracker(std::span<const FrameScan* const> fitted);

  // What to add to the qp of the next frame in display order; small changes are left alone but at the start of a group
  // of pictures.
  int OffsetOf(const FrameScan& scan, bool starts_group);
  // By how many qp steps the scale of that frame differs from the one before it.
  double jump() const { return jump_; }
  // How many qp steps the layers of that frame are apart in what they want.
  double unlike() const { return unlike_; }

 private:
  double ExactOffset(const FrameScan& scan);

  std::vector<double> scales_;  // [layer], of the fitted frames
  int offset_ = 0;
  double last_exact_ = 0;
  double jump_ = 0;
  double unlike_ = 0;
  int still_frames_ = 0;  // since the scale last moved
  bool moving_ = false;
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_FRAME_SCAN_H_
