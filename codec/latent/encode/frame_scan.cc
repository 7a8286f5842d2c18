#include "codec/latent/encode/frame_scan.h"

#include <algorithm>
#include <cmath>

#include "codec/latent/picture.h"

namespace fsc {
namespace {

constexpr double kFewCells = 64;
constexpr double kHandful = 16;       // cells
constexpr double kFlatShare = 0.002;  // of the spread: a deviation below says nothing of what will come
constexpr double kFromNothing = 8;    // octaves
constexpr double kNextToNothing = 1.0 / 64;

// Within a scene the change from frame to frame stays below 1.35, most often below .5; at cuts it is 1.9 and more, but
// from a white picture to a scene as little as 1.49 (bench/results/adaptation.md).
constexpr double kCutChange = 1.6;
constexpr double kAgainstLast = 2;  // .. and that many times the change before it
// Where the picture stood still before, less is a cut.
constexpr double kCutChangeOfStill = 1.4;
constexpr double kAgainstStill = 8;
// Of the second frame nothing is known of how much its scene changes, and noise alone has 2.
constexpr double kFirstCutChange = 2.2;
// In qp steps, of which 6 double the scale.
constexpr double kMoved = 1;       // a change this large is followed at once
constexpr double kSettled = 0.75;  // .. this large at the start of a group of pictures
constexpr double kStandsStill = 0.4;
constexpr int kStillFrames = 4;

struct ChannelScan {
  double sum = 0;
  double squares = 0;
  float lowest = 0;
  float highest = 0;
  bool whole_numbers = true;
};

// Sums of one channel, and its blocks' means (not yet about the channel's mean).
ChannelScan ScanChannel(const Tensor& tensor, int channel, const BlockGrid& grid, float* block_means) {
  ChannelScan scan;
  const float* row = tensor.plane(channel).data();
  scan.lowest = scan.highest = row[0];
  std::fill_n(block_means, grid.blocks(), 0.0f);
  for (int y = 0; y < grid.height; ++y, row += grid.width) {
    float* blocks = block_means + size_t(y / kBlockCells) * grid.blocks_x;
    double row_squares = 0;
    for (int bx = 0; bx < grid.blocks_x; ++bx) {
      const int end = std::min((bx + 1) * kBlockCells, grid.width);
      float sum = 0;
      double squares = 0;
      for (int x = bx * kBlockCells; x < end; ++x) {
        sum += row[x];
        squares += double{row[x]} * row[x];
        scan.lowest = std::min(scan.lowest, row[x]);
        scan.highest = std::max(scan.highest, row[x]);
        scan.whole_numbers &= row[x] == std::floor(row[x]);
      }
      blocks[bx] += sum;
      scan.sum += sum;
      row_squares += squares;
    }
    scan.squares += row_squares;
  }
  for (int by = 0; by < grid.blocks_y; ++by) {
    const int height = std::min(kBlockCells, grid.height - by * kBlockCells);
    for (int bx = 0; bx < grid.blocks_x; ++bx) {
      const int width = std::min(kBlockCells, grid.width - bx * kBlockCells);
      block_means[size_t(by) * grid.blocks_x + bx] /= float(height * width);
    }
  }
  return scan;
}

// Of layers too small for blocks every cell is one. A handful of cells says nothing about its channel's mean: there the
// differences between channels count.
LayerScan ScanFewCells(const Tensor& tensor) {
  LayerScan scan;
  scan.cells = double(tensor.width_cells()) * tensor.height_cells();
  const bool by_channel = !scan.handful();
  double layer_sum = 0;
  double variance = 0;
  double power = 0;
  scan.lowest = scan.highest = tensor.values()[0];
  for (const float x : tensor.values()) {
    layer_sum += x;
    scan.lowest = std::min(scan.lowest, x);
    scan.highest = std::max(scan.highest, x);
    scan.largest = std::max(scan.largest, std::fabs(x));
    scan.whole_numbers &= x == std::floor(x);
  }
  for (int c = 0; c < tensor.channels(); ++c) {
    double sum = 0;
    double squares = 0;
    for (const float x : tensor.plane(c)) {
      sum += x;
      squares += double{x} * x;
    }
    const double mean = sum / scan.cells;
    variance += std::max(0.0, squares / scan.cells - mean * mean);
    power += squares / scan.cells;
    const double about = by_channel ? mean : layer_sum / double(tensor.size());
    for (const float x : tensor.plane(c)) {
      scan.block_means.push_back(float(x - about));
      scan.block_power += (x - about) * (x - about);
    }
  }
  scan.deviation = std::sqrt(variance / tensor.channels());
  scan.spread = std::sqrt(power / tensor.channels());
  return scan;
}

LayerScan ScanLayer(const Tensor& tensor, ThreadPool* pool) {
  const BlockGrid grid(tensor.width_cells(), tensor.height_cells());
  const int channels = tensor.channels();
  LayerScan scan;
  scan.cells = double(grid.width) * grid.height;
  if (scan.cells < kFewCells) return ScanFewCells(tensor);
  scan.block_means.resize(size_t(channels) * grid.blocks());
  std::vector<ChannelScan> parts(channels);
  std::vector<double> powers(channels);
  RunOnPool(pool, channels, [&](int c) {
    float* means = scan.block_means.data() + size_t(c) * grid.blocks();
    parts[c] = ScanChannel(tensor, c, grid, means);
    const float mean = float(parts[c].sum / scan.cells);
    for (int b = 0; b < grid.blocks(); ++b) {
      means[b] -= mean;
      powers[c] += double{means[b]} * means[b];
    }
  });
  double variance = 0;
  double power = 0;
  scan.lowest = parts[0].lowest;
  scan.highest = parts[0].highest;
  for (int c = 0; c < channels; ++c) {
    const double mean = parts[c].sum / scan.cells;
    variance += std::max(0.0, parts[c].squares / scan.cells - mean * mean);
    power += parts[c].squares / scan.cells;
    scan.whole_numbers &= parts[c].whole_numbers;
    scan.lowest = std::min(scan.lowest, parts[c].lowest);
    scan.highest = std::max(scan.highest, parts[c].highest);
    scan.largest = std::max({scan.largest, parts[c].highest, -parts[c].lowest});
    scan.block_power += powers[c];
  }
  scan.deviation = std::sqrt(variance / channels);
  scan.spread = std::sqrt(power / channels);
  return scan;
}

}  // namespace

double LayerScan::Scale() const {
  return cells < kFewCells ? std::max(deviation, 0.5 * spread) : std::max(deviation, kFlatShare * spread);
}

bool LayerScan::handful() const {
  return cells < kHandful;
}

bool IsHandful(const FrameScan& scan) {
  return std::ranges::all_of(scan, &LayerScan::handful);
}

FrameScan ScanFrame(std::span<const Tensor> layers, ThreadPool* pool) {
  FrameScan scan;
  for (const Tensor& layer : layers) scan.push_back(ScanLayer(layer, pool));
  return scan;
}

double ChangeBetween(const FrameScan& before, const FrameScan& now) {
  double total = 0;
  int layers = 0;
  for (size_t i = 0; i < now.size(); ++i) {
    const double power = (before[i].block_power + now[i].block_power) / 2;
    if (power <= 0) continue;
    double change = 0;
    for (size_t b = 0; b < now[i].block_means.size(); ++b) {
      const double difference = double{now[i].block_means[b]} - before[i].block_means[b];
      change += difference * difference;
    }
    total += change / power;
    ++layers;
  }
  return layers > 0 ? total / layers : 0;
}

bool CutDetector::Push(const FrameScan& scan) {
  const double change = frames_ > 0 ? ChangeBetween(before_, scan) : 0;
  const auto stands_out = [&](double least, double times) { return change > least && change > times * last_change_; };
  const bool cut = frames_ == 1 ? change > kFirstCutChange
                                : frames_ > 1 && (stands_out(kCutChange, kAgainstLast) ||
                                                  stands_out(kCutChangeOfStill, kAgainstStill));
  last_change_ = change;
  repeats_ = frames_ > 0 && scan == before_;
  before_ = scan;
  ++frames_;
  return cut;
}

ScaleTracker::ScaleTracker(std::span<const FrameScan* const> fitted) : scales_(fitted[0]->size()) {
  for (size_t i = 0; i < scales_.size(); ++i) {
    double power = 0;
    for (const FrameScan* scan : fitted) power += (*scan)[i].Scale() * (*scan)[i].Scale();
    scales_[i] = std::sqrt(power / double(fitted.size()));
  }
}

double ScaleTracker::ExactOffset(const FrameScan& scan) {
  // Layers in which next to nothing is left say nothing, unless all are so.
  const auto fades = [&](size_t i) { return scan[i].Scale() <= kNextToNothing * scales_[i]; };
  bool all_fade = true;
  for (size_t i = 0; i < scales_.size(); ++i) all_fade &= fades(i);
  double sum = 0;
  double least = 0;
  double most = 0;
  int layers = 0;
  for (size_t i = 0; i < scales_.size(); ++i) {
    const double scale = scan[i].Scale();
    if (scale <= 0 || (fades(i) && !all_fade)) continue;
    const double octaves = scales_[i] > 0 ? std::log2(scale / scales_[i]) : kFromNothing;
    least = layers == 0 ? octaves : std::min(least, octaves);
    most = layers == 0 ? octaves : std::max(most, octaves);
    sum += octaves;
    ++layers;
  }
  unlike_ = 6 * (most - least);
  return layers > 0 ? 6 * sum / layers : 0;
}

int ScaleTracker::OffsetOf(const FrameScan& scan, bool starts_group) {
  const double exact = ExactOffset(scan);
  const double off = std::fabs(exact - offset_);
  if (off >= kMoved) moving_ = true;
  if (moving_ || (starts_group && off > kSettled)) offset_ = int(std::lround(exact));
  jump_ = std::fabs(exact - last_exact_);
  still_frames_ = jump_ < kStandsStill ? still_frames_ + 1 : 0;
  if (still_frames_ >= kStillFrames) moving_ = false;
  last_exact_ = exact;
  return offset_;
}

}  // namespace fsc
