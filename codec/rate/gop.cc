#include "codec/rate/gop.h"

#include <algorithm>

namespace fsc {
namespace {

constexpr int kKeyDistance = 4;  // low delay: every fourth frame is a key frame
constexpr int kIntraQpOffset = -2;
constexpr int kKeyQpOffset = -1;
constexpr int kBetweenKeysQpOffset = 1;

}  // namespace

void GopPlanner::Push(int64_t frame_number, std::vector<PlannedFrame>* out) {
  if (position_ % structure_.gop_frames == 0) {
    Flush(out);
    EmitIntra(frame_number, out);
    position_ = 1;
    return;
  }
  ++position_;
  if (structure_.span_frames == 0) {
    EmitLowDelay(frame_number, out);
    return;
  }
  waiting_.push_back(frame_number);
  if (int(waiting_.size()) == structure_.span_frames) EmitSpan(out);
}

void GopPlanner::Flush(std::vector<PlannedFrame>* out) {
  if (!waiting_.empty()) EmitSpan(out);
}

void GopPlanner::EmitIntra(int64_t frame_number, std::vector<PlannedFrame>* out) {
  PlannedFrame frame;
  frame.frame_number = frame_number;
  frame.qp_offset = structure_.gop_frames == 1 ? 0 : kIntraQpOffset;
  frame.is_reference = structure_.gop_frames > 1;
  out->push_back(frame);
  anchor_ = frame_number;
  keys_.clear();
}

void GopPlanner::EmitLowDelay(int64_t frame_number, std::vector<PlannedFrame>* out) {
  const bool is_key = (position_ - 1) % kKeyDistance == 0;
  PlannedFrame frame;
  frame.frame_number = frame_number;
  frame.frame_class = FrameClass::kPredicted;
  frame.qp_offset = is_key ? kKeyQpOffset : kBetweenKeysQpOffset;
  frame.references.push_back(anchor_);
  if (!keys_.empty()) frame.references.push_back(keys_.back());
  // The frame before leaves unless it is a key; of the keys the last one before the anchor stays.
  const bool anchor_is_key = (position_ - 2) % kKeyDistance == 0;
  if (anchor_is_key) {
    keys_.push_back(anchor_);
    if (keys_.size() > 1) {
      frame.dropped.push_back(keys_.front());
      keys_.erase(keys_.begin());
    }
  } else {
    frame.dropped.push_back(anchor_);
  }
  anchor_ = frame_number;
  out->push_back(std::move(frame));
}

void GopPlanner::EmitSpan(std::vector<PlannedFrame>* out) {
  const int64_t low = anchor_;
  const int64_t high = waiting_.back();
  waiting_.clear();
  PlannedFrame frame;
  frame.frame_number = high;
  frame.frame_class = FrameClass::kPredicted;
  frame.references.push_back(low);
  if (!keys_.empty()) {
    frame.references.push_back(keys_.back());
    frame.dropped.push_back(keys_.back());
  }
  keys_.assign(1, low);
  anchor_ = high;
  out->push_back(std::move(frame));
  EmitBetween(low, high, 1, out);
}

void GopPlanner::EmitBetween(int64_t low, int64_t high, int depth, std::vector<PlannedFrame>* out) {
  if (high - low < 2) return;
  const int64_t middle = (low + high) / 2;
  PlannedFrame frame;
  frame.frame_number = middle;
  frame.is_reference = high - low > 2;
  frame.frame_class = frame.is_reference ? FrameClass::kReferenceB : FrameClass::kLeafB;
  frame.qp_offset = structure_.level_qp * depth;
  frame.references = {low, high};
  out->push_back(frame);
  EmitBetween(low, middle, depth + 1, out);
  EmitBetween(middle, high, depth + 1, out);
  if (frame.is_reference) out->back().dropped.push_back(middle);
}

}  // namespace fsc
