// Any bytes as a .fsc stream: read forward with and without seeking, list, seek, and write again what was read.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "streams/container_reader.h"
#include "streams/container_writer.h"
#include "tests/fuzz/reseal.h"

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
