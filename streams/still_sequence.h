// still_sequence.h: the half of video_source.h that reads stills, through OpenCV. Internal to streams/.
//
// Pixels are those of cv::imread(file, IMREAD_COLOR). Time base 1/25, one tick a still.
#ifndef FSC_STREAMS_STILL_SEQUENCE_H_
#define FSC_STREAMS_STILL_SEQUENCE_H_

#include <memory>
#include <string>
#include <vector>

#include "streams/video_source.h"

namespace fsc {

// The stills of a folder in natural order: runs of digits compare as numbers. kBadInput when there is none.
Result<std::vector<std::string>> ListStills(const std::string& folder);

// The files that a printf pattern with one %d or %0Nd names, from the first of 0..4 that exists until one is missing.
// kUsage for any other pattern, kIo when no file matches.
Result<std::vector<std::string>> ListPattern(const std::string& pattern);
// Whether `path` has a conversion of that kind.
bool IsPattern(const std::string& path);
// The file that `pattern`, which IsPattern, names for `number`.
std::string StillName(const std::string& pattern, int64_t number);

// Less-than of natural order.
bool NaturalLess(const std::string& a, const std::string& b);

// `files` must not be empty. kBadInput when the first is no picture.
Result<std::unique_ptr<VideoSource>> OpenStills(std::vector<std::string> files, const Limits& limits);

}  // namespace fsc

#endif  // FSC_STREAMS_STILL_SEQUENCE_H_
