#include "models/torch/torch_script.h"

#include <torch/csrc/jit/runtime/print_handler.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace fsc {

namespace {

// What a network prints goes to standard error: standard output may be the stream, or JSON.
void KeepStandardOutput() {
  static const bool done =
      (torch::jit::setPrintHandler([](const std::string& text) { std::fwrite(text.data(), 1, text.size(), stderr); }),
       true);
  (void)done;
}

}  // namespace

Result<torch::jit::Module> LoadTorchScript(const std::string& path, const std::string& role) {
  std::ifstream file(path, std::ios::binary);
  if (!file || file.peek() == std::ifstream::traits_type::eof()) {
    return IoError("cannot read the " + role + ": " + (errno != 0 ? std::strerror(errno) : "empty file"), path,
                   "check the path in the model's JSON");
  }
  KeepStandardOutput();
  try {
    torch::jit::Module module = torch::jit::load(file, torch::kCPU);
    module.eval();
    // Weights of half precision hold no more than floats do, and few operators take them on a CPU.
    for (const torch::Tensor& weight : module.parameters()) {
      if (weight.scalar_type() != torch::kHalf && weight.scalar_type() != torch::kBFloat16) continue;
      module.to(torch::kFloat32);
      break;
    }
    return module;
  } catch (const c10::Error& e) {
    return BadInput(
        "the " + role + " is not a TorchScript file that LibTorch can load: " + FirstLine(e.what_without_backtrace()),
        path, "save it with torch.jit.save");
  } catch (const std::exception& e) {
    return BadInput("the " + role + " cannot be loaded: " + FirstLine(e.what()), path, "save it with torch.jit.save");
  }
}

std::string FirstLine(const std::string& message) {
  size_t begin = message.rfind("RuntimeError: ");
  begin = begin == std::string::npos ? message.find_first_not_of(" \n") : begin + std::strlen("RuntimeError: ");
  if (begin == std::string::npos) return "no message";
  return message.substr(begin, std::min(message.find('\n', begin) - begin, size_t{300}));
}

}  // namespace fsc
