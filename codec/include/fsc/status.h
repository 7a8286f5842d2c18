// status.h: errors are values that the caller cannot drop.
//
// The library never prints, aborts or throws across its interface. A failure is an Error with three parts, so that a
// tool can print it as one line, `fsc: <what>: <where>: <what to do>`, and a kind whose number is the process's exit
// code.
//
//   Result<StreamHeader> HeaderOf(ByteSource* source) {
//     FSC_ASSIGN_OR_RETURN(const auto decoder, FeatureDecoder::Open(source));
//     if (decoder->header().layers.size() > 1) return Usage("one layer is wanted", source->name(), "choose another");
//     return decoder->header();
//   }
#ifndef FSC_STATUS_H_
#define FSC_STATUS_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fsc/export.h"

namespace fsc {

// The numbers are the exit codes of the command-line tool.
enum class ErrorKind : int {
  kInternal = 1,  // our bug, or a library we rely on broke its own contract
  kUsage = 2,     // the caller asked for something that cannot be done
  kBadInput = 3,  // damaged or unsupported input
  kIo = 4,        // the operating system said no: missing file, full disk, closed pipe
};

struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string what;    // what is wrong: "packet checksum mismatch"
  std::string where;   // file, byte, frame, key: "clip.fsc, packet 12 at byte 3045"
  std::string advice;  // what to do about it; may be empty

  // "<what>: <where>: <advice>", parts that are empty left out.
  FSC_EXPORT std::string OneLine() const;
};

// Success, or an Error. Cheap to move; success allocates nothing.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::make_unique<Error>(std::move(error))) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return error_ == nullptr; }
  // Only when !ok().
  const Error& error() const { return *error_; }
  Error TakeError() { return std::move(*error_); }

 private:
  std::unique_ptr<Error> error_;
};

// A T, or the Error that prevented it.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Error error) : status_(std::move(error)) {}    // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor)
    if (status_.ok()) status_ = Error{ErrorKind::kInternal, "result without a value", "", ""};
  }

  bool ok() const { return value_.has_value(); }
  // Only when ok().
  T& value() & { return *value_; }
  const T& value() const& { return *value_; }
  T&& value() && { return std::move(*value_); }
  T& operator*() & { return *value_; }
  const T& operator*() const& { return *value_; }
  T* operator->() { return &*value_; }
  const T* operator->() const { return &*value_; }
  // Only when !ok().
  const Error& error() const { return status_.error(); }
  Status TakeStatus() { return std::move(status_); }

 private:
  std::optional<T> value_;
  Status status_;
};

FSC_EXPORT Error Internal(std::string what, std::string where = {},
                          std::string advice = "this is a bug in fsc: please report it");
FSC_EXPORT Error Usage(std::string what, std::string where = {}, std::string advice = {});
FSC_EXPORT Error BadInput(std::string what, std::string where = {}, std::string advice = {});
FSC_EXPORT Error IoError(std::string what, std::string where = {}, std::string advice = {});

}  // namespace fsc

#define FSC_CONCAT_INNER(a, b) a##b
#define FSC_CONCAT(a, b) FSC_CONCAT_INNER(a, b)

// Returns the Status of `expr` from the enclosing function when it is an error.
#define FSC_RETURN_IF_ERROR(expr)                          \
  do {                                                     \
    ::fsc::Status fsc_status_ = (expr);                    \
    if (!fsc_status_.ok()) return fsc_status_.TakeError(); \
  } while (0)

// Declares or assigns `lhs` from the Result of `expr`, or returns its error.
#define FSC_ASSIGN_OR_RETURN(lhs, expr) FSC_ASSIGN_OR_RETURN_INNER(FSC_CONCAT(fsc_result_, __LINE__), lhs, expr)
#define FSC_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr)    \
  auto tmp = (expr);                                  \
  if (!tmp.ok()) return tmp.TakeStatus().TakeError(); \
  lhs = std::move(tmp).value()

#endif  // FSC_STATUS_H_
