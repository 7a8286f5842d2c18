// concealer.cc: concealers by name, and what each needs.
#include "fsc/concealer.h"

#include <algorithm>

#include "codec/conceal/adaptive_concealer.h"
#include "codec/conceal/inpaint.h"
#include "codec/conceal/plain_concealer.h"

namespace fsc {
namespace {

class StillConcealer : public RowConcealer {
 public:
  StillConcealer(const std::string& name, StillKind kind, const ConcealerOptions& options)
      : RowConcealer(name, options), completion_(kind, options.statistics.get()) {}

 private:
  Result<std::string> Fill(const LossyTensor& lossy, Tensor* tensor) override {
    return completion_.Fill(lossy, tensor);
  }
  Status CheckChannels(int channels) const override { return CheckCovarianceChannels(name(), channels); }

  StillCompletion completion_;
};

// A method that cannot do without a part of the statistics.
struct Need {
  const char* name;
  std::vector<float> CompletionStatistics::*part;
};
constexpr Need kNeeds[] = {
    {"gauss", &CompletionStatistics::covariance},      {"gcross", &CompletionStatistics::cross_covariance},
    {"diff", &CompletionStatistics::difference},       {"altec", &CompletionStatistics::row_weights},
    {"dataset-mean", &CompletionStatistics::mean_map}, {"hybrid", &CompletionStatistics::mean_map},
};

// Sizes of what is there; the numbers were checked by whoever read them.
Status CheckStatistics(const CompletionStatistics& s) {
  const size_t c = s.channels > 0 ? size_t(s.channels) : 0;
  const auto fits = [](const std::vector<float>& part, size_t size) { return part.empty() || part.size() == size; };
  const size_t cells = size_t(std::max(0, s.height_cells)) * size_t(std::max(0, s.width_cells));
  if (c > 0 && c <= size_t(kMaxCompletionChannels) && s.mean.size() == c && s.covariance.size() == c * c &&
      fits(s.cross_covariance, 25 * c * c) && fits(s.difference, c * c) && fits(s.row_weights, c * (c + 2)) &&
      fits(s.mean_map, c * cells)) {
    return {};
  }
  return Usage("statistics whose parts do not fit each other", "", "take them from a learner or a file");
}

}  // namespace

std::vector<std::string> ConcealerNames() {
  std::vector<std::string> names = PlainConcealerNames();
  names.insert(names.end(), {"gauss", "gcross", "gself", "diff", "ajoint", "ajcross"});
  return names;
}

Result<std::unique_ptr<Concealer>> CreateConcealer(const std::string& name, const ConcealerOptions& options) {
  const std::vector<std::string> names = ConcealerNames();
  if (std::ranges::find(names, name) == names.end()) {
    std::string all;
    for (const std::string& known : names) all += (all.empty() ? "" : ", ") + known;
    return Usage("unknown concealer", "'" + name + "'", "there are " + all);
  }
  if (options.iterations < 1 || options.iterations > 1000) {
    return Usage("iterations are out of range", std::to_string(options.iterations), "give 1 to 1000");
  }
  if ((name == "navier-stokes" || name == "telea") && !InpaintAvailable()) {
    return Usage("inpainting is not in this build", "concealer " + name,
                 "use another concealer, or build with -DFSC_WITH_FFMPEG=ON");
  }
  if (options.statistics != nullptr) FSC_RETURN_IF_ERROR(CheckStatistics(*options.statistics));
  for (const Need& need : kNeeds) {
    if (name != need.name) continue;
    if (options.statistics == nullptr) {
      return Usage("this concealer needs statistics", "concealer " + name, "learn them from tensors of the network");
    }
    if (((*options.statistics).*need.part).empty()) {
      return Usage("the statistics lack what this concealer needs", "concealer " + name,
                   "learn that part of them as well");
    }
  }
  std::unique_ptr<Concealer> made;
  if (name == "gauss") {
    made = std::make_unique<StillConcealer>(name, StillKind::kGauss, options);
  } else if (name == "gcross") {
    made = std::make_unique<StillConcealer>(name, StillKind::kCross, options);
  } else if (name == "gself") {
    made = std::make_unique<StillConcealer>(name, StillKind::kSelf, options);
  } else if (name == "diff") {
    made = std::make_unique<DifferenceConcealer>(name, options);
  } else if (name == "ajoint" || name == "ajcross") {
    made = std::make_unique<AdaptiveConcealer>(name, options, name == "ajcross");
  } else {
    made = CreatePlainConcealer(name, options);
  }
  return made;
}

}  // namespace fsc
