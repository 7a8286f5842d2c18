// cpu_time.h: what processors have worked, the system's part of it included. Beside core/clock.h, which says how long
// something took.
#ifndef FSC_CORE_CPU_TIME_H_
#define FSC_CORE_CPU_TIME_H_

#include <time.h>

namespace fsc {

inline double CpuSeconds(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return double(time.tv_sec) + 1e-9 * double(time.tv_nsec);
}

// For all threads of this process, so far.
inline double ProcessCpuSeconds() {
  return CpuSeconds(CLOCK_PROCESS_CPUTIME_ID);
}

// For the calling thread alone.
inline double ThreadCpuSeconds() {
  return CpuSeconds(CLOCK_THREAD_CPUTIME_ID);
}

}  // namespace fsc

#endif  // FSC_CORE_CPU_TIME_H_
