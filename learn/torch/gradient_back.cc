#include "learn/torch/gradient_back.h"

#include <torch/csrc/autograd/autograd.h>

#include <utility>

#include "models/torch/torch_script.h"

namespace fsc {
namespace {

// BatchNorm folded into the convolutions before it: a fifth less work, forwards and backwards. What cannot be frozen
// runs as it came.
torch::jit::Module Frozen(torch::jit::Module module) {
  try {
    return torch::jit::freeze(module);
  } catch (const std::exception&) {
    return module;
  }
}

// The tensor, or the only one of a tuple, list or dict ("aux" beside it does not count); undefined for anything else.
torch::Tensor OnlyTensor(const torch::jit::IValue& value) {
  if (value.isTensor()) return value.toTensor();
  if (value.isTuple() && value.toTupleRef().elements().size() == 1) {
    return OnlyTensor(value.toTupleRef().elements()[0]);
  }
  if (value.isGenericDict()) {
    torch::Tensor only;
    for (const auto& item : value.toGenericDict()) {
      if (item.key().isString() && item.key().toStringRef() == "aux" && value.toGenericDict().size() > 1) continue;
      if (only.defined()) return {};
      only = OnlyTensor(item.value());
    }
    return only;
  }
  if (value.isList() && value.toListRef().size() == 1) return OnlyTensor(value.toListRef()[0]);
  return {};
}

}  // namespace

GradientBack::GradientBack(torch::jit::Module module, const ModelSpec& spec)
    : module_(std::move(module)), path_(spec.back_path), takes_size_(spec.back_takes_size) {
  for (const LayerSpec& layer : spec.layers) layer_names_.push_back(layer.name);
}

Result<std::unique_ptr<GradientBack>> GradientBack::Load(const ModelSpec& spec) {
  if (spec.back_path.empty()) {
    return Usage("the model has no back", spec.json_path, "a back is needed to learn what it needs");
  }
  FSC_ASSIGN_OR_RETURN(torch::jit::Module module, LoadTorchScript(spec.back_path, "back"));
  for (torch::Tensor parameter : module.parameters()) parameter.set_requires_grad(false);
  return std::unique_ptr<GradientBack>(new GradientBack(Frozen(std::move(module)), spec));
}

Error GradientBack::Failed(const std::string& message) const {
  return BadInput("the back failed while gradients were wanted: " + FirstLine(message), path_,
                  "check that the JSON's input and layers fit this file");
}

Result<torch::Tensor> GradientBack::Run(const std::vector<torch::Tensor>& layers, int64_t height_px,
                                        int64_t width_px) const {
  torch::jit::IValue value;
  try {
    // The fusing executor would compile anew for each shape, and gains nothing here.
    const torch::jit::GraphOptimizerEnabledGuard plain_execution(false);
    std::vector<torch::jit::IValue> arguments;
    // A back may change its arguments in place, which autograd forbids for leaves: it gets copies.
    for (const torch::Tensor& layer : layers) arguments.emplace_back(layer.clone());
    if (takes_size_) {
      arguments.emplace_back(height_px);
      arguments.emplace_back(width_px);
    }
    torch::jit::Module module = module_;  // forward() is not const; a copy is a reference
    value = module.forward(std::move(arguments));
  } catch (const c10::Error& e) {
    return Failed(e.what_without_backtrace());
  } catch (const std::exception& e) {
    return Failed(e.what());
  }
  const torch::Tensor output = OnlyTensor(value);
  if (!output.defined()) return BadInput("the back returned something else than one tensor", path_);
  if (output.scalar_type() != torch::kFloat32) {
    return BadInput(std::string("the back returns ") + torch::toString(output.scalar_type()) + " values", path_,
                    "calibration needs scores (float32) before any rounding or arg max");
  }
  return output;
}

Result<std::vector<torch::Tensor>> GradientBack::Differentiate(const torch::Tensor& output,
                                                               const torch::Tensor& weights,
                                                               const std::vector<torch::Tensor>& leaves) const {
  if (!output.requires_grad()) {
    return BadInput("the back cannot be differentiated: its output does not depend on its input smoothly", path_,
                    "save it without no_grad, detach, rounding or arg max");
  }
  std::vector<torch::Tensor> gradients;
  try {
    gradients = torch::autograd::grad({output}, leaves, {weights}, /*retain_graph=*/false, /*create_graph=*/false,
                                      /*allow_unused=*/true);
  } catch (const c10::Error& e) {
    return BadInput("the back cannot be differentiated: " + FirstLine(e.what_without_backtrace()), path_);
  } catch (const std::exception& e) {
    return BadInput("the back cannot be differentiated: " + FirstLine(e.what()), path_);
  }
  for (size_t i = 0; i < gradients.size(); ++i) {
    const std::string name = i < layer_names_.size() ? layer_names_[i] : std::to_string(i);
    if (!gradients[i].defined()) {
      return BadInput("no gradient reaches layer \"" + name + "\"", path_, "the back does not use this layer");
    }
    if (!gradients[i].isfinite().all().item<bool>()) {
      return BadInput("the gradient at layer \"" + name + "\" is not finite", path_);
    }
  }
  return gradients;
}

torch::Tensor TorchTensorOf(const Tensor& tensor) {
  return torch::from_blob(const_cast<float*>(tensor.values().data()),
                          {1, tensor.channels(), tensor.height_cells(), tensor.width_cells()}, torch::kFloat32)
      .clone();
}

}  // namespace fsc
