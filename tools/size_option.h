// size_option.h: --size.
#ifndef FSC_TOOLS_SIZE_OPTION_H_
#define FSC_TOOLS_SIZE_OPTION_H_

namespace CLI {
class App;
}

namespace fsc::tools {

struct PictureSize {
  int width_px = 0;  // 0 = as the pictures are, for both
  int height_px = 0;
};

// Adds --size to a command that takes videos. `size` must outlive the parse.
void AddSizeOption(CLI::App& command, PictureSize* size);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_SIZE_OPTION_H_
