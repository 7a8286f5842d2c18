// tensor_layers.h: tensors as the layers of a network: files of tensors have shapes and no more.
#ifndef FSC_MODELS_TENSOR_LAYERS_H_
#define FSC_MODELS_TENSOR_LAYERS_H_

#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "models/input_geometry.h"
#include "models/model_spec.h"

namespace fsc {

// As many layers as the network has, with as many channels each. kBadInput otherwise; `where` names the tensors.
Status CheckLayersAgainst(const ModelSpec& spec, const std::vector<LayerSpec>& layers, const std::string& where);

// Gives checked layers the network's strides and phases.
void PlaceLayers(const ModelSpec& spec, std::vector<LayerSpec>* layers);

// The input that placed layers were made from, as far as their first one tells: a source of the input's own size, with
// nothing scaled, cut or padded.
InputGeometry GeometryOfLayers(const std::vector<LayerSpec>& layers);

}  // namespace fsc

#endif  // FSC_MODELS_TENSOR_LAYERS_H_
