#include "codec/conceal/plain_concealer.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "codec/conceal/adaptive_concealer.h"
#include "codec/conceal/affine_copy.h"
#include "codec/conceal/fills.h"
#include "codec/conceal/inpaint.h"
#include "codec/conceal/low_rank.h"
#include "codec/conceal/row_concealer.h"
#include "codec/conceal/row_weights.h"

namespace fsc {
namespace {

using FillFunction = Status (*)(const LossyTensor&, const ConcealerOptions&, Tensor*);

Status Zero(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  FillConstant(lossy.arrived, std::vector<float>(size_t(tensor->channels()), 0.0F), tensor);
  return {};
}

Status Minimum(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  const ReceivedRange range = RangeOf(*tensor, lossy.arrived);
  const float least = range.low > range.high ? 0 : range.low;
  FillConstant(lossy.arrived, std::vector<float>(size_t(tensor->channels()), least), tensor);
  return {};
}

Status ChannelMean(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  const bool sent = !lossy.context.channel_means.empty();
  FillConstant(lossy.arrived, sent ? lossy.otherwise : ReceivedMeans(*tensor, lossy.arrived, lossy.otherwise), tensor);
  return {};
}

Status Linear(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  FillLinear(lossy.arrived, lossy.otherwise, tensor);
  return {};
}

Status Nearest(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  FillNearest(lossy.arrived, lossy.otherwise, tensor);
  return {};
}

// The statistics' mean of each cell, with `shift` of the channels' levels.
Status FromMap(const LossyTensor& lossy, const ConcealerOptions& options, bool shift, Tensor* tensor) {
  const CompletionStatistics& statistics = *options.statistics;
  if (statistics.height_cells != tensor->height_cells() || statistics.width_cells != tensor->width_cells()) {
    return Usage("the mean map is of another size",
                 std::to_string(statistics.height_cells) + " x " + std::to_string(statistics.width_cells) +
                     " cells, the tensor has " + std::to_string(tensor->height_cells()) + " x " +
                     std::to_string(tensor->width_cells()),
                 "learn it from tensors of this size");
  }
  Tensor map(tensor->channels(), tensor->height_cells(), tensor->width_cells());
  std::ranges::copy(statistics.mean_map, map.values().begin());
  if (shift) {
    // What was sent is the mean of all cells; else the level is that of what arrived, against the map's there.
    const bool sent = !lossy.context.channel_means.empty();
    const std::vector<float> zero(size_t(tensor->channels()), 0.0F);
    const ArrivalMap all(tensor->channels(), tensor->height_cells());
    const std::vector<float> of_map = ReceivedMeans(map, sent ? all : lossy.arrived, zero);
    const std::vector<float> of_tensor = sent ? lossy.otherwise : ReceivedMeans(*tensor, lossy.arrived, of_map);
    for (int c = 0; c < tensor->channels(); ++c) {
      for (float& value : map.plane(c)) value += of_tensor[size_t(c)] - of_map[size_t(c)];
    }
  }
  FillFrom(map, lossy.arrived, tensor);
  return {};
}

Status DatasetMean(const LossyTensor& lossy, const ConcealerOptions& options, Tensor* tensor) {
  return FromMap(lossy, options, false, tensor);
}

Status Hybrid(const LossyTensor& lossy, const ConcealerOptions& options, Tensor* tensor) {
  return FromMap(lossy, options, true, tensor);
}

Status Caltec(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  FillAffineCopies(lossy.arrived, lossy.otherwise, tensor);
  return {};
}

Status Altec(const LossyTensor& lossy, const ConcealerOptions& options, Tensor* tensor) {
  FillByRowWeights(options.statistics->row_weights, lossy.arrived, lossy.otherwise, tensor);
  return {};
}

Status LowRank(LowRankKind kind, const LossyTensor& lossy, const ConcealerOptions& options, Tensor* tensor) {
  FillConstant(lossy.arrived, ReceivedMeans(*tensor, lossy.arrived, lossy.otherwise), tensor);
  FillLowRank(kind, options.iterations, lossy.arrived, tensor);
  return {};
}

Status HaLrtc(const LossyTensor& lossy, const ConcealerOptions& options, Tensor* tensor) {
  return LowRank(LowRankKind::kHaLrtc, lossy, options, tensor);
}

Status SiLrtc(const LossyTensor& lossy, const ConcealerOptions& options, Tensor* tensor) {
  return LowRank(LowRankKind::kSiLrtc, lossy, options, tensor);
}

Status NavierStokes(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  return Inpaint(InpaintKind::kNavierStokes, lossy.arrived, lossy.otherwise, tensor);
}

Status Telea(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  return Inpaint(InpaintKind::kTelea, lossy.arrived, lossy.otherwise, tensor);
}

Status Temporal(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  FillFrom(*lossy.context.previous, lossy.arrived, tensor);
  return {};
}

Status TemporalMotion(const LossyTensor& lossy, const ConcealerOptions&, Tensor* tensor) {
  FSC_ASSIGN_OR_RETURN(const Tensor moved, MovedPrevious(lossy, *tensor));
  FillFrom(moved, lossy.arrived, tensor);
  return {};
}

struct Method {
  const char* name;
  FillFunction fill;
  bool needs_previous = false;  // without it: the still method
};
constexpr Method kMethods[] = {
    {"zero", Zero},
    {"min", Minimum},
    {"channel-mean", ChannelMean},
    {"dataset-mean", DatasetMean},
    {"hybrid", Hybrid},
    {"linear", Linear},
    {"nearest", Nearest},
    {"navier-stokes", NavierStokes},
    {"telea", Telea},
    {"caltec", Caltec},
    {"altec", Altec},
    {"silrtc", SiLrtc},
    {"halrtc", HaLrtc},
    {"temporal", Temporal, true},
    {"temporal-motion", TemporalMotion, true},
};

class PlainConcealer : public RowConcealer {
 public:
  PlainConcealer(const Method& method, const ConcealerOptions& options)
      : RowConcealer(method.name, options), method_(method) {
    if (method.needs_previous) still_.emplace(BestStillKind(statistics()), statistics());
  }

 private:
  Result<std::string> Fill(const LossyTensor& lossy, Tensor* tensor) override {
    if (method_.needs_previous && lossy.context.previous == nullptr) return still_->Fill(lossy, tensor);
    FSC_RETURN_IF_ERROR(method_.fill(lossy, options(), tensor));
    return name();
  }
  Status CheckChannels(int channels) const override {
    return method_.needs_previous ? CheckCovarianceChannels(name(), channels) : Status();
  }

  const Method& method_;
  std::optional<StillCompletion> still_;
};

}  // namespace

std::unique_ptr<Concealer> CreatePlainConcealer(const std::string& name, const ConcealerOptions& options) {
  for (const Method& method : kMethods) {
    if (name == method.name) return std::make_unique<PlainConcealer>(method, options);
  }
  return nullptr;
}

std::vector<std::string> PlainConcealerNames() {
  std::vector<std::string> names;
  for (const Method& method : kMethods) names.emplace_back(method.name);
  return names;
}

}  // namespace fsc
