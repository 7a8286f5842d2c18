// Any bytes as a .npz archive.
#include "tests/fuzz/read_tensor_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fsc::ReadTensorFile({data, size});
  return 0;
}
