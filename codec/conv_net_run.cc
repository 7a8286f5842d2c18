#include "codec/conv_net_run.h"

#include <algorithm>

namespace fsc {
namespace {

Tensor Convolve(const Convolution& layer, const Tensor& in, ThreadPool* pool) {
  const int height = in.height_cells();
  const int width = in.width_cells();
  const int reach = layer.kernel / 2;
  Tensor out(layer.outputs, height, width);
  RunOnPool(pool, layer.outputs, [&](int o) {
    float* sums = out.plane(o).data();
    std::fill_n(sums, size_t(height) * width, layer.bias[o]);
    const float* weight = layer.weights.data() + size_t(o) * layer.inputs * layer.kernel * layer.kernel;
    for (int i = 0; i < layer.inputs; ++i) {
      const float* values = in.plane(i).data();
      for (int v = -reach; v <= reach; ++v) {
        for (int u = -reach; u <= reach; ++u, ++weight) {
          const int x_end = std::min(width, width - u);
          for (int y = std::max(0, -v); y < std::min(height, height - v); ++y) {
            for (int x = std::max(0, -u); x < x_end; ++x) {
              sums[size_t(y) * width + x] += *weight * values[size_t(y + v) * width + x + u];
            }
          }
        }
      }
    }
    for (size_t i = 0; layer.relu && i < size_t(height) * width; ++i) sums[i] = std::max(0.0f, sums[i]);
  });
  return out;
}

Tensor RunChain(const std::vector<Convolution>& chain, const Tensor& in, ThreadPool* pool) {
  Tensor result = Convolve(chain.front(), in, pool);
  for (size_t i = 1; i < chain.size(); ++i) result = Convolve(chain[i], result, pool);
  return result;
}

}  // namespace

Tensor RunConvNet(const ConvNet& net, const Tensor& in, ThreadPool* pool) {
  Tensor result = RunChain(net.main, in, pool);
  const Tensor branch = net.branch.empty() ? Tensor() : RunChain(net.branch, in, pool);
  for (int o = 0; o < result.channels(); ++o) {
    const std::span<float> plane = result.plane(o);
    for (size_t i = 0; i < branch.values().size() / size_t(result.channels()); ++i) plane[i] += branch.plane(o)[i];
    for (float& value : plane) value = std::max(net.low[o], value);
  }
  return result;
}

Tensor RunConvNetPlain(const ConvNet& net, const Tensor& in) {
  return RunConvNet(net, in, nullptr);
}

}  // namespace fsc
