// modes.h: which modes there are, and the QP for who names none.
#ifndef FSC_MODES_H_
#define FSC_MODES_H_

#include <string>
#include <vector>

#include "fsc/export.h"

namespace fsc {

// Values of EncoderConfig::mode that this build and its modules can code. Besides these, a libavcodec encoder may be
// named.
FSC_EXPORT std::vector<std::string> AvailableModes();

// 32, or what suits a mode whose scale is another one: 8 for jpeg. `bits` as QuantizerConfig::bits. A mode that is
// unknown has 32, and is refused when an encoder is made.
FSC_EXPORT int UsualQp(const std::string& mode, int bits = 8);

}  // namespace fsc

#endif  // FSC_MODES_H_
