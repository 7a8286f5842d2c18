// packet_decoder.h: packets in, feature frames out, with no file behind. FeatureDecoder (fsc/decoder.h) is this with a
// .fsc file behind it.
//
// One thread at a time may use a decoder.
#ifndef FSC_PACKET_DECODER_H_
#define FSC_PACKET_DECODER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "fsc/decoded_frame.h"
#include "fsc/export.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/profile.h"
#include "fsc/status.h"

namespace fsc {

struct DecoderOptions {
  Limits limits;
  int threads = 1;                   // the frames do not depend on it
  const Profile* profile = nullptr;  // borrowed for the call: for streams that name theirs by hash
  bool keep_coded = false;           // fill DecodedFrame::coded where there is a profile
};

class FSC_EXPORT PacketDecoder {
 public:
  // kBadInput for a header that is damaged, exceeds the limits, or needs a mode that this build does not have; kUsage
  // where a profile is missing or another one.
  static Result<std::unique_ptr<PacketDecoder>> Create(const StreamHeader& header, const DecoderOptions& options = {});
  ~PacketDecoder();

  const StreamHeader& header() const;
  // The layers that the mode codes: the reduced ones where there is a profile, else the header's.
  const std::vector<LayerSpec>& coded_layers() const;

  // One packet, in decoding order; appends the frames that are ready, in display order. kBadInput for damage; the error
  // names the frame. Frames before it stay good: Flush() gives them, then Restart() at a random-access packet.
  Status Push(const Packet& packet, std::vector<DecodedFrame>* out);
  // Appends all that is left.
  Status Flush(std::vector<DecodedFrame>* out);
  // Forgets everything, for a jump or after a loss: the next packet is a random-access packet. `configuration` is the
  // one in force there (of the last packet before it that brought one, or of the header). Empty = the packet brings it,
  // as the first one and every key frame that was asked for do (PacketEncoder::RequestKeyFrame); in the latent mode
  // other packets are then refused, since another configuration may be in force than the last one seen. kBadInput
  // where it is damaged.
  Status Restart(std::span<const uint8_t> configuration);

  // Gives the memory of a frame back for later ones. Optional: for large frames, fresh memory from the operating system
  // costs more time than decoding into it.
  void Recycle(DecodedFrame frame);
  // Asks for DecodedFrame::analysis; before the first Push(). kUsage where the mode has none.
  Status Analyse();
  // Time spent in the profile's restorers so far; part of what Push() took.
  double restore_seconds() const;

 private:
  struct State;
  explicit PacketDecoder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace fsc

#endif  // FSC_PACKET_DECODER_H_
