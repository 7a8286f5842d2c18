// A module for module_loader_test.cc.
#include "core/module_loader.h"

namespace {

const int kTable = 42;

}  // namespace

FSC_MODULE_ENTRY(right_entry, &kTable)

// As the entry of another build answers.
extern "C" __attribute__((visibility("default"))) const void* other_entry(uint64_t abi) {
  return abi == fsc::ModuleAbi() + 1 ? &kTable : nullptr;
}
