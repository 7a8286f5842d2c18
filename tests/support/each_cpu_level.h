// each_cpu_level.h: runs a test body once per instruction set that this machine and this build have.
#ifndef FSC_TESTS_SUPPORT_EACH_CPU_LEVEL_H_
#define FSC_TESTS_SUPPORT_EACH_CPU_LEVEL_H_

#include <gtest/gtest.h>

#include <hwy/targets.h>

namespace fsc {

template <class Body>
void ForEachCpuLevel(const Body& body) {
  hwy::SetSupportedTargetsForTest(0);
  for (int64_t rest = hwy::SupportedTargets(); rest != 0; rest &= rest - 1) {
    const int64_t level = rest & -rest;
    hwy::SetSupportedTargetsForTest(level);
    hwy::GetChosenTarget().Update(level);
    SCOPED_TRACE(hwy::TargetName(level));
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_EACH_CPU_LEVEL_H_
