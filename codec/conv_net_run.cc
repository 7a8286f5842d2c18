#include "codec/conv_net_run.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "codec/conv_kernels.h"

namespace fsc {
namespace {

// Planes one after the other, each with zeros around it: `reach` rows above and below, and `reach` cells between the
// end of a row and the start of the next, which serve both. A convolution then is a sum over fixed distances in memory.
struct Geometry {
  int height = 0;
  int width = 0;
  int reach = 0;

  ptrdiff_t pitch() const { return width + reach; }
  ptrdiff_t plane_size() const { return (height + 2 * reach) * pitch() + 2 * reach; }
  ptrdiff_t origin() const { return reach * pitch() + reach; }  // of cell (0, 0) in its plane
  // From the first cell to behind the last one, the gaps between the rows included.
  ptrdiff_t span() const { return (height - 1) * pitch() + width; }
};

class PaddedPlanes {
 public:
  PaddedPlanes() = default;
  PaddedPlanes(const Geometry& geometry, int channels)
      : geometry_(geometry), values_(size_t(geometry.plane_size()) * channels) {}
  float* origin(int channel) { return values_.data() + channel * geometry_.plane_size() + geometry_.origin(); }
  const float* origin(int channel) const {
    return values_.data() + channel * geometry_.plane_size() + geometry_.origin();
  }

 private:
  Geometry geometry_;
  std::vector<float> values_;
};

int ReachOf(const ConvNet& net) {
  int reach = 0;
  for (const auto* chain : {&net.main, &net.branch}) {
    for (const Convolution& layer : *chain) reach = std::max(reach, layer.kernel / 2);
  }
  return reach;
}

// [outputs / kConvRows][inputs][taps][kConvRows]
std::vector<float> PackWeights(const Convolution& layer, int groups) {
  const size_t row_size = layer.weights.size() / size_t(layer.outputs);
  std::vector<float> packed(size_t(groups) * row_size * kConvRows);
  for (int o = 0; o < layer.outputs; ++o) {
    const float* from = layer.weights.data() + size_t(o) * row_size;
    float* to = packed.data() + size_t(o / kConvRows) * row_size * kConvRows + o % kConvRows;
    for (size_t i = 0; i < row_size; ++i) to[i * kConvRows] = from[i];
  }
  return packed;
}

// Cells of one task: their inputs stay in the second-level cache while all outputs are made of them.
ptrdiff_t BandCells(int inputs) {
  return std::clamp<ptrdiff_t>((ptrdiff_t{1} << 17) / inputs, 240, 7680);
}

// `in`: cell (0, 0) of the first input. The gaps of `out` hold anything afterwards.
void RunLayer(const Convolution& layer, const Geometry& geometry, const float* in, ptrdiff_t in_stride, float* out,
              ThreadPool* pool) {
  const int groups = (layer.outputs + kConvRows - 1) / kConvRows;
  const std::vector<float> weights = PackWeights(layer, groups);
  std::vector<ptrdiff_t> taps;
  const int reach = layer.kernel / 2;
  for (int v = -reach; v <= reach; ++v) {
    for (int u = -reach; u <= reach; ++u) taps.push_back(v * geometry.pitch() + u);
  }
  const ptrdiff_t band = BandCells(layer.inputs);
  const int bands = int((geometry.span() + band - 1) / band);
  RunOnPool(pool, bands * groups, [&](int task) {
    const int group = task % groups;
    const ptrdiff_t first = task / groups * band;
    ConvBlock block;
    block.weights = weights.data() + weights.size() / size_t(groups) * size_t(group);
    block.start = layer.bias.data() + group * kConvRows;
    block.rows = std::min(kConvRows, layer.outputs - group * kConvRows);
    block.inputs = layer.inputs;
    block.taps = taps;
    block.in = in + first;
    block.in_stride = in_stride;
    block.out = out + group * kConvRows * geometry.plane_size() + first;
    block.out_stride = geometry.plane_size();
    block.cells = size_t(std::min(band, geometry.span() - first));
    Convolve(block);
  });
}

// ReLU where the layer has one; the gaps become zeros again.
void FinishLayer(const Convolution& layer, const Geometry& geometry, PaddedPlanes* planes, ThreadPool* pool) {
  if (!layer.relu && geometry.reach == 0) return;
  RunOnPool(pool, layer.outputs, [&](int channel) {
    float* row = planes->origin(channel);
    for (int y = 0; y < geometry.height; ++y, row += geometry.pitch()) {
      if (layer.relu) {
        for (int x = 0; x < geometry.width; ++x) row[x] = row[x] > 0 ? row[x] : 0;
      }
      std::fill_n(row + geometry.width, geometry.reach, 0.0f);
    }
  });
}

PaddedPlanes RunChain(const std::vector<Convolution>& chain, const Geometry& geometry, const float* in,
                      ptrdiff_t in_stride, ThreadPool* pool) {
  PaddedPlanes result;
  for (size_t i = 0; i < chain.size(); ++i) {
    PaddedPlanes out(geometry, chain[i].outputs);
    RunLayer(chain[i], geometry, in, in_stride, out.origin(0), pool);
    FinishLayer(chain[i], geometry, &out, pool);
    result = std::move(out);
    in = result.origin(0);
    in_stride = geometry.plane_size();
  }
  return result;
}

}  // namespace

Tensor RunConvNet(const ConvNet& net, const Tensor& in, ThreadPool* pool) {
  const Geometry geometry{in.height_cells(), in.width_cells(), ReachOf(net)};
  PaddedPlanes padded;
  const float* first = in.values().data();
  if (geometry.reach > 0) {
    padded = PaddedPlanes(geometry, in.channels());
    RunOnPool(pool, in.channels(), [&](int channel) {
      const float* from = in.plane(channel).data();
      float* to = padded.origin(channel);
      for (int y = 0; y < geometry.height; ++y) {
        std::copy_n(from + size_t(y) * geometry.width, geometry.width, to + y * geometry.pitch());
      }
    });
    first = padded.origin(0);
  }
  const PaddedPlanes main = RunChain(net.main, geometry, first, geometry.plane_size(), pool);
  PaddedPlanes branch;
  if (!net.branch.empty()) branch = RunChain(net.branch, geometry, first, geometry.plane_size(), pool);
  Tensor result(net.outputs(), geometry.height, geometry.width);
  RunOnPool(pool, net.outputs(), [&](int channel) {
    float* out = result.plane(channel).data();
    const float low = net.low[channel];
    for (int y = 0; y < geometry.height; ++y, out += geometry.width) {
      const float* a = main.origin(channel) + y * geometry.pitch();
      if (net.branch.empty()) {
        for (int x = 0; x < geometry.width; ++x) out[x] = a[x] > low ? a[x] : low;
        continue;
      }
      const float* b = branch.origin(channel) + y * geometry.pitch();
      for (int x = 0; x < geometry.width; ++x) {
        const float value = a[x] + b[x];
        out[x] = value > low ? value : low;
      }
    }
  });
  return result;
}

}  // namespace fsc
