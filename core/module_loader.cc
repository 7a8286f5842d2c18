#include "core/module_loader.h"

#include <dlfcn.h>

namespace fsc {
namespace {

using Entry = const void* (*)(int abi);

std::string LoaderMessage() {
  const char* message = dlerror();
  return message != nullptr ? message : "unknown failure of the loader";
}

}  // namespace

Result<const void*> LoadModuleTable(const char* file, const char* entry, const std::string& purpose,
                                    const std::string& advice) {
  // Its names stay its own: two modules may bring different versions of a library. Never closed: LibTorch cannot be.
  void* const module = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return Usage(purpose + " cannot be loaded", LoaderMessage(), advice);
  const auto function = reinterpret_cast<Entry>(dlsym(module, entry));
  const void* const table = function != nullptr ? function(kModuleAbi) : nullptr;
  if (table == nullptr) return Usage(purpose + " are of another build of fsc", file, "install one build of fsc");
  return table;
}

void LoadAllModules() {
  for (const char* file : {"libfsc_media.so", "libfsc_net.so"}) dlopen(file, RTLD_NOW | RTLD_LOCAL);
}

}  // namespace fsc
