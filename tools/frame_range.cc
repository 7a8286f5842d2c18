#include "tools/frame_range.h"

#include <charconv>

namespace fsc::tools {
namespace {

bool ParseNumber(std::string_view text, int64_t* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && *value >= 0;
}

}  // namespace

Result<FrameRange> ParseFrameRange(const std::string& text) {
  FrameRange range;
  if (text.empty()) return range;
  const Error malformed =
      Usage("not a frame range: '" + text + "'", "--frames", "give A:B (B not included), A:, :B or A");
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    if (!ParseNumber(text, &range.first)) return malformed;
    range.last = range.first + 1;
    return range;
  }
  const std::string_view view = text;
  if (colon > 0 && !ParseNumber(view.substr(0, colon), &range.first)) return malformed;
  if (colon + 1 < text.size() && !ParseNumber(view.substr(colon + 1), &range.last)) return malformed;
  if (range.first >= range.last) return Usage("empty frame range '" + text + "'", "--frames", "A must be less than B");
  return range;
}

}  // namespace fsc::tools
