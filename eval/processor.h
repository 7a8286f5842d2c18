// processor.h: which machine this is, and what times are taken on.
#ifndef FSC_EVAL_PROCESSOR_H_
#define FSC_EVAL_PROCESSOR_H_

#include <string>

namespace fsc {

// "AMD EPYC 7543 32-Core Processor, 64 cores": as the system names it, and how many cores this process sees.
std::string ProcessorName();

// Its name in the network; "unknown" where it has none.
std::string HostName();

}  // namespace fsc

#endif  // FSC_EVAL_PROCESSOR_H_
