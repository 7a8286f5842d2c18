// whole_files.h: files that belong together: all of them are written, and then all get their names.
#ifndef FSC_EVAL_WHOLE_FILES_H_
#define FSC_EVAL_WHOLE_FILES_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/status.h"

namespace fsc {

class WholeFiles {
 public:
  // Writes under another name, beside `path`; makes its folder where there is none. kIo when that fails: then nothing
  // of the set gets its name, unless Commit() was called before.
  Status Add(const std::string& path, std::string_view text);
  Status Commit();

 private:
  std::vector<std::unique_ptr<ByteSink>> sinks_;
};

// A set of one.
Status WriteWholeFile(const std::string& path, std::string_view text);

}  // namespace fsc

#endif  // FSC_EVAL_WHOLE_FILES_H_
