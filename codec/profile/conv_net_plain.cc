// By the formula of core/conv_net.h, term by term.
#include "codec/profile/conv_net_run.h"

namespace fsc {
namespace {

Tensor Convolved(const Convolution& layer, const Tensor& in) {
  const int height = in.height_cells();
  const int width = in.width_cells();
  const int reach = layer.kernel / 2;
  Tensor out(layer.outputs, height, width);
  for (int o = 0; o < layer.outputs; ++o) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const float* weight = layer.weights.data() + size_t(o) * layer.inputs * layer.kernel * layer.kernel;
        float sum = layer.bias[o];
        for (int i = 0; i < layer.inputs; ++i) {
          for (int v = y - reach; v <= y + reach; ++v) {
            for (int u = x - reach; u <= x + reach; ++u) {
              const bool inside = v >= 0 && v < height && u >= 0 && u < width;
              sum += *weight++ * (inside ? in.plane(i)[size_t(v) * width + u] : 0.0f);
            }
          }
        }
        out.plane(o)[size_t(y) * width + x] = layer.relu && !(sum > 0) ? 0.0f : sum;
      }
    }
  }
  return out;
}

Tensor Chain(const std::vector<Convolution>& chain, const Tensor& in) {
  Tensor result = in.Clone();
  for (const Convolution& layer : chain) result = Convolved(layer, result);
  return result;
}

}  // namespace

Tensor RunConvNetPlain(const ConvNet& net, const Tensor& in) {
  Tensor result = Chain(net.main, in);
  if (!net.branch.empty()) {
    const Tensor branch = Chain(net.branch, in);
    for (size_t i = 0; i < result.size(); ++i) result.values()[i] += branch.values()[i];
  }
  for (int o = 0; o < net.outputs(); ++o) {
    for (float& value : result.plane(o)) value = value > net.low[o] ? value : net.low[o];
  }
  return result;
}

}  // namespace fsc
