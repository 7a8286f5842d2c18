#include "tools/view_coding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "tools/view_mat.h"

namespace fsc::tools {
namespace {

constexpr double kBackdropLight = 0.55;  // the picture steps back behind what is drawn over it
constexpr int kWheelPx = 132;
// Arrows are drawn on a grid this many times finer than the screen.
constexpr int kSubpixelBits = 4;

// The backdrop darker and with half its colour.
Image Dimmed(const Image& backdrop) {
  Image dimmed = backdrop;
  for (size_t i = 0; i + 2 < dimmed.bgr.size(); i += 3) {
    const double grey = 0.114 * dimmed.bgr[i] + 0.587 * dimmed.bgr[i + 1] + 0.299 * dimmed.bgr[i + 2];
    for (size_t c = 0; c < 3; ++c)
      dimmed.bgr[i + c] = uint8_t(std::lround(kBackdropLight * (0.4 * dimmed.bgr[i + c] + 0.6 * grey)));
  }
  return dimmed;
}

// Blends `colour` over a part of the picture; what lies outside is dropped.
void Wash(cv::Mat& picture, cv::Rect area, Colour colour, double opacity) {
  area &= cv::Rect(0, 0, picture.cols, picture.rows);
  if (area.empty()) return;
  cv::Mat part = picture(area);
  part.convertTo(part, -1, 1 - opacity);
  cv::add(part, ScalarOf(colour) * opacity, part);
}

void Frame(cv::Mat& picture, cv::Rect area, double opacity) {
  constexpr Colour kLine{255, 255, 255};
  Wash(picture, cv::Rect(area.x, area.y, area.width, 1), kLine, opacity);
  Wash(picture, cv::Rect(area.x, area.y + 1, 1, area.height - 1), kLine, opacity);
}

void Arrow(cv::Mat& picture, cv::Point2d from, cv::Point2d to) {
  const auto point = [](cv::Point2d p) {
    constexpr double kOne = 1 << kSubpixelBits;
    return cv::Point(int(std::lround((p.x - 0.5) * kOne)), int(std::lround((p.y - 0.5) * kOne)));
  };
  const cv::Point2d step = to - from;
  const double length = std::hypot(step.x, step.y);
  const double head = std::min(9.0, 2 + 0.35 * length);
  // Dark below light: it shows on any ground.
  for (const auto& [colour, width] : {std::pair(cv::Scalar(0, 0, 0), 3), std::pair(cv::Scalar(255, 255, 255), 1)}) {
    if (length < 1.5) {
      cv::circle(picture, point(from), (width == 3 ? 2 : 1) << kSubpixelBits, colour, cv::FILLED, cv::LINE_AA,
                 kSubpixelBits);
      continue;
    }
    cv::line(picture, point(from), point(to), colour, width, cv::LINE_AA, kSubpixelBits);
    const double angle = std::atan2(step.y, step.x);
    for (const double side : {-2.6, 2.6}) {
      const cv::Point2d barb(to.x + head * std::cos(angle + side), to.y + head * std::sin(angle + side));
      cv::line(picture, point(to), point(barb), colour, width, cv::LINE_AA, kSubpixelBits);
    }
  }
}

// A part of the field with one vector, on the screen.
struct Unit {
  cv::Rect area;
  MotionVector vector;
  bool whole_block = false;
};

std::vector<Unit> UnitsOf(const MotionField& field, int zoom) {
  const MotionGeometry& geometry = field.geometry();
  const int leaf_px = kMotionLeafPx * geometry.unit_px * zoom;
  std::vector<Unit> units;
  for (int y = 0; y < geometry.leaves_y(); ++y) {
    for (int x = 0; x < geometry.leaves_x(); ++x) {
      const bool split = field.split(x / 2, y / 2);
      // An affine base gives one vector per block as well, so the leaves of a block that is not split are alike.
      if (!split && (x % 2 != 0 || y % 2 != 0)) continue;
      const int size = split ? 1 : 2;
      units.push_back({cv::Rect(x * leaf_px, y * leaf_px, size * leaf_px, size * leaf_px), field.leaf(x, y), !split});
    }
  }
  return units;
}

double LongestPx(const MotionField& field) {
  double longest = 0;
  for (const MotionVector& v : field.leaves()) longest = std::max(longest, std::hypot(v.dx_qpel, v.dy_qpel));
  return longest / 4 * field.geometry().unit_px;
}

LegendEntry Line(std::string text) {
  return {std::nullopt, std::move(text)};
}

std::string MotionTitle(const CodedView& view, int reference) {
  const std::vector<int64_t>& references = view.analysis.references;
  if (references.empty()) return "motion: none, an intra frame";
  if (size_t(reference) >= references.size()) return "motion: no second reference";
  const int64_t distance = references[size_t(reference)] - view.frame_number;
  return fmt::format("motion from frame {} ({} {})", references[size_t(reference)], std::abs(distance),
                     distance < 0 ? "before" : "after");
}

cv::Rect BlockArea(const ViewWorld& world, const LayerSpec& spec, const LayerAnalysis& layer, int x, int y) {
  const auto edge = [&](int block, int cells) {
    return world.CellEdge(spec, std::min(block * layer.block_cells, cells));
  };
  const int left = edge(x, spec.width_cells);
  const int top = edge(y, spec.height_cells);
  return cv::Rect(left, top, edge(x + 1, spec.width_cells) - left, edge(y + 1, spec.height_cells) - top);
}

double BlockBits(const LayerAnalysis& layer, size_t block) {
  return double(layer.mode_bits[block]) + layer.coefficient_bits[block];
}

}  // namespace

std::string DescribeCoding(const FrameAnalysis& analysis) {
  double modes = 0, coefficients = 0, rest = analysis.side_info_bits;
  for (const LayerAnalysis& layer : analysis.layers) {
    modes = std::accumulate(layer.mode_bits.begin(), layer.mode_bits.end(), modes);
    coefficients = std::accumulate(layer.coefficient_bits.begin(), layer.coefficient_bits.end(), coefficients);
    rest += layer.shared_bits;
  }
  const double percent = 100.0 / (8.0 * double(std::max<uint64_t>(analysis.payload_bytes, 1)));
  return fmt::format(
      "{} frame, qp {}, {} bytes: {:.1f} % motion, {:.1f} % modes, {:.1f} % coefficients, {:.1f} % flags and side info",
      std::array{"I", "P", "B"}[size_t(analysis.type)], analysis.qp, analysis.payload_bytes,
      analysis.motion_bits * percent, modes * percent, coefficients * percent, rest * percent);
}

Panel DrawMotion(const CodedView& view, int reference) {
  Panel panel;
  panel.title = MotionTitle(view, reference);
  panel.picture = Dimmed(view.backdrop);
  panel.badge = ColourWheel(kWheelPx);
  const bool present = size_t(reference) < view.analysis.motion.size();
  double longest_px = 0;
  double rim_px = 1;  // the length at the rim of the wheel, a power of two
  int shrink = 1;     // of the arrows
  if (present) {
    const MotionField& field = view.analysis.motion[size_t(reference)];
    longest_px = LongestPx(field);
    while (rim_px < longest_px) rim_px *= 2;
    const int block_px = kMotionBlockPx * field.geometry().unit_px;
    while (rim_px / shrink > 2.0 * block_px) shrink *= 2;
    cv::Mat picture = Wrap(panel.picture);
    const double screen = field.geometry().unit_px * view.world.zoom() / 4.0;  // of a quarter field pixel
    const std::vector<Unit> units = UnitsOf(field, view.world.zoom());
    for (const Unit& unit : units) {
      const double scale = field.geometry().unit_px / (4 * rim_px);
      const double x = unit.vector.dx_qpel * scale;
      const double y = unit.vector.dy_qpel * scale;
      const double length = std::hypot(x, y);
      if (length > 0) Wash(picture, unit.area, WheelColour(x, y), WheelOpacity(length));
    }
    for (const Unit& unit : units) Frame(picture, unit.area, unit.whole_block ? 0.34 : 0.2);
    for (const Unit& unit : units) {
      const cv::Rect area = unit.area & cv::Rect(0, 0, picture.cols, picture.rows);
      if (area.empty()) continue;
      const cv::Point2d from(area.x + area.width / 2.0, area.y + area.height / 2.0);
      Arrow(picture, from, from + cv::Point2d(unit.vector.dx_qpel, unit.vector.dy_qpel) * (screen / shrink));
    }
  }
  panel.entries = {Line(fmt::format("rim: {:g} px", rim_px)), Line("an arrow points to"),
                   Line("where the block is from")};
  panel.entries.push_back(shrink > 1 ? Line(fmt::format("arrows 1/{} of true length", shrink))
                                     : Line("arrows of true length"));
  if (present) {
    panel.entries.push_back(Line(fmt::format("longest: {:.2f} px", longest_px)));
    panel.entries.push_back(Line(fmt::format(
        "{}: {:.0f} bits", view.analysis.motion.size() > 1 ? "both fields" : "the field", view.analysis.motion_bits)));
  }
  return panel;
}

Panel DrawModes(const CodedView& view, int layer_index) {
  const LayerAnalysis& layer = view.analysis.layers[size_t(layer_index)];
  const LayerSpec& spec = view.layers[size_t(layer_index)];
  Panel panel;
  panel.title =
      fmt::format("block modes, layer {} ({} x {} cells a block)", spec.name, layer.block_cells, layer.block_cells);
  panel.picture = Dimmed(view.backdrop);
  cv::Mat picture = Wrap(panel.picture);
  std::vector<int> counts(view.analysis.mode_names.size());
  for (int y = 0; y < layer.blocks_y; ++y) {
    for (int x = 0; x < layer.blocks_x; ++x) {
      const int mode = layer.modes[size_t(y) * layer.blocks_x + x];
      ++counts[size_t(mode)];
      const cv::Rect area = BlockArea(view.world, spec, layer, x, y);
      Wash(picture, area, NamedColour(mode), 0.55);
      Frame(picture, area, 0.14);
    }
  }
  for (size_t mode = 0; mode < counts.size(); ++mode) {
    if (counts[mode] == 0) continue;
    const double share = 100.0 * counts[mode] / double(layer.modes.size());
    panel.entries.push_back(
        {NamedColour(int(mode)), fmt::format("{}  {:.0f} %", view.analysis.mode_names[mode], share)});
  }
  return panel;
}

double TopBits(const FrameAnalysis& analysis) {
  double top = 16;
  for (const LayerAnalysis& layer : analysis.layers) {
    for (size_t block = 0; block < layer.modes.size(); ++block) {
      while (top < BlockBits(layer, block)) top *= 2;
    }
  }
  return top;
}

Panel DrawBits(const CodedView& view, int layer_index, double top_bits) {
  const LayerAnalysis& layer = view.analysis.layers[size_t(layer_index)];
  const LayerSpec& spec = view.layers[size_t(layer_index)];
  Panel panel;
  panel.title = fmt::format("bits per block of {} x {} cells, {} channels, layer {}", layer.block_cells,
                            layer.block_cells, spec.channels, spec.name);
  panel.picture = Dimmed(view.backdrop);
  cv::Mat picture = Wrap(panel.picture);
  const auto height = [&](double bits) { return std::log2(1 + bits) / std::log2(1 + top_bits); };
  double sum = 0, most = 0;
  for (int y = 0; y < layer.blocks_y; ++y) {
    for (int x = 0; x < layer.blocks_x; ++x) {
      const double bits = BlockBits(layer, size_t(y) * layer.blocks_x + x);
      sum += bits;
      most = std::max(most, bits);
      const cv::Rect area = BlockArea(view.world, spec, layer, x, y);
      Wash(picture, area, HeatColour(height(bits)), 0.86);
      Frame(picture, area, 0.08);
    }
  }
  panel.scale = HeatScale();
  panel.scale.ticks.emplace_back(0, "0 bits");
  double last = 0;
  for (double bits = top_bits; bits >= 1; bits /= 2) {
    if (last > 0 && last - height(bits) < 0.09) continue;
    if (height(bits) < 0.06) break;
    last = height(bits);
    panel.scale.ticks.emplace_back(last, fmt::format("{:g}", bits));
  }
  panel.entries = {Line(fmt::format("mean {:.1f}, most {:.0f}", sum / double(layer.modes.size()), most)),
                   Line(fmt::format("all blocks: {:.0f}", sum)),
                   Line(fmt::format("in no block: {:.0f}", layer.shared_bits))};
  return panel;
}

}  // namespace fsc::tools
