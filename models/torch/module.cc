// module.cc: the entry of the module fsc_net for those who run networks.
#include "core/module_loader.h"
#include "models/torch/functions.h"

namespace fsc::torch_net {
namespace {

constexpr NetTable kTable = {.load_torch_module = LoadTorchModule, .set_torch_threads = SetTorchThreads};

}  // namespace
}  // namespace fsc::torch_net

FSC_MODULE_ENTRY(fsc_net_table, &fsc::torch_net::kTable)
