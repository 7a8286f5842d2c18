// label_files.h: which label picture belongs to which frame, and text files of numbers, as ground truth comes in.
#ifndef FSC_EVAL_LABEL_FILES_H_
#define FSC_EVAL_LABEL_FILES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

// What is known of the clip's frames before they are decoded.
struct ClipListing {
  int64_t frames = 0;               // in the file or folder, before the clip's range is taken
  std::vector<std::string> names;   // file names of stills, in order; empty for videos and tensors
  int width_px = 0, height_px = 0;  // of the first frame; 0 for tensors
};

// "img7" of "img7.png".
std::string StemOf(const std::string& name);

// The names of the pictures of a folder in natural order (img2 before img10), hidden files and what is no picture left
// out. kIo when it cannot be read, kBadInput when it has none.
Result<std::vector<std::string>> ListPictures(const std::string& folder);

// The paths of the label pictures in `folder` of frames first .. first + count - 1. By name where any stem is that of a
// frame, as it is or but for leading zeros (f1, f001); else both in natural order. kBadInput, at `where`, for a frame
// without a label picture or with two, another number of them than frames, and an order that the numbers in the names
// contradict.
Result<std::vector<std::string>> LabelPictures(const std::string& folder, const ClipListing& listing, int64_t first,
                                               int64_t count, const std::string& where);

Result<std::vector<std::string>> ReadTextLines(const std::string& path);

// Numbers of one line, separated by commas, semicolons, tabs or spaces; nullopt when something else is there.
std::optional<std::vector<double>> ParseNumbers(std::string line);

struct NumberLine {
  std::string where;  // of the line, for errors
  std::vector<double> values;
};

// The lines of a text file that are not empty. kIo when it cannot be read; kBadInput with `expected` at the first line
// that has not `least` .. `most` numbers.
Result<std::vector<NumberLine>> ReadNumberLines(const std::string& path, const std::string& where, size_t least,
                                                size_t most, const std::string& expected);

}  // namespace fsc

#endif  // FSC_EVAL_LABEL_FILES_H_
