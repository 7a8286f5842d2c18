// warning.h: what the caller should know although the work goes on: values that were clipped, frames that came out
// worse than asked for, time stamps that were mended.
//
// The library never prints. Whoever works collects warnings, one of a kind with a count; the tool prints each on a line
// of its own, lists them in --json, and makes them errors with --strict.
#ifndef FSC_WARNING_H_
#define FSC_WARNING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "fsc/export.h"
#include "fsc/status.h"

namespace fsc {

struct FSC_EXPORT Warning {
  std::string kind;    // for programs, stable, lower case with dashes: "clipped-values"
  std::string what;    // what is not as one would think: "3 of 120 frames are worse than their QP implies"
  std::string where;   // file, frames: "frames 12..14"
  std::string advice;  // what to do about it; may be empty
  int64_t count = 1;   // how often it was seen

  // "<what>: <where>: <advice>", parts that are empty left out.
  std::string OneLine() const;
};

class FSC_EXPORT Warnings {
 public:
  // The first of a kind is kept as it is; later ones of the kind add to its count.
  void Add(Warning warning);
  // The same for all of another collection.
  void Add(const Warnings& others);
  // Replaces what was said of the kind: for figures that are known at the end, or grow.
  void Set(Warning warning);

  bool empty() const { return list_.empty(); }
  // In the order in which the kinds came up.
  const std::vector<Warning>& list() const { return list_; }

 private:
  Warning* Find(const std::string& kind);

  std::vector<Warning> list_;
};

}  // namespace fsc

#endif  // FSC_WARNING_H_
