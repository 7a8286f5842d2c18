// stream_joiner.h: joins .fsc streams packet by packet; nothing is decoded. Frame numbers and timestamps go on from
// stream to stream.
//
// The streams must be of the same layers, network, mode and sizes. Their mode configurations may differ where the mode
// can change it within a stream (MayReconfigure): the first packet of a stream then brings its configuration along.
#ifndef FSC_CODEC_STREAM_JOINER_H_
#define FSC_CODEC_STREAM_JOINER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "streams/container_reader.h"
#include "streams/container_writer.h"

namespace fsc {

class StreamJoiner {
 public:
  // `sink` is borrowed and must outlive the joiner; the caller commits it.
  explicit StreamJoiner(ByteSink* sink) : sink_(sink) {}

  // Appends a whole stream. kUsage when it cannot follow those before it, and says why; kBadInput when it is damaged.
  Status Append(ByteSource* source);
  // Writes the index. At least one stream was appended.
  Status Finish();

  int64_t frames() const { return next_frame_; }

 private:
  Status Copy(ContainerReader* reader, const std::string& name);

  ByteSink* sink_;
  StreamHeader header_;
  std::unique_ptr<ContainerWriter> writer_;
  std::vector<uint8_t> mode_config_;  // in force after the last packet written
  int64_t next_frame_ = 0;
  int64_t next_ticks_ = 0;
};

}  // namespace fsc

#endif  // FSC_CODEC_STREAM_JOINER_H_
