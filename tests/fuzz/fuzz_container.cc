// Any bytes as a .fsc stream: read forward with and without seeking, list, seek, and write again what was read.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "core/byte_reader.h"
#include "core/crc32c.h"
#include "streams/container_reader.h"
#include "streams/container_syntax.h"
#include "streams/container_writer.h"

namespace fsc {
namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

Limits SmallLimits() {
  Limits limits;
  limits.max_packet_bytes = 1 << 20;
  limits.max_index_entries = 1 << 16;
  return limits;
}

class PipeSource : public ByteSource {
 public:
  explicit PipeSource(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  Result<size_t> Read(std::span<uint8_t> out) override {
    const size_t count = std::min({out.size(), bytes_.size(), size_t{1000}});
    std::copy_n(bytes_.begin(), count, out.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }
  Status Seek(uint64_t) override { return IoError("cannot seek"); }
  std::optional<uint64_t> size_bytes() const override { return std::nullopt; }
  const std::string& name() const override { return name_; }

 private:
  std::span<const uint8_t> bytes_;
  std::string name_ = "pipe";
};

void PutU32(std::vector<uint8_t>& bytes, size_t at, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = uint8_t(value >> (8 * i));
}

// Repairs the checksums, so that the fuzzer gets behind them.
std::vector<uint8_t> Resealed(std::vector<uint8_t> bytes) {
  if (bytes.size() < kHeaderPrefixBytes + kCrcBytes) return bytes;
  std::copy(kSignature.begin(), kSignature.end(), bytes.begin());
  bytes[8] = kContainerVersion;
  bytes[9] = 0;
  ByteReader prefix{std::span(bytes).subspan(10, 8)};
  const uint64_t contents = uint64_t{prefix.U32()} + prefix.U32();
  size_t at = kHeaderPrefixBytes;
  if (contents > bytes.size() - at - kCrcBytes) return bytes;
  at += contents;
  PutU32(bytes, at, Crc32c(std::span(bytes).subspan(8, at - 8)));
  at += kCrcBytes;
  while (at < bytes.size()) {
    ByteReader in{std::span(bytes).subspan(at)};
    const uint8_t tag = in.U8();
    const uint64_t header_bytes = in.Leb128(), payload_bytes = in.Leb128();
    in.Bytes(header_bytes);
    in.Bytes(payload_bytes);
    if (in.broken() || in.left() < kCrcBytes) break;
    PutU32(bytes, at + in.position(), Crc32c(std::span(bytes).subspan(at, in.position())));
    const size_t packet = at;
    at += in.position() + kCrcBytes;
    if (tag != kIndexTag) continue;
    if (bytes.size() - at == kFooterBytes) {
      const std::vector<uint8_t> footer = SerializeFooter(packet);
      std::copy(footer.begin(), footer.end(), bytes.begin() + ptrdiff_t(at));
    }
    break;
  }
  return bytes;
}

std::vector<Packet> ReadForward(ByteSource* source, StreamHeader* header) {
  std::vector<Packet> packets;
  auto reader = ContainerReader::Open(source, SmallLimits());
  if (!reader.ok()) return packets;
  *header = (*reader)->header();
  while (true) {
    auto packet = (*reader)->Next();
    if (!packet.ok() || !packet->has_value()) return packets;
    uint64_t sum = 0;
    for (const Section& section : (*packet)->sections) sum += section.size_bytes;
    Require(sum == (*packet)->payload.size());
    packets.push_back(std::move(**packet));
  }
}

void Try(std::span<const uint8_t> bytes) {
  StreamHeader header, header_of_pipe;
  const auto source = MemorySource(bytes);
  const std::vector<Packet> packets = ReadForward(source.get(), &header);
  PipeSource pipe(bytes);
  Require(ReadForward(&pipe, &header_of_pipe).size() >= packets.size());  // a pipe does not see bytes after the footer
  const auto seekable = MemorySource(bytes);
  auto reader = ContainerReader::Open(seekable.get(), SmallLimits());
  if (!reader.ok()) return;
  auto index = (*reader)->ReadIndex();
  Require(index.ok());
  Require(index->complete == index->damage.empty());
  for (const IndexEntry& entry : index->entries) Require(entry.offset_bytes + entry.size_bytes <= bytes.size());
  for (size_t i = 0; i < std::min<size_t>(index->entries.size(), 4); ++i) {
    if ((*reader)->SeekToFrame(index->entries[i].frame_number).ok()) (void)(*reader)->Next();
  }
  std::vector<uint8_t> again;
  const auto sink = MemorySink(&again);
  auto writer = ContainerWriter::Create(sink.get(), header);
  if (!writer.ok()) return;  // unknown optional header fields may have made it larger than a writer's limit
  for (const Packet& packet : packets) Require((*writer)->Write(packet).ok());
  Require((*writer)->Finish().ok());
  const auto second = MemorySource(again);
  Require(ReadForward(second.get(), &header).size() == packets.size());
}

}  // namespace
}  // namespace fsc

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fsc::Try({data, size});
  fsc::Try(fsc::Resealed({data, data + size}));
  return 0;
}
