// output_guard.h: a command does not write over what it reads.
//
// Files count as the same when they are, by whatever name: through symbolic and hard links, other spellings of the
// path, standard input and output that are redirected.
#ifndef FSC_TOOLS_OUTPUT_GUARD_H_
#define FSC_TOOLS_OUTPUT_GUARD_H_

#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc::tools {

// kUsage when an output is the same file as an input, or as another output. To be called before anything is read.
// Inputs: files; folders and patterns, which stand for all pictures and tensors in them; "-" is standard input.
// Outputs: files; printf patterns, which stand for the files of that kind that are there; "-" is standard output. Empty
// names are skipped, and what is no regular file.
Status CheckOutputs(const std::vector<std::string>& outputs, const std::vector<std::string>& inputs);

// The files that a split network (JSON) is made of, itself first; only itself where it cannot be read.
std::vector<std::string> NetworkFiles(const std::string& model_path);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_OUTPUT_GUARD_H_
