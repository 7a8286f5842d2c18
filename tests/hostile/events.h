// events.h: something happens in the clip, and what comes after it is held against the same coded alone.
#ifndef FSC_TESTS_HOSTILE_EVENTS_H_
#define FSC_TESTS_HOSTILE_EVENTS_H_

#include <vector>

#include "situations.h"

namespace fsc::hostile {

// The scene that most situations are about, and how much of it is compared.
Scene PlainScene();
inline constexpr int kPartFrames = 32;

std::vector<Situation> EventSituations();

}  // namespace fsc::hostile

#endif  // FSC_TESTS_HOSTILE_EVENTS_H_
