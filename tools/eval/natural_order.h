// natural_order.h: file names in the order that people give them: img2.png before img10.png.
#ifndef FSC_TOOLS_EVAL_NATURAL_ORDER_H_
#define FSC_TOOLS_EVAL_NATURAL_ORDER_H_

#include <cctype>
#include <string>

namespace fsc {

// Runs of digits compare as numbers, everything else byte by byte; equal otherwise, plain order decides.
inline bool NaturalLess(const std::string& a, const std::string& b) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (digit(a[i]) && digit(b[j])) {
      size_t i_end = i, j_end = j;
      while (i_end < a.size() && digit(a[i_end])) ++i_end;
      while (j_end < b.size() && digit(b[j_end])) ++j_end;
      while (i < i_end - 1 && a[i] == '0') ++i;
      while (j < j_end - 1 && b[j] == '0') ++j;
      if (i_end - i != j_end - j) return i_end - i < j_end - j;
      const int order = a.compare(i, i_end - i, b, j, j_end - j);
      if (order != 0) return order < 0;
      i = i_end;
      j = j_end;
    } else {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
    }
  }
  if (i < a.size() || j < b.size()) return j < b.size();
  return a < b;
}

}  // namespace fsc

#endif  // FSC_TOOLS_EVAL_NATURAL_ORDER_H_
