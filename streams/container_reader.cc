#include "streams/container_reader.h"

#include <algorithm>
#include <array>

#include "core/byte_reader.h"
#include "core/crc32c.h"
#include "streams/byte_reading.h"
#include "streams/container_syntax.h"

namespace fsc {
namespace {

constexpr size_t kFirstPieceBytes = size_t{1} << 16;
constexpr uint64_t kMaxIndexEntryBytes = 10 + 10 + 1 + 10 + 10;

}  // namespace

Result<std::unique_ptr<ContainerReader>> ContainerReader::Open(ByteSource* source, const Limits& limits) {
  std::unique_ptr<ContainerReader> reader(new ContainerReader(source, limits));
  FSC_RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

Status ContainerReader::ReadHeader() {
  const std::string where = source_->name() + ", stream header";
  std::vector<uint8_t> prefix(kHeaderPrefixBytes);
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadUpTo(prefix));
  prefix.resize(count);
  FSC_ASSIGN_OR_RETURN(const HeaderPrefix lengths, ParseHeaderPrefix(prefix, limits_, where));
  uint32_t crc = Crc32c(std::span<const uint8_t>(prefix).subspan(kSignature.size()));
  std::vector<uint8_t> body, profile;
  FSC_RETURN_IF_ERROR(ReadGrowing(lengths.body_bytes, &crc, &body));
  FSC_RETURN_IF_ERROR(ReadGrowing(lengths.profile_bytes, &crc, &profile));
  FSC_RETURN_IF_ERROR(CheckCrc(crc));
  FSC_ASSIGN_OR_RETURN(header_, ParseHeaderBody(body, profile, limits_, where));
  mode_config_ = header_.mode_config;
  header_end_ = position_;
  in_header_ = false;
  return {};
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
    last_good_frame_ = (*packet)->frame_number;
    if (const auto configuration = ConfigurationOf(**packet)) {
      mode_config_.assign(configuration->begin(), configuration->end());
    }
  } else {
    finished_ = true;
  }
  return packet;
}

Result<Packet> ContainerReader::ReadOne(ByteSource* source, size_t layer_count, const Limits& limits) {
  ContainerReader reader(source, limits);
  reader.header_.layers.resize(layer_count);
  reader.in_header_ = false;
  FSC_ASSIGN_OR_RETURN(std::optional<Envelope> envelope, reader.ReadEnvelope());
  if (!envelope || envelope->tag != kFrameTag) return BadInput("not a packet", source->name());
  FSC_ASSIGN_OR_RETURN(Packet packet, reader.ReadFrame(&*envelope));
  if (const auto size = source->size_bytes(); size && *size != reader.position_) {
    return BadInput("bytes after the packet", source->name());
  }
  return packet;
}

Result<std::optional<Packet>> ContainerReader::ReadPacket() {
  while (true) {
    FSC_ASSIGN_OR_RETURN(std::optional<Envelope> envelope, ReadEnvelope());
    if (!envelope) return std::optional<Packet>();
    if (envelope->tag == kFrameTag) {
      FSC_ASSIGN_OR_RETURN(Packet packet, ReadFrame(&*envelope));
      return std::optional<Packet>(std::move(packet));
    }
    if (envelope->tag == kIndexTag) {
      FSC_RETURN_IF_ERROR(ReadEnd(&*envelope));
      return std::optional<Packet>();
    }
    if ((envelope->tag & kOptionalTag) == 0) {
      return BadInput("unknown packet type " + std::to_string(envelope->tag), Where(),
                      "the stream is damaged or of a newer fsc: update this one");
    }
    FSC_RETURN_IF_ERROR(SkipChecked(envelope->header_bytes, &envelope->crc));
    FSC_RETURN_IF_ERROR(SkipChecked(envelope->payload_bytes, &envelope->crc));
    FSC_RETURN_IF_ERROR(CheckCrc(envelope->crc));
  }
}

// nullopt where the source ends before the first byte.
Result<std::optional<ContainerReader::Envelope>> ContainerReader::ReadEnvelope() {
  Envelope envelope;
  envelope.offset_bytes = packet_offset_ = position_;
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadUpTo({&envelope.tag, 1}));
  if (count == 0) return std::optional<Envelope>();
  envelope.crc = Crc32c({&envelope.tag, 1});
  for (uint64_t* length : {&envelope.header_bytes, &envelope.payload_bytes}) {
    std::vector<uint8_t> digits;
    do {
      uint8_t byte = 0;
      FSC_RETURN_IF_ERROR(ReadExactly({&byte, 1}));
      digits.push_back(byte);
    } while ((digits.back() & 0x80) != 0 && digits.size() < 10);
    envelope.crc = Crc32c(digits, envelope.crc);
    ByteReader in(digits);
    *length = in.Leb128();
    if (in.broken()) return Damaged("packet length is malformed");
  }
  if (envelope.tag == kFrameTag) {
    if (envelope.header_bytes > kMaxPacketHeaderBytes || envelope.payload_bytes > uint64_t(limits_.max_packet_bytes)) {
      return Damaged("a packet of " + std::to_string(envelope.payload_bytes) + " bytes is over the limit of " +
                     std::to_string(limits_.max_packet_bytes));
    }
  }
  if (const auto size = source_->size_bytes()) {
    const uint64_t left = *size - std::min(*size, position_);
    if (left < kCrcBytes || envelope.header_bytes > left - kCrcBytes ||
        envelope.payload_bytes > left - kCrcBytes - envelope.header_bytes) {
      return Cut();
    }
  }
  return std::optional<Envelope>(envelope);
}

Result<Packet> ContainerReader::ReadFrame(Envelope* envelope) {
  std::vector<uint8_t> header_bytes, payload;
  FSC_RETURN_IF_ERROR(ReadGrowing(envelope->header_bytes, &envelope->crc, &header_bytes));
  FSC_RETURN_IF_ERROR(ReadGrowing(envelope->payload_bytes, &envelope->crc, &payload));
  FSC_RETURN_IF_ERROR(CheckCrc(envelope->crc));
  FSC_ASSIGN_OR_RETURN(Packet packet, ParseFrameHeader(header_bytes, payload.size(), header_.layers.size(), Where()));
  if (packet.configures() && packet.sections.front().size_bytes > uint64_t(limits_.max_header_bytes)) {
    return Damaged("a configuration of " + std::to_string(packet.sections.front().size_bytes) +
                   " bytes is over the limit of " + std::to_string(limits_.max_header_bytes));
  }
  packet.payload = std::move(payload);
  return packet;
}

// The index and the footer, which a forward reader checks but does not need.
Status ContainerReader::ReadEnd(Envelope* envelope) {
  FSC_RETURN_IF_ERROR(SkipChecked(envelope->header_bytes, &envelope->crc));
  FSC_RETURN_IF_ERROR(SkipChecked(envelope->payload_bytes, &envelope->crc));
  FSC_RETURN_IF_ERROR(CheckCrc(envelope->crc));
  std::array<uint8_t, kFooterBytes> footer{};
  FSC_RETURN_IF_ERROR(ReadExactly(footer));
  if (ParseFooter(footer) != envelope->offset_bytes) return Damaged("the footer is damaged");
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

Status ContainerReader::ReadGrowing(uint64_t count, uint32_t* crc, std::vector<uint8_t>* bytes) {
  while (bytes->size() < count) {
    const size_t old_size = bytes->size();
    bytes->resize(size_t(std::min<uint64_t>(count, std::max(kFirstPieceBytes, 2 * old_size))));
    const auto piece = std::span(*bytes).subspan(old_size);
    FSC_RETURN_IF_ERROR(ReadExactly(piece));
    *crc = Crc32c(piece, *crc);
  }
  return {};
}

Status ContainerReader::SkipChecked(uint64_t count, uint32_t* crc) {
  std::vector<uint8_t> piece(size_t(std::min<uint64_t>(count, kFirstPieceBytes)));
  while (count > 0) {
    const auto part = std::span(piece).first(size_t(std::min<uint64_t>(count, piece.size())));
    FSC_RETURN_IF_ERROR(ReadExactly(part));
    *crc = Crc32c(part, *crc);
    count -= part.size();
  }
  return {};
}

Status ContainerReader::CheckCrc(uint32_t expected) {
  std::array<uint8_t, kCrcBytes> bytes{};
  FSC_RETURN_IF_ERROR(ReadExactly(bytes));
  if (ByteReader(bytes).U32() != expected) return Damaged("checksum mismatch");
  return {};
}

// ---- the index

Result<StreamIndex> ContainerReader::ReadIndex() {
  if (index_) return *index_;
  if (!source_->size_bytes()) {
    return Usage("the index of a pipe cannot be read", source_->name(), "save the stream to a file first");
  }
  const uint64_t position = position_;
  const uint64_t packet_offset = packet_offset_;
  Result<StreamIndex> index = FindIndex();
  FSC_RETURN_IF_ERROR(MoveTo(position));
  packet_offset_ = packet_offset;
  if (index.ok() && index->complete) index_ = *index;
  return index;
}

Result<StreamIndex> ContainerReader::FindIndex() {
  Result<std::vector<IndexEntry>> stored = ReadStoredIndex(*source_->size_bytes());
  if (stored.ok()) return StreamIndex{std::move(*stored), true, {}};
  if (stored.error().kind != ErrorKind::kBadInput) return stored.TakeStatus();
  StreamIndex index = Scan();
  index.complete = false;
  if (index.damage.empty()) index.damage = stored.error().what + ": " + stored.error().where;
  return index;
}

Result<std::vector<IndexEntry>> ContainerReader::ReadStoredIndex(uint64_t size_bytes) {
  const std::string where = source_->name() + ", index";
  const Error missing = BadInput("the index is missing", where, "the stream is cut, or was sent live");
  if (size_bytes < header_end_ + kFooterBytes) return missing;
  const uint64_t footer_offset = size_bytes - kFooterBytes;
  FSC_RETURN_IF_ERROR(MoveTo(footer_offset));
  std::array<uint8_t, kFooterBytes> footer{};
  FSC_RETURN_IF_ERROR(ReadExactly(footer));
  const std::optional<uint64_t> offset = ParseFooter(footer);
  if (!offset) return missing;
  if (*offset < header_end_ || *offset >= footer_offset) return BadInput("the footer points outside the stream", where);
  FSC_RETURN_IF_ERROR(MoveTo(*offset));
  FSC_ASSIGN_OR_RETURN(std::optional<Envelope> envelope, ReadEnvelope());
  if (!envelope || envelope->tag != kIndexTag || envelope->header_bytes != 0 ||
      envelope->payload_bytes + kCrcBytes != footer_offset - position_) {
    return BadInput("the footer points to no index", where);
  }
  if (envelope->payload_bytes / kMaxIndexEntryBytes > uint64_t(limits_.max_index_entries)) {
    return BadInput("the index is over the limit", where);
  }
  std::vector<uint8_t> payload;
  FSC_RETURN_IF_ERROR(ReadGrowing(envelope->payload_bytes, &envelope->crc, &payload));
  FSC_RETURN_IF_ERROR(CheckCrc(envelope->crc));
  return ParseIndex(payload, header_end_, *offset, limits_, where);
}

// Lists packets from their headers alone: payloads are jumped over, so their checksums are not looked at. Stops with
// `damage` at the first packet that cannot be listed.
StreamIndex ContainerReader::Scan() {
  StreamIndex index;
  const auto stop = [&](const Error& error) {
    index.damage = error.what + ": " + error.where;
    return index;
  };
  Status moved = MoveTo(header_end_);
  if (!moved.ok()) return stop(moved.error());
  while (true) {
    Result<std::optional<Envelope>> envelope = ReadEnvelope();
    if (!envelope.ok()) return stop(envelope.error());
    if (!*envelope || (*envelope)->tag == kIndexTag) return index;
    const uint64_t end = position_ + (*envelope)->header_bytes + (*envelope)->payload_bytes + kCrcBytes;
    if ((*envelope)->tag == kFrameTag) {
      if (int64_t(index.entries.size()) >= limits_.max_index_entries) return stop(Damaged("too many packets"));
      Result<IndexEntry> entry = ScanEntry(**envelope);
      if (!entry.ok()) return stop(entry.error());
      entry->size_bytes = end - entry->offset_bytes;
      index.entries.push_back(*entry);
    } else if (((*envelope)->tag & kOptionalTag) == 0) {
      return stop(Damaged("unknown packet type " + std::to_string((*envelope)->tag)));
    }
    moved = MoveTo(end);
    if (!moved.ok()) return stop(moved.error());
  }
}

Result<IndexEntry> ContainerReader::ScanEntry(const Envelope& envelope) {
  std::vector<uint8_t> bytes;
  uint32_t crc = 0;
  FSC_RETURN_IF_ERROR(ReadGrowing(envelope.header_bytes, &crc, &bytes));
  FSC_ASSIGN_OR_RETURN(const Packet packet,
                       ParseFrameHeader(bytes, envelope.payload_bytes, header_.layers.size(), Where()));
  return IndexEntry{
      envelope.offset_bytes, 0, packet.type, packet.random_access, packet.frame_number, packet.timestamp_ticks,
      packet.configures()};
}

// ---- seeking

Status ContainerReader::SeekToFrame(int64_t frame_number) {
  FSC_ASSIGN_OR_RETURN(const StreamIndex index, ReadIndex());
  Status status = SeekTo(index, frame_number);
  if (status.ok() || status.error().kind != ErrorKind::kInternal) return status;
  // The index is intact but does not describe this file: believe the packets.
  StreamIndex scanned = Scan();
  scanned.complete = false;
  if (scanned.damage.empty()) scanned.damage = "the index contradicts the packets: " + source_->name();
  return SeekTo(scanned, frame_number);
}

// kInternal when the packet found is not the one that the index promises.
Status ContainerReader::SeekTo(const StreamIndex& index, int64_t frame_number) {
  const std::string where = source_->name() + ", frame " + std::to_string(frame_number);
  bool found = false;
  size_t best = index.entries.size();
  int64_t last_frame = -1;
  for (size_t i = 0; i < index.entries.size(); ++i) {
    const IndexEntry& entry = index.entries[i];
    last_frame = std::max(last_frame, entry.frame_number);
    found = found || entry.frame_number == frame_number;
    if (!entry.random_access || entry.frame_number > frame_number) continue;
    if (best == index.entries.size() || entry.frame_number >= index.entries[best].frame_number) best = i;
  }
  if (!found && !index.complete) return BadInput("no such frame before the damage", where, index.damage);
  if (!found) return Usage("the stream has no such frame", where, "its last frame is " + std::to_string(last_frame));
  if (best == index.entries.size()) {
    return BadInput("no packet before this frame can start the decoding", where, "decode from the stream's start");
  }
  const IndexEntry& target = index.entries[best];
  FSC_RETURN_IF_ERROR(CheckPromise(target, where));
  FSC_ASSIGN_OR_RETURN(mode_config_, FindConfiguration(index, best, where));
  FSC_RETURN_IF_ERROR(MoveTo(target.offset_bytes));
  packets_read_ = int64_t(best);
  last_good_frame_ = best > 0 ? index.entries[best - 1].frame_number : -1;
  finished_ = false;
  failure_.reset();
  return {};
}

// kInternal when the packet is not the one that the index promises. Ends behind the packet's header.
Status ContainerReader::CheckPromise(const IndexEntry& target, const std::string& where) {
  FSC_RETURN_IF_ERROR(MoveTo(target.offset_bytes));
  const auto promised = [&]() -> Result<bool> {
    FSC_ASSIGN_OR_RETURN(const std::optional<Envelope> envelope, ReadEnvelope());
    if (!envelope || envelope->tag != kFrameTag) return false;
    FSC_ASSIGN_OR_RETURN(const IndexEntry entry, ScanEntry(*envelope));
    return entry.frame_number == target.frame_number && entry.random_access && entry.configures == target.configures;
  }();
  if (!promised.ok() && promised.error().kind == ErrorKind::kIo) return promised.error();
  if (!promised.ok() || !*promised) return Internal("the index contradicts the packets", where);
  return {};
}

// What is in force in front of entry `target`: of the last packet before it that brings a configuration, else the
// stream header's. Moves the reading position.
Result<std::vector<uint8_t>> ContainerReader::FindConfiguration(const StreamIndex& index, size_t target,
                                                                const std::string& where) {
  size_t from = target;
  while (from > 0 && !index.entries[from - 1].configures) --from;
  if (from == 0 || index.entries[target].configures) return header_.mode_config;
  const IndexEntry& source = index.entries[from - 1];
  FSC_RETURN_IF_ERROR(CheckPromise(source, where));
  FSC_RETURN_IF_ERROR(MoveTo(source.offset_bytes));
  const auto read = [&]() -> Result<Packet> {
    FSC_ASSIGN_OR_RETURN(std::optional<Envelope> envelope, ReadEnvelope());
    if (!envelope) return Cut();
    return ReadFrame(&*envelope);
  };
  packets_read_ = int64_t(from - 1);
  Result<Packet> packet = read();
  if (!packet.ok()) {
    // The reading position is lost: what comes next is under another configuration than the one last told.
    failure_ = BadInput("the configuration of this frame is damaged", where,
                        packet.error().what + ": " + packet.error().where);
    return *failure_;
  }
  const auto configuration = ConfigurationOf(*packet);
  return std::vector<uint8_t>(configuration->begin(), configuration->end());
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
    advice += last_good_frame_ < 0 ? "; no frame before it is whole"
                                   : "; the last good frame is " + std::to_string(last_good_frame_);
  }
  return BadInput(in_header_ ? "the stream header is damaged (" + what + ")" : what, Where(), std::move(advice));
}

Error ContainerReader::Cut() const {
  return Damaged("the stream is cut short");
}

}  // namespace fsc
