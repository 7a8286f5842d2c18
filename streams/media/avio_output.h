// avio_output.h: libavformat writing into an OutputFile, so that muxed files too appear whole or not at all. Internal
// to streams/.
#ifndef FSC_STREAMS_MEDIA_AVIO_OUTPUT_H_
#define FSC_STREAMS_MEDIA_AVIO_OUTPUT_H_

#include <memory>
#include <string>

#include "fsc/status.h"
#include "streams/output_file.h"

struct AVFormatContext;
struct AVIOContext;

namespace fsc {

class AvioOutput {
 public:
  // kIo when the file cannot be created.
  static Result<std::unique_ptr<AvioOutput>> Create(const std::string& path);
  ~AvioOutput();
  AvioOutput(const AvioOutput&) = delete;
  AvioOutput& operator=(const AvioOutput&) = delete;

  // To put into AVFormatContext::pb; owned by this object, which must outlive the format context.
  AVIOContext* context() { return context_; }
  // The first failure of the file, which libav reports as a bare number.
  Status TakeStatus();
  // Flushes and gives the file its final name.
  Status Commit();

 private:
  explicit AvioOutput(std::unique_ptr<OutputFile> file) : file_(std::move(file)) {}
  static int WriteCallback(void* opaque, uint8_t* bytes, int size);
  static int64_t SeekCallback(void* opaque, int64_t offset, int whence);

  std::unique_ptr<OutputFile> file_;
  AVIOContext* context_ = nullptr;
  uint64_t position_ = 0;
  Status status_;
};

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_AVIO_OUTPUT_H_
