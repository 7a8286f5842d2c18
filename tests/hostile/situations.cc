#include "situations.h"

#include <utility>

#include "events.h"
#include "shapes.h"

namespace fsc::hostile {

const std::vector<Situation>& AllSituations() {
  static const std::vector<Situation> all = [] {
    std::vector<Situation> list = EventSituations();
    for (Situation& situation : ShapeSituations()) list.push_back(std::move(situation));
    return list;
  }();
  return all;
}

Clip ReferenceClip(const Situation& situation, const Clip& clip) {
  if (situation.against == Against::kTwin) return situation.twin();
  Clip reference{clip.layers, {}};
  for (int t = 0; t < situation.frames; ++t) reference.frames.push_back(Copy(clip.frames[situation.first + t]));
  return reference;
}

}  // namespace fsc::hostile
