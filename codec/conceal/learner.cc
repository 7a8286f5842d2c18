// learner.cc: statistics from tensors.
#include <cmath>
#include <optional>
#include <utility>

#include "codec/conceal/cell_motion.h"
#include "codec/conceal/moments.h"
#include "codec/conceal/row_weights.h"
#include "codec/conceal/scene_guard.h"
#include "fsc/completion_statistics.h"

namespace fsc {

struct CompletionLearner::State {
  CompletionParts parts;
  int channels = 0;
  int tensors = 0;
  int pairs = 0;
  Moments moments;  // of cells with their neighbours, where those are asked for
  Moments difference;
  std::optional<Tensor> last;
  bool one_size = true;
  int height = 0;
  int width = 0;
  std::vector<double> map;  // [C][H][W], sums

  bool neighbours() const { return parts.cross || parts.row_weights; }
};

CompletionLearner::CompletionLearner(const CompletionParts& parts) : state_(std::make_unique<State>()) {
  state_->parts = parts;
}
CompletionLearner::~CompletionLearner() = default;
CompletionLearner::CompletionLearner(CompletionLearner&&) noexcept = default;
CompletionLearner& CompletionLearner::operator=(CompletionLearner&&) noexcept = default;

Status CompletionLearner::Add(const Tensor& tensor, bool follows) {
  State& s = *state_;
  if (tensor.size() == 0 || tensor.channels() > kMaxCompletionChannels) {
    return Usage("no statistics of tensors with so many channels", std::to_string(tensor.channels()),
                 "they have 1 to " + std::to_string(kMaxCompletionChannels));
  }
  if (s.tensors > 0 && tensor.channels() != s.channels) {
    return Usage("tensors of one layer have as many channels",
                 std::to_string(tensor.channels()) + " after " + std::to_string(s.channels));
  }
  for (const float value : tensor.values()) {
    if (!std::isfinite(value)) return BadInput("a value is no number", "tensor " + std::to_string(s.tensors));
  }
  s.channels = tensor.channels();
  const bool same_size = tensor.height_cells() == s.height && tensor.width_cells() == s.width;
  if (s.tensors > 0 && !same_size) s.one_size = false;
  Blend(float(s.tensors) / float(s.tensors + 1), MomentsOf(tensor, {s.neighbours(), nullptr}), &s.moments);
  if (s.parts.differences && follows && s.last && same_size) {
    const ArrivalMap whole(s.channels, tensor.height_cells());
    FSC_ASSIGN_OR_RETURN(const CellMotion motion, EstimateCellMotion(tensor, whole, *s.last));
    const Tensor moved = MoveTensor(*s.last, motion);
    // Only of those that the difference would be used for.
    if (SceneChangeOf(UnpredictedShare(tensor, whole, *s.last, moved)) == SceneChange::kNone) {
      Blend(float(s.pairs) / float(s.pairs + 1), DifferenceMomentsOf(tensor, moved), &s.difference);
      ++s.pairs;
    }
  }
  if (s.parts.mean_map && s.one_size) {
    s.map.resize(tensor.size(), 0.0);
    for (size_t i = 0; i < tensor.size(); ++i) s.map[i] += double(tensor.values()[i]);
  }
  s.height = tensor.height_cells();
  s.width = tensor.width_cells();
  if (s.parts.differences) s.last = tensor.Clone();
  ++s.tensors;
  return {};
}

Result<CompletionStatistics> CompletionLearner::Finish() const {
  const State& s = *state_;
  if (s.tensors == 0) return Usage("there is nothing to learn from", "", "add tensors");
  CompletionStatistics statistics;
  statistics.channels = s.channels;
  statistics.mean.assign(s.moments.mean.begin(), s.moments.mean.begin() + s.channels);
  const int own[] = {0};
  statistics.covariance = SelectBlocks(s.moments.covariance, int(s.moments.mean.size()), s.channels, own);
  if (s.parts.cross) statistics.cross_covariance = s.moments.covariance;
  if (s.parts.row_weights) statistics.row_weights = RowWeightsOf(s.moments, s.channels);
  if (s.pairs > 0) statistics.difference = s.difference.covariance;
  if (s.parts.mean_map && s.one_size) {
    statistics.height_cells = s.height;
    statistics.width_cells = s.width;
    for (const double sum : s.map) statistics.mean_map.push_back(float(sum / s.tensors));
  }
  return statistics;
}

}  // namespace fsc
