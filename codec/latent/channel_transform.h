// channel_transform.h: channels to planes and back: y = F (x - m) before quantisation, x = m + B^T y after it.
//
// B has one row per plane, sent in the stream as small integers (its rows are close to orthonormal); F is its
// least-squares inverse, which only the encoder needs. Identity has no matrix. Planes are integers: z = round(y /
// unit), saturated to int16. The stream's numbers (docs/latent-mode.md, "Mode configuration") are integers and
// documented floats; nothing left of the planes depends on the floats, so two decoders may differ in the last bits of
// the features and in nothing else.
#ifndef FSC_CODEC_LATENT_CHANNEL_TRANSFORM_H_
#define FSC_CODEC_LATENT_CHANNEL_TRANSFORM_H_

#include <cstdint>
#include <span>
#include <vector>

#include "codec/latent/picture.h"
#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/thread_pool.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

// What the stream says about one layer's transform.
struct ChannelTransform {
  int channels = 0;
  int planes = 0;  // 1..channels; == channels for the identity
  bool identity = true;
  float unit = 1;                    // feature value of one plane unit, > 0
  int sigma_log2 = 8;                // a layer's standard deviation is 2^sigma_log2 plane units
  float mean_unit = 0;               // m[c] = mean_unit * mean_levels[c]
  std::vector<int16_t> mean_levels;  // [channels]
  // Where !identity: B[k][c] = row_levels[k * channels + c] * 2^-row_bits[k].
  std::vector<uint8_t> row_bits;    // [planes], 0..kMaxRowBits
  std::vector<int16_t> row_levels;  // [planes * channels], |level| <= 2^row_bits
  // Standard deviation of each plane, 2^(level / 4 - 4) plane units: start of the entropy coder's idea of the plane.
  std::vector<uint8_t> plane_scale;  // [planes], 0..kMaxPlaneScale

  // Largest unit and mean unit: every sum that Synthesise() makes of them is a finite float.
  static constexpr float kMaxUnit = 1e28f;
  static constexpr int kMaxRowBits = 12;
  static constexpr int kMaxPlaneScale = 79;
};

void WriteChannelTransform(const ChannelTransform& transform, ByteWriter* out);
// kBadInput for what is damaged or does not fit `layer`.
Result<ChannelTransform> ReadChannelTransform(const LayerSpec& layer, ByteReader* in);

// The encoder's half. Built once per layer; holds F.
class PlaneAnalysis {
 public:
  PlaneAnalysis() = default;
  explicit PlaneAnalysis(const ChannelTransform& transform);
  // Planes of `tensor`, which has the transform's channels. The same for every number of threads.
  LayerPlanes Analyse(const Tensor& tensor, ThreadPool* pool) const;

 private:
  friend class ChannelTransformFit;
  int channels_ = 0;
  int planes_ = 0;
  bool identity_ = true;
  float scale_ = 1;             // 1 / unit
  std::vector<float> mean_;     // [channels]
  std::vector<float> forward_;  // [planes][channels], times 1 / unit; empty for the identity
};

// The decoder's half.
class PlaneSynthesis {
 public:
  PlaneSynthesis() = default;
  explicit PlaneSynthesis(const ChannelTransform& transform);
  Tensor Synthesise(const LayerPlanes& planes, ThreadPool* pool) const;

 private:
  int channels_ = 0;
  int planes_ = 0;
  bool identity_ = true;
  float unit_ = 1;
  std::vector<float> mean_;     // [channels]
  std::vector<float> inverse_;  // [channels][planes], times unit; empty for the identity
};

// Least-squares inverse of `rows` ([planes][channels]): F = (B B^T)^-1 B. In latent/encode/channel_transform_fit.cc.
std::vector<float> LeastSquaresAnalysis(std::span<const float> rows, int planes, int channels);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_CHANNEL_TRANSFORM_H_
