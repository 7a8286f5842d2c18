// Streams joined: every frame is what it was apart, from the start, after a seek, from a pipe and from a cut file; a
// configuration in the middle that is damaged is an error there and nowhere else.
#include "fsc/stream_joiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "codec/mode_registry.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"
#include "tests/support/latent_fixture.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

using testing::HasSubstr;
using Bytes = std::vector<uint8_t>;

const std::vector<LayerSpec> kLayers = {{"a", 5, 12, 16, 8, 0}, {"b", 9, 6, 8, 16, 0}};

Bytes Coded(const EncoderConfig& config, const Clip& clip, const std::string& model = "net") {
  StreamInfo info;
  info.layers = clip.layers;
  info.time_base = {1, 25};
  info.frame_rate = {25, 3};  // the clips have a frame every third tick
  info.model_id = model;
  Bytes bytes;
  const auto sink = MemorySink(&bytes);
  auto encoder = FeatureEncoder::Create(config, info, sink.get());
  EXPECT_TRUE(encoder.ok());
  for (size_t t = 0; t < clip.frames.size(); ++t) {
    const Status status = clip.luma.empty() ? (*encoder)->Push(clip.frames[t])
                                            : (*encoder)->Push(clip.frames[t], {.luma = clip.luma[t].view()});
    EXPECT_TRUE(status.ok());
  }
  EXPECT_TRUE((*encoder)->Finish().ok());
  return bytes;
}

// Three clips coded with nothing in common but their layers.
std::vector<Bytes> Parts() {
  std::vector<Bytes> parts;
  EncoderConfig config = Config(30);
  config.gop_frames = 4;
  config.latent.transform = LatentTransform::kKlt;
  parts.push_back(Coded(config, MakeClip(kLayers, 9, true, 31)));
  config.latent.transform = LatentTransform::kIdentity;
  config.latent.plane_groups = 3;
  config.low_delay = true;
  parts.push_back(Coded(config, MakeClip(kLayers, 6, false, 32)));
  config.latent.lossless = true;
  config.low_delay = false;
  parts.push_back(Coded(config, MakeClip(kLayers, 10, true, 33)));
  return parts;
}

Result<Bytes> Joined(const std::vector<Bytes>& parts) {
  Bytes bytes;
  const auto sink = MemorySink(&bytes);
  StreamJoiner joiner(sink.get());
  for (const Bytes& part : parts) FSC_RETURN_IF_ERROR(joiner.Append(MemorySource(part).get()));
  FSC_RETURN_IF_ERROR(joiner.Finish());
  return bytes;
}

std::vector<DecodedFrame> Apart(const std::vector<Bytes>& parts) {
  std::vector<DecodedFrame> frames;
  for (const Bytes& part : parts) {
    Decoded outcome = Decode(part);
    EXPECT_TRUE(outcome.status.ok());
    for (DecodedFrame& frame : outcome.frames) frames.push_back(std::move(frame));
  }
  return frames;
}

void ExpectSame(const DecodedFrame& a, const DecodedFrame& b) {
  ExpectSameValues(a.frame, b.frame);
}

// The packets of a stream, changed and written again.
Bytes Changed(const Bytes& bytes, const std::function<void(std::vector<Packet>*)>& change) {
  const auto source = MemorySource(bytes);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  std::vector<Packet> packets;
  while (auto packet = std::move(*(*reader)->Next())) packets.push_back(std::move(*packet));
  change(&packets);
  Bytes again;
  const auto sink = MemorySink(&again);
  auto writer = ContainerWriter::Create(sink.get(), (*reader)->header());
  for (const Packet& packet : packets) EXPECT_TRUE((*writer)->Write(packet).ok());
  EXPECT_TRUE((*writer)->Finish().ok());
  return again;
}

TEST(StreamJoiner, FramesAreThoseOfThePartsFromTheStartAndAfterEverySeek) {
  const std::vector<Bytes> parts = Parts();
  const std::vector<DecodedFrame> apart = Apart(parts);
  ASSERT_EQ(apart.size(), 25u);
  const Result<Bytes> joined = Joined(parts);
  ASSERT_TRUE(joined.ok()) << joined.error().OneLine();
  for (int64_t first = 0; first < 25; ++first) {
    SCOPED_TRACE(first);
    const Decoded outcome = Decode(*joined, first);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status.error().OneLine();
    const size_t skipped = size_t(first);
    ASSERT_EQ(outcome.frames.size(), apart.size() - skipped);
    for (size_t t = 0; t < outcome.frames.size(); ++t) {
      EXPECT_EQ(outcome.frames[t].frame_number, int64_t(t + skipped));
      ExpectSame(outcome.frames[t], apart[t + skipped]);
    }
  }
  // Times go on: each stream begins one frame duration (here 3 ticks) after the one before.
  const Decoded all = Decode(*joined);
  for (size_t t = 0; t < 25; ++t) EXPECT_EQ(all.frames[t].frame.timestamp_ticks, int64_t(100 + 3 * t));
}

TEST(StreamJoiner, OneDecoderSeeksBackAndForth) {
  const std::vector<Bytes> parts = Parts();
  const std::vector<DecodedFrame> apart = Apart(parts);
  const Result<Bytes> joined = Joined(parts);
  // With its index, and cut behind the last packet, where the packets are found by walking.
  for (const size_t size : {joined->size(), joined->size() - 21}) {
    const Bytes bytes(joined->begin(), joined->begin() + ptrdiff_t(size));
    const auto source = MemorySource(bytes);
    auto decoder = FeatureDecoder::Open(source.get());
    ASSERT_TRUE(decoder.ok());
    for (const int64_t frame : {20, 3, 11, 10, 24, 0, 14, 8, 9, 15, 23, 7}) {
      ASSERT_TRUE((*decoder)->SeekToFrame(frame).ok()) << frame;
      auto next = (*decoder)->Next();
      ASSERT_TRUE(next.ok() && next->has_value()) << frame;
      EXPECT_EQ((*next)->frame_number, frame);
      ExpectSame(**next, apart[size_t(frame)]);
    }
  }
}

TEST(StreamJoiner, JoinedStreamsJoin) {
  const std::vector<Bytes> parts = Parts();
  const Result<Bytes> pair = Joined({parts[2], parts[0]});
  const Result<Bytes> again = Joined({*pair, *pair, parts[0], parts[1], *pair});
  ASSERT_TRUE(again.ok()) << again.error().OneLine();
  const std::vector<DecodedFrame> apart =
      Apart({parts[2], parts[0], parts[2], parts[0], parts[0], parts[1], parts[2], parts[0]});
  const Decoded outcome = Decode(*again);
  ASSERT_TRUE(outcome.status.ok());
  ASSERT_EQ(outcome.frames.size(), apart.size());
  for (size_t t = 0; t < apart.size(); ++t) ExpectSame(outcome.frames[t], apart[t]);
  // A configuration is sent at first and where it changes, and only there: parts[0] follows itself once.
  const auto source = MemorySource(*again);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  int sent = 0;
  const auto index = (*reader)->ReadIndex();
  ASSERT_TRUE(index.ok());
  for (const IndexEntry& entry : index->entries) sent += entry.configures;
  EXPECT_EQ(sent, 7);
}

TEST(StreamJoiner, EqualConfigurationsAddNothing) {
  const std::vector<Bytes> parts = Parts();
  const Result<Bytes> joined = Joined({parts[0], parts[0]});
  const auto source = MemorySource(*joined);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  const auto index = (*reader)->ReadIndex();
  ASSERT_TRUE(index.ok());
  for (const IndexEntry& entry : index->entries) EXPECT_EQ(entry.configures, entry.frame_number == 0);
}

TEST(StreamJoiner, TakesTheFirstFramesOfAStream) {
  const std::vector<Bytes> parts = Parts();
  const std::vector<DecodedFrame> apart = Apart({parts[0], parts[1]});
  const auto joined = [](const Bytes& first, int64_t frames, const Bytes& second) -> Result<Bytes> {
    Bytes bytes;
    const auto sink = MemorySink(&bytes);
    StreamJoiner joiner(sink.get());
    FSC_RETURN_IF_ERROR(joiner.AppendFirst(MemorySource(first).get(), frames));
    FSC_RETURN_IF_ERROR(joiner.Append(MemorySource(second).get()));
    FSC_RETURN_IF_ERROR(joiner.Finish());
    return bytes;
  };
  // A group of four frames and one of one can go; so can all, and no more than there are.
  for (const int64_t taken : {4, 8, 9, 100}) {
    SCOPED_TRACE(taken);
    const Result<Bytes> bytes = joined(parts[0], taken, parts[1]);
    ASSERT_TRUE(bytes.ok()) << bytes.error().OneLine();
    const Decoded outcome = Decode(*bytes);
    ASSERT_TRUE(outcome.status.ok());
    const size_t kept = size_t(std::min<int64_t>(taken, 9));
    ASSERT_EQ(outcome.frames.size(), kept + 6);
    for (size_t t = 0; t < outcome.frames.size(); ++t) {
      EXPECT_EQ(outcome.frames[t].frame_number, int64_t(t));
      EXPECT_EQ(outcome.frames[t].frame.timestamp_ticks, int64_t(100 + 3 * t));
      ExpectSame(outcome.frames[t], apart[t < kept ? t : t - kept + 9]);
    }
  }
  // Frame 6 is predicted from frame 7, which is coded before it. In low delay every number of frames can be taken.
  const Result<Bytes> needed = joined(parts[0], 7, parts[1]);
  ASSERT_FALSE(needed.ok());
  EXPECT_EQ(needed.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(needed.error().what, HasSubstr("coded after frames that are left out"));
  EXPECT_TRUE(joined(parts[1], 3, parts[0]).ok());
  EXPECT_FALSE(joined(parts[0], 0, parts[1]).ok());
  // A configuration that comes with frames that are left out is never in force: the first one still is.
  const Result<Bytes> pair = Joined({parts[0], parts[1]});
  const Result<Bytes> again = joined(*pair, 9, parts[0]);
  ASSERT_TRUE(again.ok());
  const auto source = MemorySource(*again);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  const auto index = (*reader)->ReadIndex();
  ASSERT_TRUE(index.ok());
  for (const IndexEntry& entry : index->entries) EXPECT_EQ(entry.configures, entry.frame_number == 0);
  const Decoded outcome = Decode(*again);
  ASSERT_TRUE(outcome.status.ok());
  ASSERT_EQ(outcome.frames.size(), 18u);
  for (size_t t = 0; t < 18; ++t) ExpectSame(outcome.frames[t], apart[t % 9]);
}

TEST(StreamJoiner, StampsThatWouldGoBeyondTheFormat) {
  const EncoderConfig config = Config(30);
  const auto from = [&](int64_t first_ticks) {
    Clip clip = MakeClip(kLayers, 2, false, 37);
    for (size_t t = 0; t < clip.frames.size(); ++t) clip.frames[t].timestamp_ticks = first_ticks + 3 * int64_t(t);
    return Coded(config, clip);
  };
  const Bytes latest = from(kMaxTicks - 3), earliest = from(-kMaxTicks);
  EXPECT_TRUE(Joined({earliest, latest, latest}).ok());
  const Result<Bytes> beyond = Joined({latest, earliest});
  ASSERT_FALSE(beyond.ok());
  EXPECT_EQ(beyond.error().kind, ErrorKind::kBadInput);
  EXPECT_THAT(beyond.error().what, HasSubstr("beyond 2^62"));
  // A stream whose frames lie as far apart as can be.
  Clip clip = MakeClip(kLayers, 2, false, 38);
  clip.frames[0].timestamp_ticks = -kMaxTicks;
  clip.frames[1].timestamp_ticks = kMaxTicks;
  const Bytes wide = Coded(config, clip);
  EXPECT_TRUE(Joined({wide}).ok());
  EXPECT_FALSE(Joined({latest, wide}).ok());
  EXPECT_FALSE(Joined({earliest, wide}).ok());
}

TEST(StreamJoiner, SaysWhatCannotFollow) {
  EncoderConfig config = Config(30);
  const Bytes stream = Coded(config, MakeClip(kLayers, 3, false, 34));
  const auto refusal = [&](const Bytes& second) {
    const Result<Bytes> joined = Joined({stream, second});
    if (joined.ok()) return std::string("joined");
    EXPECT_EQ(joined.error().kind, ErrorKind::kUsage);
    return joined.error().what;
  };
  EXPECT_THAT(refusal(Coded(config, MakeClip({kLayers[0]}, 3, false, 35))), HasSubstr("other layers"));
  EXPECT_THAT(refusal(Coded(config, MakeClip(kLayers, 3, false, 36), "other")), HasSubstr("another network"));
  Bytes nothing;
  const auto sink = MemorySink(&nothing);
  EXPECT_FALSE(StreamJoiner(sink.get()).Finish().ok());
  EXPECT_FALSE(Joined({stream, Bytes(stream.begin(), stream.begin() + 200)}).ok());
}

TEST(StreamJoiner, ADamagedConfigurationIsAnErrorWhereItIsNeeded) {
  const std::vector<Bytes> parts = Parts();
  const std::vector<DecodedFrame> apart = Apart(parts);
  const Result<Bytes> joined = Joined(parts);
  // Packets 0..8 are of the first part, 9..14 of the second: packet 9 brings its configuration.
  std::mt19937 random(37);
  int errors = 0;
  for (int round = 0; round < 120; ++round) {
    const Bytes bad = Changed(*joined, [&](std::vector<Packet>* packets) {
      Packet& packet = (*packets)[9];
      ASSERT_TRUE(packet.configures());
      Bytes configuration(ConfigurationOf(packet)->begin(), ConfigurationOf(packet)->end());
      RemoveConfiguration(&packet);
      if (round % 3 == 0) {
        configuration.resize(random() % configuration.size());
      } else {
        configuration[random() % configuration.size()] ^= uint8_t(1 + random() % 255);
      }
      AddConfiguration(configuration, &packet);
    });
    const Decoded outcome = Decode(bad);
    ASSERT_GE(outcome.frames.size(), 9u);  // what comes before is whole
    for (size_t t = 0; t < 9; ++t) ExpectSame(outcome.frames[t], apart[t]);
    const Decoded third = Decode(bad, 17);  // and what brings another configuration
    ASSERT_TRUE(third.status.ok());
    ExpectSame(third.frames.front(), apart[17]);
    errors += !outcome.status.ok();
    if (round % 3 != 0) continue;
    EXPECT_FALSE(outcome.status.ok());
    // A seek behind the damage ends in the same error, not in frames of another configuration.
    const Decoded behind = Decode(bad, 14);
    EXPECT_FALSE(behind.status.ok());
    EXPECT_TRUE(behind.frames.empty());
  }
  EXPECT_GT(errors, 60);
}

TEST(StreamJoiner, ASeekNeedsTheConfigurationWhole) {
  const Result<Bytes> joined = Joined(Parts());
  const auto source = MemorySource(*joined);
  auto reader = ContainerReader::Open(source.get(), Limits{});
  const auto entries = (*reader)->ReadIndex()->entries;
  ASSERT_TRUE(entries[9].configures);
  Bytes bad = *joined;
  bad[size_t(entries[9].offset_bytes) + 40] ^= 1;  // the checksum does not hold
  EXPECT_THAT(Decode(bad, 14).status.TakeError().what, HasSubstr("configuration of this frame is damaged"));
  EXPECT_TRUE(Decode(bad, 17).status.ok());
  // After the failed seek no frame comes, until another seek.
  const auto bad_source = MemorySource(bad);
  auto decoder = FeatureDecoder::Open(bad_source.get());
  ASSERT_TRUE(decoder.ok());
  EXPECT_FALSE((*decoder)->SeekToFrame(14).ok());
  EXPECT_FALSE((*decoder)->Next().ok());
  ASSERT_TRUE((*decoder)->SeekToFrame(5).ok());
  auto next = (*decoder)->Next();
  ASSERT_TRUE(next.ok() && next->has_value());
  EXPECT_EQ((*next)->frame_number, 5);
  EXPECT_EQ(Decode(bad).frames.size(), 9u);
}

TEST(StreamJoiner, TiledModesHaveOneConfiguration) {
  SKIP_WITHOUT("png");
  EXPECT_TRUE(MayReconfigure("latent"));
  EXPECT_FALSE(MayReconfigure("png"));
  EncoderConfig config;
  config.mode = "png";
  config.gop_frames = 1;
  const Clip clip = MakeClip(kLayers, 3, false, 38);
  const Bytes first = Coded(config, clip);
  EXPECT_TRUE(Joined({first, first}).ok());
  config.quantizer.levels = 100;
  const Result<Bytes> joined = Joined({first, Coded(config, clip)});
  ASSERT_FALSE(joined.ok());
  EXPECT_THAT(joined.error().what, HasSubstr("other settings of the mode"));
  const Bytes bad = Changed(first, [](std::vector<Packet>* packets) {
    AddConfiguration({{1, 2, 3}}, &packets->at(1));
  });
  const Decoded outcome = Decode(bad);
  EXPECT_EQ(outcome.frames.size(), 1u);
  ASSERT_FALSE(outcome.status.ok());
  EXPECT_THAT(outcome.status.error().what, HasSubstr("cannot change its configuration"));
}

}  // namespace
}  // namespace fsc
