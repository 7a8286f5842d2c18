// plain_concealer.h: the methods that learn nothing, each a function.
#ifndef FSC_CODEC_CONCEAL_PLAIN_CONCEALER_H_
#define FSC_CODEC_CONCEAL_PLAIN_CONCEALER_H_

#include <memory>
#include <string>
#include <vector>

#include "fsc/concealer.h"

namespace fsc {

// Null for names that are not in PlainConcealerNames().
std::unique_ptr<Concealer> CreatePlainConcealer(const std::string& name, const ConcealerOptions& options);
std::vector<std::string> PlainConcealerNames();

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_PLAIN_CONCEALER_H_
