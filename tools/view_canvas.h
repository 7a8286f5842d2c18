// view_canvas.h: the page that fsc view draws on: panels with titles and legends under one heading.
#ifndef FSC_TOOLS_VIEW_CANVAS_H_
#define FSC_TOOLS_VIEW_CANVAS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/image.h"

namespace fsc::tools {

struct Colour {
  uint8_t blue = 0;
  uint8_t green = 0;
  uint8_t red = 0;
};

// One row of a legend.
struct LegendEntry {
  std::optional<Colour> colour;  // nullopt: a line of text
  std::string text;
};

// A colour scale, lowest colour at the bottom. Positions are 0 (bottom) .. 1.
struct ColourScale {
  std::vector<Colour> colours;
  std::vector<std::pair<double, std::string>> ticks;
};

struct Panel {
  std::string title;
  Image picture;
  // The legend on the right, from top to bottom; what is empty is left out.
  Image badge;  // a small picture, for instance a colour wheel
  ColourScale scale;
  std::vector<LegendEntry> entries;
};

// An opaque picture of one colour.
Image FilledImage(int width_px, int height_px, Colour colour);

// Dark blue over red to pale yellow: more is brighter. `value` 0..1.
Colour HeatColour(double value);
// All of its colours, without ticks.
ColourScale HeatScale();
// Colours far apart, for things with names: the i-th of any number.
Colour NamedColour(int index);
// A direction as a hue; y points down. The length, 0..1, is how much of the picture below the colour covers.
Colour WheelColour(double x, double y);
double WheelOpacity(double length);
// Both over dark grey, for a legend.
Image ColourWheel(int diameter_px);

// `heading` over the panels, side by side and in rows of at most two, each with its legend. All panels of the same
// number, sizes and kinds give pages of the same size.
Image ComposePage(const std::string& heading, const std::vector<Panel>& panels);

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VIEW_CANVAS_H_
