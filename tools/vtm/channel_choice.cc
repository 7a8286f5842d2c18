#include "tools/vtm/channel_choice.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace fsc::tools {
namespace {

std::string TextOf(const std::vector<LayerSpec>& layers) {
  std::string text;
  for (const LayerSpec& layer : layers) {
    text += fmt::format("{}{} channels of {}x{}", text.empty() ? "" : ", ", layer.channels, layer.height_cells,
                        layer.width_cells);
  }
  return text;
}

// With the fill of the file's first picture.
Result<PicturePacking> PackingOf(const PackedPicture& picture, const std::vector<LayerSpec>& layers,
                                 PictureSource* source) {
  FSC_ASSIGN_OR_RETURN(PicturePacking packing, PicturePacking::Create(picture, layers, Limits{}));
  FSC_RETURN_IF_ERROR(source->SeekToStart());
  FSC_ASSIGN_OR_RETURN(const auto first, source->Next());
  if (first) packing.TakeFill(first->view());
  return packing;
}

// True where nothing of the file's pictures would be lost: what the layers leave open is the same everywhere.
Result<bool> HoldsAll(const PicturePacking& packing, PictureSource* source) {
  const PackedPicture& picture = packing.picture();
  int64_t elements = 0;
  for (const LayerSpec& layer : packing.layers()) elements += layer.elements();
  if (elements == int64_t{picture.width_px} * picture.height_px) return true;
  FSC_RETURN_IF_ERROR(source->SeekToStart());
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto samples, source->Next());
    if (!samples) return true;
    if (!packing.Unpack(samples->view(), source->name()).ok()) return false;
  }
}

LayerSpec OneChannel(int width_px, int height_px) {
  LayerSpec layer;
  layer.name = "features";
  layer.channels = 1;
  layer.width_cells = width_px;
  layer.height_cells = height_px;
  return layer;
}

// The grid that shows itself.
Result<std::optional<LayerSpec>> FoundGrid(int width_px, int height_px, PictureSource* source) {
  FSC_RETURN_IF_ERROR(source->SeekToStart());
  FSC_ASSIGN_OR_RETURN(const auto size, SearchGrid([&] { return source->Next(); }, width_px, height_px));
  if (!size) return std::optional<LayerSpec>();
  FSC_ASSIGN_OR_RETURN(LayerSpec layer, LayerOfGrid(source->picture(), size->width_px, size->height_px));
  return std::optional<LayerSpec>(std::move(layer));
}

}  // namespace

Result<Channels> ChooseChannels(const YuvOptions& given, bool search, int width_px, int height_px,
                                PictureSource* source) {
  PackedPicture picture = source->picture();
  FSC_ASSIGN_OR_RETURN(const auto layers, GivenLayers(given, &picture));
  if (layers) {
    FSC_ASSIGN_OR_RETURN(PicturePacking packing, PackingOf(picture, *layers, source));
    return Channels{std::move(packing), TextOf(*layers)};
  }
  if (search) {
    FSC_ASSIGN_OR_RETURN(const auto found, FoundGrid(width_px, height_px, source));
    if (found) {
      FSC_ASSIGN_OR_RETURN(PicturePacking packing, PackingOf(picture, {*found}, source));
      FSC_ASSIGN_OR_RETURN(const bool holds_all, HoldsAll(packing, source));
      if (holds_all) return Channels{std::move(packing), TextOf({*found}) + " (found in the pictures)"};
    }
  }
  const std::string said =
      search ? "the whole picture as one channel (no grid of tiles shows itself)" : "the whole picture";
  FSC_ASSIGN_OR_RETURN(PicturePacking packing, PackingOf(picture, {OneChannel(width_px, height_px)}, source));
  FSC_ASSIGN_OR_RETURN(const bool holds_all, HoldsAll(packing, source));
  if (holds_all) return Channels{std::move(packing), said};
  FSC_ASSIGN_OR_RETURN(packing, PackingOf(picture, {OneChannel(picture.width_px, picture.height_px)}, source));
  return Channels{std::move(packing), said};
}

}  // namespace fsc::tools
