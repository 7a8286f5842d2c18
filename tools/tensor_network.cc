#include "tools/tensor_network.h"

#include "models/tensor_layers.h"

namespace fsc::tools {

Status NameNetwork(const std::string& model_path, const std::string& tensors, StreamInfo* stream) {
  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(model_path, Limits{}));
  FSC_RETURN_IF_ERROR(CheckLayersAgainst(spec, stream->layers, tensors));
  PlaceLayers(spec, &stream->layers);
  stream->model_id = spec.id;
  FSC_ASSIGN_OR_RETURN(stream->model_sha256, Sha256OfFile(spec.front_path));
  return {};
}

}  // namespace fsc::tools
