// media_extent.h: whether a video file is as long as its own structure says: what a broken transfer or a full disk left
// of it is shorter. Internal to streams/.
//
// Looks at the outermost boxes of MP4 and MOV, at the segment of Matroska and WebM, and at the RIFF chunks of AVI.
// Other files, and those written live without sizes, do not tell.
#ifndef FSC_STREAMS_MEDIA_EXTENT_H_
#define FSC_STREAMS_MEDIA_EXTENT_H_

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace fsc {

struct MediaExtent {
  uint64_t missing_bytes = 0;  // at the end; 0 also where the file does not tell
  bool lacks_index = false;    // MP4 without a moov box: no frame can be found in it
};

// Reads `out.size()` bytes at `position`; fewer at the end of the file. Returns how many.
using ReadAt = std::function<size_t(uint64_t position, std::span<uint8_t> out)>;

// `size_bytes` is the real size. Reads a few bytes a box, at most some thousand boxes.
MediaExtent ExtentOf(const ReadAt& read, uint64_t size_bytes);
// Of a regular file; nothing is missing from any other.
MediaExtent ExtentOfFile(const std::string& path);

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_EXTENT_H_
