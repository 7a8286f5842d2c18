// npy_array.h: the frames of one .npy array, whatever its element type, byte order and axis order.
#ifndef FSC_STREAMS_NPY_ARRAY_H_
#define FSC_STREAMS_NPY_ARRAY_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/limits.h"
#include "fsc/status.h"
#include "streams/npy_header.h"

namespace fsc {

// Memory holds one frame, but of an array in Fortran order, where the frames lie between one another, as many as
// kFortranBlockBytes take: the file is read once for each so many.
inline constexpr uint64_t kFortranBlockBytes = uint64_t{256} << 20;

class NpyArray {
 public:
  // kBadInput as ReadNpyHeader, and for an array in Fortran order through a pipe that is larger than a block.
  static Result<NpyArray> Open(std::unique_ptr<ByteSource> source, const Limits& limits, bool one_frame);

  const NpyHeader& header() const { return header_; }  // of the array that is read
  const std::string& name() const { return source_->name(); }
  // Of a pipe, where arrays may follow one another, after the last frame: goes on with the next array; false where the
  // pipe ends. Only then is it known, so nobody waits for an array to get the frames of the one before. kBadInput as
  // Open(), and for another shape of the frames.
  Result<bool> OpenNext(const Limits& limits);
  // Of the array that is read and those before it.
  int64_t frames_so_far() const { return first_ + header_.frames; }

  // The next frame, [C][H][W]. `values`: as many as a frame has. kBadInput where the file is cut short.
  Status Read(std::span<float> values);
  // After the last frame: kBadInput where anything follows, or a checksum there is wrong.
  Status CheckEnd();
  // The next frame that Read() gives. Range 0..frames.
  Status SeekToFrame(int64_t frame_number);
  // Of all values read so far, how many float32 does not hold exactly.
  int64_t rounded_values() const { return rounded_values_; }

 private:
  NpyArray(std::unique_ptr<ByteSource> source, const NpyHeader& header);

  Status ReadInOrder(std::span<float> values);
  // Reads all of the array and keeps the frames from `first` on that a block holds.
  Status FillBlock(int64_t first);
  Status ReadExactly(std::span<uint8_t> out);

  std::unique_ptr<ByteSource> source_;  // C order: at the first value of the next frame
  NpyHeader header_;
  int64_t first_ = 0;  // frames of the arrays before it
  int64_t next_ = 0;   // of the array
  int64_t rounded_values_ = 0;
  std::vector<float> block_;  // [frame][C][H][W]
  int64_t block_first_ = 0;
  int64_t block_frames_ = 0;
};

}  // namespace fsc

#endif  // FSC_STREAMS_NPY_ARRAY_H_
