#include "learn/torch/task_loss.h"

#include <torch/torch.h>

#include <algorithm>

namespace fsc {
namespace {

constexpr double kLeastProbability = 1e-5;  // of a coin; float32 has no more near 1
constexpr double kBoxTolerance = 0.1;       // of a box's size: an error of this much costs o / 2
constexpr double kLeastObjects = 0.01;      // per anchor, in the number of objects to divide by
constexpr int64_t kBoxColumns = 4;

torch::Tensor Coin(const torch::Tensor& probability) {
  return probability.clamp(kLeastProbability, 1 - kLeastProbability);
}

torch::Tensor CoinDivergence(const torch::Tensor& p, const torch::Tensor& q) {
  return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log();
}

torch::Tensor BoxSizes(const torch::Tensor& reference) {
  const torch::Tensor size = reference.slice(2, 2, 4).clamp_min(1.0);  // w, h in pixels
  return kBoxTolerance * torch::cat({size, size}, 2);
}

torch::Tensor DetectionDivergence(const torch::Tensor& reference, const torch::Tensor& output) {
  const torch::Tensor p = Coin(reference.slice(2, kBoxColumns));
  const torch::Tensor q = Coin(output.slice(2, kBoxColumns));
  const torch::Tensor coins = CoinDivergence(p, q);
  const torch::Tensor object = p.select(2, 0);
  const torch::Tensor box =
      ((output.slice(2, 0, kBoxColumns) - reference.slice(2, 0, kBoxColumns)) / BoxSizes(reference)).square().sum(2) /
      2;
  const torch::Tensor sum = (coins.select(2, 0) + object * (coins.slice(2, 1).sum(2) + box)).sum();
  return sum / (object.sum() + kLeastObjects * double(object.numel()));
}

bool IsBoxes(TaskKind kind, const torch::Tensor& output) {
  return kind == TaskKind::kDetection && output.dim() == 3 && output.size(2) > kBoxColumns + 1;
}

bool IsClasses(TaskKind kind, const torch::Tensor& output) {
  return (kind == TaskKind::kClassification || kind == TaskKind::kSegmentation) && output.dim() >= 2;
}

}  // namespace

torch::Tensor RelativeSquaredError(const torch::Tensor& reference, const torch::Tensor& output) {
  return (output - reference).square().mean() / (reference - reference.mean()).square().mean().clamp_min(1e-12);
}

torch::Tensor TaskDivergence(TaskKind kind, const torch::Tensor& reference, const torch::Tensor& output) {
  if (IsBoxes(kind, reference)) return DetectionDivergence(reference, output);
  if (!IsClasses(kind, reference)) return RelativeSquaredError(reference, output);
  const torch::Tensor log_p = torch::log_softmax(reference, 1);
  const torch::Tensor log_q = torch::log_softmax(output, 1);
  return (log_p.exp() * (log_p - log_q)).sum(1).mean();
}

torch::Tensor RandomTaskProbe(TaskKind kind, const torch::Tensor& output, torch::Generator generator) {
  const torch::Tensor z = torch::randn(output.sizes(), generator, output.options().requires_grad(false));
  if (IsClasses(kind, output)) {
    // diag(p) - p p^T = M M^T with M = diag(sqrt p) - p sqrt(p)^T.
    const torch::Tensor p = torch::softmax(output, 1);
    const torch::Tensor scaled = p.sqrt() * z;
    return scaled - p * scaled.sum(1, /*keepdim=*/true);
  }
  if (!IsBoxes(kind, output)) return z;
  const torch::Tensor p = Coin(output.slice(2, kBoxColumns));
  const torch::Tensor object = p.slice(2, 0, 1);
  torch::Tensor weights = torch::cat({object.sqrt() / BoxSizes(output), 1 / (p * (1 - p)).sqrt()}, 2);
  weights.slice(2, kBoxColumns + 1) *= object.sqrt();
  return weights * z;
}

}  // namespace fsc
