#include "codec/conceal/row_concealer.h"

#include "codec/conceal/fills.h"

namespace fsc {
namespace {

bool SameShape(const Tensor& a, const Tensor& b) {
  return a.channels() == b.channels() && a.height_cells() == b.height_cells() && a.width_cells() == b.width_cells();
}

std::string ShapeText(const Tensor& tensor) {
  return std::to_string(tensor.channels()) + " x " + std::to_string(tensor.height_cells()) + " x " +
         std::to_string(tensor.width_cells());
}

}  // namespace

Concealer::~Concealer() = default;

Status CheckCovarianceChannels(const std::string& name, int channels) {
  if (channels <= kMaxCompletionChannels) return {};
  return Usage("too many channels for this method", name + ", " + std::to_string(channels) + " channels",
               "use one without covariances, as linear; these take up to " + std::to_string(kMaxCompletionChannels));
}

Status RowConcealer::Check(const ArrivalMap& arrived, const ConcealContext& context, const Tensor& tensor) const {
  if (tensor.size() == 0 || tensor.borrowed()) {
    return Usage("the tensor is empty or borrowed", name_, "give one that can be written");
  }
  if (arrived.channels() != tensor.channels() || arrived.rows() != tensor.height_cells()) {
    return Usage("the map of what arrived has another shape than the tensor",
                 std::to_string(arrived.channels()) + " channels of " + std::to_string(arrived.rows()) +
                     " rows for a tensor of " + ShapeText(tensor));
  }
  if (context.previous != nullptr && !SameShape(*context.previous, tensor)) {
    return Usage("the last tensor has another shape", ShapeText(*context.previous) + " before " + ShapeText(tensor));
  }
  if (!context.channel_means.empty() && context.channel_means.size() != size_t(tensor.channels())) {
    return Usage("there are not as many means as channels",
                 std::to_string(context.channel_means.size()) + " for " + std::to_string(tensor.channels()));
  }
  const size_t cells = size_t(tensor.height_cells()) * size_t(tensor.width_cells());
  if (context.motion != nullptr &&
      (context.motion->dx_cells.size() != cells || context.motion->dy_cells.size() != cells)) {
    return Usage("the motion has another size than the tensor", ShapeText(tensor));
  }
  if (statistics() != nullptr && statistics()->channels != tensor.channels()) {
    return Usage("the statistics are of another layer",
                 std::to_string(statistics()->channels) + " channels for " + std::to_string(tensor.channels()));
  }
  return CheckChannels(tensor.channels());
}

Result<ConcealReport> RowConcealer::Conceal(const ArrivalMap& arrived, const ConcealContext& context, Tensor* tensor) {
  FSC_RETURN_IF_ERROR(Check(arrived, context, *tensor));
  LossyTensor lossy{arrived, context, std::vector<float>(size_t(tensor->channels()), 0.0F)};
  if (!context.channel_means.empty()) {
    lossy.otherwise.assign(context.channel_means.begin(), context.channel_means.end());
  } else if (statistics() != nullptr) {
    lossy.otherwise = statistics()->mean;
  }
  ConcealReport report;
  report.lost_elements = arrived.lost_rows() * tensor->width_cells();
  if (report.lost_elements > 0) {
    FillConstant(arrived, std::vector<float>(lossy.otherwise.size(), 0.0F), tensor);
    FSC_ASSIGN_OR_RETURN(report.method, Fill(lossy, tensor));
  }
  FSC_RETURN_IF_ERROR(Learn(lossy, *tensor));
  return report;
}

}  // namespace fsc
