// profile_fixture.h: small profiles for tests, with numbers that a seed decides.
#ifndef FSC_TESTS_SUPPORT_PROFILE_FIXTURE_H_
#define FSC_TESTS_SUPPORT_PROFILE_FIXTURE_H_

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include "codec/profile/profile.h"

namespace fsc {

inline Convolution RandomConvolution(int inputs, int outputs, int kernel, int bits, bool relu, std::mt19937* random) {
  Convolution layer;
  layer.inputs = inputs;
  layer.outputs = outputs;
  layer.kernel = kernel;
  layer.bits = bits;
  layer.relu = relu;
  std::normal_distribution<float> normal;
  const float size = 1 / std::sqrt(float(inputs * kernel * kernel));
  for (int64_t i = 0; i < layer.weight_count(); ++i) layer.weights.push_back(size * normal(*random));
  for (int o = 0; o < outputs; ++o) layer.bias.push_back(0.25f * normal(*random));
  return layer;
}

inline ConvNet PlainNet(Convolution layer, float low = -std::numeric_limits<float>::infinity()) {
  ConvNet net;
  net.low.assign(size_t(layer.outputs), low);
  net.main.push_back(std::move(layer));
  return net;
}

// `planes` orthonormal directions of `channels` each way, as 1 x 1 convolutions: y = F (x - m), x = m + F^T y.
inline ReducedPart OrthonormalPart(int layer, int channels, int planes, float mean, int bits, std::mt19937* random) {
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> rows;
  while (int(rows.size()) < planes) {
    std::vector<float> row(channels);
    for (float& value : row) value = normal(*random);
    for (const std::vector<float>& other : rows) {
      float product = 0;
      for (int c = 0; c < channels; ++c) product += row[c] * other[c];
      for (int c = 0; c < channels; ++c) row[c] -= product * other[c];
    }
    float power = 0;
    for (const float value : row) power += value * value;
    for (float& value : row) value /= std::sqrt(power);
    rows.push_back(std::move(row));
  }
  Convolution forward = RandomConvolution(channels, planes, 1, bits, false, random);
  Convolution back = RandomConvolution(planes, channels, 1, bits, false, random);
  for (int k = 0; k < planes; ++k) {
    forward.bias[k] = 0;
    for (int c = 0; c < channels; ++c) {
      forward.weights[size_t(k) * channels + c] = rows[k][c];
      forward.bias[k] -= rows[k][c] * mean;
      back.weights[size_t(c) * planes + k] = rows[k][c];
      back.bias[c] = mean;
    }
  }
  ReducedPart part;
  part.sources = {{layer, 1}};
  part.reducer = PlainNet(std::move(forward));
  part.restorer = PlainNet(std::move(back));
  return part;
}

inline LayerSpec ProfileLayer(const char* name, int channels, int stride_px) {
  LayerSpec layer;
  layer.name = name;
  layer.channels = channels;
  layer.stride_px = stride_px;
  layer.phase_px16 = 8 * (stride_px - 1);
  return layer;
}

// One layer of `channels` at stride 8, rotated to `planes`.
inline Profile LinearProfile(int channels, int planes, int bits = 12, unsigned seed = 1) {
  std::mt19937 random(seed);
  Profile profile;
  profile.kind = "task";
  profile.layers = {ProfileLayer("out", channels, 8)};
  profile.parts.push_back(OrthonormalPart(0, channels, planes, 0.5f, bits, &random));
  return profile;
}

// Two layers of strides 8 and 16 in one reduced tensor; a restorer with a branch, the second layer not below zero.
inline Profile FusedProfile(unsigned seed = 2) {
  std::mt19937 random(seed);
  Profile profile;
  profile.kind = "learned";
  profile.model_id = "pyramid";
  profile.model_sha256[3] = 7;
  profile.layers = {ProfileLayer("p3", 4, 8), ProfileLayer("p4", 6, 16)};
  ReducedPart part;
  part.sources = {{0, 2}, {1, 1}};
  const int folded = 4 * 4 + 6;
  part.reducer = PlainNet(RandomConvolution(folded, 5, 3, 10, false, &random));
  part.restorer = PlainNet(RandomConvolution(5, folded, 3, 8, false, &random));
  part.restorer.branch.push_back(RandomConvolution(5, 7, 3, 8, true, &random));
  part.restorer.branch.push_back(RandomConvolution(7, folded, 5, 6, false, &random));
  for (int o = 16; o < folded; ++o) part.restorer.low[o] = 0;
  profile.parts.push_back(std::move(part));
  profile.drop_curve = {{"latent", "", 30, 0.5}, {"latent", "", 40, 2.5}, {"hevc", "slow", 35, 1.0}};
  return profile;
}

// As a reader has it, after the rounding of the file.
inline std::shared_ptr<const Profile> Stored(const Profile& profile) {
  const auto bytes = WriteProfile(profile);
  EXPECT_TRUE(bytes.ok()) << bytes.error().OneLine();
  auto read = ReadProfile(*bytes, Limits{}, "memory");
  EXPECT_TRUE(read.ok()) << read.error().OneLine();
  return std::make_shared<const Profile>(std::move(*read));
}

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_PROFILE_FIXTURE_H_
