#include "tools/layer_choice.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <numeric>

namespace fsc::tools {

void AddLayersOption(CLI::App& command, std::vector<std::string>* wanted, const std::string& help) {
  command.add_option("--layers", *wanted, help)->delimiter(',')->allow_extra_args(false);
}

Result<std::vector<size_t>> ChooseLayers(const std::vector<LayerSpec>& layers, const std::vector<std::string>& wanted) {
  std::vector<size_t> chosen;
  if (wanted.empty()) {
    chosen.resize(layers.size());
    std::iota(chosen.begin(), chosen.end(), size_t{0});
    return chosen;
  }
  for (const std::string& name : wanted) {
    size_t i = 0;
    while (i < layers.size() && layers[i].name != name && std::to_string(i) != name) ++i;
    if (i == layers.size()) {
      std::string names;
      for (const LayerSpec& layer : layers) names += (names.empty() ? "" : ", ") + layer.name;
      return Usage("there is no layer '" + name + "'", "--layers", "there are " + names);
    }
    if (std::find(chosen.begin(), chosen.end(), i) != chosen.end())
      return Usage("layer '" + name + "' is named twice", "--layers");
    chosen.push_back(i);
  }
  return chosen;
}

}  // namespace fsc::tools
