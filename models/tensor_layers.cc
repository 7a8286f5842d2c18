#include "models/tensor_layers.h"

namespace fsc {

Status CheckLayersAgainst(const ModelSpec& spec, const std::vector<LayerSpec>& layers, const std::string& where) {
  bool same = spec.layers.size() == layers.size();
  for (size_t i = 0; same && i < layers.size(); ++i) same = spec.layers[i].channels == layers[i].channels;
  if (same) return {};
  const auto text = [](const std::vector<LayerSpec>& list) {
    std::string channels;
    for (const LayerSpec& layer : list) channels += (channels.empty() ? "" : " + ") + std::to_string(layer.channels);
    return channels + " channels";
  };
  return BadInput(
      "the tensors are of another network: " + text(layers) + " where " + spec.id + " has " + text(spec.layers), where,
      "give the model that they were made with");
}

void PlaceLayers(const ModelSpec& spec, std::vector<LayerSpec>* layers) {
  for (size_t i = 0; i < layers->size(); ++i) {
    (*layers)[i].stride_px = spec.layers[i].stride_px;
    (*layers)[i].phase_px16 = spec.layers[i].phase_px16;
  }
}

InputGeometry GeometryOfLayers(const std::vector<LayerSpec>& layers) {
  const LayerSpec& first = layers.front();
  InputGeometry g;
  g.source_width_px = g.input_width_px = g.picture_width_px = g.scaled_width_px = first.width_cells * first.stride_px;
  g.source_height_px = g.input_height_px = g.picture_height_px = g.scaled_height_px =
      first.height_cells * first.stride_px;
  return g;
}

}  // namespace fsc
