// conv_net.h: a small convolutional network as plain data: what a learned channel reduction is made of. Trained by
// `models`, stored by codec/profile/profile.h, run by codec/profile/conv_net_run.h.
//
//   y = max(low, main(x) + branch(x))          branch(x) = 0 where there is none
// x is inputs x H x W, y is outputs x H x W, both float32. Convolutions have stride 1 and keep H and W: outside the
// tensor there are zeros (PyTorch's Conv2d with padding = kernel / 2).
#ifndef FSC_CORE_CONV_NET_H_
#define FSC_CORE_CONV_NET_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

// out[o][y][x] = bias[o] + sum over i, v, u of weights[o][i][v][u] * in[i][y + v - kernel / 2][x + u - kernel / 2]
struct Convolution {
  int inputs = 0;              // channels, 1..kMaxChannels
  int outputs = 0;             // channels, 1..kMaxChannels
  int kernel = 1;              // 1, 3 or 5 cells a side
  int bits = 8;                // of a weight in a profile file, its sign included: kMinBits..kMaxBits
  bool relu = false;           // out = max(0, out)
  std::vector<float> weights;  // [outputs][inputs][kernel][kernel]
  std::vector<float> bias;     // [outputs]

  static constexpr int kMaxChannels = 65536;
  static constexpr int kMinBits = 3;
  static constexpr int kMaxBits = 16;
  static constexpr int64_t kMaxWeights = int64_t{1} << 23;  // of one network, all convolutions

  int64_t weight_count() const { return int64_t{outputs} * inputs * kernel * kernel; }
  bool operator==(const Convolution&) const = default;
};

struct ConvNet {
  std::vector<Convolution> main;    // 1..kMaxDepth, one after the other
  std::vector<Convolution> branch;  // 0..kMaxDepth, with the inputs and outputs of `main`
  std::vector<float> low;           // [outputs]: the smallest output, -infinity or 0

  static constexpr int kMaxDepth = 4;

  int inputs() const { return main.empty() ? 0 : main.front().inputs; }
  int outputs() const { return main.empty() ? 0 : main.back().outputs; }
  bool operator==(const ConvNet&) const = default;
};

// Weights of all convolutions.
int64_t WeightCount(const ConvNet& net);

// kBadInput when the parts do not fit together, exceed the limits above, or a number is not finite and below 1e30 in
// size; `where` names the network.
Status CheckConvNet(const ConvNet& net, const std::string& where);

}  // namespace fsc

#endif  // FSC_CORE_CONV_NET_H_
