#include "streams/picture_codec.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace fsc {
namespace {

// Options by which encoders are told a rate or a quality.
constexpr std::array<std::string_view, 14> kRateKeys = {
    "crf", "qp", "cqp", "bitrate", "b", "rc", "tbr", "q", "qps", "abr", "quality", "cbr", "distance", "global_quality"};

}  // namespace

bool ChoosesRate(const std::map<std::string, std::string>& options) {
  return std::any_of(options.begin(), options.end(), [](const auto& option) {
    return std::find(kRateKeys.begin(), kRateKeys.end(), option.first) != kRateKeys.end();
  });
}

}  // namespace fsc
