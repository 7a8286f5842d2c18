// guarded.h: the door of the public classes, which throw nothing: what fails inside for want of memory is an error.
#ifndef FSC_CODEC_GUARDED_H_
#define FSC_CODEC_GUARDED_H_

#include <exception>
#include <new>

#include "fsc/status.h"

namespace fsc {

// What `body` gives, a Status or a Result; kInternal where it throws.
template <class Body>
auto Guarded(const char* where, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    return Internal("out of memory", where, "give the process more memory, or code smaller frames");
  } catch (const std::exception& e) {
    return Internal(e.what(), where);
  }
}

}  // namespace fsc

#endif  // FSC_CODEC_GUARDED_H_
