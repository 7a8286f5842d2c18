// stream_file.h: an open .fsc stream with the profile that it may need, for the commands that decode.
#ifndef FSC_TOOLS_STREAM_FILE_H_
#define FSC_TOOLS_STREAM_FILE_H_

#include <memory>
#include <string>

#include "fsc/byte_io.h"
#include "fsc/decoder.h"
#include "fsc/status.h"

namespace CLI {
class App;
}

namespace fsc::tools {

// Adds --profile to a command that decodes. `path` must outlive the parse.
void AddProfileOption(CLI::App& command, std::string* path);

// Owns what the decoder borrows.
struct StreamFile {
  std::unique_ptr<ByteSource> bytes;
  std::unique_ptr<FeatureDecoder> decoder;
};

// `profile_path`: for streams that name their profile by hash; empty = none.
Result<StreamFile> OpenStreamFile(const std::string& path, const std::string& profile_path, int threads);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_STREAM_FILE_H_
