// Any bytes as a .npy file, and as the dict inside its header.
#include "streams/npy_header.h"
#include "tests/fuzz/read_tensor_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fsc::ReadTensorFile({data, size});
  const auto header = fsc::ParseNpyDict({data, size}, fsc::Limits{}, "fuzz");
  if (header.ok() && (header->frames < 1 || header->frame_elements() < 1)) std::abort();
  return 0;
}
