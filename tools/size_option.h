// size_option.h: --size, --input-size, --source-size.
#ifndef FSC_TOOLS_SIZE_OPTION_H_
#define FSC_TOOLS_SIZE_OPTION_H_

namespace CLI {
class App;
}

namespace fsc::tools {

struct PictureSize {
  int width_px = 0;  // 0 = not given, for both
  int height_px = 0;
};

// Adds --size to a command that takes videos. `size` must outlive the parse.
void AddSizeOption(CLI::App& command, PictureSize* size);
// Adds --input-size and --source-size to a command that takes tensors, whose files do not say them. Both must outlive
// the parse.
void AddTensorSizeOptions(CLI::App& command, PictureSize* input, PictureSize* source);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_SIZE_OPTION_H_
