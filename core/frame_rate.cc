#include "core/frame_rate.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string_view>

#include "core/parse_number.h"

namespace fsc {
namespace {

constexpr double kLeastFramesPerS = 0.001;
constexpr double kMostFramesPerS = 10000;

}  // namespace

TimeBase FrameRateFromNumber(double frames_per_second) {
  const double ntsc = frames_per_second * 1001 / 1000;
  if (std::abs(frames_per_second - std::round(frames_per_second)) > 1e-3 && std::abs(ntsc - std::round(ntsc)) < 1e-3) {
    return {int32_t(std::lround(ntsc)) * 1000, 1001};
  }
  const int32_t thousandths = int32_t(std::clamp(std::lround(frames_per_second * 1000), 1L, 1000000000L));
  const int32_t divisor = std::gcd(thousandths, 1000);
  return {thousandths / divisor, 1000 / divisor};
}

Result<TimeBase> ParseFrameRate(const std::string& text) {
  const Error malformed = Usage("not a frame rate: '" + text + "'", {},
                                "give frames per second, 0.001 to 10000, as 25, 29.97 or 30000/1001");
  const std::string_view view = text;
  const size_t slash = view.find('/');
  if (slash == std::string_view::npos) {
    double number = 0;
    if (!ParseNumber(view, &number) || !(number >= kLeastFramesPerS && number <= kMostFramesPerS)) return malformed;
    return FrameRateFromNumber(number);
  }
  TimeBase rate{0, 0};
  if (!ParseNumber(view.substr(0, slash), &rate.num) || !ParseNumber(view.substr(slash + 1), &rate.den))
    return malformed;
  if (rate.num <= 0 || rate.den <= 0) return malformed;
  const double number = double(rate.num) / rate.den;
  if (number < kLeastFramesPerS || number > kMostFramesPerS) return malformed;
  const int32_t divisor = std::gcd(rate.num, rate.den);
  return TimeBase{rate.num / divisor, rate.den / divisor};
}

std::string FrameRateText(TimeBase rate) {
  std::string text = std::to_string(rate.num);
  if (rate.den != 1) text.append("/").append(std::to_string(rate.den));
  return text;
}

}  // namespace fsc
