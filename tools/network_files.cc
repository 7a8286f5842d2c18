#include "models/model_spec.h"
#include "tools/output_guard.h"

namespace fsc::tools {

std::vector<std::string> NetworkFiles(const std::string& model_path) {
  std::vector<std::string> files = {model_path};
  if (model_path.empty()) return files;
  const auto spec = ReadModelSpec(model_path, Limits{});
  if (spec.ok()) files.insert(files.end(), {spec->front_path, spec->back_path});
  return files;
}

}  // namespace fsc::tools
