#include "codec/profile/transform.h"

#include <algorithm>

#include "codec/profile/conv_net_run.h"
#include "codec/profile/parts.h"

namespace fsc {
namespace {

// The block's cell (row, column) of every channel of `from` becomes a channel of `to`, from channel `first` on.
void Fold(const Tensor& from, int fold, int first, Tensor* to, ThreadPool* pool) {
  const int width = to->width_cells();
  RunOnPool(pool, fold * fold * from.channels(), [&](int folded) {
    const int row = folded / from.channels() / fold;
    const int column = folded / from.channels() % fold;
    const float* in = from.plane(folded % from.channels()).data();
    float* out = to->plane(first + folded).data();
    for (int y = 0; y < to->height_cells(); ++y) {
      const float* line = in + size_t(std::min(y * fold + row, from.height_cells() - 1)) * from.width_cells();
      float* to_line = out + size_t(y) * width;
      // Cells that are there, then the last one again.
      const int inside = std::clamp((from.width_cells() - column + fold - 1) / fold, 0, width);
      for (int x = 0; x < inside; ++x) to_line[x] = line[x * fold + column];
      std::fill(to_line + inside, to_line + width, line[from.width_cells() - 1]);
    }
  });
}

void Unfold(const Tensor& from, int fold, int first, Tensor* to, ThreadPool* pool) {
  RunOnPool(pool, to->channels(), [&](int channel) {
    const int width = to->width_cells();
    float* out = to->plane(channel).data();
    for (int y = 0; y < to->height_cells(); ++y, out += width) {
      for (int column = 0; column < fold; ++column) {
        const int folded = (y % fold * fold + column) * to->channels() + channel;
        const float* in = from.plane(first + folded).data() + size_t(y / fold) * from.width_cells();
        for (int x = column; x < width; x += fold) out[x] = *in++;
      }
    }
  });
}

int CeilDivide(int value, int by) {
  return (value + by - 1) / by;
}

}  // namespace

Result<std::vector<LayerSpec>> ReducedLayers(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers,
                                             const Limits& limits) {
  FSC_RETURN_IF_ERROR(CheckParts(parts, layers, false, limits, "profile"));
  return ReducedLayers(ShapesOf(parts), layers, limits, "profile");
}

FeatureFrame ReduceFrame(std::span<const ReducedPart> parts, const FeatureFrame& frame, ThreadPool* pool) {
  FeatureFrame reduced;
  reduced.timestamp_ticks = frame.timestamp_ticks;
  for (const ReducedPart& part : parts) {
    if (part.sources.size() == 1 && part.sources.front().fold == 1) {
      reduced.layers.push_back(RunConvNet(part.reducer, frame.layers[part.sources.front().layer], pool));
      continue;
    }
    int height = 0;
    int width = 0;
    for (const ReducedPart::Source& source : part.sources) {
      height = std::max(height, CeilDivide(frame.layers[source.layer].height_cells(), source.fold));
      width = std::max(width, CeilDivide(frame.layers[source.layer].width_cells(), source.fold));
    }
    Tensor folded(part.reducer.inputs(), height, width);
    int first = 0;
    for (const ReducedPart::Source& source : part.sources) {
      const Tensor& layer = frame.layers[source.layer];
      Fold(layer, source.fold, first, &folded, pool);
      first += source.fold * source.fold * layer.channels();
    }
    reduced.layers.push_back(RunConvNet(part.reducer, folded, pool));
  }
  return reduced;
}

FeatureFrame RestoreFrame(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers,
                          const FeatureFrame& reduced, ThreadPool* pool) {
  FeatureFrame frame;
  frame.timestamp_ticks = reduced.timestamp_ticks;
  frame.layers.resize(layers.size());
  for (size_t p = 0; p < parts.size(); ++p) {
    const ReducedPart& part = parts[p];
    Tensor folded = RunConvNet(part.restorer, reduced.layers[p], pool);
    int first = 0;
    for (const ReducedPart::Source& source : part.sources) {
      const LayerSpec& spec = layers[source.layer];
      Tensor& layer = frame.layers[source.layer];
      if (part.sources.size() == 1 && source.fold == 1) {
        layer = std::move(folded);
        break;
      }
      layer = Tensor(spec.channels, spec.height_cells, spec.width_cells);
      Unfold(folded, source.fold, first, &layer, pool);
      first += source.fold * source.fold * spec.channels;
    }
  }
  return frame;
}

}  // namespace fsc
