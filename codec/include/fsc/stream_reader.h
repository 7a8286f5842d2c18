// stream_reader.h: the header and the packets of a .fsc stream, with nothing decoded. Works for streams of modes that
// this build cannot decode.
#ifndef FSC_STREAM_READER_H_
#define FSC_STREAM_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/export.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

class FSC_EXPORT StreamReader {
 public:
  // Reads the header. `source` is borrowed and must outlive the reader. kUsage for none, kBadInput for what is not a
  // .fsc stream.
  static Result<std::unique_ptr<StreamReader>> Open(ByteSource* source, const Limits& limits = {});
  ~StreamReader();

  const StreamHeader& header() const;
  // The layers that sections are of: the reduced ones where the stream has a profile, else the header's. kBadInput
  // where the profile is damaged.
  Result<std::vector<LayerSpec>> CodedLayers() const;
  // The next packet, in decoding order; nullopt at the end. kBadInput for one that is cut or damaged, again and again.
  Result<std::optional<Packet>> Next();
  // Bytes read from the start of the stream.
  uint64_t position_bytes() const;

 private:
  struct State;
  explicit StreamReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fsc

#endif  // FSC_STREAM_READER_H_
