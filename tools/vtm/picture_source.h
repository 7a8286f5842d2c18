// picture_source.h: the raw pictures that an encoder of VTM's kind is given: some of a file's, at the depth at which
// they are coded.
//
// The writers of CompressAI-Vision and FCTM make the sides of a picture even, and pass the sizes before that: what an
// odd side means is read off the file.
#ifndef FSC_TOOLS_VTM_PICTURE_SOURCE_H_
#define FSC_TOOLS_VTM_PICTURE_SOURCE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "fsc/packed_picture.h"
#include "fsc/plane.h"
#include "fsc/status.h"
#include "streams/yuv_file.h"

namespace fsc::tools {

struct PictureOptions {
  std::string path;
  int width_px = 0;  // as they were said
  int height_px = 0;
  bool chroma = false;  // 4:2:0
  int file_bits = 8;    // of the file's samples, 8..16
  int bits = 8;         // at which they are coded, 8..16
  int64_t first = 0;    // pictures to pass over
  int64_t count = 0;    // 0 = all that are left
};

// Samples at another depth, as VTM shifts them: up by zeros, down to the nearest.
void ChangeDepth(int from_bits, int to_bits, PlaneView<uint16_t> samples);

class PictureSource {
 public:
  // kBadInput for a file that is no whole number of pictures, padded or not; kUsage where `first` is past its end or it
  // is a pipe.
  static Result<PictureSource> Open(const PictureOptions& options);

  // As they lie in the file, padding included, at the coded depth.
  const PackedPicture& picture() const { return picture_; }
  bool padded() const { return padded_; }
  int64_t first() const { return first_; }
  // How many there are to code; 0 where `first` is the end.
  int64_t count() const { return count_; }

  // To the first picture of the file, whatever is to be coded: what is decided from it is the same for all parts that
  // others code of it.
  Status SeekToStart() { return SeekTo(0); }
  // To the first picture that is to be coded.
  Status SeekToFirst() { return SeekTo(first_); }
  // The next of the file; nullopt at its end. kBadInput for samples above the file's depth.
  Result<std::optional<Plane<uint16_t>>> Next();
  const std::string& name() const { return reader_.name(); }

 private:
  PictureSource(YuvReader reader, const PackedPicture& format) : reader_(std::move(reader)), picture_(format) {}
  Status SeekTo(int64_t number);

  YuvReader reader_;
  PackedPicture picture_;
  int file_bits_ = 8;
  bool padded_ = false;
  int64_t first_ = 0;
  int64_t count_ = 0;
  int64_t next_ = 0;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_PICTURE_SOURCE_H_
