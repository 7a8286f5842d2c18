#include "codec/profile/net.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/range_coder.h"

namespace fsc {
namespace {

constexpr int kMaxPrefix = 16;
constexpr int kCoarseBits = 4;       // of a magnitude: the unary part stays below 2^4
constexpr int kScalesPerOctave = 8;  // of a row
constexpr int kBiasBits = 16;
constexpr uint64_t kWeightsPerByte = 8 * 2048;  // the cheapest weight costs 1/1890 bit

// 2^(-i/8) as floats, so that all machines have the same scales.
constexpr std::array<float, kScalesPerOctave> kOctave = {1.0f,         0.917004043f, 0.840896415f, 0.771105413f,
                                                         0.707106781f, 0.648419777f, 0.594603558f, 0.545253866f};

struct WeightModels {
  BitModel zero;
  std::array<BitModel, kMaxPrefix> longer;
};
// The centre of a kernel, and what is around it.
using WeightModelSet = std::array<WeightModels, 2>;

int LargestLevel(int bits) {
  return (1 << (bits - 1)) - 1;
}

float RowScale(float base, int level) {
  return std::ldexp(base * kOctave[level % kScalesPerOctave], -(level / kScalesPerOctave));
}

void WriteWeight(int level, int bits, WeightModels* models, RangeEncoder* out) {
  out->Bit(models->zero, level == 0);
  if (level == 0) return;
  out->Bypass(level < 0, 1);
  const int k = std::max(0, bits - 1 - kCoarseBits);
  const int magnitude = std::abs(level) - 1;
  const int coarse = magnitude >> k;
  for (int i = 0; i < kMaxPrefix; ++i) {
    out->Bit(models->longer[i], coarse > i);
    if (coarse <= i) break;
  }
  out->Bypass(uint32_t(magnitude) & ((1u << k) - 1), k);
}

int ReadWeight(int bits, WeightModels* models, RangeDecoder* in) {
  if (in->Bit(models->zero)) return 0;
  const bool negative = in->Bypass(1) != 0;
  const int k = std::max(0, bits - 1 - kCoarseBits);
  int coarse = 0;
  while (coarse < kMaxPrefix && in->Bit(models->longer[coarse])) ++coarse;
  const int magnitude = std::min((coarse << k) + int(in->Bypass(k)) + 1, LargestLevel(bits));
  return negative ? -magnitude : magnitude;
}

int PlaceOf(int tap, int taps) {
  return tap == taps / 2 ? 0 : 1;
}

// Level of the smallest row scale that reaches `largest`, 0..255.
int ScaleLevel(float base, float largest, int bits) {
  int level = 0;
  while (level < 255 && RowScale(base, level + 1) * float(LargestLevel(bits)) >= largest) ++level;
  return level;
}

void WriteConvolution(const Convolution& layer, ByteWriter* out) {
  out->Leb128(uint64_t(layer.inputs));
  out->Leb128(uint64_t(layer.outputs));
  out->U8(uint8_t(layer.kernel / 2 | int(layer.relu) << 2));
  out->U8(uint8_t(layer.bits));

  float largest_bias = 0;
  for (const float bias : layer.bias) largest_bias = std::max(largest_bias, std::fabs(bias));
  const float bias_unit = std::max(largest_bias / float(LargestLevel(kBiasBits)), 1e-30f);
  out->F32(bias_unit);
  for (const float bias : layer.bias) out->SignedLeb128(std::lround(bias / bias_unit));

  const size_t row_size = layer.weights.size() / size_t(layer.outputs);
  std::vector<float> row_largest(size_t(layer.outputs));
  for (size_t i = 0; i < layer.weights.size(); ++i) {
    row_largest[i / row_size] = std::max(row_largest[i / row_size], std::fabs(layer.weights[i]));
  }
  const float all_largest = *std::max_element(row_largest.begin(), row_largest.end());
  // One part in a million more than needed, so that rounding never puts a weight past the last level.
  const float base = std::max(all_largest / float(LargestLevel(layer.bits)) * 1.000001f, 1e-30f);
  out->F32(base);
  RangeEncoder coder;
  WeightModelSet models;
  const int taps = layer.kernel * layer.kernel;
  for (int o = 0; o < layer.outputs; ++o) {
    const int scale_level = ScaleLevel(base, row_largest[o], layer.bits);
    out->U8(uint8_t(scale_level));
    const double scale = RowScale(base, scale_level);
    for (size_t i = 0; i < row_size; ++i) {
      const int level = std::clamp(int(std::lround(layer.weights[size_t(o) * row_size + i] / scale)),
                                   -LargestLevel(layer.bits), LargestLevel(layer.bits));
      WriteWeight(level, layer.bits, &models[PlaceOf(int(i % taps), taps)], &coder);
    }
  }
  const std::vector<uint8_t> bytes = coder.Finish();
  out->Leb128(bytes.size());
  out->Bytes(bytes);
}

Result<Convolution> ReadConvolution(ByteReader* in, const std::string& where, int64_t* weights_left) {
  Convolution layer;
  const uint64_t inputs = in->Leb128();
  const uint64_t outputs = in->Leb128();
  const int shape = in->U8();
  layer.bits = in->U8();
  FSC_RETURN_IF_ERROR(in->Check("network", where));
  if (inputs < 1 || inputs > uint64_t(Convolution::kMaxChannels) || outputs < 1 ||
      outputs > uint64_t(Convolution::kMaxChannels) || shape > 7 || (shape & 3) == 3 ||
      layer.bits < Convolution::kMinBits || layer.bits > Convolution::kMaxBits) {
    return BadInput("impossible convolution", where, kDamagedProfile);
  }
  layer.inputs = int(inputs);
  layer.outputs = int(outputs);
  layer.kernel = 2 * (shape & 3) + 1;
  layer.relu = (shape >> 2 & 1) != 0;
  // A bias and a row scale take two bytes at least.
  if (in->left() < 2 * outputs) return BadInput("network is cut short", where, kDamagedProfile);
  const float bias_unit = in->F32();
  for (uint64_t o = 0; o < outputs; ++o) {
    const int64_t level = in->SignedLeb128();
    if (level < INT16_MIN || level > INT16_MAX) return BadInput("bias out of range", where, kDamagedProfile);
    layer.bias.push_back(bias_unit * float(level));
  }
  const float base = in->F32();
  const std::span<const uint8_t> scales = in->Bytes(outputs);
  const std::span<const uint8_t> bytes = in->Bytes(in->Leb128());
  FSC_RETURN_IF_ERROR(in->Check("network", where));
  if (!(bias_unit > 0) || bias_unit > 1e26f || !(base > 0) || base > 1e25f) {
    return BadInput("impossible unit of weights", where, kDamagedProfile);
  }
  const int64_t count = layer.weight_count();
  if (count > *weights_left || uint64_t(count) > (uint64_t(bytes.size()) + 8) * kWeightsPerByte) {
    return BadInput("more weights than the data holds", where, kDamagedProfile);
  }
  *weights_left -= count;
  RangeDecoder coder(bytes);
  WeightModelSet models;
  layer.weights.resize(size_t(count));
  const int taps = layer.kernel * layer.kernel;
  const size_t row_size = layer.weights.size() / size_t(outputs);
  size_t at = 0;
  for (const uint8_t scale_level : scales) {
    const float scale = RowScale(base, scale_level);
    for (size_t i = 0; i < row_size; ++i) {
      layer.weights[at++] = scale * float(ReadWeight(layer.bits, &models[PlaceOf(int(i % taps), taps)], &coder));
    }
    if (coder.overrun()) return BadInput("weights are cut short", where, kDamagedProfile);
  }
  return layer;
}

}  // namespace

void WriteConvNet(const ConvNet& net, ByteWriter* out) {
  out->U8(uint8_t(net.main.size() << 4 | net.branch.size()));
  for (const Convolution& layer : net.main) WriteConvolution(layer, out);
  for (const Convolution& layer : net.branch) WriteConvolution(layer, out);
  const size_t zeros = size_t(std::count(net.low.begin(), net.low.end(), 0.0f));
  const bool mixed = zeros != 0 && zeros != net.low.size();
  out->U8(mixed ? 2 : zeros != 0);
  if (!mixed) return;
  std::vector<uint8_t> bits((net.low.size() + 7) / 8);
  for (size_t i = 0; i < net.low.size(); ++i) bits[i / 8] |= uint8_t((net.low[i] == 0) << i % 8);
  out->Bytes(bits);
}

Result<ConvNet> ReadConvNet(ByteReader* in, const std::string& where, int64_t* weights_left) {
  const int counts = in->U8();
  if (counts >> 4 > ConvNet::kMaxDepth || (counts & 15) > ConvNet::kMaxDepth || counts >> 4 == 0) {
    return BadInput("impossible number of convolutions", where, kDamagedProfile);
  }
  ConvNet net;
  for (int i = 0; i < counts >> 4; ++i) {
    FSC_ASSIGN_OR_RETURN(Convolution layer, ReadConvolution(in, where, weights_left));
    net.main.push_back(std::move(layer));
  }
  for (int i = 0; i < (counts & 15); ++i) {
    FSC_ASSIGN_OR_RETURN(Convolution layer, ReadConvolution(in, where, weights_left));
    net.branch.push_back(std::move(layer));
  }
  const size_t outputs = size_t(net.outputs());
  const int low = in->U8();
  const std::span<const uint8_t> bits = in->Bytes(low == 2 ? (outputs + 7) / 8 : 0);
  FSC_RETURN_IF_ERROR(in->Check("network", where));
  if (low > 2) return BadInput("impossible lower bounds", where, kDamagedProfile);
  net.low.assign(outputs, low == 1 ? 0.0f : -std::numeric_limits<float>::infinity());
  for (size_t i = 0; low == 2 && i < outputs; ++i) {
    if ((bits[i / 8] >> i % 8 & 1) != 0) net.low[i] = 0;
  }
  FSC_RETURN_IF_ERROR(CheckConvNet(net, where));
  return net;
}

}  // namespace fsc
