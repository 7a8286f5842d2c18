// address.h: tells a network address, rtsp://host/x, from the name of a file.
#ifndef FSC_CORE_ADDRESS_H_
#define FSC_CORE_ADDRESS_H_

#include <string>
#include <string_view>

#include "fsc/status.h"

namespace fsc {

// "rtsp" of "rtsp://host/x", in small letters; empty for what does not begin so (a letter; letters, digits, + - . then
// ://). A file may have such a name all the same, in a folder whose name ends in a colon: ask for the file first.
std::string SchemeOf(std::string_view name);

// What is wrong where a file was wanted and there is none of that name: kIo, or kUsage for an address and for standard
// input, -. `what`: "cannot open".
Error NoSuchFile(const std::string& what, const std::string& name);

}  // namespace fsc

#endif  // FSC_CORE_ADDRESS_H_
