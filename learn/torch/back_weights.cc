#include "learn/torch/back_weights.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

namespace fsc {
namespace {

constexpr double kLeastLoss = 1e-6;  // that a weight is taken from

std::vector<MultiTaskLoss::Task> TasksOf(const std::vector<TaskKind>& kinds, const std::vector<double>& start) {
  std::vector<MultiTaskLoss::Task> tasks;
  for (size_t i = 0; i < start.size(); ++i) {
    const bool classes = i < kinds.size() && kinds[i] != TaskKind::kNone;
    tasks.push_back({classes ? MultiTaskLoss::Kind::kClassification : MultiTaskLoss::Kind::kError,
                     0.5 / std::max(start[i], kLeastLoss)});
  }
  return tasks;
}

}  // namespace

BackWeights::BackWeights(const std::vector<TaskKind>& kinds, std::optional<double> lambda,
                         const std::vector<double>& start)
    : loss_(TasksOf(kinds, start)), lambda_(lambda), start_(start) {
  TORCH_CHECK(start.size() == kinds.size() + (lambda ? 0 : 1),
              "one loss for each back, and the rate where it has none");
}

torch::Tensor BackWeights::Objective(const std::vector<torch::Tensor>& backs, const torch::Tensor& rate) const {
  const std::vector<double> weights = Weights();
  double sum = 0;
  for (size_t i = 0; i < backs.size(); ++i) sum += weights[i];
  std::vector<torch::Tensor> terms = backs;
  if (!lambda_) terms.push_back(rate);
  const torch::Tensor combined = loss_.Combine(terms) / sum;
  return lambda_ ? combined + *lambda_ * rate : combined;
}

double BackWeights::Score(const std::vector<double>& backs, double rate) const {
  double sum = 0, weights = 0;
  if (!lambda_) {
    for (const double loss : backs) sum += std::log(std::max(loss, kLeastLoss));
    sum += std::log(std::max(rate, kLeastLoss));
    return std::exp(sum / double(backs.size() + 1));
  }
  for (size_t i = 0; i < backs.size(); ++i) {
    const double weight = 1 / std::max(start_[i], kLeastLoss);
    sum += weight * backs[i];
    weights += weight;
  }
  return sum / weights + *lambda_ * rate;
}

}  // namespace fsc
