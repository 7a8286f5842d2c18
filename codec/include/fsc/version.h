// version.h: the library's version, as in CMakeLists.txt (a test compares them).
#ifndef FSC_VERSION_H_
#define FSC_VERSION_H_

namespace fsc {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace fsc

#endif  // FSC_VERSION_H_
