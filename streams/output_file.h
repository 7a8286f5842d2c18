// output_file.h: one file being written, under a temporary name until it is whole.
//
// A regular file is written as `<name>.<pid>.part` in the folder of its final name and renamed in Commit(), so that a
// reader never meets half a file and a failed run leaves what was there before. "-" is standard output. A path that
// exists and is no regular file (a pipe, /dev/full) is written in place. Nothing is flushed to the disk (no fsync): a
// power cut may lose it.
#ifndef FSC_STREAMS_OUTPUT_FILE_H_
#define FSC_STREAMS_OUTPUT_FILE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "fsc/status.h"

namespace fsc {

class OutputFile {
 public:
  // kIo with the system's reason when it cannot be created.
  static Result<std::unique_ptr<OutputFile>> Create(const std::string& path);
  // A file beside `path` that has no name and vanishes with this object: for what must be written before its place in
  // `path` is known. Never committed.
  static Result<std::unique_ptr<OutputFile>> CreateSpool(const std::string& path);
  // Removes a file that was not committed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Appends. kIo on failure (full disk, closed pipe: SIGPIPE must be ignored by the program).
  Status Write(std::span<const uint8_t> bytes);
  // True for a regular file: what was written can be changed and read again.
  bool can_patch() const { return regular_; }
  // Overwrites bytes that were written before. Only where can_patch().
  Status Patch(uint64_t position, std::span<const uint8_t> bytes);
  // Reads back `out.size()` bytes that were written before. Only where can_patch().
  Status ReadBack(uint64_t position, std::span<uint8_t> out) const;
  // Gives the file its final name. No Write after it.
  Status Commit();

  const std::string& name() const { return name_; }
  uint64_t bytes_written() const { return bytes_written_; }

 private:
  OutputFile(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  int fd_;
  std::string name_;            // for messages
  std::string final_path_;      // empty where nothing is to be renamed
  std::string temporary_path_;  // empty where nothing is to be removed
  int cleanup_slot_ = -1;       // in the table of RemoveUncommittedFiles()
  bool regular_ = false;
  bool owns_fd_ = true;
  uint64_t bytes_written_ = 0;
};

}  // namespace fsc

#endif  // FSC_STREAMS_OUTPUT_FILE_H_
