// still_list.h: which files the frames of a folder or of a pattern are, and in which order.
#ifndef FSC_STREAMS_STILL_LIST_H_
#define FSC_STREAMS_STILL_LIST_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fsc/status.h"
#include "fsc/warning.h"

namespace fsc {

// .png .jpg .jpeg .bmp .ppm .pgm .tif .tiff, in any case.
bool HasStillName(const std::string& path);
// Whether the file begins as a PNG, JPEG, BMP, PNM or TIFF does.
bool HasStillContent(const std::string& path);

struct StillList {
  std::vector<std::string> files;  // in natural order: runs of digits compare as numbers
  Warnings warnings;               // files with a picture's name that are none ("pictures-skipped")
};

// The stills of a folder whose names match `name_pattern`, a pattern of the shell (* ? [..]). Hidden files, and those
// that are no pictures by name or content, are left out. kBadInput when there is none.
Result<StillList> ListStills(const std::string& folder, const std::string& name_pattern = "*");

// The .npy and .npz files of a folder that match and are not hidden, in natural order; empty where it cannot be read.
std::vector<std::string> ListTensorFiles(const std::string& folder, const std::string& name_pattern = "*");

// Whether the last part of `path` has * ? or [ in it, and its folder is there.
bool IsShellPattern(const std::string& path);
// ListStills() and ListTensorFiles() of the folder and the last part of `path`, which IsShellPattern.
Result<StillList> ListShellPattern(const std::string& path);
std::vector<std::string> ListTensorPattern(const std::string& path);

// The files that a printf pattern with one %d or %0Nd names, from the lowest number on. kUsage for any other pattern,
// kIo when no file matches, kBadInput when a number between the lowest and the highest is missing.
Result<std::vector<std::string>> ListPattern(const std::string& pattern);
// Whether `path` has a conversion of that kind.
bool IsPattern(const std::string& path);
// The file that `pattern`, which IsPattern, names for `number`.
std::string StillName(const std::string& pattern, int64_t number);
// The printf pattern of the stills that a video writer makes of `path`, .png; `path` itself for anything else.
std::string StillPattern(const std::string& path);
// The files of that kind that are there, by number, gaps or not.
std::vector<std::string> ExistingStills(const std::string& pattern);

// Less-than of natural order.
bool NaturalLess(const std::string& a, const std::string& b);

}  // namespace fsc

#endif  // FSC_STREAMS_STILL_LIST_H_
