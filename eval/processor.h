// processor.h: which machine this is, what times are taken on, and what a process needs of it.
#ifndef FSC_EVAL_PROCESSOR_H_
#define FSC_EVAL_PROCESSOR_H_

#include <string>

namespace fsc {

// "AMD EPYC 7543 32-Core Processor, 64 cores": as the system names it, and how many cores this process sees.
std::string ProcessorName();

// The most memory that this process has had so far, resident. A child starts with what its parent has.
double PeakMemoryMib();

// Its name in the network; "unknown" where it has none.
std::string HostName();

}  // namespace fsc

#endif  // FSC_EVAL_PROCESSOR_H_
