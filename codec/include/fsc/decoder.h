// decoder.h: a .fsc file or stream of bytes in, feature frames out.
#ifndef FSC_DECODER_H_
#define FSC_DECODER_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "fsc/byte_io.h"
#include "fsc/export.h"
#include "fsc/packet_decoder.h"

namespace fsc {

class FSC_EXPORT FeatureDecoder {
 public:
  // Reads the header. `source` is borrowed and must outlive the decoder. kUsage for none, kBadInput for what is not a
  // .fsc stream, and as PacketDecoder::Create.
  static Result<std::unique_ptr<FeatureDecoder>> Open(ByteSource* source, const DecoderOptions& options = {});
  ~FeatureDecoder();

  const StreamHeader& header() const;
  // As PacketDecoder's.
  const std::vector<LayerSpec>& coded_layers() const;
  double restore_seconds() const;
  void Recycle(DecodedFrame frame);
  Status Analyse();

  // The next frame in display order; nullopt at the end. After damage, every whole frame before it comes first, then
  // the error.
  Result<std::optional<DecodedFrame>> Next();
  // The next frame that Next() gives. Needs a source that can seek. kUsage when the stream has no such frame.
  Status SeekToFrame(int64_t frame_number);
  // Where every packet lies. Needs a source that can seek (kUsage); Next() goes on where it was.
  Result<StreamIndex> Index();

 private:
  struct State;
  explicit FeatureDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fsc

#endif  // FSC_DECODER_H_
