// The .fsc container: what is written comes back, seeking, forward compatibility, limits, pipes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "core/crc32c.h"
#include "core/short_crc.h"
#include "streams/container_syntax.h"
#include "streams/digest.h"
#include "streams/packet_envelope.h"
#include "tests/support/container_samples.h"

namespace fsc {
namespace {

using samples::SampleHeader;
using samples::SamplePackets;
using samples::SampleStream;
using ::testing::HasSubstr;

void ExpectSame(const Packet& a, const Packet& b) {
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.random_access, b.random_access);
  EXPECT_EQ(a.frame_number, b.frame_number);
  EXPECT_EQ(a.timestamp_ticks, b.timestamp_ticks);
  EXPECT_EQ(a.payload, b.payload);
  ASSERT_EQ(a.sections.size(), b.sections.size());
  for (size_t i = 0; i < a.sections.size(); ++i) {
    EXPECT_EQ(a.sections[i].kind, b.sections[i].kind);
    EXPECT_EQ(a.sections[i].layer, b.sections[i].layer);
    EXPECT_EQ(a.sections[i].size_bytes, b.sections[i].size_bytes);
  }
}

void ExpectSame(const IndexEntry& a, const IndexEntry& b) {
  EXPECT_EQ(a.offset_bytes, b.offset_bytes);
  EXPECT_EQ(a.size_bytes, b.size_bytes);
  EXPECT_EQ(a.type, b.type);
  EXPECT_EQ(a.random_access, b.random_access);
  EXPECT_EQ(a.frame_number, b.frame_number);
  EXPECT_EQ(a.timestamp_ticks, b.timestamp_ticks);
}

std::vector<uint8_t> Join(std::initializer_list<std::vector<uint8_t>> parts) {
  std::vector<uint8_t> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<uint8_t> Sealed(const std::vector<uint8_t>& front, const std::vector<uint8_t>& payload,
                            int checksum_bytes = 4) {
  PacketChecksum checksum(checksum_bytes);
  checksum.Add(front);
  checksum.Add(payload);
  return Join({front, payload, checksum.Bytes()});
}

TEST(Container, HeaderAndPacketsComeBack) {
  const auto packets = SamplePackets(30);
  const auto bytes = SampleStream(packets);
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  ASSERT_TRUE(reader.ok()) << reader.error().OneLine();
  const StreamHeader& header = (*reader)->header();
  const StreamHeader expected = SampleHeader();
  EXPECT_EQ(header.layers, expected.layers);
  EXPECT_EQ(header.time_base, expected.time_base);
  EXPECT_EQ(header.frame_rate, expected.frame_rate);
  EXPECT_EQ(header.input_width_px, 320);
  EXPECT_EQ(header.input_height_px, 224);
  EXPECT_EQ(header.source_width_px, 1920);
  EXPECT_EQ(header.source_height_px, 1080);
  EXPECT_EQ(header.model_id, expected.model_id);
  EXPECT_EQ(header.model_sha256, expected.model_sha256);
  EXPECT_EQ(header.mode, expected.mode);
  EXPECT_EQ(header.mode_config, expected.mode_config);
  EXPECT_EQ(header.profile, expected.profile);
  EXPECT_EQ(header.encoder, expected.encoder);
  for (const Packet& packet : packets) {
    auto read = (*reader)->Next();
    ASSERT_TRUE(read.ok()) << read.error().OneLine();
    ASSERT_TRUE(read->has_value());
    ExpectSame(**read, packet);
  }
  for (int i = 0; i < 2; ++i) {
    auto end = (*reader)->Next();
    ASSERT_TRUE(end.ok()) << end.error().OneLine();
    EXPECT_FALSE(end->has_value());
  }
  EXPECT_EQ((*reader)->position_bytes(), bytes.size());
}

// One layer 1 x 2 x 3, one intra packet with the payload AB CD: the bytes of docs/bitstream.md, section "Example".
TEST(Container, GoldenBytes) {
  StreamHeader header;
  header.layers = {{"a", 1, 2, 3, 8, -1}};
  header.time_base = {1, 50};
  header.frame_rate = {25, 1};
  header.mode = "png";
  header.encoder = "x";
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto writer = ContainerWriter::Create(sink.get(), header);
  ASSERT_TRUE(writer.ok());
  Packet packet;
  packet.random_access = true;
  packet.timestamp_ticks = 3;
  packet.sections = {{SectionKind::kResidual, 0, 2}};
  packet.payload = {0xab, 0xcd};
  ASSERT_TRUE((*writer)->Write(packet).ok());
  ASSERT_TRUE((*writer)->Finish().ok());
  EXPECT_EQ((*writer)->bytes_written(), bytes.size());
  const std::string expected =
      "894653430d0a1a0a"   // signature
      "02001a00"           // version, flags, 26 bytes of body, no profile
      "0101610102030801"   // one layer: "a", C 1, H 2, W 3, stride 8, phase -1
      "013200000000"       // time base 1/50, sizes unknown
      "0003706e67000178"   // no model name, mode "png", empty mode_config, encoder "x"
      "02021901"           // field 2, 2 bytes: 25/1 frames per second
      "a11b9807"           // CRC of the header
      "b394"               // small packet; intra, random access, number and time in full, sections listed
      "0006"               // frame 0, time 3
      "6102"               // one section, residual of layer 0; 2 bytes
      "abcd"               //
      "aa2e"               // CRC-16 of the packet
      "4c07"               // index of 7 bytes
      "0101"               // one packet, one of random access
      "0000000006"         // where packets begin, none before; brings no configuration; frame +0, time +3
      "b7c45057"           // CRC of the index
      "0d00000043534689";  // the index packet has 13 bytes; end signature
  EXPECT_EQ(HexText(bytes), expected);
}

TEST(Container, IndexAndScanAgree) {
  const auto packets = SamplePackets(41);
  const auto whole = SampleStream(packets);
  const auto live = SampleStream(packets, false);
  const auto whole_source = MemorySource(whole);
  const auto live_source = MemorySource(live);
  auto with_index = ContainerReader::Open(whole_source.get(), Limits{});
  auto scanning = ContainerReader::Open(live_source.get(), Limits{});
  ASSERT_TRUE(with_index.ok() && scanning.ok());
  auto stored = (*with_index)->ReadIndex();
  auto scanned = (*scanning)->ReadIndex();
  ASSERT_TRUE(stored.ok() && scanned.ok());
  EXPECT_TRUE(stored->complete);
  EXPECT_TRUE(stored->damage.empty());
  EXPECT_FALSE(scanned->complete);
  EXPECT_THAT(scanned->damage, HasSubstr("index is missing"));
  ASSERT_EQ(stored->entries.size(), packets.size());
  ASSERT_EQ(scanned->entries.size(), packets.size());
  for (size_t i = 0; i < packets.size(); ++i) {
    ExpectSame(stored->entries[i], scanned->entries[i]);
    EXPECT_EQ(stored->entries[i].frame_number, packets[i].frame_number);
  }
  EXPECT_EQ(stored->entries.back().offset_bytes + stored->entries.back().size_bytes, live.size());
  // A live stream ends cleanly for a forward reader.
  for (size_t i = 0; i <= packets.size(); ++i) {
    auto packet = (*scanning)->Next();
    ASSERT_TRUE(packet.ok());
    EXPECT_EQ(packet->has_value(), i < packets.size());
  }
}

TEST(Container, ReadIndexKeepsThePosition) {
  const auto packets = SamplePackets(12);
  const auto bytes = SampleStream(packets);
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  ASSERT_TRUE(reader.ok());
  for (size_t i = 0; i < packets.size(); ++i) {
    ASSERT_TRUE((*reader)->ReadIndex().ok());
    auto packet = (*reader)->Next();
    ASSERT_TRUE(packet.ok() && packet->has_value());
    ExpectSame(**packet, packets[i]);
  }
}

TEST(Container, SeeksToRandomAccessPackets) {
  const auto packets = SamplePackets(40);
  for (const bool finished : {true, false}) {
    const auto bytes = SampleStream(packets, finished);
    const auto source = MemorySource(bytes);
    auto reader = ContainerReader::Open(source.get(), Limits{});
    ASSERT_TRUE(reader.ok());
    for (const int frame : {39, 0, 8, 7, 17, 23, 24, 1}) {
      const Status status = (*reader)->SeekToFrame(frame);
      ASSERT_TRUE(status.ok()) << status.error().OneLine();
      auto packet = (*reader)->Next();
      ASSERT_TRUE(packet.ok() && packet->has_value());
      EXPECT_EQ((*packet)->frame_number, frame / 8 * 8);
      EXPECT_TRUE((*packet)->random_access);
    }
    for (const int frame : {-1, 40, 1000000}) {
      const Status status = (*reader)->SeekToFrame(frame);
      ASSERT_FALSE(status.ok());
      EXPECT_EQ(status.error().kind, finished ? ErrorKind::kUsage : ErrorKind::kBadInput);
    }
  }
}

// An index with good checksums that describes other packets is not believed.
TEST(Container, LyingIndexIsIgnored) {
  const auto packets = SamplePackets(20);
  auto bytes = SampleStream(packets, false);
  const auto source_for_entries = MemorySource(bytes);
  auto scanning = ContainerReader::Open(source_for_entries.get(), Limits{});
  ASSERT_TRUE(scanning.ok());
  auto entries = (*scanning)->ReadIndex()->entries;
  const auto build = [&](const std::vector<IndexEntry>& lies) {
    IndexWriter index(SampleHeader(), entries.front().offset_bytes);
    for (const IndexEntry& entry : lies) index.Add(entry);
    const auto payload = index.Payload();
    const auto packet = Sealed(IndexFront(payload.size()), payload);
    return Join({bytes, packet, SerializeFooter(packet.size())});
  };
  auto shifted = entries;
  for (IndexEntry& entry : shifted) entry.frame_number += 1;
  auto late = entries;
  for (IndexEntry& entry : late) entry.timestamp_ticks += 1;
  auto another = entries;
  std::swap(another[8].random_access, another[9].random_access);
  auto outside = entries;
  outside[16].offset_bytes = bytes.size() - 1;
  auto configured = entries;
  configured[8].configures = true;
  auto one_more = entries;
  one_more.push_back(entries.back());
  auto one_less = entries;
  one_less.erase(one_less.begin() + 10);
  for (const auto& lies : {shifted, late, another, outside, configured, one_more, one_less}) {
    const auto lying = build(lies);
    const auto source = MemorySource(lying);
    auto reader = ContainerReader::Open(source.get(), Limits{});
    ASSERT_TRUE(reader.ok());
    const Status status = (*reader)->SeekToFrame(9);
    ASSERT_TRUE(status.ok()) << status.error().OneLine();
    auto packet = (*reader)->Next();
    ASSERT_TRUE(packet.ok() && packet->has_value());
    EXPECT_EQ((*packet)->frame_number, 8);
    const auto index = (*reader)->ReadIndex();
    ASSERT_TRUE(index.ok());
    EXPECT_FALSE(index->complete);
    EXPECT_EQ(index->entries.size(), packets.size());
  }
  const auto honest = build(entries);
  const auto source = MemorySource(honest);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  ASSERT_TRUE(reader.ok());
  EXPECT_TRUE((*reader)->ReadIndex()->complete);
}

TEST(Container, UnknownPackets) {
  const auto packets = SamplePackets(3);
  const auto live = SampleStream(packets, false);
  const std::vector<uint8_t> big(200000, 0x5a);
  // Optional: skipped, by readers and by scans.
  const auto optional = Join({live, Sealed(OptionalFront(0xc1, big.size()), big), Sealed(OptionalFront(0, 0), {})});
  auto source = MemorySource(optional);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ((*reader)->ReadIndex()->entries.size(), 3u);
  for (int i = 0; i < 4; ++i) {
    auto packet = (*reader)->Next();
    ASSERT_TRUE(packet.ok()) << packet.error().OneLine();
    EXPECT_EQ(packet->has_value(), i < 3);
  }
  // Critical: refused, after the packets before it.
  const auto critical = Join({live, Sealed({0x9e, 1}, {1})});
  source = MemorySource(critical);
  reader = ContainerReader::Open(source.get(), Limits{});
  ASSERT_TRUE(reader.ok());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE((*reader)->Next().ok());
  auto refused = (*reader)->Next();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(refused.error().what, HasSubstr("unknown packet type 158"));
}

// What Next() says of one packet in a stream of mode png and one layer that begins with an intra frame at 0.
std::string ErrorOf(const std::vector<uint8_t>& front, const std::vector<uint8_t>& payload, int checksum_bytes = 2) {
  StreamHeader header = SampleHeader();
  header.mode = "png";
  header.layers.resize(1);
  header.time_base = {1, 25};
  header.frame_rate = {25, 1};
  std::vector<uint8_t> stream;
  const auto sink = MemorySink(&stream);
  auto writer = ContainerWriter::Create(sink.get(), header);
  Packet first;
  first.random_access = true;
  first.sections = {{SectionKind::kSideInfo, -1, 0}, {SectionKind::kResidual, -1, 1}};
  first.payload = {7};
  EXPECT_TRUE((*writer)->Write(first).ok());
  stream = Join({stream, Sealed(front, payload, checksum_bytes)});
  const auto source = MemorySource(stream);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  if (!(*reader)->Next().ok()) return "the first packet is damaged";
  auto read = (*reader)->Next();
  if (!read.ok()) return read.error().what;
  return "frame " + std::to_string((*read)->frame_number) + " at " + std::to_string((*read)->timestamp_ticks) + ", " +
         std::to_string((*read)->sections.size()) + " sections";
}

// First bytes: 0x80, 0x61, 0x52 are small packets of the three types, 0xb3 small ones with flags.
TEST(Container, PacketsGoByThoseBefore) {
  EXPECT_EQ(ErrorOf({0x61, 1}, {7}), "frame 1 at 1, 1 sections");
  EXPECT_EQ(ErrorOf({0xb3, 0x01, 1}, {7}), "frame 1 at 1, 1 sections");
  EXPECT_EQ(ErrorOf({0xb3, 0x21, 14, 1}, {7}), "frame 8 at 8, 1 sections");
  EXPECT_EQ(ErrorOf({0xb3, 0x41, 3, 1}, {7}), "frame 1 at -1, 1 sections");
  EXPECT_EQ(ErrorOf({0xb3, 0x61, 2, 1, 1}, {7}), "frame 2 at 1, 1 sections");
  EXPECT_EQ(ErrorOf({0xb3, 0x11, 9, 4, 1}, {7}), "frame 9 at 2, 1 sections");
  EXPECT_EQ(ErrorOf({0xb3, 0x14, 9, 4, 0x10}, {7}), "frame 9 at 2, 2 sections") << "random access: with ranges";
  EXPECT_EQ(ErrorOf({0xb3, 0x81, 0x42, 0x06, 0x01}, {7}), "frame 1 at 1, 2 sections")
      << "outliers of the layer, residual of the layer";
}

TEST(Container, ReservedBitsAndKindsAreRefused) {
  EXPECT_THAT(ErrorOf({0xb3, 0x03, 1}, {7}), HasSubstr("frame flags"));
  EXPECT_THAT(ErrorOf({0xb3, 0x31, 9, 2, 1}, {7}), HasSubstr("frame flags"));
  EXPECT_THAT(ErrorOf({0xb3, 0x51, 9, 2, 1}, {7}), HasSubstr("frame flags"));
  EXPECT_THAT(ErrorOf({0xb3, 0x04, 1}, {7}), HasSubstr("frame flags")) << "random access goes by nothing";
  EXPECT_THAT(ErrorOf({0xb3, 0x18, 9, 2, 0x11}, {7, 8}), HasSubstr("where decoding cannot start"));
  EXPECT_THAT(ErrorOf({0xb3, 0x81, 0xa1, 0x11}, {7}), HasSubstr("unknown layer")) << "10: layer 1";
  EXPECT_THAT(ErrorOf({0xb3, 0x81, 0x31, 0x01}, {7}), HasSubstr("flags do not tell"));
  EXPECT_THAT(ErrorOf({0xb3, 0x21, 1, 1}, {7}), HasSubstr("frame 0 at 0")) << "a container may have a frame twice";
  EXPECT_THAT(ErrorOf({0xb3, 0x21, 3, 1}, {7}), HasSubstr("2^62")) << "frame -1";
  EXPECT_THAT(ErrorOf({0x61, 0x11}, {7}), HasSubstr("malformed")) << "half a byte that is left";
  EXPECT_THAT(ErrorOf({0x61, 0x09}, {7}), HasSubstr("malformed")) << "1 in two half bytes";
  EXPECT_THAT(ErrorOf({0x61, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {7}), HasSubstr("malformed")) << "2^33 and more";
  EXPECT_THAT(ErrorOf({0xd5, 1}, {7}, 3), HasSubstr("do not match")) << "three bytes for a small packet";
  EXPECT_THAT(ErrorOf({0x61, 0x8f, 0x00}, std::vector<uint8_t>(71)), HasSubstr("malformed"));
  EXPECT_THAT(ErrorOf({0x61, 0x8f, 0x01}, std::vector<uint8_t>(71)), HasSubstr("do not match"))
      << "two for a large one";
  std::vector<uint8_t> many(600, 0x22);
  many.insert(many.begin(), {0xb3, 0x81, 0x89, 0x28});
  EXPECT_THAT(ErrorOf(many, {}), HasSubstr("sections in a packet"));
}

// The checksum grows with the packet: 2 bytes up to 64 in all, 3 up to 256, then 4.
TEST(Container, ChecksumsAreSizedToThePacket) {
  Packet packet;
  packet.type = FrameType::kInter;
  packet.frame_number = 1;
  StreamHeader header = SampleHeader();
  header.mode = "png";
  const PacketForecast forecast(header);
  size_t last = 0;
  for (size_t size = 0; size < 400; ++size) {
    packet.payload.assign(size, 0);
    packet.sections = {{SectionKind::kResidual, -1, size}};
    const EnvelopeBytes envelope = EnvelopeAlone(packet, header);
    const size_t whole = size + envelope.size();
    EXPECT_EQ(envelope.checksum_bytes, whole <= 64 ? 2 : whole <= 256 ? 3 : 4) << size;
    EXPECT_GT(whole, last);
    last = whole;
  }
  EXPECT_EQ(Crc16(std::vector<uint8_t>{'1', '2', '3', '4', '5', '6', '7', '8', '9'}), 0x906eu);
  EXPECT_EQ(Crc24(std::vector<uint8_t>{'1', '2', '3', '4', '5', '6', '7', '8', '9'}), 0x2f27eeu);
}

TEST(Container, ConfigurationsStandWhereTheFlagsSay) {
  EXPECT_EQ(ErrorOf({0xb3, 0x1c, 9, 2, 0x01, 0x01}, {7, 8}), "frame 9 at 1, 3 sections");
  EXPECT_EQ(ErrorOf({0xb3, 0x9c, 9, 2, 0x21, 0x11}, {7, 8}), "frame 9 at 1, 2 sections");
  EXPECT_THAT(ErrorOf({0xb3, 0x9c, 9, 2, 0x31, 0x11}, {7, 8}), HasSubstr("flags do not tell")) << "a second one";
  // The limit is that of the stream header.
  Limits small;
  small.max_header_bytes = int64_t(SerializeStreamHeader(SampleHeader()).size());
  std::vector<Packet> packets = SamplePackets(1);
  AddConfiguration(std::vector<uint8_t>(size_t(small.max_header_bytes) + 1), &packets[0]);
  const auto large = SampleStream(packets);
  const auto source = MemorySource(large);
  auto reader = ContainerReader::Open(source.get(), small);
  ASSERT_TRUE(reader.ok()) << reader.error().OneLine();
  EXPECT_THAT((*reader)->Next().TakeStatus().TakeError().what, HasSubstr("over the limit"));
}

TEST(Container, SeeksFindTheConfigurationInForce) {
  const std::vector<uint8_t> second = {4, 5, 6, 7};  // SamplePackets: from frame 16 on
  for (const bool finished : {true, false}) {
    const auto bytes = SampleStream(SamplePackets(40), finished);
    const auto source = MemorySource(bytes);
    auto reader = ContainerReader::Open(source.get(), Limits{});
    ASSERT_TRUE(reader.ok());
    for (const int frame : {30, 3, 39, 15, 24, 0}) {
      ASSERT_TRUE((*reader)->SeekToFrame(frame).ok());
      EXPECT_EQ((*reader)->mode_config(), frame < 24 ? SampleHeader().mode_config : second) << frame;
      auto packet = (*reader)->Next();
      ASSERT_TRUE(packet.ok() && packet->has_value());
      EXPECT_EQ((*packet)->frame_number, frame / 8 * 8);
    }
    // Frame 16 brings it itself.
    ASSERT_TRUE((*reader)->SeekToFrame(17).ok());
    EXPECT_EQ((*reader)->mode_config(), SampleHeader().mode_config);
    ASSERT_TRUE((*reader)->Next().ok());
    EXPECT_EQ((*reader)->mode_config(), second);
  }
}

// Rebuilds the stream around an edited header body, with a good checksum.
std::string OpenError(const std::vector<uint8_t>& body, const Limits& limits = {}) {
  ByteWriter out;
  for (const uint8_t byte : kSignature) out.U8(byte);
  out.U8(kContainerVersion);
  out.U8(0);
  out.Leb128(body.size());
  out.Leb128(0);
  out.Bytes(body);
  out.U32(Crc32c(out.bytes().subspan(kSignature.size())));
  const auto source = MemorySource(out.bytes());
  auto reader = ContainerReader::Open(source.get(), limits);
  return reader.ok() ? "" : reader.error().what;
}

TEST(Container, HeaderExtensions) {
  StreamHeader header = SampleHeader();
  header.profile.clear();
  const std::vector<uint8_t> body = SerializeHeaderBody(header);
  EXPECT_EQ(OpenError(body), "");
  EXPECT_EQ(OpenError(Join({body, {10, 3, 0, 0, 0}, {8, 0}})), "");
  EXPECT_THAT(OpenError(Join({body, {1, 0}})), HasSubstr("unknown header field 1"));
  EXPECT_THAT(OpenError(Join({body, {8, 5, 0}})), HasSubstr("malformed"));
}

// Field 4 is the picture that the layers came from, comes once, and may be missing.
TEST(Container, PackedPicture) {
  StreamHeader header = SampleHeader();
  header.profile.clear();
  header.model_sha256 = {};  // which would come behind
  const std::vector<uint8_t> body = SerializeHeaderBody(header);
  header.picture = PackedPicture{.width_px = 208,
                                 .height_px = 160,
                                 .bits = 10,
                                 .chroma = true,
                                 .packing = PackedPicture::Packing::kMpeg,
                                 .fill = 512};
  const std::vector<uint8_t> field = {4, 8, 208, 1, 160, 1, 10, 3, 128, 4};
  EXPECT_EQ(SerializeHeaderBody(header), Join({body, field}));
  const auto read = ParseHeaderBody(Join({body, field}), {}, Limits{}, "test");
  ASSERT_TRUE(read.ok()) << read.error().OneLine();
  EXPECT_EQ(read->picture, header.picture);
  EXPECT_THAT(OpenError(Join({body, field, field})), HasSubstr("two pictures"));
  EXPECT_THAT(OpenError(Join({body, {4, 5, 208, 1, 160, 1, 10}})), HasSubstr("cut short or malformed"));
  EXPECT_THAT(OpenError(Join({body, {4, 9, 208, 1, 160, 1, 10, 3, 128, 4, 0}})), HasSubstr("malformed")) << "too long";
  EXPECT_THAT(OpenError(Join({body, {4, 8, 208, 1, 160, 1, 10, 4, 128, 4}})), HasSubstr("malformed")) << "a flag";
  EXPECT_THAT(OpenError(Join({body, {4, 7, 0, 160, 1, 10, 3, 128, 4}})), HasSubstr("outside the limits")) << "no width";
  EXPECT_THAT(OpenError(Join({body, {4, 8, 208, 1, 160, 1, 17, 3, 128, 4}})), HasSubstr("outside the limits"))
      << "17 bits";
  EXPECT_THAT(OpenError(Join({body, {4, 8, 208, 1, 160, 1, 9, 3, 128, 4}})), HasSubstr("outside the limits")) << "fill";
}

// Field 2 is two positive numbers, comes once, and may be missing: then the time base says what it can.
TEST(Container, FrameRate) {
  StreamHeader header = SampleHeader();
  header.profile.clear();
  header.frame_rate = {0, 1};
  const std::vector<uint8_t> body = SerializeHeaderBody(header);
  EXPECT_EQ(OpenError(body), "");
  EXPECT_EQ(OpenError(Join({body, {2, 2, 25, 1}})), "");
  EXPECT_THAT(OpenError(Join({body, {2, 2, 25, 1}, {2, 2, 25, 1}})), HasSubstr("two frame rates"));
  EXPECT_THAT(OpenError(Join({body, {2, 2, 25, 0}})), HasSubstr("positive"));
  EXPECT_THAT(OpenError(Join({body, {2, 2, 0, 1}})), HasSubstr("positive"));
  EXPECT_THAT(OpenError(Join({body, {2, 3, 25, 1, 0}})), HasSubstr("positive"));
  EXPECT_THAT(OpenError(Join({body, {2, 1, 25}})), HasSubstr("malformed"));
  EXPECT_THAT(OpenError(Join({body, {2, 6, 0x80, 0x80, 0x80, 0x80, 0x08, 1}})), HasSubstr("positive"));  // 2^31

  EXPECT_EQ(FrameRateOf(SampleHeader()), (TimeBase{30000, 1001}));
  EXPECT_EQ(FrameRateOf(header), (TimeBase{25, 1})) << "12800 ticks a second are no frame rate";
  header.time_base = {1001, 30000};
  EXPECT_EQ(FrameRateOf(header), (TimeBase{30000, 1001}));
}

TEST(Container, HeaderLimits) {
  const auto error_of = [](auto edit, const Limits& limits = {}) {
    StreamHeader header = SampleHeader();
    header.profile.clear();
    edit(header);
    return OpenError(SerializeHeaderBody(header), limits);
  };
  EXPECT_EQ(error_of([](StreamHeader&) {}), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers.clear(); }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers.resize(17, h.layers[0]); }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers[0].channels = 0; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers[0].channels = -5; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers[0].width_cells = 20000; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers[0].phase_px16 = 1 << 20; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers[0].stride_px = 5000; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.layers[0].name = "a\x1b[2J"; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.time_base.den = 0; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.time_base.num = -1; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.frame_rate.den = 0; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.input_width_px = 100000; }), "");
  EXPECT_NE(error_of([](StreamHeader& h) { h.model_id.assign(256, 'm'); }), "");
  Limits small;
  small.max_header_bytes = 16;
  EXPECT_THAT(error_of([](StreamHeader&) {}, small), HasSubstr("over the limit"));
  small = {};
  small.max_frame_elements = 1000;
  EXPECT_THAT(error_of([](StreamHeader&) {}, small), HasSubstr("over the limit"));
}

TEST(Container, PacketLimit) {
  const auto bytes = SampleStream(SamplePackets(5));
  Limits limits;
  limits.max_packet_bytes = 10;
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), limits);
  ASSERT_TRUE(reader.ok());
  auto packet = (*reader)->Next();
  ASSERT_FALSE(packet.ok());
  EXPECT_THAT(packet.error().what, HasSubstr("over the limit of 10"));
}

TEST(Container, ForeignFiles) {
  const auto error_of = [](std::vector<uint8_t> bytes) {
    const auto source = MemorySource(bytes, "clip.fsc");
    auto reader = ContainerReader::Open(source.get(), Limits{});
    return reader.ok() ? Error{} : reader.error();
  };
  EXPECT_THAT(error_of({}).what, HasSubstr("empty"));
  EXPECT_THAT(error_of({'R', 'I', 'F', 'F'}).what, HasSubstr("not a .fsc stream"));
  auto bytes = SampleStream({});
  auto text = bytes;
  text.erase(text.begin() + 4);  // CR LF became LF
  EXPECT_THAT(error_of(text).advice, HasSubstr("as binary"));
  auto newer = bytes;
  newer[8] = 3;
  EXPECT_THAT(error_of(newer).OneLine(), HasSubstr("stream of version 3: clip.fsc"));
  EXPECT_THAT(error_of(newer).advice, HasSubstr("update it"));
  newer[8] = 1;
  EXPECT_THAT(error_of(newer).OneLine(), HasSubstr("stream of version 1: clip.fsc"));
  EXPECT_THAT(error_of(newer).advice, HasSubstr("encode it again"));
  auto flagged = bytes;
  flagged[9] = 1;
  EXPECT_THAT(error_of(flagged).what, HasSubstr("header flags"));
}

TEST(Container, WriterRefusesWhatItCannotWrite) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  StreamHeader bad = SampleHeader();
  bad.layers.clear();
  auto refused = ContainerWriter::Create(sink.get(), bad);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  EXPECT_TRUE(bytes.empty());
  auto writer = ContainerWriter::Create(sink.get(), SampleHeader());
  ASSERT_TRUE(writer.ok());
  const size_t size = bytes.size();
  for (int fault = 0; fault < 5; ++fault) {
    Packet packet = SamplePackets(1)[0];
    if (fault == 0) packet.payload.push_back(0);
    if (fault == 1) packet.payload.pop_back();
    if (fault == 2) packet.frame_number = -1;
    if (fault == 3) packet.sections[0].layer = 2;
    if (fault == 4) packet.sections[0].size_bytes = ~uint64_t{0};
    const Status status = (*writer)->Write(packet);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kUsage);
  }
  EXPECT_EQ(bytes.size(), size);
}

// Through a real pipe: forward only, and a length that lies costs no memory.
TEST(Container, Pipe) {
  const auto packets = SamplePackets(20);
  for (const bool finished : {true, false}) {
    const auto bytes = SampleStream(packets, finished);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    std::thread feeder([&] {
      for (size_t i = 0; i < bytes.size(); i += 7) {
        if (write(ends[1], bytes.data() + i, std::min<size_t>(7, bytes.size() - i)) < 0) break;
      }
      close(ends[1]);
    });
    auto source = OpenSource("/dev/fd/" + std::to_string(ends[0]));
    ASSERT_TRUE(source.ok()) << source.error().OneLine();
    EXPECT_FALSE((*source)->size_bytes().has_value());
    auto reader = ContainerReader::Open(source->get(), Limits{});
    ASSERT_TRUE(reader.ok()) << reader.error().OneLine();
    auto index = (*reader)->ReadIndex();
    ASSERT_FALSE(index.ok());
    EXPECT_EQ(index.error().kind, ErrorKind::kUsage);
    for (const Packet& packet : packets) {
      auto read = (*reader)->Next();
      ASSERT_TRUE(read.ok()) << read.error().OneLine();
      ExpectSame(**read, packet);
    }
    auto end = (*reader)->Next();
    ASSERT_TRUE(end.ok()) << end.error().OneLine();
    EXPECT_FALSE(end->has_value());
    feeder.join();
    close(ends[0]);
  }
}

// A source that cannot seek and ends early: the claimed half gigabyte is never allocated.
TEST(Container, LyingLengthFromAPipe) {
  class Trickle : public ByteSource {
   public:
    explicit Trickle(std::vector<uint8_t> bytes) : bytes_(std::move(bytes)) {}
    Result<size_t> Read(std::span<uint8_t> out) override {
      largest_request = std::max(largest_request, out.size());
      const size_t count = std::min(out.size(), bytes_.size() - position_);
      std::copy_n(bytes_.begin() + ptrdiff_t(position_), count, out.begin());
      position_ += count;
      return count;
    }
    Status Seek(uint64_t) override { return IoError("cannot seek"); }
    std::optional<uint64_t> size_bytes() const override { return std::nullopt; }
    const std::string& name() const override { return name_; }
    size_t largest_request = 0;

   private:
    std::vector<uint8_t> bytes_;
    size_t position_ = 0;
    std::string name_ = "trickle";
  };
  auto bytes = SampleStream({}, false);
  // A large packet, random access, frame 0 at 0; no ranges, 2^29 bytes of a picture.
  const std::vector<uint8_t> prefix = {0xcb, 0x14, 0, 0, 0x80, 0x88, 0x88, 0x88, 0x88, 0x04};
  bytes.insert(bytes.end(), prefix.begin(), prefix.end());
  bytes.insert(bytes.end(), 1000, 0);
  Trickle source(bytes);
  auto reader = ContainerReader::Open(&source, Limits{});
  ASSERT_TRUE(reader.ok());
  auto packet = (*reader)->Next();
  ASSERT_FALSE(packet.ok());
  EXPECT_THAT(packet.error().what, HasSubstr("cut short"));
  EXPECT_LE(source.largest_request, size_t{1} << 17);
}

}  // namespace
}  // namespace fsc
