// parse_number.h: texts that are numbers.
#ifndef FSC_CORE_PARSE_NUMBER_H_
#define FSC_CORE_PARSE_NUMBER_H_

#include <charconv>
#include <string_view>
#include <system_error>

namespace fsc {

// Whether `text` is a decimal number from its first character to its last, in the range of `Number`; then it is in
// `value`. No spaces, no plus sign.
template <typename Number>
bool ParseNumber(std::string_view text, Number* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace fsc

#endif  // FSC_CORE_PARSE_NUMBER_H_
