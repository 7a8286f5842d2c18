// The index of a stream, and seeking.
#include <algorithm>
#include <array>

#include "streams/container_reader.h"

namespace fsc {
namespace {

constexpr uint64_t kMaxPointBytes = 10 + 10 + 1 + 10 + 10;

std::string Text(const Error& error) {
  return error.what + ": " + error.where;
}

bool AnyTwice(const std::vector<IndexEntry>& entries) {
  std::vector<int64_t> numbers(entries.size());
  std::ranges::transform(entries, numbers.begin(), &IndexEntry::frame_number);
  std::ranges::sort(numbers);
  return std::ranges::adjacent_find(numbers) != numbers.end();
}

// The random-access entry to start at for a frame: the last one of those with the greatest number up to it.
std::optional<size_t> StartFor(int64_t frame_number, std::span<const IndexEntry> entries) {
  std::optional<size_t> best;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (!entries[i].random_access || entries[i].frame_number > frame_number) continue;
    if (!best || entries[i].frame_number >= entries[*best].frame_number) best = i;
  }
  return best;
}

bool Has(std::span<const IndexEntry> entries, int64_t frame_number) {
  return std::ranges::find(entries, frame_number, &IndexEntry::frame_number) != entries.end();
}

}  // namespace

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
  Result<StoredIndex> stored = ReadStoredIndex();
  if (!stored.ok() && stored.error().kind != ErrorKind::kBadInput) return stored.TakeStatus();
  std::string damage = stored.ok() ? "" : Text(stored.error());
  if (stored.ok()) {
    Result<std::vector<IndexEntry>> entries = WalkAll(*stored);
    if (entries.ok()) return StreamIndex{std::move(*entries), true, {}};
    if (entries.error().kind == ErrorKind::kIo) return entries.TakeStatus();
    damage = Text(entries.error());
  }
  StreamIndex index = Scan();
  index.complete = false;
  if (index.damage.empty()) index.damage = damage;
  return index;
}

Result<ContainerReader::StoredIndex> ContainerReader::ReadStoredIndex() {
  if (stored_) return *stored_;
  Result<StoredIndex> found = FindStoredIndex(*source_->size_bytes());
  if (found.ok()) stored_ = *found;
  return found;
}

Result<ContainerReader::StoredIndex> ContainerReader::FindStoredIndex(uint64_t size_bytes) {
  const std::string where = source_->name() + ", index";
  const Error missing = BadInput("the index is missing", where, "the stream is cut, or was sent live");
  if (size_bytes < header_end_ + kFooterBytes) return missing;
  const uint64_t footer_offset = size_bytes - kFooterBytes;
  FSC_RETURN_IF_ERROR(MoveTo(footer_offset));
  std::array<uint8_t, kFooterBytes> footer{};
  FSC_RETURN_IF_ERROR(ReadExactly(footer));
  const std::optional<uint64_t> index_bytes = ParseFooter(footer);
  if (!index_bytes) return missing;
  if (*index_bytes == 0 || *index_bytes > footer_offset - header_end_)
    return BadInput("the footer points outside the stream", where);
  StoredIndex stored;
  stored.end_bytes = footer_offset - *index_bytes;
  FSC_RETURN_IF_ERROR(MoveTo(stored.end_bytes));
  FSC_ASSIGN_OR_RETURN(std::optional<Front> front, ReadFront(*forecast_));
  if (!front || front->envelope.kind != PacketEnvelope::Kind::kIndex ||
      front->envelope.payload_bytes + kCrcBytes != footer_offset - position_) {
    return BadInput("the footer points to no index", where);
  }
  if (front->envelope.payload_bytes / kMaxPointBytes > uint64_t(limits_.max_index_entries)) {
    return BadInput("the index is over the limit", where);
  }
  std::vector<uint8_t> payload;
  FSC_RETURN_IF_ERROR(ReadGrowing(front->envelope.payload_bytes, &front->checksum, &payload));
  FSC_RETURN_IF_ERROR(CheckSeal(front->checksum));
  FSC_ASSIGN_OR_RETURN(stored.index, ParseIndex(payload, header_, header_end_, stored.end_bytes, limits_, where));
  return stored;
}

Result<std::vector<IndexEntry>> ContainerReader::WalkAll(const StoredIndex& stored) {
  std::vector<IndexEntry> entries;
  for (ptrdiff_t i = -1; i < ptrdiff_t(stored.index.points.size()); ++i) {
    FSC_RETURN_IF_ERROR(Walk(stored, i, &entries));
  }
  if (AnyTwice(entries)) return BadInput("a frame is there twice", source_->name() + ", index");
  return entries;
}

Status ContainerReader::Walk(const StoredIndex& stored, ptrdiff_t i, std::vector<IndexEntry>* entries) {
  const Error contradicts = BadInput("the index contradicts the packets", source_->name() + ", index");
  const auto& points = stored.index.points;
  const bool last = i + 1 == ptrdiff_t(points.size());
  const uint64_t end = last ? stored.end_bytes : points[size_t(i + 1)].entry.offset_bytes;
  const int64_t packets_after = last ? stored.index.packets : points[size_t(i + 1)].packets_before;
  const int64_t packets = packets_after - (i < 0 ? 0 : points[size_t(i)].packets_before);
  FSC_RETURN_IF_ERROR(MoveTo(i < 0 ? header_end_ : points[size_t(i)].entry.offset_bytes));
  PacketForecast forecast(header_);
  int64_t found = 0;
  while (position_ < end) {
    FSC_ASSIGN_OR_RETURN(const std::optional<Front> front, ReadFront(forecast));
    if (!front || front->envelope.kind == PacketEnvelope::Kind::kIndex) return contradicts;
    const uint64_t next = position_ + front->envelope.payload_bytes + uint64_t(front->checksum.size_bytes());
    if (front->envelope.kind == PacketEnvelope::Kind::kFrame) {
      const Packet& packet = front->envelope.packet;
      const bool starts = i >= 0 && found == 0;
      if (packet.random_access != starts || found == packets) return contradicts;
      if (starts) {
        const IndexEntry& promised = points[size_t(i)].entry;
        if (promised.offset_bytes != front->offset_bytes || promised.frame_number != packet.frame_number ||
            promised.timestamp_ticks != packet.timestamp_ticks || promised.configures != packet.configures()) {
          return contradicts;
        }
      }
      forecast.Note(packet);
      entries->push_back({front->offset_bytes, next - front->offset_bytes, packet.type, packet.random_access,
                          packet.frame_number, packet.timestamp_ticks, packet.configures()});
      ++found;
    }
    FSC_RETURN_IF_ERROR(MoveTo(next));
  }
  return position_ == end && found == packets ? Status() : Status(contradicts);
}

// Lists the packets that are whole. Stops with `damage` at the first that is not.
StreamIndex ContainerReader::Scan() {
  StreamIndex index;
  const auto stop = [&](const Error& error) {
    index.damage = Text(error);
    return index;
  };
  Status moved = MoveTo(header_end_);
  if (!moved.ok()) return stop(moved.error());
  PacketForecast forecast(header_);
  while (true) {
    Result<std::optional<Front>> front = ReadFront(forecast);
    if (!front.ok()) return stop(front.error());
    if (!*front || (*front)->envelope.kind == PacketEnvelope::Kind::kIndex) return index;
    Status whole = SkipChecked((*front)->envelope.payload_bytes, &(*front)->checksum);
    if (whole.ok()) whole = CheckSeal((*front)->checksum);
    if (!whole.ok()) return stop(whole.error());
    if ((*front)->envelope.kind == PacketEnvelope::Kind::kOptional) continue;
    if (int64_t(index.entries.size()) >= limits_.max_index_entries) return stop(Damaged("too many packets"));
    const Packet& packet = (*front)->envelope.packet;
    forecast.Note(packet);
    index.entries.push_back({(*front)->offset_bytes, position_ - (*front)->offset_bytes, packet.type,
                             packet.random_access, packet.frame_number, packet.timestamp_ticks, packet.configures()});
  }
}

// ---- seeking

Status ContainerReader::SeekToFrame(int64_t frame_number) {
  if (!source_->size_bytes()) return ReadIndex().TakeStatus();
  Result<StoredIndex> stored = ReadStoredIndex();
  if (!stored.ok() && stored.error().kind != ErrorKind::kBadInput) return stored.TakeStatus();
  std::string damage = stored.ok() ? "the index contradicts the packets: " + source_->name() : Text(stored.error());
  if (stored.ok()) {
    Status status = SeekByPoints(*stored, frame_number);
    if (status.ok() || status.error().kind != ErrorKind::kInternal) return status;
  }
  // There is no index, or it does not describe this file: believe the packets.
  StreamIndex scanned = Scan();
  scanned.complete = false;
  if (scanned.damage.empty()) scanned.damage = std::move(damage);
  return SeekTo(scanned, frame_number);
}

// kInternal when the index does not hold.
Status ContainerReader::SeekByPoints(const StoredIndex& stored, int64_t frame_number) {
  const std::string where = source_->name() + ", frame " + std::to_string(frame_number);
  const auto failed = [&](const Error& error) {
    return error.kind == ErrorKind::kIo ? Status(error) : Status(Internal("the index does not hold", where));
  };
  std::vector<IndexEntry> starts(stored.index.points.size());
  std::ranges::transform(stored.index.points, starts.begin(), &IndexPoint::entry);
  std::vector<IndexEntry> entries;
  if (const std::optional<size_t> best = StartFor(frame_number, starts)) {
    const Status walked = Walk(stored, ptrdiff_t(*best), &entries);
    if (!walked.ok()) return failed(walked.error());
    if (Has(entries, frame_number)) {
      FSC_RETURN_IF_ERROR(StartAt(starts, *best, where));
      packets_read_ = stored.index.points[*best].packets_before;
      return {};
    }
  }
  // In no packet where it ought to be.
  Result<std::vector<IndexEntry>> all = WalkAll(stored);
  if (!all.ok()) return failed(all.error());
  return SeekTo({std::move(*all), true, {}}, frame_number);
}

// kInternal when the packet found is not the one that the index promises.
Status ContainerReader::SeekTo(const StreamIndex& index, int64_t frame_number) {
  const std::string where = source_->name() + ", frame " + std::to_string(frame_number);
  if (!Has(index.entries, frame_number)) {
    if (!index.complete) return BadInput("no such frame before the damage", where, index.damage);
    int64_t last_frame = -1;
    for (const IndexEntry& entry : index.entries) last_frame = std::max(last_frame, entry.frame_number);
    return Usage("the stream has no such frame", where, "its last frame is " + std::to_string(last_frame));
  }
  const std::optional<size_t> best = StartFor(frame_number, index.entries);
  if (!best) {
    return BadInput("no packet before this frame can start the decoding", where, "decode from the stream's start");
  }
  FSC_RETURN_IF_ERROR(StartAt(index.entries, *best, where));
  packets_read_ = int64_t(*best);
  last_good_frame_ = *best > 0 ? index.entries[*best - 1].frame_number : -1;
  return {};
}

// `starts`: entries up to the target, of which those that bring a configuration must not be missing.
Status ContainerReader::StartAt(std::span<const IndexEntry> starts, size_t target, const std::string& where) {
  FSC_RETURN_IF_ERROR(ReadPromised(starts[target], where).TakeStatus());
  FSC_ASSIGN_OR_RETURN(mode_config_, FindConfiguration(starts, target, where));
  FSC_RETURN_IF_ERROR(MoveTo(starts[target].offset_bytes));
  forecast_.emplace(header_);
  last_good_frame_ = target > 0 ? std::optional<int64_t>() : -1;
  finished_ = false;
  failure_.reset();
  return {};
}

// The front of a packet; kInternal when it is not the one that the index promises.
Result<ContainerReader::Front> ContainerReader::ReadPromised(const IndexEntry& target, const std::string& where) {
  FSC_RETURN_IF_ERROR(MoveTo(target.offset_bytes));
  Result<std::optional<Front>> front = ReadFront(PacketForecast(header_));
  if (!front.ok() && front.error().kind == ErrorKind::kIo) return front.TakeStatus();
  if (front.ok() && *front && (*front)->envelope.kind == PacketEnvelope::Kind::kFrame) {
    const Packet& packet = (*front)->envelope.packet;
    if (packet.frame_number == target.frame_number && packet.random_access &&
        packet.configures() == target.configures) {
      return std::move(**front);
    }
  }
  return Internal("the index contradicts the packets", where);
}

// What is in force in front of entry `target`: of the last packet before it that brings a configuration, else the
// stream header's. Moves the reading position.
Result<std::vector<uint8_t>> ContainerReader::FindConfiguration(std::span<const IndexEntry> starts, size_t target,
                                                                const std::string& where) {
  size_t from = target;
  while (from > 0 && !starts[from - 1].configures) --from;
  if (from == 0 || starts[target].configures) return header_.mode_config;
  FSC_ASSIGN_OR_RETURN(Front front, ReadPromised(starts[from - 1], where));
  Result<Packet> packet = ReadPayload(&front);
  if (!packet.ok()) {
    // The reading position is lost: what comes next is under another configuration than the one last told.
    failure_ = BadInput("the configuration of this frame is damaged", where, Text(packet.error()));
    return *failure_;
  }
  const auto configuration = ConfigurationOf(*packet);
  return std::vector<uint8_t>(configuration->begin(), configuration->end());
}

}  // namespace fsc
