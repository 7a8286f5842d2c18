// channel_choice.h: which channels a picture is made of, where an encoder of VTM's kind is told nothing or little of
// them.
#ifndef FSC_TOOLS_VTM_CHANNEL_CHOICE_H_
#define FSC_TOOLS_VTM_CHANNEL_CHOICE_H_

#include <string>

#include "fsc/status.h"
#include "tiling/picture_packing.h"
#include "tools/vtm/picture_source.h"
#include "tools/yuv_tensors.h"

namespace fsc::tools {

struct Channels {
  PicturePacking packing;
  std::string said;  // what they are and where that is from, in a few words
};

// The layers of `given`; without any, and if `search`, the grid of tiles that shows itself; else the whole picture as
// one channel, which always works. It looks at the file from its start, so that encoders of parts of it choose alike.
// `width_px`, `height_px`: of the picture without padding. Leaves `source` anywhere. kUsage for layers that do not fit.
Result<Channels> ChooseChannels(const YuvOptions& given, bool search, int width_px, int height_px,
                                PictureSource* source);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_CHANNEL_CHOICE_H_
