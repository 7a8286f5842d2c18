#include "streams/container_reader.h"

#include <algorithm>
#include <array>

#include "core/byte_reader.h"
#include "streams/byte_reading.h"
#include "streams/header_extensions.h"

namespace fsc {
namespace {

constexpr size_t kFirstPieceBytes = size_t{1} << 16;

}  // namespace

Result<std::unique_ptr<ContainerReader>> ContainerReader::Open(ByteSource* source, const Limits& limits) {
  std::unique_ptr<ContainerReader> reader(new ContainerReader(source, limits));
  FSC_RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

Status ContainerReader::ReadHeader() {
  const std::string where = source_->name() + ", stream header";
  std::vector<uint8_t> start(kHeaderStartBytes);
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadUpTo(start));
  start.resize(count);
  FSC_RETURN_IF_ERROR(CheckHeaderStart(start, where));
  PacketChecksum checksum(kCrcBytes);
  checksum.Add(std::span<const uint8_t>(start).subspan(kSignature.size()));
  FSC_ASSIGN_OR_RETURN(const uint64_t body_bytes, ReadLength(&checksum));
  FSC_ASSIGN_OR_RETURN(const uint64_t profile_bytes, ReadLength(&checksum));
  FSC_RETURN_IF_ERROR(CheckHeaderLengths(body_bytes, profile_bytes, limits_, where));
  std::vector<uint8_t> body, profile;
  FSC_RETURN_IF_ERROR(ReadGrowing(body_bytes, &checksum, &body));
  FSC_RETURN_IF_ERROR(ReadGrowing(profile_bytes, &checksum, &profile));
  FSC_RETURN_IF_ERROR(CheckSeal(checksum));
  FSC_ASSIGN_OR_RETURN(header_, ParseHeaderBody(body, profile, limits_, where));
  forecast_.emplace(header_);
  mode_config_ = header_.mode_config;
  header_end_ = position_;
  in_header_ = false;
  return {};
}

Result<uint64_t> ContainerReader::ReadLength(PacketChecksum* checksum) {
  std::vector<uint8_t> digits;
  do {
    uint8_t byte = 0;
    FSC_RETURN_IF_ERROR(ReadExactly({&byte, 1}));
    digits.push_back(byte);
  } while ((digits.back() & 0x80) != 0 && digits.size() < 10);
  checksum->Add(digits);
  ByteReader in(digits);
  const uint64_t length = in.Leb128();
  if (in.broken()) return Damaged("a length is malformed");
  return length;
}

// ---- reading forward

Result<std::optional<Packet>> ContainerReader::Next() {
  if (failure_) return *failure_;
  if (finished_) return std::optional<Packet>();
  Result<std::optional<Packet>> packet = ReadPacket();
  if (!packet.ok()) {
    failure_ = packet.error();
  } else if (packet->has_value()) {
    ++packets_read_;
    forecast_->Note(**packet);
    last_good_frame_ = (*packet)->frame_number;
    if (const auto configuration = ConfigurationOf(**packet)) {
      mode_config_.assign(configuration->begin(), configuration->end());
    }
  } else {
    finished_ = true;
  }
  return packet;
}

Result<Packet> ContainerReader::ReadOne(ByteSource* source, const StreamHeader& header, const Limits& limits) {
  ContainerReader reader(source, limits);
  reader.header_.layers.resize(header.layers.size());
  reader.in_header_ = false;
  FSC_ASSIGN_OR_RETURN(std::optional<Front> front, reader.ReadFront(PacketForecast(header)));
  if (!front || front->envelope.kind != PacketEnvelope::Kind::kFrame) return BadInput("not a packet", source->name());
  if (!front->envelope.alone) {
    return BadInput("a packet that goes by those before it in a stream", source->name(),
                    "give packets as PacketBytes() makes them");
  }
  FSC_ASSIGN_OR_RETURN(Packet packet, reader.ReadPayload(&*front));
  if (const auto size = source->size_bytes(); size && *size != reader.position_) {
    return BadInput("bytes after the packet", source->name());
  }
  return packet;
}

Result<std::optional<Packet>> ContainerReader::ReadPacket() {
  while (true) {
    FSC_ASSIGN_OR_RETURN(std::optional<Front> front, ReadFront(*forecast_));
    if (!front) return std::optional<Packet>();
    if (front->envelope.kind == PacketEnvelope::Kind::kFrame) {
      FSC_ASSIGN_OR_RETURN(Packet packet, ReadPayload(&*front));
      return std::optional<Packet>(std::move(packet));
    }
    if (front->envelope.kind == PacketEnvelope::Kind::kIndex) {
      FSC_RETURN_IF_ERROR(ReadEnd(&*front));
      return std::optional<Packet>();
    }
    FSC_RETURN_IF_ERROR(SkipChecked(front->envelope.payload_bytes, &front->checksum));
    FSC_RETURN_IF_ERROR(CheckSeal(front->checksum));
  }
}

// Keeps the bytes that it gave.
class ContainerReader::SourceFeed : public ByteFeed {
 public:
  SourceFeed(ContainerReader* reader, uint8_t first) : reader_(reader), bytes_{first} {}
  uint8_t Next() override {
    if (given_ < bytes_.size()) return bytes_[given_++];
    uint8_t byte = 0;
    if (!status_.ok()) return 0;
    status_ = reader_->ReadExactly({&byte, 1});
    if (!status_.ok()) return 0;
    bytes_.push_back(byte);
    ++given_;
    return byte;
  }
  bool ended() const override { return !status_.ok(); }
  const Status& status() const { return status_; }
  const std::vector<uint8_t>& bytes() const { return bytes_; }

 private:
  ContainerReader* reader_;
  std::vector<uint8_t> bytes_;
  size_t given_ = 0;
  Status status_;
};

// nullopt where the source ends before the first byte.
Result<std::optional<ContainerReader::Front>> ContainerReader::ReadFront(const PacketForecast& forecast) {
  packet_offset_ = position_;
  uint8_t first = 0;
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadUpTo({&first, 1}));
  if (count == 0) return std::optional<Front>();
  SourceFeed feed(this, first);
  Result<PacketEnvelope> envelope = ParseEnvelope(&feed, forecast, header_.layers.size(), limits_, Where());
  if (!feed.status().ok()) return Error(feed.status().error());
  if (!envelope.ok()) {
    const Error error = envelope.TakeStatus().TakeError();
    return error.advice == kPerhapsNewer ? error : Damaged(error.what);
  }
  Front front{packet_offset_, std::move(*envelope), PacketChecksum(envelope->checksum_bytes)};
  front.checksum.Add(feed.bytes());
  if (const auto size = source_->size_bytes()) {
    const uint64_t left = *size - std::min(*size, position_);
    const auto seal = uint64_t(front.checksum.size_bytes());
    if (left < seal || front.envelope.payload_bytes > left - seal) return Cut();
  }
  return std::optional<Front>(std::move(front));
}

Result<Packet> ContainerReader::ReadPayload(Front* front) {
  Packet packet = std::move(front->envelope.packet);
  FSC_RETURN_IF_ERROR(ReadGrowing(front->envelope.payload_bytes, &front->checksum, &packet.payload));
  FSC_RETURN_IF_ERROR(CheckSeal(front->checksum));
  if (packet.configures() && packet.sections.front().size_bytes > uint64_t(limits_.max_header_bytes)) {
    return Damaged("a configuration of " + std::to_string(packet.sections.front().size_bytes) +
                   " bytes is over the limit of " + std::to_string(limits_.max_header_bytes));
  }
  return packet;
}

// The index and the footer, which a forward reader checks but does not need.
Status ContainerReader::ReadEnd(Front* front) {
  FSC_RETURN_IF_ERROR(SkipChecked(front->envelope.payload_bytes, &front->checksum));
  FSC_RETURN_IF_ERROR(CheckSeal(front->checksum));
  const uint64_t index_bytes = position_ - front->offset_bytes;
  std::array<uint8_t, kFooterBytes> footer{};
  FSC_RETURN_IF_ERROR(ReadExactly(footer));
  if (ParseFooter(footer) != index_bytes) return Damaged("the footer is damaged");
  if (const auto size = source_->size_bytes(); size && *size != position_)
    return Damaged("there are bytes after the footer");
  return {};
}

// Fills `out` unless the source ends first; gives the bytes read.
Result<size_t> ContainerReader::ReadUpTo(std::span<uint8_t> out) {
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadFully(source_, out));
  position_ += count;
  return count;
}

Status ContainerReader::ReadExactly(std::span<uint8_t> out) {
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadUpTo(out));
  if (count < out.size()) return Cut();
  return {};
}

Status ContainerReader::ReadGrowing(uint64_t count, PacketChecksum* checksum, std::vector<uint8_t>* bytes) {
  while (bytes->size() < count) {
    const size_t old_size = bytes->size();
    bytes->resize(size_t(std::min<uint64_t>(count, std::max(kFirstPieceBytes, 2 * old_size))));
    const auto piece = std::span(*bytes).subspan(old_size);
    FSC_RETURN_IF_ERROR(ReadExactly(piece));
    checksum->Add(piece);
  }
  return {};
}

Status ContainerReader::SkipChecked(uint64_t count, PacketChecksum* checksum) {
  std::vector<uint8_t> piece(size_t(std::min<uint64_t>(count, kFirstPieceBytes)));
  while (count > 0) {
    const auto part = std::span(piece).first(size_t(std::min<uint64_t>(count, piece.size())));
    FSC_RETURN_IF_ERROR(ReadExactly(part));
    checksum->Add(part);
    count -= part.size();
  }
  return {};
}

Status ContainerReader::CheckSeal(const PacketChecksum& checksum) {
  std::vector<uint8_t> bytes(size_t(checksum.size_bytes()));
  FSC_RETURN_IF_ERROR(ReadExactly(bytes));
  if (bytes != checksum.Bytes()) return Damaged("checksum mismatch");
  return {};
}

Status ContainerReader::MoveTo(uint64_t position) {
  FSC_RETURN_IF_ERROR(source_->Seek(position));
  position_ = position;
  return {};
}

// ---- messages

std::string ContainerReader::Where() const {
  if (in_header_) return source_->name() + ", stream header";
  return source_->name() + ", packet " + std::to_string(packets_read_) + " at byte " + std::to_string(packet_offset_);
}

Error ContainerReader::Damaged(const std::string& what) const {
  std::string advice = "the data is damaged: transfer or encode it again";
  if (!in_header_) {
    if (last_good_frame_ == -1) advice += "; no frame before it is whole";
    if (last_good_frame_.value_or(-1) >= 0) advice += "; the last good frame is " + std::to_string(*last_good_frame_);
  }
  return BadInput(in_header_ ? "the stream header is damaged (" + what + ")" : what, Where(), std::move(advice));
}

Error ContainerReader::Cut() const {
  return Damaged("the stream is cut short");
}

}  // namespace fsc
