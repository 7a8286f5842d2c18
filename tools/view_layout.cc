#include "models/input_geometry.h"
#include "tools/view_world.h"

namespace fsc::tools {

Result<SourceLayout> SourceLayoutOf(const std::string& model_path, int source_width_px, int source_height_px) {
  FSC_ASSIGN_OR_RETURN(const ModelSpec spec, ReadModelSpec(model_path, Limits{}));
  FSC_ASSIGN_OR_RETURN(const InputGeometry geometry, GeometryFor(spec.input, source_width_px, source_height_px));
  return SourceLayout{geometry.scale_x, geometry.scale_y, geometry.offset_x_px, geometry.offset_y_px};
}

}  // namespace fsc::tools
