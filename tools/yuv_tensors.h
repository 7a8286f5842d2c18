// yuv_tensors.h: raw pictures whose tiles are channels, as tensors, and the way back.
#ifndef FSC_TOOLS_YUV_TENSORS_H_
#define FSC_TOOLS_YUV_TENSORS_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fsc/packed_picture.h"
#include "fsc/plane.h"
#include "streams/tensor_file.h"
#include "tiling/grid_finder.h"

namespace fsc::tools {

struct YuvOptions {
  std::string format;                // "1088x2128:gray10le"; empty = the input is no raw picture
  std::string tiles;                 // "HxW": a grid of them
  std::vector<std::string> tensors;  // "p2=256x48x64", C x H x W: packed as CompressAI-Vision does

  bool operator==(const YuvOptions&) const = default;
};

// --yuv, --tiles and --tensors.
void AddYuvOptions(CLI::App& command, YuvOptions* options);

// The layers that the options say, and their packing in `picture`; nullopt where they say none. kUsage for what is
// malformed or does not fit.
Result<std::optional<std::vector<LayerSpec>>> GivenLayers(const YuvOptions& options, PackedPicture* picture);

// The tiles that show themselves in the first pictures, of those columns and rows; nullopt where none do.
using NextPicture = std::function<Result<std::optional<Plane<uint16_t>>>()>;
Result<std::optional<TileSize>> SearchGrid(const NextPicture& next, int width_px, int height_px);

struct YuvTensors {
  std::unique_ptr<TensorSource> source;  // values are samples
  PackedPicture picture;
};
// kUsage for options that say too little or do not fit together; kBadInput as YuvReader and PicturePacking. Of a pipe
// the options have to say the layers.
Result<YuvTensors> OpenYuvTensors(const std::string& path, const YuvOptions& options);

// Packs the layers again. kBadInput where they do not fit `picture`.
Result<std::unique_ptr<TensorSink>> CreateYuvFile(const std::string& path, const PackedPicture& picture,
                                                  const std::vector<LayerSpec>& layers);

// True for what ends in .yuv, in any case.
bool HasYuvName(const std::string& path);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_YUV_TENSORS_H_
