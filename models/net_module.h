// net_module.h: the table between models/ and the module fsc_net, the one place that is linked to LibTorch
// (models/torch/, learn/torch/). models/torch_module.cc loads it when a network is first loaded.
#ifndef FSC_MODELS_NET_MODULE_H_
#define FSC_MODELS_NET_MODULE_H_

#include <memory>
#include <string>

#include "fsc/status.h"
#include "models/torch_module.h"

namespace fsc {

struct NetTable {
  Result<std::unique_ptr<TorchModule>> (*load_torch_module)(const std::string& path, const std::string& role);
  void (*set_torch_threads)(int threads);
};

}  // namespace fsc

#endif  // FSC_MODELS_NET_MODULE_H_
