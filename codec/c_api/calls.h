// calls.h: what every function of the C interface does: errors as values, no exception out, one thread in a handle.
#ifndef FSC_CODEC_C_API_CALLS_H_
#define FSC_CODEC_C_API_CALLS_H_

#include <atomic>
#include <cstring>
#include <exception>
#include <new>
#include <string>

#include "fsc/fsc_c.h"
#include "fsc/status.h"

namespace fsc::c_api {

// Fills `error` (null = nobody wants it) and gives the code.
fsc_code Tell(const Status& status, fsc_error* error);

// The same without memory of its own.
fsc_code TellPlainly(const char* what, fsc_error* error) noexcept;

// Runs `body`, a function that gives a Status.
template <class Body>
fsc_code Call(fsc_error* error, const Body& body) noexcept {
  try {
    return Tell(body(), error);
  } catch (const std::bad_alloc&) {
    return TellPlainly("out of memory", error);
  } catch (const std::exception& e) {
    return TellPlainly(e.what(), error);
  } catch (...) {
    return TellPlainly("unknown failure", error);
  }
}

// Of a handle: lets one thread in at a time.
class Gate {
 public:
  bool Enter() { return !busy_.exchange(true, std::memory_order_acquire); }
  void Leave() { busy_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> busy_{false};
};

// Call() on a handle, which has a member `gate`.
template <class Handle, class Body>
fsc_code CallOn(Handle* handle, fsc_error* error, const Body& body) {
  if (handle == nullptr) return Call(error, [] { return Status(Usage("the handle is null", "C interface")); });
  if (!handle->gate.Enter()) {
    return Call(error,
                [] { return Status(Usage("another thread is in the handle", "C interface", "use one at a time")); });
  }
  const fsc_code code = Call(error, body);
  handle->gate.Leave();
  return code;
}

// kUsage for a null struct, or one whose _init function was not called.
Status CheckSized(const void* given, const char* name);

// A copy of the caller's sized struct, whatever the version it was compiled against: what an older one lacks has its
// default, and what a newer one has more must be zero. kUsage for null or a struct that was not initialised.
template <class Struct>
Result<Struct> Sized(const Struct* given, void (*init)(Struct*), const char* name) {
  FSC_RETURN_IF_ERROR(CheckSized(given, name));
  const size_t size = given->size;
  const auto* const bytes = reinterpret_cast<const unsigned char*>(given);
  for (size_t i = sizeof(Struct); i < size; ++i) {
    if (bytes[i] != 0) {
      return Usage(std::string(name) + " has settings that this version does not know", "C interface",
                   "use a newer libfsc");
    }
  }
  Struct own;
  init(&own);
  std::memcpy(&own, given, size < sizeof(Struct) ? size : sizeof(Struct));
  own.size = sizeof(Struct);
  return own;
}

inline std::string TextOf(const char* text) {
  return text != nullptr ? text : "";
}

}  // namespace fsc::c_api

#endif  // FSC_CODEC_C_API_CALLS_H_
