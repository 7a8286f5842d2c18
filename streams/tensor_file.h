// tensor_file.h: feature streams as NumPy files: .npy [T,C,H,W] (one layer) or .npz (one such array a layer, in order).
//
// Written as float32 or float16, little-endian, in C order; read as whatever NumPy and others write (npy_value.h,
// npy_array.h), gzipped too. Streamed: memory holds one frame, never the file, but of arrays in Fortran order a block.
#ifndef FSC_STREAMS_TENSOR_FILE_H_
#define FSC_STREAMS_TENSOR_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"
#include "fsc/tensor_view.h"
#include "fsc/warning.h"

namespace fsc {

class TensorSource {
 public:
  virtual ~TensorSource() = default;
  // Names and shapes; strides and phases are not in such files and stay 1 and 0.
  virtual const std::vector<LayerSpec>& layers() const = 0;
  virtual int64_t frames() const = 0;  // known so far, where it is open-ended
  // A pipe, where arrays may follow one another: only Next() tells that there is no more.
  virtual bool is_open_ended() const { return false; }
  // The next frame (timestamp = its number); nullopt at the end.
  virtual Result<std::optional<FeatureFrame>> Next() = 0;
  // The next frame that Next() gives. Range 0..frames().
  virtual Status SeekToFrame(int64_t frame_number) = 0;
  // What the frames given so far lost: values that float32 does not hold ("rounded-values").
  virtual Warnings warnings() const = 0;
};

// A .npy, .npy.gz or .npz file, or a folder or pattern of them: one a frame in natural order, [C,H,W] or [1,C,H,W]
// each. Through a pipe, several arrays [T,C,H,W] of frames of one shape may follow one another. An archive of arrays
// [C,H,W] whose names differ by a number alone is such a sequence too. `layers`: the arrays of an archive to read, in
// that order; empty = all. kIo when missing; kUsage for layers that are not there; kBadInput for a header that lies
// (shape against file size), values that are no numbers, wrong rank, layers that disagree in T, zero frames.
Result<std::unique_ptr<TensorSource>> OpenTensorFile(const std::string& path, const Limits& limits,
                                                     const std::vector<std::string>& layers = {});

// A folder that holds .npy or .npz files and no pictures.
bool IsTensorFolder(const std::string& path);

class TensorSink {
 public:
  virtual ~TensorSink() = default;
  // Frames must have the shapes given at creation.
  virtual Status Write(const FeatureFrame& frame) = 0;
  // Completes the headers and gives the file its name. Without it nothing is left behind.
  virtual Status Finish() = 0;
};

// By extension: .npy (exactly one layer) or .npz. `path` "-" writes .npy to standard output (then `frames` must be
// given, since the header comes first). `frames`: expected count, -1 = unknown.
Result<std::unique_ptr<TensorSink>> CreateTensorFile(const std::string& path, const std::vector<LayerSpec>& layers,
                                                     TensorType type, int64_t frames = -1);

}  // namespace fsc

#endif  // FSC_STREAMS_TENSOR_FILE_H_
