// A stream without decoding: its header, its packets, where they lie, for modes that nobody here has as well; and the
// modes that there are.
#include "fsc/stream_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fsc/fsc.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::vector<LayerSpec> kLayers = {{"a", 3, 8, 8, 8, 0}};

struct Written {
  std::vector<uint8_t> bytes;
  std::vector<IndexEntry> entries;  // as written() told them, call by call
};

Written Write(const EncoderConfig& config, int frames) {
  Written written;
  const auto sink = MemorySink(&written.bytes);
  auto encoder = FeatureEncoder::Create(config, InfoOf(kLayers), sink.get());
  EXPECT_TRUE(encoder.ok());
  const auto keep = [&] {
    const auto entries = (*encoder)->written();
    written.entries.insert(written.entries.end(), entries.begin(), entries.end());
  };
  for (int t = 0; t < frames; ++t) {
    EXPECT_TRUE((*encoder)->Push(MovingFrame(kLayers, t)).ok());
    keep();
  }
  EXPECT_TRUE((*encoder)->Finish().ok());
  keep();
  return written;
}

EncoderConfig Latent(bool low_delay) {
  EncoderConfig config;
  config.mode = "latent";
  config.gop_frames = 4;
  config.low_delay = low_delay;
  return config;
}

TEST(StreamReader, GivesThePacketsWhereTheWriterPutThem) {
  for (const bool low_delay : {false, true}) {
    const Written written = Write(Latent(low_delay), 10);
    const auto source = MemorySource(written.bytes);
    const auto reader = StreamReader::Open(source.get());
    ASSERT_TRUE(reader.ok());
    EXPECT_EQ((*reader)->header().mode, "latent");
    ASSERT_TRUE((*reader)->CodedLayers().ok());
    EXPECT_EQ(*(*reader)->CodedLayers(), kLayers);
    ASSERT_EQ(written.entries.size(), 10U);
    for (const IndexEntry& entry : written.entries) {
      EXPECT_EQ((*reader)->position_bytes(), entry.offset_bytes);
      const auto packet = (*reader)->Next();
      ASSERT_TRUE(packet.ok() && *packet);
      EXPECT_EQ((*reader)->position_bytes(), entry.offset_bytes + entry.size_bytes);
      EXPECT_EQ((**packet).frame_number, entry.frame_number);
      EXPECT_EQ((**packet).type, entry.type);
      EXPECT_EQ((**packet).random_access, entry.random_access);
      EXPECT_EQ((**packet).timestamp_ticks, entry.timestamp_ticks);
      EXPECT_EQ((**packet).configures(), entry.configures);
    }
    const auto end = (*reader)->Next();
    ASSERT_TRUE(end.ok());
    EXPECT_FALSE(end->has_value());
  }
}

TEST(StreamReader, ReadsModesThatNobodyHas) {
  StreamHeader header;
  header.layers = kLayers;
  header.mode = "of-next-year";
  const Packet packet = {.sections = {{SectionKind::kResidual, 0, 3}}, .payload = {1, 2, 3}};
  std::vector<uint8_t> bytes = *HeaderBytes(header);
  const std::vector<uint8_t> more = *PacketBytes(packet, header);
  bytes.insert(bytes.end(), more.begin(), more.end());
  const auto source = MemorySource(bytes);
  const auto reader = StreamReader::Open(source.get());
  ASSERT_TRUE(reader.ok());
  const auto read = (*reader)->Next();
  ASSERT_TRUE(read.ok() && *read);
  EXPECT_EQ((**read).payload, packet.payload);
}

TEST(StreamReader, DamageIsToldAgainAndAgain) {
  Written written = Write(Latent(true), 4);
  written.bytes[written.entries[2].offset_bytes + written.entries[2].size_bytes - 1] ^= 1;
  const auto source = MemorySource(written.bytes);
  const auto reader = StreamReader::Open(source.get());
  ASSERT_TRUE(reader.ok());
  ASSERT_TRUE((*reader)->Next().ok() && (*reader)->Next().ok());
  for (int i = 0; i < 2; ++i) {
    const auto damaged = (*reader)->Next();
    ASSERT_FALSE(damaged.ok());
    EXPECT_EQ(damaged.error().kind, ErrorKind::kBadInput);
    EXPECT_THAT(damaged.error().OneLine(), HasSubstr("last good frame is 1"));
  }
  EXPECT_EQ(StreamReader::Open(nullptr).error().kind, ErrorKind::kUsage);
  const std::vector<uint8_t> nothing(100);
  const auto none = MemorySource(nothing);
  EXPECT_EQ(StreamReader::Open(none.get()).error().kind, ErrorKind::kBadInput);
}

TEST(Modes, EveryOneThatIsListedEncodes) {
  EXPECT_THAT(AvailableModes(), Contains("latent"));
  EXPECT_THAT(AvailableModes(), Contains("float"));
  for (const std::string& mode : AvailableModes()) {
    EncoderConfig config;
    config.mode = mode;
    config.qp = UsualQp(mode);
    EXPECT_EQ(Write(config, 2).entries.size(), 2U) << mode;
  }
  for (const char* mode : {"latent", "float", "hevc", "of-next-year"}) EXPECT_EQ(UsualQp(mode), 32) << mode;
  if (HasMode("jpeg")) {
    EXPECT_EQ(UsualQp("jpeg"), 8);
  }
}

}  // namespace
}  // namespace fsc
