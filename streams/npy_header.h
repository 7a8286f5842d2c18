// npy_header.h: the header of NumPy's .npy files, versions 1.0, 2.0 and 3.0 (numpy.lib.format, NEP 1).
#ifndef FSC_STREAMS_NPY_HEADER_H_
#define FSC_STREAMS_NPY_HEADER_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"
#include "fsc/tensor_view.h"
#include "streams/npy_value.h"

namespace fsc {

// An array [T, C, H, W].
struct NpyHeader {
  NpyValue value;
  bool fortran_order = false;  // the first axis runs fastest
  int64_t frames = 0;          // T, 1 or more where it was read
  int channels = 0;
  int height_cells = 0;
  int width_cells = 0;
  uint64_t size_bytes = 0;  // of the header itself: data begin here

  uint64_t frame_elements() const { return uint64_t(channels) * height_cells * width_cells; }
};

// Reads the header from the start of `source` and leaves the source at the first value. kBadInput for values that are
// no numbers, another rank, sizes outside `limits`, and a shape that does not fit the source's size where that is
// known. `one_frame`: the array is of one frame, [C, H, W] or [1, C, H, W].
Result<NpyHeader> ReadNpyHeader(ByteSource* source, const Limits& limits, const std::string& where,
                                bool one_frame = false);

// The same of the array that follows another one in a pipe: nullopt where the pipe ends instead.
Result<std::optional<NpyHeader>> ReadNextNpyHeader(ByteSource* source, const Limits& limits, const std::string& where);

// How many axes the array at the start of `source` has; 0 where that is none. Leaves the source anywhere.
int NpyAxes(ByteSource* source);

// Parses the dict between the length field and the first value; `size_bytes` is left alone.
Result<NpyHeader> ParseNpyDict(std::span<const uint8_t> text, const Limits& limits, const std::string& where,
                               bool one_frame = false);

// Always kNpyHeaderBytes, version 1.0: the frame count may be written over later.
inline constexpr size_t kNpyHeaderBytes = 128;
std::vector<uint8_t> FormatNpyHeader(const LayerSpec& layer, TensorType type, int64_t frames);

}  // namespace fsc

#endif  // FSC_STREAMS_NPY_HEADER_H_
