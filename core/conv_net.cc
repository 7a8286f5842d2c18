#include "core/conv_net.h"

#include <cmath>

namespace fsc {
namespace {

bool AllUsable(const std::vector<float>& values) {
  for (const float value : values) {
    if (!(std::fabs(value) < 1e30f)) return false;
  }
  return true;
}

Status CheckChain(const std::vector<Convolution>& chain, const std::string& where, int64_t* weights) {
  if (chain.size() > size_t(ConvNet::kMaxDepth)) {
    return BadInput("more than " + std::to_string(ConvNet::kMaxDepth) + " convolutions in a row", where);
  }
  for (size_t i = 0; i < chain.size(); ++i) {
    const Convolution& layer = chain[i];
    const std::string name = where + ", convolution " + std::to_string(i);
    if (layer.inputs < 1 || layer.inputs > Convolution::kMaxChannels || layer.outputs < 1 ||
        layer.outputs > Convolution::kMaxChannels) {
      return BadInput("impossible number of channels", name);
    }
    if (layer.kernel != 1 && layer.kernel != 3 && layer.kernel != 5) return BadInput("kernel is not 1, 3 or 5", name);
    if (layer.bits < Convolution::kMinBits || layer.bits > Convolution::kMaxBits) {
      return BadInput("weights of " + std::to_string(layer.bits) + " bits", name, "use 3 to 16");
    }
    if (i > 0 && layer.inputs != chain[i - 1].outputs) return BadInput("channels do not fit the one before", name);
    *weights += layer.weight_count();  // each term is below 2^37
    if (*weights > Convolution::kMaxWeights) return BadInput("too many weights", name);
    if (int64_t(layer.weights.size()) != layer.weight_count() || layer.bias.size() != size_t(layer.outputs)) {
      return BadInput("weights or biases do not have the convolution's shape", name);
    }
    if (!AllUsable(layer.weights) || !AllUsable(layer.bias)) return BadInput("a weight is not a usable number", name);
  }
  return {};
}

}  // namespace

int64_t WeightCount(const ConvNet& net) {
  int64_t count = 0;
  for (const Convolution& layer : net.main) count += layer.weight_count();
  for (const Convolution& layer : net.branch) count += layer.weight_count();
  return count;
}

Status CheckConvNet(const ConvNet& net, const std::string& where) {
  if (net.main.empty()) return BadInput("a network needs a convolution", where);
  int64_t weights = 0;
  FSC_RETURN_IF_ERROR(CheckChain(net.main, where, &weights));
  FSC_RETURN_IF_ERROR(CheckChain(net.branch, where + ", branch", &weights));
  if (!net.branch.empty() &&
      (net.branch.front().inputs != net.inputs() || net.branch.back().outputs != net.outputs())) {
    return BadInput("the branch has other channels than the main path", where);
  }
  if (net.low.size() != size_t(net.outputs())) return BadInput("one lower bound is needed for each output", where);
  for (const float low : net.low) {
    if (low != 0 && !(std::isinf(low) && low < 0)) return BadInput("a lower bound is neither 0 nor -infinity", where);
  }
  return {};
}

}  // namespace fsc
