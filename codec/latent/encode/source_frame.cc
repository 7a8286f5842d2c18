#include "codec/latent/encode/source_frame.h"

#include <algorithm>
#include <utility>

#include "codec/latent/encode/outliers.h"
#include "codec/latent/encode/quality_watch.h"

namespace fsc {
namespace {

// Means of blocks of cells.
std::vector<float> BlockMeans(const Tensor& cells) {
  const BlockGrid grid(cells.width_cells(), cells.height_cells());
  std::vector<float> means;
  for (int by = 0; by < grid.blocks_y; ++by) {
    for (int bx = 0; bx < grid.blocks_x; ++bx) {
      float sum = 0;
      int count = 0;
      for (int y = by * kBlockCells; y < std::min((by + 1) * kBlockCells, grid.height); ++y) {
        for (int x = bx * kBlockCells; x < std::min((bx + 1) * kBlockCells, grid.width); ++x, ++count) {
          sum += cells.plane(0)[size_t(y) * grid.width + x];
        }
      }
      means.push_back(sum / float(count));
    }
  }
  return means;
}

}  // namespace

SourceFrame MakeSourceFrame(const FeatureFrame& frame, PlaneView<const uint8_t> luma, std::span<const Tensor> weights,
                            ThreadPool* pool) {
  SourceFrame source;
  source.frame.timestamp_ticks = frame.timestamp_ticks;
  source.scan = ScanFrame(frame.layers, pool);
  for (const Tensor& cells : weights) source.weights.push_back(BlockMeans(cells));
  if (luma.data != nullptr && luma.width > 0 && luma.height > 0) {
    source.luma = std::make_shared<const MotionLuma>(luma);
  }
  return source;
}

std::unique_ptr<FeatureFrame> WithoutOutliers(const FeatureFrame& frame, SourceFrame* source, ThreadPool* pool) {
  std::vector<std::vector<Escape>> escapes(frame.layers.size());
  bool any = false;
  for (size_t i = 0; i < escapes.size(); ++i) {
    if (MayHaveOutliers(source->scan[i], frame.layers[i])) escapes[i] = FindOutliers(frame.layers[i]);
    any |= !escapes[i].empty();
  }
  std::unique_ptr<FeatureFrame> tame;
  if (any) {
    tame = std::make_unique<FeatureFrame>();
    for (size_t i = 0; i < escapes.size(); ++i) {
      tame->layers.push_back(frame.layers[i].Clone());
      TakeOut(escapes[i], &tame->layers[i]);
    }
    source->scan = ScanFrame(tame->layers, pool);
    source->escapes = std::move(escapes);
  }
  source->probes = ProbesOf(any ? tame->layers : frame.layers);
  return tame;
}

}  // namespace fsc
