#include "fsc/decoder.h"

#include <deque>
#include <utility>

#include "codec/guarded.h"
#include "streams/container_reader.h"

namespace fsc {

struct __attribute__((visibility("hidden"))) FeatureDecoder::State {
  // The next packet, or the end, into `ready`, `ended`, `damage`.
  Status DecodeMore();

  std::unique_ptr<ContainerReader> reader;
  std::unique_ptr<PacketDecoder> packets;
  std::deque<DecodedFrame> ready;
  int64_t skip_before = 0;  // frames before it are decoded for reference only, after a seek
  bool ended = false;
  Status damage;  // kept until the frames before it are given out
};

FeatureDecoder::FeatureDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeatureDecoder::~FeatureDecoder() = default;

Result<std::unique_ptr<FeatureDecoder>> FeatureDecoder::Open(ByteSource* source, const DecoderOptions& options) {
  if (source == nullptr) return Usage("no source to read from", "decoder", "give one, as OpenSource() makes them");
  return Guarded("decoder", [&]() -> Result<std::unique_ptr<FeatureDecoder>> {
    auto state = std::make_unique<State>();
    FSC_ASSIGN_OR_RETURN(state->reader, ContainerReader::Open(source, options.limits));
    FSC_ASSIGN_OR_RETURN(state->packets, PacketDecoder::Create(state->reader->header(), options));
    return std::unique_ptr<FeatureDecoder>(new FeatureDecoder(std::move(state)));
  });
}

Result<std::optional<DecodedFrame>> FeatureDecoder::Next() {
  for (;;) {
    while (!state_->ready.empty()) {
      DecodedFrame frame = std::move(state_->ready.front());
      state_->ready.pop_front();
      if (frame.frame_number >= state_->skip_before) return std::optional<DecodedFrame>(std::move(frame));
    }
    // The stream stays damaged: the same answer every time.
    if (!state_->damage.ok()) return Error(state_->damage.error());
    if (state_->ended) return std::optional<DecodedFrame>();
    Status more = Guarded("decoder", [this] { return state_->DecodeMore(); });
    if (!more.ok()) state_->damage = std::move(more);
  }
}

Status FeatureDecoder::State::DecodeMore() {
  std::vector<DecodedFrame> decoded;
  Result<std::optional<Packet>> packet = reader->Next();
  if (packet.ok() && packet->has_value()) {
    damage = packets->Push(**packet, &decoded);
  } else {
    ended = true;
    if (!packet.ok()) damage = packet.TakeStatus();
  }
  if (ended || !damage.ok()) {
    // What the mode holds is whole: it comes before the end, or before the report of the damage.
    Status flushed = packets->Flush(&decoded);
    if (damage.ok()) damage = std::move(flushed);
  }
  for (DecodedFrame& frame : decoded) ready.push_back(std::move(frame));
  return {};
}

Status FeatureDecoder::SeekToFrame(int64_t frame_number) {
  FSC_RETURN_IF_ERROR(Guarded("decoder", [&] { return state_->reader->SeekToFrame(frame_number); }));
  state_->ready.clear();
  state_->skip_before = frame_number;
  state_->ended = false;
  // Where it fails, the frames from here on cannot be decoded: Next() gives the same error.
  state_->damage = state_->packets->Restart(state_->reader->mode_config());
  if (!state_->damage.ok()) return Error(state_->damage.error());
  return {};
}

Result<StreamIndex> FeatureDecoder::Index() {
  return Guarded("decoder", [this] { return state_->reader->ReadIndex(); });
}

const StreamHeader& FeatureDecoder::header() const {
  return state_->packets->header();
}
const std::vector<LayerSpec>& FeatureDecoder::coded_layers() const {
  return state_->packets->coded_layers();
}
double FeatureDecoder::restore_seconds() const {
  return state_->packets->restore_seconds();
}
void FeatureDecoder::Recycle(DecodedFrame frame) {
  state_->packets->Recycle(std::move(frame));
}
Status FeatureDecoder::Analyse() {
  return state_->packets->Analyse();
}

}  // namespace fsc
