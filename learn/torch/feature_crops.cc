#include "learn/torch/feature_crops.h"

#include <torch/torch.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "learn/torch/reduction_network.h"

namespace fsc {
namespace {

// The piece of a C x H x W tensor that begins at pixel (x, y), as a new tensor of C x height x width cells.
torch::Tensor Piece(const Tensor& tensor, int stride_px, int64_t x_px, int64_t y_px, int64_t width_px,
                    int64_t height_px) {
  const torch::Tensor whole =
      torch::from_blob(const_cast<float*>(tensor.values().data()),
                       {tensor.channels(), tensor.height_cells(), tensor.width_cells()}, torch::kFloat32);
  return whole.narrow(1, y_px / stride_px, height_px / stride_px).narrow(2, x_px / stride_px, width_px / stride_px);
}

int RoundedSide(int wanted_px, int64_t available_px, int multiple_px) {
  const int64_t side = std::min<int64_t>(wanted_px, available_px);
  return int(side >= multiple_px ? side / multiple_px * multiple_px : side);
}

}  // namespace

int64_t DrawBelow(int64_t count, std::mt19937_64* random) {
  return int64_t((*random)() % uint64_t(count));
}

Result<FeatureCrops> FeatureCrops::Create(const ModelSpec& spec, std::span<const DecodedPlanes> frames, int crop_px) {
  if (frames.empty()) return Usage("too few frames to learn from", spec.json_path, "give more or longer clips");
  FeatureCrops crops;
  crops.layers_ = spec.layers;
  int multiple_px = std::max(1, spec.input.multiple_px);
  for (const LayerSpec& layer : spec.layers) {
    crops.unit_px_ = std::lcm(crops.unit_px_, layer.stride_px);
    crops.coarsest_px_ = std::max(crops.coarsest_px_, layer.stride_px);
  }
  multiple_px = std::lcm(multiple_px, crops.unit_px_);
  int64_t height_px = std::numeric_limits<int64_t>::max(), width_px = height_px;
  for (const DecodedPlanes& frame : frames) {
    FSC_RETURN_IF_ERROR(CheckLayersOf(*frame.frame, spec));
    for (size_t i = 0; i < spec.layers.size(); ++i) {
      const Tensor& tensor = frame.frame->layers[i];
      const int stride_px = spec.layers[i].stride_px;
      height_px = std::min(height_px, int64_t{tensor.height_cells()} * stride_px / crops.unit_px_ * crops.unit_px_);
      width_px = std::min(width_px, int64_t{tensor.width_cells()} * stride_px / crops.unit_px_ * crops.unit_px_);
    }
    crops.frames_.push_back(&frame);
  }
  crops.height_px_ = RoundedSide(crop_px, height_px, multiple_px);
  crops.width_px_ = RoundedSide(crop_px, width_px, multiple_px);
  if (crops.height_px_ < crops.unit_px_ || crops.width_px_ < crops.unit_px_) {
    return BadInput("a frame is too small to cut a piece from", spec.json_path, "give larger pictures");
  }
  return crops;
}

CropBatch FeatureCrops::Draw(int count, std::mt19937_64* random) const {
  std::vector<std::vector<torch::Tensor>> pieces(layers_.size());
  std::vector<torch::Tensor> planes;
  for (int n = 0; n < count; ++n) {
    const DecodedPlanes& frame = *frames_[size_t(DrawBelow(int64_t(frames_.size()), random))];
    int64_t rows = std::numeric_limits<int64_t>::max(), columns = rows;  // places to begin, in units
    for (size_t i = 0; i < layers_.size(); ++i) {
      const Tensor& tensor = frame.frame->layers[i];
      const int stride_px = layers_[i].stride_px;
      rows = std::min(rows, (int64_t{tensor.height_cells()} * stride_px - height_px_) / unit_px_ + 1);
      columns = std::min(columns, (int64_t{tensor.width_cells()} * stride_px - width_px_) / unit_px_ + 1);
    }
    const int64_t y_px = DrawBelow(rows, random) * unit_px_;
    const int64_t x_px = DrawBelow(columns, random) * unit_px_;
    const bool mirrored = DrawBelow(2, random) == 1;
    const auto cut = [&](const Tensor& tensor, int stride_px) {
      const torch::Tensor piece = Piece(tensor, stride_px, x_px, y_px, width_px_, height_px_);
      return mirrored ? piece.flip(2) : piece;
    };
    for (size_t i = 0; i < layers_.size(); ++i) {
      pieces[i].push_back(cut(frame.frame->layers[i], layers_[i].stride_px));
    }
    if (frame.planes.size() > 0) planes.push_back(cut(frame.planes, coarsest_px_));
  }
  CropBatch batch;
  for (const auto& layer : pieces) batch.layers.push_back(torch::stack(layer));
  if (!planes.empty()) batch.planes = torch::stack(planes);
  batch.height_px = height_px_;
  batch.width_px = width_px_;
  return batch;
}

}  // namespace fsc
