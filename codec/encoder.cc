#include "fsc/encoder.h"

#include <utility>

#include "codec/guarded.h"
#include "streams/container_writer.h"

namespace fsc {

struct __attribute__((visibility("hidden"))) FeatureEncoder::State {
  // Writes what is ready.
  Status Drain() {
    if (ready.empty()) return {};
    if (writer == nullptr) {
      FSC_ASSIGN_OR_RETURN(writer, ContainerWriter::Create(sink, packets->header()));
    }
    for (const Packet& packet : ready) {
      const uint64_t offset = writer->bytes_written();
      FSC_RETURN_IF_ERROR(writer->Write(packet));
      written.push_back({offset, writer->bytes_written() - offset, packet.type, packet.random_access,
                         packet.frame_number, packet.timestamp_ticks, packet.configures()});
    }
    ready.clear();
    return {};
  }
  // After a call of the packet encoder. What it gave before it failed is not written: it ends the stream.
  Status Written(Status status) {
    if (!status.ok()) return status;
    failed = true;  // unless it comes back
    status = Guarded("encoder", [this] { return Drain(); });
    failed = !status.ok();
    return status;
  }
  Status Begin() {
    written.clear();
    if (failed) return Usage("the stream is closed", sink->name(), "create a new encoder");
    return {};
  }

  ByteSink* sink = nullptr;
  std::unique_ptr<PacketEncoder> packets;
  std::unique_ptr<ContainerWriter> writer;  // created with the first packet: nothing is written of a stream without
  std::vector<Packet> ready;
  std::vector<IndexEntry> written;  // since the last call
  bool failed = false;              // to write
};

FeatureEncoder::FeatureEncoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
FeatureEncoder::~FeatureEncoder() = default;

Result<std::unique_ptr<FeatureEncoder>> FeatureEncoder::Create(const EncoderConfig& config, const StreamInfo& stream,
                                                               ByteSink* sink, const Limits& limits) {
  if (sink == nullptr) return Usage("no sink to write to", "encoder", "give one, as OpenSink() makes them");
  return Guarded("encoder", [&]() -> Result<std::unique_ptr<FeatureEncoder>> {
    auto state = std::make_unique<State>();
    state->sink = sink;
    FSC_ASSIGN_OR_RETURN(state->packets, PacketEncoder::Create(config, stream, limits));
    return std::unique_ptr<FeatureEncoder>(new FeatureEncoder(std::move(state)));
  });
}

Status FeatureEncoder::Push(const FeatureFrame& frame, const FrameHints& hints) {
  FSC_RETURN_IF_ERROR(state_->Begin());
  return state_->Written(state_->packets->Push(frame, hints, &state_->ready));
}

Status FeatureEncoder::Push(std::span<const TensorView> layers, int64_t timestamp_ticks, const FrameHints& hints) {
  FSC_RETURN_IF_ERROR(state_->Begin());
  return state_->Written(state_->packets->Push(layers, timestamp_ticks, hints, &state_->ready));
}

Status FeatureEncoder::Finish() {
  FSC_RETURN_IF_ERROR(state_->Begin());
  FSC_RETURN_IF_ERROR(state_->Written(state_->packets->Flush(&state_->ready)));
  return Guarded("encoder", [this] { return state_->writer->Finish(); });
}

Status FeatureEncoder::SetQp(int qp) {
  return state_->packets->SetQp(qp);
}
Status FeatureEncoder::SetBitrate(double bitrate_kbps) {
  return state_->packets->SetBitrate(bitrate_kbps);
}
Status FeatureEncoder::RequestKeyFrame() {
  return state_->packets->RequestKeyFrame();
}
const PacketEncoder& FeatureEncoder::packets() const {
  return *state_->packets;
}

std::span<const IndexEntry> FeatureEncoder::written() const {
  return state_->written;
}

uint64_t FeatureEncoder::bytes_written() const {
  return state_->writer == nullptr ? 0 : state_->writer->bytes_written();
}

}  // namespace fsc
