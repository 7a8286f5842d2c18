// layer_choice.h: --layers.
#ifndef FSC_TOOLS_LAYER_CHOICE_H_
#define FSC_TOOLS_LAYER_CHOICE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace CLI {
class App;
}

namespace fsc::tools {

// Adds --layers to a command. `wanted` must outlive the parse.
void AddLayersOption(CLI::App& command, std::vector<std::string>* wanted, const std::string& help);

// Positions of the wanted layers, by name or number; all of them where nothing is asked for. kUsage for a layer that is
// not there, and for one that is named twice.
Result<std::vector<size_t>> ChooseLayers(const std::vector<LayerSpec>& layers, const std::vector<std::string>& wanted);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_LAYER_CHOICE_H_
