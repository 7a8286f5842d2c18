#include "codec/conceal/still_completion.h"

#include <vector>

namespace fsc {
namespace {

constexpr int kRefills = 2;
constexpr int kCrossBlocks = 5;

}  // namespace

StillKind BestStillKind(const CompletionStatistics* statistics) {
  if (statistics == nullptr) return StillKind::kSelf;
  return statistics->cross_covariance.empty() ? StillKind::kGauss : StillKind::kCross;
}

StillCompletion::StillCompletion(StillKind kind, const CompletionStatistics* statistics) : kind_(kind) {
  if (kind == StillKind::kSelf) return;
  const int channels = statistics->channels;
  gauss_ = ModelOf({statistics->mean, statistics->covariance}, channels, false, false, kCalibratedRidge);
  if (kind == StillKind::kGauss) return;
  Moments cross{{}, statistics->cross_covariance};
  for (int block = 0; block < kCrossBlocks; ++block) {
    cross.mean.insert(cross.mean.end(), statistics->mean.begin(), statistics->mean.end());
  }
  cross_ = ModelOf(cross, channels, true, false, kCalibratedRidge);
}

std::string StillCompletion::Fill(const LossyTensor& lossy, Tensor* tensor) const {
  const std::vector<RowGroup> groups = RowGroupsOf(lossy.arrived);
  const ReceivedRange range = RangeOf(*tensor, lossy.arrived);
  if (kind_ == StillKind::kSelf) {
    FillLinear(lossy.arrived, lossy.otherwise, tensor);
    for (int i = 0; i < kRefills; ++i) {
      const Moments moments = MomentsOf(*tensor, {});
      Complete(ModelOf(moments, tensor->channels(), false, false, kSelfRidge), groups, nullptr, range,
               CompletedRows::kAll, tensor);
    }
    return "gself";
  }
  const bool cross = kind_ == StillKind::kCross;
  Complete(gauss_, groups, nullptr, range, cross ? CompletedRows::kEdges : CompletedRows::kAll, tensor);
  if (!cross) return "gauss";
  Complete(cross_, groups, nullptr, range, CompletedRows::kAll, tensor);
  return "gcross";
}

}  // namespace fsc
