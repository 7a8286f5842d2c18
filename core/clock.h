// clock.h: how long something took, by the clock that is never set back.
#ifndef FSC_CORE_CLOCK_H_
#define FSC_CORE_CLOCK_H_

#include <chrono>

namespace fsc {

using Clock = std::chrono::steady_clock;

inline double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace fsc

#endif  // FSC_CORE_CLOCK_H_
