// byte_io.h: where streams come from and go to: files, standard input and output, memory.
#ifndef FSC_BYTE_IO_H_
#define FSC_BYTE_IO_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fsc/export.h"
#include "fsc/status.h"

namespace fsc {

class FSC_EXPORT ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Reads up to out.size() bytes, at least one unless the end is reached (then 0). kIo on failure.
  virtual Result<size_t> Read(std::span<uint8_t> out) = 0;
  // Absolute position. kIo where the source cannot seek (a pipe): ask size_bytes() first.
  virtual Status Seek(uint64_t position) = 0;
  // Total size; nullopt where the source cannot seek.
  virtual std::optional<uint64_t> size_bytes() const = 0;
  // For error messages: a path, "standard input", "memory".
  virtual const std::string& name() const = 0;
};

class FSC_EXPORT ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Status Write(std::span<const uint8_t> bytes) = 0;
  // Makes everything written durable under its final name. Without Commit, a file sink removes what it wrote on
  // destruction.
  virtual Status Commit() = 0;
  virtual const std::string& name() const = 0;
};

// `path` = "-" is standard input / output. kIo when it cannot be opened.
// A file sink writes to a temporary name in the same folder and renames it in Commit(). A path that exists and is not a
// regular file (a pipe, /dev/full) is written in place.
FSC_EXPORT Result<std::unique_ptr<ByteSource>> OpenSource(const std::string& path);
FSC_EXPORT Result<std::unique_ptr<ByteSink>> OpenSink(const std::string& path);

// Borrows `bytes`, which must outlive the source.
FSC_EXPORT std::unique_ptr<ByteSource> MemorySource(std::span<const uint8_t> bytes, std::string name = "memory");
// Appends to `*bytes`, which must outlive the sink.
FSC_EXPORT std::unique_ptr<ByteSink> MemorySink(std::vector<uint8_t>* bytes);

// Removes the temporary files of every sink that is not committed. Async-signal-safe: for the ^C handler of a tool.
FSC_EXPORT void RemoveUncommittedFiles();

}  // namespace fsc

#endif  // FSC_BYTE_IO_H_
