#include "codec/profile/parts.h"

#include <algorithm>
#include <bit>

namespace fsc {
namespace {

// Channels of all sources after folding. The shapes were checked.
int64_t FoldedChannels(const PartShape& shape, std::span<const LayerSpec> layers) {
  int64_t channels = 0;
  for (const ReducedPart::Source& source : shape.sources) {
    channels += int64_t{layers[source.layer].channels} * source.fold * source.fold;
  }
  return channels;
}

// Size of the reduced layer.
void SetSize(const PartShape& shape, std::span<const LayerSpec> layers, LayerSpec* spec) {
  for (const ReducedPart::Source& source : shape.sources) {
    const LayerSpec& from = layers[source.layer];
    spec->height_cells = std::max(spec->height_cells, (from.height_cells + source.fold - 1) / source.fold);
    spec->width_cells = std::max(spec->width_cells, (from.width_cells + source.fold - 1) / source.fold);
  }
}

Status CheckWork(const ConvNet& net, int64_t cells, const Limits& limits, const std::string& where) {
  int64_t most = net.inputs();
  for (const std::vector<Convolution>* chain : {&net.main, &net.branch}) {
    for (const Convolution& layer : *chain) most = std::max<int64_t>(most, layer.outputs);
  }
  if (most * cells <= limits.max_frame_elements) return {};
  return BadInput(std::to_string(most) + " channels of " + std::to_string(cells) + " cells are over the limit of " +
                      std::to_string(limits.max_frame_elements) + " elements",
                  where);
}

std::string PartName(const std::string& where, size_t part) {
  return where + ", part " + std::to_string(part);
}

}  // namespace

std::vector<PartShape> ShapesOf(std::span<const ReducedPart> parts) {
  std::vector<PartShape> shapes;
  for (const ReducedPart& part : parts) shapes.push_back({part.sources, part.restorer.inputs()});
  return shapes;
}

Status CheckShapes(std::span<const PartShape> shapes, std::span<const LayerSpec> layers, const std::string& where) {
  std::vector<int> used(layers.size());
  for (size_t p = 0; p < shapes.size(); ++p) {
    const std::string name = PartName(where, p);
    if (shapes[p].sources.empty()) return BadInput("a part needs a layer", name);
    int64_t stride_px = 0;
    for (const ReducedPart::Source& source : shapes[p].sources) {
      if (source.layer < 0 || size_t(source.layer) >= layers.size()) {
        return BadInput("there is no layer " + std::to_string(source.layer), name,
                        "the profile is for another network");
      }
      if (source.fold < 1 || source.fold > kMaxFold || !std::has_single_bit(unsigned(source.fold))) {
        return BadInput("fold is not a power of two up to " + std::to_string(kMaxFold), name);
      }
      const int64_t folded_px = int64_t{layers[source.layer].stride_px} * source.fold;
      if (stride_px == 0) stride_px = folded_px;
      if (stride_px != folded_px) return BadInput("the layers of a part do not come to one stride", name);
      ++used[source.layer];
    }
  }
  for (size_t i = 0; i < used.size(); ++i) {
    if (used[i] != 1) {
      return BadInput("layer '" + layers[i].name + "' is not in exactly one part of the profile", where,
                      "the profile is for another network");
    }
  }
  return {};
}

Status CheckParts(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers, bool with_reducers,
                  const Limits& limits, const std::string& where) {
  const std::vector<PartShape> shapes = ShapesOf(parts);
  FSC_RETURN_IF_ERROR(CheckShapes(shapes, layers, where));
  for (size_t p = 0; p < parts.size(); ++p) {
    const ReducedPart& part = parts[p];
    const std::string name = PartName(where, p);
    const int64_t channels = FoldedChannels(shapes[p], layers);
    LayerSpec reduced;
    SetSize(shapes[p], layers, &reduced);
    FSC_RETURN_IF_ERROR(CheckConvNet(part.restorer, name + ", restorer"));
    if (part.restorer.outputs() != channels) {
      return BadInput("the restorer gives " + std::to_string(part.restorer.outputs()) +
                          " channels where the layers have " + std::to_string(channels),
                      name, "the profile is for another network");
    }
    FSC_RETURN_IF_ERROR(CheckWork(part.restorer, reduced.plane_elements(), limits, name + ", restorer"));
    if (!with_reducers) continue;
    FSC_RETURN_IF_ERROR(CheckConvNet(part.reducer, name + ", reducer"));
    if (part.reducer.inputs() != channels || part.reducer.outputs() != part.restorer.inputs()) {
      return BadInput("the reducer's channels do not fit", name);
    }
    FSC_RETURN_IF_ERROR(CheckWork(part.reducer, reduced.plane_elements(), limits, name + ", reducer"));
    if (part.task_map.main.empty()) continue;
    FSC_RETURN_IF_ERROR(CheckConvNet(part.task_map, name + ", task map"));
    if (part.task_map.inputs() != part.reducer.outputs() || part.task_map.outputs() != 1) {
      return BadInput("the task map does not fit the planes", name);
    }
    FSC_RETURN_IF_ERROR(CheckWork(part.task_map, reduced.plane_elements(), limits, name + ", task map"));
  }
  return {};
}

Result<std::vector<LayerSpec>> ReducedLayers(std::span<const PartShape> shapes, std::span<const LayerSpec> layers,
                                             const Limits& limits, const std::string& where) {
  FSC_RETURN_IF_ERROR(CheckShapes(shapes, layers, where));
  std::vector<LayerSpec> reduced;
  for (size_t p = 0; p < shapes.size(); ++p) {
    const ReducedPart::Source& first = shapes[p].sources.front();
    const LayerSpec& layer = layers[first.layer];
    LayerSpec spec;
    spec.name = "reduced" + std::to_string(p);
    spec.channels = shapes[p].planes;
    SetSize(shapes[p], layers, &spec);
    spec.stride_px = layer.stride_px * first.fold;
    spec.phase_px16 = layer.phase_px16 + 8 * (first.fold - 1) * layer.stride_px;
    reduced.push_back(std::move(spec));
  }
  FSC_RETURN_IF_ERROR(CheckLayers(reduced, limits, where));
  return reduced;
}

}  // namespace fsc
