#include "core/module_loader.h"

#include <dlfcn.h>

namespace fsc {
namespace {

using Entry = const void* (*)(uint64_t abi);

std::string LoaderMessage() {
  const char* message = dlerror();
  return message != nullptr ? message : "unknown failure of the loader";
}

}  // namespace

Result<const void*> LoadModuleTable(const Module& module, const char* entry) {
  // Its names stay its own: two modules may bring different versions of a library. Never closed: LibTorch cannot be.
  void* const library = dlopen(module.file, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    return Usage(std::string(module.purpose) + " cannot be loaded", LoaderMessage(), module.advice);
  }
  const auto function = reinterpret_cast<Entry>(dlsym(library, entry));
  const void* const table = function != nullptr ? function(ModuleAbi()) : nullptr;
  if (table == nullptr) {
    return Usage(std::string(module.purpose) + " are of another build of fsc", module.file, "install one build of fsc");
  }
  return table;
}

void LoadAllModules() {
  for (const Module& module : {kMediaModule, kNetModule}) dlopen(module.file, RTLD_NOW | RTLD_LOCAL);
}

}  // namespace fsc
