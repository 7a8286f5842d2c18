#include "learn/frame_likeness.h"

#include <algorithm>
#include <cstddef>

namespace fsc {
namespace {

constexpr double kRounding = 1e-10;  // of a channel's mean square: less variance is none

// One channel's values over frames.
struct ChannelSum {
  double count = 0, sum = 0, squares = 0;

  void Add(std::span<const float> values) {
    for (const float value : values) {
      sum += value;
      squares += double{value} * value;
    }
    count += double(values.size());
  }
  double deviations() const {
    const double rest = squares - sum * sum / count;
    return rest > kRounding * squares ? rest : 0;
  }
};

// Mean squared deviation of an element from its channel's mean.
double VarianceOf(std::span<const FeatureFrame* const> frames) {
  double deviations = 0, elements = 0;
  for (size_t layer = 0; !frames.empty() && layer < frames[0]->layers.size(); ++layer) {
    std::vector<ChannelSum> channels(size_t(frames[0]->layers[layer].channels()));
    for (const FeatureFrame* frame : frames) {
      for (size_t c = 0; c < channels.size(); ++c) channels[c].Add(frame->layers[layer].plane(int(c)));
    }
    for (const ChannelSum& channel : channels) {
      deviations += channel.deviations();
      elements += channel.count;
    }
  }
  return elements > 0 ? deviations / elements : 0;
}

bool SameShape(const FeatureFrame& a, const FeatureFrame& b) {
  return std::equal(a.layers.begin(), a.layers.end(), b.layers.begin(), b.layers.end(),
                    [](const Tensor& x, const Tensor& y) {
                      return x.channels() == y.channels() && x.height_cells() == y.height_cells() &&
                             x.width_cells() == y.width_cells();
                    });
}

bool Alike(const FeatureFrame& a, const FeatureFrame& b, double most) {
  if (!SameShape(a, b)) return false;
  double error = 0, elements = 0;
  for (size_t layer = 0; layer < a.layers.size(); ++layer) {
    const std::span<const float> x = a.layers[layer].values(), y = b.layers[layer].values();
    for (size_t i = 0; i < x.size(); ++i) error += (double{x[i]} - y[i]) * (double{x[i]} - y[i]);
    elements += double(x.size());
  }
  return error <= most * elements;
}

}  // namespace

std::vector<int> GroupsOfLikeFrames(std::span<const FeatureFrame* const> frames) {
  const double most = kSameFrameShare * VarianceOf(frames);
  std::vector<int> groups;
  std::vector<const FeatureFrame*> firsts;
  for (const FeatureFrame* frame : frames) {
    const auto like = std::find_if(firsts.begin(), firsts.end(),
                                   [&](const FeatureFrame* first) { return Alike(*first, *frame, most); });
    groups.push_back(int(like - firsts.begin()));
    if (like == firsts.end()) firsts.push_back(frame);
  }
  return groups;
}

bool AreConstant(std::span<const FeatureFrame* const> frames) {
  return VarianceOf(frames) == 0;
}

}  // namespace fsc
