// read_tensor_file.h: what the .npy and the .npz target do with their bytes.
#ifndef FSC_TESTS_FUZZ_READ_TENSOR_FILE_H_
#define FSC_TESTS_FUZZ_READ_TENSOR_FILE_H_

#include <cstdlib>
#include <span>

#include "streams/tensor_file.h"
#include "tests/fuzz/memory_file.h"

namespace fsc {

inline void ReadTensorFile(std::span<const uint8_t> bytes) {
  const MemoryFile file(bytes);
  Limits limits;
  limits.max_frame_elements = 1 << 16;
  auto source = OpenTensorFile(file.path(), limits);
  if (!source.ok()) return;
  if ((*source)->frames() < 1 || TotalElements((*source)->layers()) > limits.max_frame_elements) std::abort();
  for (int i = 0; i < 100; ++i) {
    auto frame = (*source)->Next();
    if (!frame.ok() || !frame->has_value()) break;
    if ((**frame).layers.size() != (*source)->layers().size()) std::abort();
  }
  const int64_t last = (*source)->frames() - 1;
  for (const int64_t frame : {last, int64_t{0}, last / 2}) {
    if ((*source)->SeekToFrame(frame).ok()) (void)(*source)->Next();
  }
}

}  // namespace fsc

#endif  // FSC_TESTS_FUZZ_READ_TENSOR_FILE_H_
