#include "tools/frame_range.h"

#include <string_view>

#include "core/parse_number.h"

namespace fsc::tools {
namespace {

bool ParseFrame(std::string_view text, int64_t* value) {
  return ParseNumber(text, value) && *value >= 0;
}

}  // namespace

Result<FrameRange> ParseFrameRange(const std::string& text) {
  FrameRange range;
  if (text.empty()) return range;
  const Error malformed =
      Usage("not a frame range: '" + text + "'", "--frames", "give A:B (B not included), A:, :B or A");
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    if (!ParseFrame(text, &range.first)) return malformed;
    range.last = range.first + 1;
    return range;
  }
  const std::string_view view = text;
  if (colon > 0 && !ParseFrame(view.substr(0, colon), &range.first)) return malformed;
  if (colon + 1 < text.size() && !ParseFrame(view.substr(colon + 1), &range.last)) return malformed;
  if (range.first >= range.last) return Usage("empty frame range '" + text + "'", "--frames", "A must be less than B");
  return range;
}

}  // namespace fsc::tools
