// torch_script.h: what everyone who runs a TorchScript file needs: loading it, and one line out of LibTorch's errors.
//
// Private to this folder: this header shows LibTorch, and is not installed.
#ifndef FSC_MODELS_TORCH_TORCH_SCRIPT_H_
#define FSC_MODELS_TORCH_TORCH_SCRIPT_H_

#include <torch/script.h>

#include <string>

#include "fsc/status.h"

namespace fsc {

// The network of a file, as it was saved, in evaluation mode. `role` ("front", "back") is in every error. kIo when the
// file cannot be read, kBadInput when it is not TorchScript.
Result<torch::jit::Module> LoadTorchScript(const std::string& path, const std::string& role);

// One line out of LibTorch's many: what the interpreter raised where it says so, else the first line.
std::string FirstLine(const std::string& message);

}  // namespace fsc

#endif  // FSC_MODELS_TORCH_TORCH_SCRIPT_H_
