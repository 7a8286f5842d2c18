// functions.h: what models/torch puts into the module fsc_net; models/torch_module.h says what each does.
#ifndef FSC_MODELS_TORCH_FUNCTIONS_H_
#define FSC_MODELS_TORCH_FUNCTIONS_H_

#include "models/net_module.h"

namespace fsc::torch_net {

Result<std::unique_ptr<TorchModule>> LoadTorchModule(const std::string& path, const std::string& role);
void SetTorchThreads(int threads);

}  // namespace fsc::torch_net

#endif  // FSC_MODELS_TORCH_FUNCTIONS_H_
