#include "codec/conceal/adaptive_concealer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/conceal/cell_motion.h"

namespace fsc {
namespace {

constexpr float kKept = 0.7F;        // of the moments, a frame
constexpr int kReferenceBlock = 5;   // of CellVariables with neighbours
constexpr int kCrossSamples = 1400;  // cells of a frame that are enough for six variables a channel

}  // namespace

Result<Tensor> MovedPrevious(const LossyTensor& lossy, const Tensor& tensor) {
  const Tensor& previous = *lossy.context.previous;
  if (lossy.context.motion != nullptr) return MoveTensor(previous, *lossy.context.motion);
  FSC_ASSIGN_OR_RETURN(const CellMotion motion, EstimateCellMotion(tensor, lossy.arrived, previous));
  return MoveTensor(previous, motion);
}

AdaptiveConcealer::AdaptiveConcealer(const std::string& name, const ConcealerOptions& options, bool neighbours)
    : RowConcealer(name, options),
      neighbours_(neighbours),
      still_(BestStillKind(options.statistics.get()), options.statistics.get()) {}

void AdaptiveConcealer::Reset() {
  moments_ = {};
  moved_.reset();
}

Moments AdaptiveConcealer::Measure(const Tensor& tensor) const {
  const int cells = tensor.height_cells() * tensor.width_cells();
  const int step = neighbours_ ? std::max(1, cells / kCrossSamples) : 1;
  return MomentsOf(tensor, {neighbours_, &*moved_}, step);
}

void AdaptiveConcealer::FillJointly(const Moments& moments, const LossyTensor& lossy, Tensor* tensor) const {
  const int channels = tensor->channels();
  const std::vector<RowGroup> groups = RowGroupsOf(lossy.arrived);
  const ReceivedRange range = RangeOf(*tensor, lossy.arrived);
  if (neighbours_) {  // their rows around a group come from the simpler model
    const std::array<int, 2> blocks = {0, kReferenceBlock};
    Moments simple;
    const int n = int(moments.mean.size());
    simple.covariance = SelectBlocks(moments.covariance, n, channels, blocks);
    for (const int block : blocks) {
      const auto first = moments.mean.begin() + ptrdiff_t(block) * channels;
      simple.mean.insert(simple.mean.end(), first, first + channels);
    }
    Complete(ModelOf(simple, channels, false, true, kAdaptiveRidge), groups, &*moved_, range, CompletedRows::kEdges,
             tensor);
  }
  Complete(ModelOf(moments, channels, neighbours_, true, kAdaptiveRidge), groups, &*moved_, range, CompletedRows::kAll,
           tensor);
}

void AdaptiveConcealer::FillAlone(const LossyTensor& lossy, Tensor* tensor) const {
  const int channels = tensor->channels();
  const std::array<int, 1> own = {0};
  Moments moments;
  moments.covariance = SelectBlocks(moments_.covariance, int(moments_.mean.size()), channels, own);
  moments.mean.assign(moments_.mean.begin(), moments_.mean.begin() + channels);
  Complete(ModelOf(moments, channels, false, false, kAdaptiveRidge), RowGroupsOf(lossy.arrived), nullptr,
           RangeOf(*tensor, lossy.arrived), CompletedRows::kAll, tensor);
}

Result<std::string> AdaptiveConcealer::Fill(const LossyTensor& lossy, Tensor* tensor) {
  moved_.reset();
  if (lossy.context.previous == nullptr) {
    moments_ = {};
    return still_.Fill(lossy, tensor);
  }
  FSC_ASSIGN_OR_RETURN(moved_, MovedPrevious(lossy, *tensor));
  change_ = SceneChangeOf(UnpredictedShare(*tensor, lossy.arrived, *lossy.context.previous, *moved_));
  const bool weak = change_ == SceneChange::kWeak;
  if (change_ == SceneChange::kCut || (weak && statistics() != nullptr)) return still_.Fill(lossy, tensor);
  if (moments_.mean.empty()) {  // nothing learnt yet: from the tensor itself, filled in without the last one
    still_.Fill(lossy, tensor);
    FillJointly(Measure(*tensor), lossy, tensor);
    return name();
  }
  if (weak) {
    FillAlone(lossy, tensor);
    return std::string("gauss of the last tensors");
  }
  FillJointly(moments_, lossy, tensor);
  return name();
}

Status AdaptiveConcealer::Learn(const LossyTensor& lossy, const Tensor& tensor) {
  if (lossy.context.previous == nullptr) {
    moments_ = {};
    return {};
  }
  if (lossy.arrived.complete()) {
    FSC_ASSIGN_OR_RETURN(moved_, MovedPrevious(lossy, tensor));
    change_ = SceneChangeOf(UnpredictedShare(tensor, lossy.arrived, *lossy.context.previous, *moved_));
  }
  if (change_ == SceneChange::kCut) {
    moments_ = {};
  } else {
    Blend(kKept, Measure(tensor), &moments_);
  }
  moved_.reset();
  return {};
}

DifferenceConcealer::DifferenceConcealer(const std::string& name, const ConcealerOptions& options)
    : RowConcealer(name, options),
      still_(BestStillKind(options.statistics.get()), options.statistics.get()),
      model_(ModelOf({std::vector<float>(size_t(options.statistics->channels), 0.0F), options.statistics->difference},
                     options.statistics->channels, false, false, kCalibratedRidge)) {}

Result<std::string> DifferenceConcealer::Fill(const LossyTensor& lossy, Tensor* tensor) {
  if (lossy.context.previous == nullptr) return still_.Fill(lossy, tensor);
  FSC_ASSIGN_OR_RETURN(const Tensor moved, MovedPrevious(lossy, *tensor));
  const double unpredicted = UnpredictedShare(*tensor, lossy.arrived, *lossy.context.previous, moved);
  if (SceneChangeOf(unpredicted) != SceneChange::kNone) return still_.Fill(lossy, tensor);
  Tensor difference = tensor->Clone();
  for (size_t i = 0; i < difference.size(); ++i) difference.values()[i] -= moved.values()[i];
  Complete(model_, RowGroupsOf(lossy.arrived), nullptr, {}, CompletedRows::kAll, &difference);
  for (size_t i = 0; i < difference.size(); ++i) difference.values()[i] += moved.values()[i];
  FillFrom(difference, lossy.arrived, tensor);
  ClipLost(RangeOf(*tensor, lossy.arrived), lossy.arrived, tensor);
  return name();
}

}  // namespace fsc
