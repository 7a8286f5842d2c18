#include "models/split_model.h"

#include <algorithm>
#include <utility>

#include "fsc/stream_info.h"
#include "models/preprocess.h"
#include "models/tasks.h"
#include "models/torch_module.h"

namespace fsc {
namespace {

// Convolutions with and without padding give input / stride cells, rounded either way, or one less or more.
bool CellsFit(int64_t cells, int64_t input_px, int64_t stride_px) {
  return cells >= std::max<int64_t>(1, input_px / stride_px - 1) && cells <= (input_px + stride_px - 1) / stride_px + 1;
}

class SplitModelImpl : public SplitModel {
 public:
  SplitModelImpl(ModelSpec spec, std::array<uint8_t, 32> sha256, std::unique_ptr<TorchModule> front,
                 std::unique_ptr<TorchModule> back, int threads)
      : spec_(std::move(spec)),
        front_sha256_(sha256),
        front_(std::move(front)),
        back_(std::move(back)),
        threads_(threads) {}

  const ModelSpec& spec() const override { return spec_; }
  const std::array<uint8_t, 32>& front_sha256() const override { return front_sha256_; }

  Result<FrontOutput> RunFront(const Image& image) override {
    if (front_ == nullptr) return Usage("the front was not loaded", spec_.json_path);
    FSC_ASSIGN_OR_RETURN(NetworkInput input, Preprocess(spec_.input, image));
    const InputGeometry& geometry = input.geometry;
    const TensorInput tensor{{1, 3, geometry.input_height_px, geometry.input_width_px}, input.values};
    SetTorchThreads(threads_);
    FSC_ASSIGN_OR_RETURN(std::vector<TensorOutput> outputs, front_->Run({&tensor, 1}, {}));
    FSC_ASSIGN_OR_RETURN(outputs, ByName(std::move(outputs)));
    FrontOutput result;
    FSC_ASSIGN_OR_RETURN(result.layers, LayersOf(outputs, geometry));
    for (size_t i = 0; i < outputs.size(); ++i) {
      Tensor layer(result.layers[i].channels, result.layers[i].height_cells, result.layers[i].width_cells);
      std::copy(outputs[i].values.begin(), outputs[i].values.end(), layer.values().begin());
      result.frame.layers.push_back(std::move(layer));
    }
    FSC_RETURN_IF_ERROR(CheckFrame(result.frame, result.layers, spec_.front_path));
    result.geometry = geometry;
    result.luma = std::move(input.luma);
    return result;
  }

  Result<TaskResult> RunBack(const FeatureFrame& frame, const InputGeometry& geometry) override {
    if (back_ == nullptr) {
      return Usage(spec_.back_path.empty() ? "this model has no back" : "the back was not loaded", spec_.json_path);
    }
    if (geometry.picture_width_px < 1 || geometry.picture_height_px < 1) {
      return Usage("the input geometry is empty", spec_.json_path, "take it from RunFront or GeometryFor");
    }
    FSC_RETURN_IF_ERROR(CheckBackInput(frame, geometry));
    std::vector<TensorInput> tensors;
    for (const Tensor& layer : frame.layers) {
      tensors.push_back({{1, layer.channels(), layer.height_cells(), layer.width_cells()}, layer.values()});
    }
    std::vector<int64_t> sizes;
    if (spec_.back_takes_size) sizes = {geometry.input_height_px, geometry.input_width_px};
    SetTorchThreads(threads_);
    FSC_ASSIGN_OR_RETURN(std::vector<TensorOutput> outputs, back_->Run(tensors, sizes));
    // What segmentation networks return beside their result is for training.
    if (outputs.size() > 1) std::erase_if(outputs, [](const TensorOutput& o) { return o.name == "aux"; });
    if (outputs.size() != 1) {
      return BadInput("the back returned " + std::to_string(outputs.size()) + " tensors", spec_.back_path,
                      "expected one tensor");
    }
    return ReadTaskOutput(spec_.task, std::move(outputs[0].shape), std::move(outputs[0].values), geometry,
                          spec_.back_path);
  }

 private:
  // Of a dict: the layers by their names, in the JSON's order; what else it holds is left.
  Result<std::vector<TensorOutput>> ByName(std::vector<TensorOutput> outputs) const {
    if (outputs.empty() || outputs[0].name.empty()) return outputs;
    std::vector<TensorOutput> layers;
    for (const LayerSpec& layer : spec_.layers) {
      const auto found = std::find_if(outputs.begin(), outputs.end(),
                                      [&](const TensorOutput& output) { return output.name == layer.name; });
      if (found == outputs.end()) {
        std::string names;
        for (const TensorOutput& output : outputs) names += (names.empty() ? "" : ", ") + output.name;
        return BadInput("the front returned no layer \"" + layer.name + "\"", spec_.front_path,
                        "its dict has " + names + ": name the layers in " + spec_.json_path + " after its keys");
      }
      layers.push_back(*found);
    }
    return layers;
  }

  // The JSON's layers with the sizes that came, once everything agrees.
  Result<std::vector<LayerSpec>> LayersOf(const std::vector<TensorOutput>& outputs,
                                          const InputGeometry& geometry) const {
    if (outputs.size() != spec_.layers.size()) {
      return BadInput("the front returned " + std::to_string(outputs.size()) + " layers, the JSON describes " +
                          std::to_string(spec_.layers.size()),
                      spec_.front_path, "correct \"layers\" in " + spec_.json_path);
    }
    const Limits limits;
    std::vector<LayerSpec> layers = spec_.layers;
    for (size_t i = 0; i < layers.size(); ++i) {
      LayerSpec& layer = layers[i];
      const std::vector<int64_t>& shape = outputs[i].shape;
      const std::string where = spec_.front_path + ", layer \"" + layer.name + "\"";
      if (shape.size() != 4 || shape[0] != 1) {
        return BadInput("the front returned a tensor of shape " + ShapeText(shape), where,
                        "expected [1, channels, height, width]");
      }
      if (shape[1] != layer.channels) {
        return BadInput("the front returned " + std::to_string(shape[1]) + " channels, the JSON says " +
                            std::to_string(layer.channels),
                        where, "correct layers[" + std::to_string(i) + "].channels in " + spec_.json_path);
      }
      if (!CellsFit(shape[2], geometry.input_height_px, layer.stride_px) ||
          !CellsFit(shape[3], geometry.input_width_px, layer.stride_px)) {
        return BadInput("the front made " + std::to_string(shape[3]) + "x" + std::to_string(shape[2]) + " cells of " +
                            std::to_string(geometry.input_width_px) + "x" + std::to_string(geometry.input_height_px) +
                            " pixels, which is not a stride of " + std::to_string(layer.stride_px),
                        where, "correct layers[" + std::to_string(i) + "].stride in " + spec_.json_path);
      }
      if (shape[2] > limits.max_plane_size_cells || shape[3] > limits.max_plane_size_cells) {
        return BadInput("layer of shape " + ShapeText(shape) + " is too large", where, "use a smaller input");
      }
      layer.height_cells = int(shape[2]);
      layer.width_cells = int(shape[3]);
    }
    FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, spec_.front_path));
    return layers;
  }

  Status CheckBackInput(const FeatureFrame& frame, const InputGeometry& geometry) const {
    if (frame.layers.size() != spec_.layers.size()) {
      return BadInput("the feature frame has " + std::to_string(frame.layers.size()) + " layers, the model takes " +
                          std::to_string(spec_.layers.size()),
                      spec_.json_path, "use the model that made the features");
    }
    std::vector<LayerSpec> layers = spec_.layers;
    for (size_t i = 0; i < layers.size(); ++i) {
      const Tensor& tensor = frame.layers[i];
      layers[i].height_cells = tensor.height_cells();
      layers[i].width_cells = tensor.width_cells();
      if (!CellsFit(tensor.height_cells(), geometry.input_height_px, layers[i].stride_px) ||
          !CellsFit(tensor.width_cells(), geometry.input_width_px, layers[i].stride_px)) {
        return BadInput("layer \"" + layers[i].name + "\" has " + std::to_string(tensor.width_cells()) + "x" +
                            std::to_string(tensor.height_cells()) + " cells, which do not fit an input of " +
                            std::to_string(geometry.input_width_px) + "x" + std::to_string(geometry.input_height_px) +
                            " pixels",
                        spec_.json_path, "give the size of the video that the features come from");
      }
    }
    return CheckFrame(frame, layers, "input of the back of " + spec_.id);
  }

  ModelSpec spec_;
  std::array<uint8_t, 32> front_sha256_;
  std::unique_ptr<TorchModule> front_;  // null when not asked for
  std::unique_ptr<TorchModule> back_;
  int threads_;
};

}  // namespace

Result<std::unique_ptr<SplitModel>> SplitModel::Load(const ModelSpec& spec, const Options& options) {
  if (options.threads < 1 || options.threads > 1024) {
    return Usage("thread count " + std::to_string(options.threads) + " is out of range", spec.json_path,
                 "allowed: 1 to 1024");
  }
  // A stream names its network by the front's digest, so even a back alone needs the front's file.
  FSC_ASSIGN_OR_RETURN(const auto sha256, Sha256OfFile(spec.front_path));
  std::unique_ptr<TorchModule> front;
  std::unique_ptr<TorchModule> back;
  if (options.front) {
    FSC_ASSIGN_OR_RETURN(front, TorchModule::Load(spec.front_path, "front"));
  }
  if (options.back && !spec.back_path.empty()) {
    FSC_ASSIGN_OR_RETURN(back, TorchModule::Load(spec.back_path, "back"));
  }
  return std::unique_ptr<SplitModel>(
      new SplitModelImpl(spec, sha256, std::move(front), std::move(back), options.threads));
}

}  // namespace fsc
