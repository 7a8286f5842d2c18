#include "models/torch_module.h"

#include "core/module_loader.h"
#include "models/net_module.h"

namespace fsc {
namespace {

Result<const NetTable*> Net() {
  return ModuleTable<NetTable>(kNetModule, "fsc_net_table");
}

}  // namespace

Result<std::unique_ptr<TorchModule>> TorchModule::Load(const std::string& path, const std::string& role) {
  FSC_ASSIGN_OR_RETURN(const NetTable* const net, Net());
  return net->load_torch_module(path, role);
}

void SetTorchThreads(int threads) {
  if (const auto net = Net(); net.ok()) (*net)->set_torch_threads(threads);
}

std::string ShapeText(std::span<const int64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

}  // namespace fsc
