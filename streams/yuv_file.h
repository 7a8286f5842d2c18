// yuv_file.h: raw planar pictures, as codecs' test software reads and writes them: luma, in 4:2:0 with chroma planes
// that say nothing.
#ifndef FSC_STREAMS_YUV_FILE_H_
#define FSC_STREAMS_YUV_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/packed_picture.h"
#include "fsc/plane.h"
#include "fsc/status.h"

namespace fsc {

// "1088x2128:gray10le": width x height and FFmpeg's name of the format: gray, gray10le, gray12le, gray14le, gray16le,
// yuv420p, yuv420p10le, yuv420p12le, yuv420p14le, yuv420p16le. Samples above 8 bits take two bytes, the low one first.
// kUsage for anything else. Only the size, the depth and `chroma` are set.
Result<PackedPicture> ParseYuvFormat(const std::string& text);

// Of one picture in such a file.
uint64_t PictureBytes(const PackedPicture& format);

class YuvReader {
 public:
  // kBadInput for a file that is no whole number of pictures (says how many bytes are left over) or has none; the
  // length of a pipe shows itself at its end.
  static Result<YuvReader> Open(const std::string& path, const PackedPicture& format);

  // Where it is known.
  std::optional<int64_t> frames() const { return frames_; }
  // The next picture; nullopt at the end. kBadInput where a picture is cut short, or its chroma planes are not all half
  // of the range: they would be lost.
  Result<std::optional<Plane<uint16_t>>> Next();
  // Range 0..frames(). kIo for a pipe.
  Status SeekToFrame(int64_t frame_number);
  const std::string& name() const { return source_->name(); }

 private:
  YuvReader(std::unique_ptr<ByteSource> source, const PackedPicture& format);

  std::unique_ptr<ByteSource> source_;
  PackedPicture format_;
  std::optional<int64_t> frames_;
  int64_t next_ = 0;
  std::vector<uint8_t> bytes_;  // of a picture
};

class YuvWriter {
 public:
  // `path`: "-" is standard output.
  static Result<YuvWriter> Create(const std::string& path, const PackedPicture& format);
  YuvWriter(std::unique_ptr<ByteSink> sink, const PackedPicture& format);
  // `luma`: of the format's size.
  Status Write(PlaneView<const uint16_t> luma);
  Status Commit() { return sink_->Commit(); }

 private:
  std::unique_ptr<ByteSink> sink_;
  PackedPicture format_;
  std::vector<uint8_t> bytes_;
};

}  // namespace fsc

#endif  // FSC_STREAMS_YUV_FILE_H_
