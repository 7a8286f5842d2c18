#include "tools/view_tiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fsc/tiling_config.h"

namespace fsc::tools {
namespace {

constexpr int kWishedWidthPx = 720;
constexpr Colour kGap{32, 32, 32};

}  // namespace

TileView::Shades TileView::Shades::Of(std::span<const float> values) {
  std::vector<float> sorted(values.begin(), values.end());
  const size_t tail = sorted.size() / 200;
  std::nth_element(sorted.begin(), sorted.begin() + ptrdiff_t(tail), sorted.end());
  const float black = sorted[tail];
  std::nth_element(sorted.begin(), sorted.end() - 1 - ptrdiff_t(tail), sorted.end());
  const float white = sorted[sorted.size() - 1 - tail];
  return {black, white > black ? white : black + 1};
}

float TileView::Shades::At(float value) const {
  return std::clamp((value - black) / (white - black), 0.0f, 1.0f);
}

Result<TileView> TileView::Create(const std::vector<LayerSpec>& layers, int zoom_px) {
  std::vector<LayerSpec> spaced = layers;
  for (LayerSpec& layer : spaced) ++layer.height_cells, ++layer.width_cells;
  FSC_ASSIGN_OR_RETURN(TileLayout layout, TileLayout::Create(spaced, TilingConfig{}, Limits{}));
  TileView view(std::move(layout));
  view.zoom_ = zoom_px > 0 ? zoom_px : std::max(1, kWishedWidthPx / std::max(1, view.layout_.content_width_px()));
  return view;
}

template <class ColourAt>
Image TileView::Draw(const FeatureFrame& frame, const ColourAt& colour_at) const {
  Image image = FilledImage(layout_.content_width_px() * zoom_, layout_.content_height_px() * zoom_, kGap);
  for (size_t layer = 0; layer < frame.layers.size(); ++layer) {
    const Tensor& tensor = frame.layers[layer];
    for (int channel = 0; channel < tensor.channels(); ++channel) {
      const Placement place = layout_.PlacementOf(int(layer), channel);
      size_t cell = 0;
      for (int y = 0; y < tensor.height_cells(); ++y) {
        for (int x = 0; x < tensor.width_cells(); ++x, ++cell) {
          const Colour colour = colour_at(int(layer), channel, cell);
          for (int v = 0; v < zoom_; ++v) {
            uint8_t* out = &image.bgr[3 * (size_t((place.top_px + y) * zoom_ + v) * image.width_px +
                                           size_t(place.left_px + x) * zoom_)];
            for (int u = 0; u < zoom_; ++u) {
              *out++ = colour.blue;
              *out++ = colour.green;
              *out++ = colour.red;
            }
          }
        }
      }
    }
  }
  return image;
}

Image TileView::DrawChannels(const FeatureFrame& frame) {
  if (shades_.empty()) {
    for (const Tensor& tensor : frame.layers) shades_.push_back(Shades::Of(tensor.values()));
  }
  return Draw(frame, [&](int layer, int channel, size_t cell) {
    const float value = frame.layers[size_t(layer)].plane(channel)[cell];
    const uint8_t grey = uint8_t(std::lround(shades_[size_t(layer)].At(value) * 255));
    return Colour{grey, grey, grey};
  });
}

Panel TileView::DrawErrors(const FeatureFrame& frame, const FeatureFrame& original) {
  double squares = 0, variance = 0;
  const bool first = deviations_.empty();
  for (size_t layer = 0; layer < frame.layers.size(); ++layer) {
    const std::span<const float> decoded = frame.layers[layer].values();
    const std::span<const float> wanted = original.layers[layer].values();
    double sum = 0, energy = 0, error = 0;
    for (size_t i = 0; i < wanted.size(); ++i) {
      sum += wanted[i];
      energy += double{wanted[i]} * wanted[i];
      const double difference = double{decoded[i]} - wanted[i];
      error += difference * difference;
    }
    const double layer_variance = std::max(energy - sum * sum / double(wanted.size()), 0.0);
    if (first) deviations_.push_back(std::sqrt(std::max(layer_variance / double(wanted.size()), 1e-30)));
    squares += error;
    variance += layer_variance;
  }
  Panel panel;
  panel.title = "error of every cell, in standard deviations of its layer";
  panel.picture = Draw(frame, [&](int layer, int channel, size_t cell) {
    const double difference =
        double{frame.layers[size_t(layer)].plane(channel)[cell]} - original.layers[size_t(layer)].plane(channel)[cell];
    return HeatColour(std::abs(difference) / (0.5 * deviations_[size_t(layer)]));
  });
  panel.scale = HeatScale();
  for (int i = 0; i <= 5; ++i)
    panel.scale.ticks.emplace_back(i / 5.0, fmt::format("{:.1f}{}", i / 10.0, i == 5 ? " and more" : ""));
  panel.entries = {{std::nullopt, fmt::format("SNR {:.2f} dB", 10 * std::log10(variance / std::max(squares, 1e-30)))}};
  return panel;
}

}  // namespace fsc::tools
