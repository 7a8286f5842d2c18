// gop.h: the order in which frames are coded, what they refer to, and how much finer or coarser they are
// quantised. Encoder only: the frame headers carry all that a decoder needs.
//
// A group of pictures starts with an intra frame and is closed. Inside it either every frame refers back (low delay:
// the frame before and the last key frame, every fourth), or spans of frames are coded from their far
// end inwards, halving: a hierarchy of B frames.
#ifndef FSC_CODEC_RATE_GOP_H_
#define FSC_CODEC_RATE_GOP_H_

#include <cstdint>
#include <vector>

#include "codec/frame_class.h"

namespace fsc {

struct PlannedFrame {
  int64_t frame_number = 0;
  FrameClass frame_class = FrameClass::kIntra;
  int qp_offset = 0;
  bool is_reference = true;
  std::vector<int64_t> references;  // frame numbers; the first is the nearer or earlier one
  std::vector<int64_t> dropped;     // stored pictures that nothing refers to after this frame
  bool repeats = false;             // its source is that of all its references; the planner does not know
};

struct GopStructure {
  int gop_frames = 1;   // >= 1
  int span_frames = 0;  // hierarchical B, 2..32; 0 = low delay
  int level_qp = 1;     // qp that a B frame is coarser than the frames around it
};

class GopPlanner {
 public:
  explicit GopPlanner(const GopStructure& structure) : structure_(structure) {}

  // Takes the next frame in display order; appends what can be coded now, in coding order.
  void Push(int64_t frame_number, std::vector<PlannedFrame>* out);
  void Flush(std::vector<PlannedFrame>* out);

 private:
  void EmitIntra(int64_t frame_number, std::vector<PlannedFrame>* out);
  void EmitLowDelay(int64_t frame_number, std::vector<PlannedFrame>* out);
  void EmitSpan(std::vector<PlannedFrame>* out);
  void EmitBetween(int64_t low, int64_t high, int depth, std::vector<PlannedFrame>* out);

  GopStructure structure_;
  int64_t position_ = 0;          // of the next frame within its group
  int64_t anchor_ = -1;           // last frame coded in display order
  std::vector<int64_t> keys_;     // older pictures kept as second references, newest last
  std::vector<int64_t> waiting_;  // frames after the anchor, not coded yet
};

}  // namespace fsc

#endif  // FSC_CODEC_RATE_GOP_H_
