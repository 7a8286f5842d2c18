#include "eval/feature_comparison.h"

#include <fmt/format.h>

#include "eval/feature_values.h"

namespace fsc {

Status FeatureComparison::Open(const std::string& reference_folder, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(reference_, ReferenceReader::Open(reference_folder, limits));
  distortion_.emplace(reference_->info().stream.layers.size());
  return {};
}

Status FeatureComparison::Add(int64_t number, const FeatureFrame& decoded) {
  FSC_ASSIGN_OR_RETURN(const auto original, reference_->Next(false));
  if (!original || number != int64_t(nrmse_.size()))
    return Internal("decoded frames out of step with the clip", fmt::format("frame {}", number));
  FSC_RETURN_IF_ERROR(distortion_->Add(original->frame, decoded));
  nrmse_.push_back(distortion_->LastNrmse());
  return {};
}

Status FeatureComparison::Finish(EvalPoint* point) {
  const int64_t frames = reference_->info().frames;
  if (int64_t(nrmse_.size()) != frames) return Internal(fmt::format("{} frames decoded of {}", nrmse_.size(), frames));
  FillDistortion(distortion_->AllLayers(), point);
  point->frame_nrmse = nrmse_;
  return {};
}

}  // namespace fsc
