// stream_joiner.h: joins .fsc streams packet by packet; nothing is decoded. Frame numbers and timestamps go on from
// stream to stream.
//
// The streams must be of the same layers, network, mode and sizes. Their mode configurations may differ where the mode
// can change it within a stream (MayReconfigure): the first packet of a stream then brings its configuration along.
#ifndef FSC_STREAM_JOINER_H_
#define FSC_STREAM_JOINER_H_

#include <cstdint>
#include <memory>

#include "fsc/byte_io.h"
#include "fsc/export.h"
#include "fsc/status.h"

namespace fsc {

class FSC_EXPORT StreamJoiner {
 public:
  // `sink` is borrowed and must outlive the joiner; the caller commits it.
  explicit StreamJoiner(ByteSink* sink);
  ~StreamJoiner();

  // Appends a whole stream. kUsage when it cannot follow those before it, and says why; kBadInput when it is damaged.
  Status Append(ByteSource* source);
  // The same of its first `frames` frames (1 or more; all where it has fewer): kUsage where packets of theirs come
  // after packets of later frames, which they may need. Groups are closed, so a whole number of them can always be
  // taken.
  Status AppendFirst(ByteSource* source, int64_t frames);
  // Writes the index. At least one stream was appended.
  Status Finish();

  int64_t frames() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace fsc

#endif  // FSC_STREAM_JOINER_H_
