#include "learn/torch/compressibility_loss.h"

#include <torch/torch.h>

#include <cmath>

namespace fsc {
namespace {

// D of the paper: 1 on the diagonal, -1 on the one above.
torch::Tensor DifferenceMatrix(int64_t size) {
  const auto ones = torch::ones({size}, torch::kFloat64);
  return torch::diag(ones) - torch::diag(ones.slice(0, 1), 1);
}

}  // namespace

torch::Tensor DctMatrix(int64_t size) {
  const auto index = torch::arange(size, torch::kFloat64);
  const auto angle = torch::outer(index, 2 * index + 1) * (M_PI / (2.0 * double(size)));
  auto matrix = torch::cos(angle) * std::sqrt(2.0 / double(size));
  matrix.select(0, 0).fill_(std::sqrt(1.0 / double(size)));
  return matrix;
}

torch::Tensor CompressibilityLoss(const torch::Tensor& features) {
  TORCH_CHECK(features.dim() >= 3 && features.numel() > 0, "features must be N x C x H x W");
  const int64_t height = features.size(-2), width = features.size(-1);
  const auto rows = DctMatrix(height), columns = DctMatrix(width).t();
  const auto as_features = [&](const torch::Tensor& matrix) { return matrix.to(features.options()).contiguous(); };
  // M (F D + D^T F) M^T / 2, the products of constant matrices taken first: (M F) (D M^T) / 2 + (M D^T) (F M^T) / 2.
  const auto horizontal = torch::matmul(torch::matmul(as_features(rows), features),
                                        as_features(0.5 * torch::matmul(DifferenceMatrix(width), columns)));
  const auto vertical = torch::matmul(as_features(0.5 * torch::matmul(rows, DifferenceMatrix(height).t())),
                                      torch::matmul(features, as_features(columns)));
  return torch::abs(horizontal + vertical).mean();
}

MultiTaskLoss::MultiTaskLoss(const std::vector<Task>& tasks) {
  std::vector<double> logs;
  for (const Task& task : tasks) {
    TORCH_CHECK(task.start_weight > 0, "a weight must be positive");
    kinds_.push_back(task.kind);
    logs.push_back(std::log(task.start_weight));
  }
  log_weights_ = torch::tensor(logs, torch::kFloat64).set_requires_grad(true);
}

std::vector<double> MultiTaskLoss::Weights() const {
  const auto weights = log_weights_.detach().exp();
  const double* first = weights.data_ptr<double>();
  return {first, first + weights.numel()};
}

torch::Tensor MultiTaskLoss::Combine(const std::vector<torch::Tensor>& losses) const {
  TORCH_CHECK(losses.size() == kinds_.size() && !losses.empty(), "one loss for each task");
  torch::Tensor sum;
  for (size_t n = 0; n < losses.size(); ++n) {
    const auto log_weight = log_weights_[int64_t(n)];
    const double factor = kinds_[n] == Kind::kClassification ? 1.0 : 2.0;
    const auto part = log_weight.exp() * losses[n] - 0.5 * (log_weight + std::log(factor));
    sum = sum.defined() ? sum + part : part;
  }
  return sum;
}

}  // namespace fsc
