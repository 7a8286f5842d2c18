#include "codec/profile/conv_net_run.h"

#include <algorithm>
#include <span>
#include <vector>

#include "codec/profile/conv_kernels.h"

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

int GroupsOf(const Convolution& layer) {
  return (layer.outputs + kConvRows - 1) / kConvRows;
}

// [outputs / kConvRows][inputs][taps][kConvRows]
std::vector<float> PackWeights(const Convolution& layer) {
  const size_t row_size = layer.weights.size() / size_t(layer.outputs);
  std::vector<float> packed(size_t(GroupsOf(layer)) * row_size * kConvRows);
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

// What a convolution reads: cell (0, 0) of its first input, and how far it is to the same cell of the next one.
struct Inputs {
  const float* first = nullptr;
  ptrdiff_t stride = 0;
};

std::vector<ptrdiff_t> TapsOf(const Convolution& layer, const Geometry& geometry) {
  std::vector<ptrdiff_t> taps;
  const int reach = layer.kernel / 2;
  for (int v = -reach; v <= reach; ++v) {
    for (int u = -reach; u <= reach; ++u) taps.push_back(v * geometry.pitch() + u);
  }
  return taps;
}

// A convolution ready to run, and what it reads.
struct PreparedLayer {
  const Convolution* layer = nullptr;  // null: there is none
  std::vector<ptrdiff_t> taps;
  std::vector<float> weights;  // as PackWeights() has them
  Inputs in;

  PreparedLayer() = default;
  PreparedLayer(const Convolution& convolution, const Geometry& geometry, const Inputs& inputs)
      : layer(&convolution), taps(TapsOf(convolution, geometry)), weights(PackWeights(convolution)), in(inputs) {}
};

// `cells` cells of the outputs of a group, from cell `first` of the span on.
void RunGroup(const PreparedLayer& prepared, int group, ptrdiff_t first, ptrdiff_t cells, float* out,
              ptrdiff_t out_stride) {
  const Convolution& layer = *prepared.layer;
  const size_t group_size = prepared.weights.size() / size_t(GroupsOf(layer));
  ConvBlock block;
  block.rows = std::min(kConvRows, layer.outputs - group * kConvRows);
  block.weights = prepared.weights.data() + group_size * size_t(group);
  block.start = layer.bias.data() + group * kConvRows;
  block.inputs = layer.inputs;
  block.taps = prepared.taps;
  block.in = prepared.in.first + first;
  block.in_stride = prepared.in.stride;
  block.out = out;
  block.out_stride = out_stride;
  block.cells = size_t(cells);
  Convolve(block);
}

// The gaps of `out` hold anything afterwards.
void RunLayer(const Convolution& layer, const Geometry& geometry, const Inputs& in, PaddedPlanes* out,
              ThreadPool* pool) {
  const int groups = GroupsOf(layer);
  const PreparedLayer prepared(layer, geometry, in);
  const ptrdiff_t band = BandCells(layer.inputs);
  const int bands = int((geometry.span() + band - 1) / band);
  RunOnPool(pool, bands * groups, [&](int task) {
    const int group = task % groups;
    const ptrdiff_t first = task / groups * band;
    RunGroup(prepared, group, first, std::min(band, geometry.span() - first), out->origin(group * kConvRows) + first,
             geometry.plane_size());
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

// All convolutions of a chain but the last, which is left for RunLast(): its outputs are many, and nobody needs them
// with zeros around them.
PaddedPlanes RunInner(const std::vector<Convolution>& chain, const Geometry& geometry, Inputs in, ThreadPool* pool) {
  PaddedPlanes result;
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    PaddedPlanes out(geometry, chain[i].outputs);
    RunLayer(chain[i], geometry, in, &out, pool);
    FinishLayer(chain[i], geometry, &out, pool);
    result = std::move(out);
    in = {result.origin(0), geometry.plane_size()};
  }
  return result;
}

// One output's cells from `first` of the span on, in `sums`, to their places: at least `low`.
void WriteCells(const Geometry& geometry, ptrdiff_t first, std::span<const float> sums, float low, float* plane) {
  // Without gaps all rows are one.
  const ptrdiff_t pitch = geometry.reach == 0 ? geometry.span() : geometry.pitch();
  const ptrdiff_t width = geometry.reach == 0 ? geometry.span() : geometry.width;
  const ptrdiff_t last = first + ptrdiff_t(sums.size());
  for (ptrdiff_t at = first; at < last;) {
    const ptrdiff_t row = at / pitch, column = at % pitch;
    const ptrdiff_t end = std::min(last, (row + 1) * pitch);
    const ptrdiff_t count = std::min(end - at, std::max<ptrdiff_t>(0, width - column));
    const float* in = sums.data() + (at - first);
    float* out = plane + row * width + column;
    for (ptrdiff_t x = 0; x < count; ++x) out[x] = in[x] > low ? in[x] : low;
    at = end;
  }
}

void Rectify(std::span<float> values) {
  for (float& value : values) value = value > 0 ? value : 0;
}

void RunLast(const PreparedLayer& main, const PreparedLayer& branch, const std::vector<float>& low,
             const Geometry& geometry, Tensor* result, ThreadPool* pool) {
  const int groups = GroupsOf(*main.layer);
  const bool branched = branch.layer != nullptr;
  const ptrdiff_t band = BandCells(std::max(main.layer->inputs, branched ? branch.layer->inputs : 1));
  const int bands = int((geometry.span() + band - 1) / band);
  RunOnPool(pool, bands * groups, [&](int task) {
    const int group = task % groups;
    const ptrdiff_t first = task / groups * band, cells = std::min(band, geometry.span() - first);
    const size_t size = size_t(kConvRows * cells);
    std::vector<float> sums(branched ? 2 * size : size);
    const std::span<float> of_main(sums.data(), size), of_branch(sums.data() + size, sums.size() - size);
    RunGroup(main, group, first, cells, of_main.data(), cells);
    if (main.layer->relu) Rectify(of_main);
    if (branched) {
      RunGroup(branch, group, first, cells, of_branch.data(), cells);
      if (branch.layer->relu) Rectify(of_branch);
      for (size_t i = 0; i < size; ++i) of_main[i] += of_branch[i];
    }
    for (int r = 0; r < std::min(kConvRows, main.layer->outputs - group * kConvRows); ++r) {
      const int channel = group * kConvRows + r;
      WriteCells(geometry, first, of_main.subspan(size_t(r * cells), size_t(cells)), low[size_t(channel)],
                 result->plane(channel).data());
    }
  });
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
  const Inputs inputs{first, geometry.plane_size()};
  const PaddedPlanes main = RunInner(net.main, geometry, inputs, pool);
  const PaddedPlanes branch = RunInner(net.branch, geometry, inputs, pool);
  const auto last_of = [&](const std::vector<Convolution>& chain, const PaddedPlanes& before) {
    if (chain.empty()) return PreparedLayer();
    const Inputs last = chain.size() == 1 ? inputs : Inputs{before.origin(0), geometry.plane_size()};
    return PreparedLayer(chain.back(), geometry, last);
  };
  Tensor result(net.outputs(), geometry.height, geometry.width);
  RunLast(last_of(net.main, main), last_of(net.branch, branch), net.low, geometry, &result, pool);
  return result;
}

}  // namespace fsc
