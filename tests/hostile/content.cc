#include "content.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fsc::hostile {
namespace {

uint64_t Mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15u;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

uint64_t Key(uint64_t a, uint64_t b, uint64_t c = 0) {
  return Mix(Mix(Mix(a) ^ b) ^ c);
}

// Random values on the points of a lattice and smooth between them. Mean 0, variance about a third.
double Lattice(uint64_t seed, double x, double y) {
  const double left = std::floor(x), top = std::floor(y);
  const double fx = x - left, fy = y - top;
  const double wx = fx * fx * (3 - 2 * fx), wy = fy * fy * (3 - 2 * fy);
  const auto at = [&](int i, int j) {
    return 2 * Uniform(Key(seed, uint64_t(int64_t(left) + i), uint64_t(int64_t(top) + j))) - 1;
  };
  const double upper = at(0, 0) * (1 - wx) + at(1, 0) * wx;
  const double lower = at(0, 1) * (1 - wx) + at(1, 1) * wx;
  return upper * (1 - wy) + lower * wy;
}

// What many channels see: a large shape, a small one and texture. Cells; variance about 1.
double Pattern(uint64_t seed, double x, double y) {
  return 1.7 * Lattice(Key(seed, 1), x / 6, y / 6) + 0.9 * Lattice(Key(seed, 2), x / 3, y / 3) +
         0.5 * Lattice(Key(seed, 3), x / 1.7, y / 1.7);
}

double Activate(Activation activation, double z) {
  switch (activation) {
    case Activation::kRectified:
      return std::max(0.0, z);
    case Activation::kSigned:
      return z * (0.5 + 0.5 * z / (1 + std::fabs(z)));  // close to a SiLU, in the four operations
    case Activation::kLinear:
      return z;
  }
  return z;
}

// How a channel sees the patterns.
struct Channel {
  std::vector<double> weights;  // of the patterns; squares sum to 1
  double bias = 0;
  double gain = 1;
};

Channel ChannelOf(const Scene& scene, uint64_t layer_seed, int channel, int patterns) {
  Channel result;
  double squares = 0;
  for (int k = 0; k < patterns; ++k) {
    result.weights.push_back(Normal(Key(layer_seed, 100 + uint64_t(channel), uint64_t(k))) / (1 + 0.35 * k));
    squares += result.weights.back() * result.weights.back();
  }
  for (double& weight : result.weights) weight /= std::sqrt(std::max(squares, 1e-12));
  result.bias = 0.25 * Normal(Key(layer_seed, 200, uint64_t(channel))) - scene.threshold;
  const double u = Uniform(Key(layer_seed, 300, uint64_t(channel)));
  result.gain = 0.5 + 1.5 * u * u;
  return result;
}

uint64_t LayerSeed(const Scene& scene, size_t layer) {
  return Key(scene.seed, layer, 7);
}

int PatternsOf(const LayerSpec& spec) {
  return std::clamp(4 + spec.channels / 8, 4, 16);
}

Tensor LayerOf(const Scene& scene, size_t layer, double time) {
  const LayerSpec& spec = scene.layers[layer];
  const uint64_t seed = LayerSeed(scene, layer);
  const int patterns = PatternsOf(spec);
  const double moved_cells = time * scene.cells_per_frame * kMotionStridePx / spec.stride_px;
  const int64_t cells = spec.plane_elements();
  std::vector<double> shared(size_t(patterns) * cells);
  const auto position = [&](int64_t i) {
    return std::pair(double(i % spec.width_cells) - moved_cells, double(i / spec.width_cells) - 0.6 * moved_cells);
  };
  for (int k = 0; k < patterns; ++k) {
    for (int64_t i = 0; i < cells; ++i) {
      const auto [x, y] = position(i);
      shared[size_t(k) * cells + i] = Pattern(Key(seed, uint64_t(k)), x, y);
    }
  }
  Tensor tensor(spec.channels, spec.height_cells, spec.width_cells);
  for (int c = 0; c < spec.channels; ++c) {
    const Channel channel = ChannelOf(scene, seed, c, patterns);
    const std::span<float> values = tensor.plane(c);
    for (int64_t i = 0; i < cells; ++i) {
      const auto [x, y] = position(i);
      double z = channel.bias + 0.4 * Lattice(Key(seed, 400, uint64_t(c)), x / 2.2, y / 2.2);
      for (int k = 0; k < patterns; ++k) z += channel.weights[k] * shared[size_t(k) * cells + i];
      const uint64_t moment = uint64_t(int64_t(std::lround(time * 64)));
      z += scene.noise * Normal(Key(seed, Key(500 + uint64_t(c), moment), uint64_t(i)));
      values[i] = float(channel.gain * Activate(scene.activation, z));
    }
  }
  return tensor;
}

}  // namespace

double Uniform(uint64_t key) {
  return double(Mix(key) >> 11) / double(uint64_t{1} << 53);
}

double Normal(uint64_t key) {
  double sum = 0;
  for (uint64_t i = 0; i < 4; ++i) sum += Uniform(Key(key, i)) - 0.5;
  return sum * std::sqrt(3.0);
}

FeatureFrame FrameOf(const Scene& scene, double time) {
  FeatureFrame frame;
  for (size_t i = 0; i < scene.layers.size(); ++i) frame.layers.push_back(LayerOf(scene, i, time));
  return frame;
}

std::vector<FeatureFrame> FramesOf(const Scene& scene, int count, int first) {
  std::vector<FeatureFrame> frames;
  for (int t = 0; t < count; ++t) frames.push_back(FrameOf(scene, first + t));
  return frames;
}

FeatureFrame BlackFrame(const Scene& scene) {
  FeatureFrame frame;
  for (size_t i = 0; i < scene.layers.size(); ++i) {
    const LayerSpec& spec = scene.layers[i];
    Tensor tensor(spec.channels, spec.height_cells, spec.width_cells);
    for (int c = 0; c < spec.channels; ++c) {
      const Channel channel = ChannelOf(scene, LayerSeed(scene, i), c, PatternsOf(spec));
      std::ranges::fill(tensor.plane(c), float(channel.gain * Activate(scene.activation, channel.bias)));
    }
    frame.layers.push_back(std::move(tensor));
  }
  return frame;
}

FeatureFrame Copy(const FeatureFrame& frame) {
  FeatureFrame copy;
  copy.timestamp_ticks = frame.timestamp_ticks;
  for (const Tensor& tensor : frame.layers) copy.layers.push_back(tensor.Clone());
  return copy;
}

void Scale(double factor, FeatureFrame* frame) {
  for (Tensor& tensor : frame->layers) {
    for (float& value : tensor.values()) value = float(value * factor);
  }
}

void Scale(double factor, std::vector<FeatureFrame>* frames) {
  for (FeatureFrame& frame : *frames) Scale(factor, &frame);
}

void Append(std::vector<FeatureFrame> more, std::vector<FeatureFrame>* frames) {
  for (FeatureFrame& frame : more) frames->push_back(std::move(frame));
}

}  // namespace fsc::hostile
