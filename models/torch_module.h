// torch_module.h: one TorchScript file, loaded and called. LibTorch does not show here.
//
// A TorchScript file is a program: load only files that you would also run.
#ifndef FSC_MODELS_TORCH_MODULE_H_
#define FSC_MODELS_TORCH_MODULE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

// Borrowed for the length of a call; C order.
struct TensorInput {
  std::vector<int64_t> shape;
  std::span<const float> values;
};

struct TensorOutput {
  std::string name;  // its key, where the module returned a dict; else empty
  std::vector<int64_t> shape;
  std::vector<float> values;
};

class TorchModule {
 public:
  // `role` ("front", "back") begins every error. kIo when the file cannot be read, kBadInput when it is not
  // TorchScript.
  static Result<std::unique_ptr<TorchModule>> Load(const std::string& path, const std::string& role);
  virtual ~TorchModule() = default;

  // forward(tensors..., ints...) without gradients. Returns the tensors that came, in order: one, or those of tuples,
  // lists and dicts with text keys, one in another or not. Halves and doubles become floats. kBadInput when the module
  // refuses its arguments or returns something else than tensors of floating-point numbers.
  virtual Result<std::vector<TensorOutput>> Run(std::span<const TensorInput> tensors,
                                                std::span<const int64_t> ints) const = 0;
};

// Threads inside LibTorch's operators: for what the calling thread runs from now on, and for threads that use LibTorch
// for the first time later (OpenMP keeps the number per thread). Results may differ in the last bits between thread
// counts.
void SetTorchThreads(int threads);

// "[1, 128, 45, 60]".
std::string ShapeText(std::span<const int64_t> shape);

}  // namespace fsc

#endif  // FSC_MODELS_TORCH_MODULE_H_
