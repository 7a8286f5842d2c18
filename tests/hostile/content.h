// content.h: clips of synthetic features that look like a network's: smooth shapes with texture on them that move by
// fractions of a cell, mixed into channels by a random matrix, and then rectified (about half zeros) or not.
//
// All of it comes from an integer hash and the four operations, so that every machine makes the same values.
#ifndef FSC_TESTS_HOSTILE_CONTENT_H_
#define FSC_TESTS_HOSTILE_CONTENT_H_

#include <cstdint>
#include <vector>

#include "fsc/feature_frame.h"

namespace fsc::hostile {

struct Clip {
  std::vector<LayerSpec> layers;
  std::vector<FeatureFrame> frames;
};

enum class Activation {
  kRectified,  // as after a ReLU: about half of the values are 0
  kSigned,     // as after a SiLU: a short negative side
  kLinear,     // as before an activation
};

struct Scene {
  std::vector<LayerSpec> layers;
  uint32_t seed = 1;  // another seed is another scene, seen by other channels
  Activation activation = Activation::kRectified;
  double noise = 0.03;            // new in every frame, of a channel's deviation
  double threshold = 0;           // taken off before the activation, in deviations: 1.4 leaves a tenth of the values
  double cells_per_frame = 0.17;  // of a layer of stride kMotionStridePx; finer layers move by more of their cells
};

inline constexpr int kMotionStridePx = 8;

// 0 <= value < 1, from nothing but the key.
double Uniform(uint64_t key);
// Mean 0, variance 1, about normal, within +-3.5.
double Normal(uint64_t key);

// The scene at a time, in frames. Deviations of the channels lie within about .5 and 2.
FeatureFrame FrameOf(const Scene& scene, double time);
// Frames at the times first, first + 1, ...
std::vector<FeatureFrame> FramesOf(const Scene& scene, int count, int first = 0);
// What the network answers to a black picture: a constant in each channel.
FeatureFrame BlackFrame(const Scene& scene);

FeatureFrame Copy(const FeatureFrame& frame);
void Scale(double factor, FeatureFrame* frame);
void Scale(double factor, std::vector<FeatureFrame>* frames);
void Append(std::vector<FeatureFrame> more, std::vector<FeatureFrame>* frames);

}  // namespace fsc::hostile

#endif  // FSC_TESTS_HOSTILE_CONTENT_H_
