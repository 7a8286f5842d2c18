// module_loader.h: parts of fsc that are loaded when they are first needed: a module is a shared library beside the
// program, with one entry function that gives a table of factories (pure virtual interfaces).
//
// Why: LibTorch alone is 280 libraries and .3 s a start, libavformat and OpenCV's picture files another 140; most
// commands need neither, and machines that have neither can run them.
#ifndef FSC_CORE_MODULE_LOADER_H_
#define FSC_CORE_MODULE_LOADER_H_

#include <string>

#include "fsc/status.h"

namespace fsc {

// The version of the tables between a program and its modules, which are built together: an entry gives null to any
// other. To be raised with every change of a table or of a type in it.
inline constexpr int kModuleAbi = 2;

// A shared library that is loaded on demand, and what is said where it cannot be.
struct Module {
  const char* file;
  const char* purpose;  // "video and picture codecs"
  const char* advice;
};
inline constexpr Module kMediaModule = {
    "libfsc_media.so", "video and picture codecs",
    "install FFmpeg's and OpenCV's libraries and a build of fsc with -DFSC_WITH_FFMPEG=ON"};
inline constexpr Module kNetModule = {"libfsc_net.so", "split networks",
                                      "install LibTorch (libtorch-dev) and a build of fsc with -DFSC_WITH_TORCH=ON"};

// The table that `entry` of `module` gives, looked for where the system's loader looks: LD_LIBRARY_PATH, then the
// folders that the program was linked for. A module stays loaded. kUsage, with the loader's words,
// where it cannot be loaded or is of another build.
Result<const void*> LoadModuleTable(const Module& module, const char* entry);

// The same, typed, looked for once: `Table` is the one that `entry` gives.
template <class Table>
Result<const Table*> ModuleTable(const Module& module, const char* entry) {
  static const Result<const void*> table = LoadModuleTable(module, entry);
  if (!table.ok()) return Error(table.error());
  return static_cast<const Table*>(*table);
}

// Loads all modules that this machine can load, for who wants to know which files work is done with.
void LoadAllModules();

}  // namespace fsc

// Defines a module's entry: extern "C" const void* NAME(int abi).
#define FSC_MODULE_ENTRY(name, table)                                            \
  extern "C" __attribute__((visibility("default"))) const void* name(int abi);   \
  extern "C" __attribute__((visibility("default"))) const void* name(int abi) {  \
    return abi == ::fsc::kModuleAbi ? static_cast<const void*>(table) : nullptr; \
  }

#endif  // FSC_CORE_MODULE_LOADER_H_
