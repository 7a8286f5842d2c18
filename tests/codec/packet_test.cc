// Packets without files: they are the file's packets, they decode alone, and the encoder obeys what is asked between
// frames.
#include "fsc/packet_bytes.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "core/half_float.h"
#include "fsc/fsc.h"
#include "streams/container_reader.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

struct ModeSetup {
  const char* name;
  EncoderConfig config;
};

std::vector<ModeSetup> Setups() {
  std::vector<ModeSetup> setups;
  const auto add = [&](const char* name, const char* mode, bool low_delay) {
    ModeSetup setup{name, {}};
    setup.config.mode = mode;
    setup.config.low_delay = low_delay;
    setup.config.qp = 30;
    setup.config.gop_frames = 16;
    setups.push_back(std::move(setup));
  };
  add("latent B", "latent", false);
  add("latent low delay", "latent", true);
  add("float", "float", false);
  for (const char* mode : {"hevc", "h264", "ffv1"}) {
    if (HasMode(mode)) add(mode, mode, false);
  }
  if (HasMode("hevc")) add("hevc low delay", "hevc", true);
  return setups;
}

struct Coded {
  StreamHeader header;
  std::vector<Packet> packets;  // in decoding order
};

// `before(t, encoder)`: what is asked before frame t.
template <class Before>
Coded CodeWith(const EncoderConfig& config, const std::vector<LayerSpec>& layers, int frames, const Before& before) {
  Coded coded;
  auto encoder = PacketEncoder::Create(config, InfoOf(layers));
  EXPECT_TRUE(encoder.ok()) << encoder.error().OneLine();
  coded.header = (*encoder)->header();
  for (int t = 0; t < frames; ++t) {
    before(t, encoder->get());
    const Status status = (*encoder)->Push(MovingFrame(layers, t), {}, &coded.packets);
    EXPECT_TRUE(status.ok()) << status.error().OneLine();
  }
  const Status status = (*encoder)->Flush(&coded.packets);
  EXPECT_TRUE(status.ok()) << status.error().OneLine();
  return coded;
}

Coded Code(const EncoderConfig& config, const std::vector<LayerSpec>& layers, int frames) {
  return CodeWith(config, layers, frames, [](int, PacketEncoder*) {});
}

Decoded DecodePackets(const StreamHeader& header, std::span<const Packet> packets) {
  Decoded result;
  auto decoder = PacketDecoder::Create(header);
  EXPECT_TRUE(decoder.ok()) << decoder.error().OneLine();
  for (const Packet& packet : packets) {
    result.status = (*decoder)->Push(packet, &result.frames);
    if (!result.status.ok()) return result;
  }
  result.status = (*decoder)->Flush(&result.frames);
  return result;
}

std::vector<Packet> PacketsOf(std::span<const uint8_t> stream) {
  std::vector<Packet> packets;
  const auto source = MemorySource(stream);
  const auto reader = ContainerReader::Open(source.get(), {});
  EXPECT_TRUE(reader.ok()) << reader.error().OneLine();
  while (reader.ok()) {
    auto packet = (*reader)->Next();
    EXPECT_TRUE(packet.ok()) << packet.error().OneLine();
    if (!packet.ok() || !*packet) break;
    packets.push_back(std::move(**packet));
  }
  return packets;
}

// One by one they stand alone, and one after the other they are a stream all the same; a file says less of each.
TEST(Packets, AreThoseOfTheFile) {
  const auto layers = ThreeLayers();
  for (const ModeSetup& setup : Setups()) {
    const Coded coded = Code(setup.config, layers, 20);
    std::vector<uint8_t> bytes = *HeaderBytes(coded.header);
    for (const Packet& packet : coded.packets) {
      const auto one = PacketBytes(packet, coded.header);
      ASSERT_TRUE(one.ok()) << one.error().OneLine();
      bytes.insert(bytes.end(), one->begin(), one->end());
    }
    const std::vector<uint8_t> file = Encode(setup.config, layers, 20);
    const std::vector<Packet> alone = PacketsOf(bytes);
    const std::vector<Packet> of_file = PacketsOf(file);
    ASSERT_EQ(alone.size(), of_file.size()) << setup.name;
    for (size_t i = 0; i < alone.size(); ++i) {
      const Packet& a = alone[i];
      const Packet& b = of_file[i];
      EXPECT_EQ(a.frame_number, b.frame_number) << setup.name << " " << i;
      EXPECT_EQ(a.timestamp_ticks, b.timestamp_ticks) << setup.name << " " << i;
      EXPECT_EQ(a.type, b.type) << setup.name << " " << i;
      EXPECT_EQ(a.random_access, b.random_access) << setup.name << " " << i;
      ASSERT_EQ(a.sections.size(), b.sections.size()) << setup.name << " " << i;
      for (size_t k = 0; k < a.sections.size(); ++k) {
        EXPECT_EQ(a.sections[k].kind, b.sections[k].kind);
        EXPECT_EQ(a.sections[k].layer, b.sections[k].layer);
        EXPECT_EQ(a.sections[k].size_bytes, b.sections[k].size_bytes);
      }
      EXPECT_EQ(a.payload, b.payload) << setup.name << " " << i;
    }
  }
}

TEST(Packets, DecodeToTheFilesFrames) {
  const auto layers = ThreeLayers();
  for (const ModeSetup& setup : Setups()) {
    const Coded coded = Code(setup.config, layers, 20);
    EXPECT_TRUE(coded.packets.front().configures()) << setup.name;
    EXPECT_TRUE(coded.header.mode_config.empty()) << setup.name;
    const Decoded of_packets = DecodePackets(coded.header, coded.packets);
    ASSERT_TRUE(of_packets.status.ok()) << setup.name << ": " << of_packets.status.error().OneLine();
    const Decoded of_file = Decode(Encode(setup.config, layers, 20));
    ASSERT_EQ(of_packets.frames.size(), 20u) << setup.name;
    ASSERT_EQ(of_file.frames.size(), 20u) << setup.name;
    for (size_t t = 0; t < 20; ++t) {
      EXPECT_EQ(of_packets.frames[t].frame_number, int64_t(t));
      ExpectSameValues(of_packets.frames[t].frame, of_file.frames[t].frame);
    }
  }
}

// Both ways of giving the configuration: by hand after a jump, and in the header, as older streams have it.
TEST(Packets, DecodingBeginsAtEveryRandomAccessPacket) {
  const auto layers = OneLayer();
  for (const ModeSetup& setup : Setups()) {
    const Coded coded = Code(setup.config, layers, 40);
    const Decoded whole = DecodePackets(coded.header, coded.packets);
    const auto configuration = ConfigurationOf(coded.packets.front());
    ASSERT_TRUE(configuration) << setup.name;
    StreamHeader older = coded.header;
    older.mode_config.assign(configuration->begin(), configuration->end());
    int starts = 0;
    for (size_t at = 1; at < coded.packets.size(); ++at) {
      if (!coded.packets[at].random_access) continue;
      ++starts;
      const auto rest = std::span(coded.packets).subspan(at);
      EXPECT_FALSE(DecodePackets(coded.header, rest).status.ok()) << setup.name << ": no configuration";
      const Decoded part = DecodePackets(older, rest);
      ASSERT_TRUE(part.status.ok()) << setup.name << ": " << part.status.error().OneLine();
      ASSERT_EQ(part.frames.size(), size_t(40 - coded.packets[at].frame_number)) << setup.name;
      ExpectSameValues(part.frames[0].frame, whole.frames[size_t(coded.packets[at].frame_number)].frame);
      if (starts == 3) break;
    }
    EXPECT_GE(starts, 2) << setup.name;
  }
}

TEST(Packets, AKeyFrameComesWhereItIsAskedFor) {
  const auto layers = OneLayer();
  for (const ModeSetup& setup : Setups()) {
    const Coded coded = CodeWith(setup.config, layers, 30, [](int t, PacketEncoder* encoder) {
      if (t == 11 || t == 12) EXPECT_TRUE(encoder->RequestKeyFrame().ok());
    });
    for (const int asked : {11, 12}) {
      const auto found = std::find_if(coded.packets.begin(), coded.packets.end(),
                                      [&](const Packet& packet) { return packet.frame_number == asked; });
      ASSERT_NE(found, coded.packets.end()) << setup.name;
      EXPECT_TRUE(found->random_access) << setup.name << ", frame " << asked;
    }
    const Decoded decoded = DecodePackets(coded.header, coded.packets);
    ASSERT_TRUE(decoded.status.ok()) << setup.name << ": " << decoded.status.error().OneLine();
    ASSERT_EQ(decoded.frames.size(), 30u) << setup.name;
    for (int t = 0; t < 30; ++t) {
      EXPECT_EQ(decoded.frames[size_t(t)].frame_number, t) << setup.name;
      EXPECT_GT(SignalToNoiseDb(MovingFrame(layers, t), decoded.frames[size_t(t)].frame), 12)
          << setup.name << ", " << t;
    }
  }
}

// Whoever has the header can begin at a key frame that was asked for.
TEST(Packets, AKeyFrameThatWasAskedForIsComplete) {
  const auto layers = OneLayer();
  for (const ModeSetup& setup : Setups()) {
    for (const int asked : {1, 3, 7, 13}) {
      const Coded coded = CodeWith(setup.config, layers, 24, [&](int t, PacketEncoder* encoder) {
        if (t == asked) EXPECT_TRUE(encoder->RequestKeyFrame().ok());
      });
      const auto found = std::find_if(coded.packets.begin(), coded.packets.end(),
                                      [&](const Packet& packet) { return packet.frame_number == asked; });
      ASSERT_NE(found, coded.packets.end()) << setup.name;
      EXPECT_TRUE(found->random_access && found->configures()) << setup.name << ", frame " << asked;
      const Decoded whole = DecodePackets(coded.header, coded.packets);
      ASSERT_EQ(whole.frames.size(), 24u) << setup.name << ", frame " << asked;
      const Decoded part = DecodePackets(coded.header, std::span(coded.packets).subspan(found - coded.packets.begin()));
      ASSERT_TRUE(part.status.ok()) << setup.name << ": " << part.status.error().OneLine();
      ASSERT_EQ(part.frames.size(), size_t(24 - asked)) << setup.name;
      for (size_t t = 0; t < part.frames.size(); ++t) {
        ExpectSameValues(part.frames[t].frame, whole.frames[t + size_t(asked)].frame);
        EXPECT_GT(SignalToNoiseDb(MovingFrame(layers, asked + int(t)), part.frames[t].frame), 12) << setup.name;
      }
    }
  }
}

TEST(Packets, ALostConfigurationIsAnErrorAndNotWrongValues) {
  const auto layers = OneLayer();
  EncoderConfig config{.mode = "latent", .qp = 30, .gop_frames = 8};
  auto encoder = PacketEncoder::Create(config, InfoOf(layers));
  ASSERT_TRUE(encoder.ok());
  std::vector<Packet> packets;
  for (int t = 0; t < 48; ++t) {
    FeatureFrame frame = MovingFrame(layers, t);
    if (t < 20) {
      // Something else, four times as large, up to a cut.
      for (float& value : frame.layers[0].values()) value = 4 * std::cos(7 * value);
    }
    ASSERT_TRUE((*encoder)->Push(frame, {}, &packets).ok());
  }
  ASSERT_TRUE((*encoder)->Flush(&packets).ok());
  const auto second = std::find_if(packets.begin() + 1, packets.end(), [](const Packet& p) { return p.configures(); });
  ASSERT_NE(second, packets.end()) << "the cut brings another configuration";
  auto decoder = PacketDecoder::Create((*encoder)->header());
  ASSERT_TRUE(decoder.ok());
  std::vector<DecodedFrame> frames;
  for (auto packet = packets.begin(); packet != second; ++packet) ASSERT_TRUE((*decoder)->Push(*packet, &frames).ok());
  // Its packet is lost; decoding goes on at the next random-access packet.
  auto next = std::find_if(second + 1, packets.end(), [](const Packet& p) { return p.random_access; });
  ASSERT_NE(next, packets.end());
  ASSERT_TRUE((*decoder)->Restart({}).ok());
  EXPECT_EQ((*decoder)->Push(*next, &frames).error().kind, ErrorKind::kBadInput);
  // Told the configuration, it decodes.
  ASSERT_TRUE((*decoder)->Restart(*ConfigurationOf(*second)).ok());
  EXPECT_TRUE((*decoder)->Push(*next, &frames).ok());
}

TEST(Packets, RequestsBeforeTheFirstFitAreObeyed) {
  const auto layers = OneLayer();
  for (const bool lossless : {false, true}) {
    EncoderConfig config{.mode = "latent", .qp = 30};
    config.latent.lossless = lossless;
    const Coded coded = CodeWith(config, layers, 20, [&](int t, PacketEncoder* encoder) {
      if (t == 0 || t == 1 || t == 5) EXPECT_TRUE(encoder->RequestKeyFrame().ok());
      if (!lossless && t == 3) EXPECT_TRUE(encoder->SetBitrate(300).ok());
    });
    EXPECT_EQ(DecodePackets(coded.header, coded.packets).frames.size(), 20u);
  }
}

TEST(Packets, ABitrateThatIsTakenBackTakesNoKeyFrameWithIt) {
  const auto layers = OneLayer();
  for (const bool asked : {false, true}) {
    const Coded coded =
        CodeWith({.mode = "latent", .qp = 30, .low_delay = true}, layers, 12, [&](int t, auto* encoder) {
          if (t != 7) return;
          if (asked) EXPECT_TRUE(encoder->RequestKeyFrame().ok());
          EXPECT_TRUE(encoder->SetBitrate(300).ok());
          EXPECT_TRUE(encoder->SetQp(30).ok());
        });
    EXPECT_EQ(coded.packets[7].random_access, asked);
  }
}

TEST(Packets, HintsAndTimesOutOfRangeAreRefusedAndTheStreamGoesOn) {
  const auto layers = OneLayer();
  auto encoder = PacketEncoder::Create({.mode = "latent"}, InfoOf(layers));
  ASSERT_TRUE(encoder.ok());
  std::vector<Packet> packets;
  const std::vector<uint8_t> pixels(32 * 32, 7);
  const auto push = [&](const FeatureFrame& frame, PlaneView<const uint8_t> luma) {
    return (*encoder)->Push(frame, {.luma = luma}, &packets);
  };
  const FeatureFrame frame = MovingFrame(layers, 0);
  for (const PlaneView<const uint8_t>& luma :
       {PlaneView<const uint8_t>{pixels.data(), 17000, 64, 17000}, PlaneView<const uint8_t>{pixels.data(), -5, 8, 10},
        PlaneView<const uint8_t>{pixels.data(), 32, 32, 31}}) {
    EXPECT_EQ(push(frame, luma).error().kind, ErrorKind::kUsage);
  }
  FeatureFrame late = MovingFrame(layers, 0);
  late.timestamp_ticks = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(push(late, {}).error().kind, ErrorKind::kBadInput);
  EXPECT_TRUE(push(frame, {pixels.data(), 32, 32, 32}).ok());
  EXPECT_EQ(push(frame, {pixels.data(), 16, 16, 16}).error().kind, ErrorKind::kUsage) << "another size";
  EXPECT_TRUE(push(frame, {pixels.data(), 32, 32, 32}).ok());
  EXPECT_TRUE((*encoder)->Flush(&packets).ok());
  EXPECT_EQ(packets.size(), 2u);
  for (const int threads : {0, 257}) {
    EXPECT_EQ(PacketEncoder::Create({.mode = "latent", .threads = threads}, InfoOf(layers)).error().kind,
              ErrorKind::kUsage);
    EXPECT_EQ(PacketDecoder::Create((*encoder)->header(), {.threads = threads}).error().kind, ErrorKind::kUsage);
  }
}

TEST(Packets, TheQpChangesBetweenFrames) {
  const auto layers = OneLayer();
  for (const ModeSetup& setup : Setups()) {
    if (setup.config.mode == "float" || setup.config.mode == "ffv1") continue;
    for (const int second : {44, 20}) {
      const Coded coded = CodeWith(setup.config, layers, 32, [&](int t, PacketEncoder* encoder) {
        if (t == 16) EXPECT_TRUE(encoder->SetQp(second).ok());
      });
      const Decoded decoded = DecodePackets(coded.header, coded.packets);
      ASSERT_TRUE(decoded.status.ok()) << setup.name << ": " << decoded.status.error().OneLine();
      ASSERT_EQ(decoded.frames.size(), 32u) << setup.name;
      const auto mean_db = [&](int from, int to) {
        double sum = 0;
        for (int t = from; t < to; ++t) sum += SignalToNoiseDb(MovingFrame(layers, t), decoded.frames[size_t(t)].frame);
        return sum / (to - from);
      };
      const double before = mean_db(0, 8), after = mean_db(24, 32);
      if (second > setup.config.qp) {
        EXPECT_LT(after, before - 4) << setup.name;
      } else {
        EXPECT_GT(after, before + 3) << setup.name;
      }
    }
  }
}

TEST(Packets, TheBitrateChangesBetweenFrames) {
  const auto layers = OneLayer(16, 24, 32);
  for (const ModeSetup& setup : Setups()) {
    if (setup.config.mode == "float" || setup.config.mode == "ffv1") continue;
    const bool latent = setup.config.mode == "latent";
    const Coded coded = CodeWith(setup.config, layers, 300, [&](int t, PacketEncoder* encoder) {
      if (t == 50) EXPECT_TRUE(encoder->SetBitrate(400).ok());
      if (t == 175) EXPECT_TRUE(encoder->SetBitrate(150).ok());
    });
    double first_bits = 0, second_bits = 0;
    for (const Packet& packet : coded.packets) {
      if (packet.frame_number >= 75 && packet.frame_number < 175) first_bits += 8.0 * double(packet.payload.size());
      if (packet.frame_number >= 200) second_bits += 8.0 * double(packet.payload.size());
    }
    // Of 4 seconds each, from a second after the change on: windows of 2 seconds lie in them anyhow. Foreign rate
    // controls are looser.
    const double room = latent ? 0.15 : 0.4;
    EXPECT_NEAR(first_bits / 4000, 400, 400 * room) << setup.name;
    EXPECT_NEAR(second_bits / 4000, 150, 150 * room) << setup.name;
    EXPECT_EQ(DecodePackets(coded.header, coded.packets).frames.size(), 300u) << setup.name;
  }
}

TEST(Packets, WhatAModeCannotDoIsRefused) {
  auto exact = PacketEncoder::Create({.mode = "float"}, InfoOf(OneLayer()));
  ASSERT_TRUE(exact.ok());
  EXPECT_EQ((*exact)->SetQp(20).error().kind, ErrorKind::kUsage);
  EXPECT_EQ((*exact)->SetBitrate(100).error().kind, ErrorKind::kUsage);
  auto latent = PacketEncoder::Create({.mode = "latent"}, InfoOf(OneLayer()));
  ASSERT_TRUE(latent.ok());
  for (const int qp : {-1, 64, 1 << 30}) EXPECT_EQ((*latent)->SetQp(qp).error().kind, ErrorKind::kUsage) << qp;
  for (const double kbps : {0.0, -5.0, double(NAN), double(INFINITY)}) {
    EXPECT_EQ((*latent)->SetBitrate(kbps).error().kind, ErrorKind::kUsage) << kbps;
  }
}

TEST(Packets, CallsInAWrongOrderAreAnswered) {
  const auto layers = OneLayer();
  auto encoder = PacketEncoder::Create({.mode = "latent"}, InfoOf(layers));
  ASSERT_TRUE(encoder.ok());
  std::vector<Packet> packets;
  EXPECT_EQ((*encoder)->Push(MovingFrame(layers, 0), {}, nullptr).error().kind, ErrorKind::kUsage);
  EXPECT_TRUE((*encoder)->Push(MovingFrame(layers, 0), {}, &packets).ok());
  EXPECT_TRUE((*encoder)->Flush(&packets).ok());
  EXPECT_EQ(packets.size(), 1u);
  EXPECT_EQ((*encoder)->Flush(&packets).error().kind, ErrorKind::kUsage);
  EXPECT_EQ((*encoder)->Push(MovingFrame(layers, 1), {}, &packets).error().kind, ErrorKind::kUsage);
  EXPECT_EQ((*encoder)->SetQp(20).error().kind, ErrorKind::kUsage);
  EXPECT_EQ((*encoder)->RequestKeyFrame().error().kind, ErrorKind::kUsage);
  auto empty = PacketEncoder::Create({.mode = "latent"}, InfoOf(layers));
  ASSERT_TRUE(empty.ok());
  EXPECT_EQ((*empty)->Flush(&packets).error().kind, ErrorKind::kBadInput);
  EXPECT_EQ(FeatureEncoder::Create({.mode = "latent"}, InfoOf(layers), nullptr).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(FeatureDecoder::Open(nullptr).error().kind, ErrorKind::kUsage);
}

TEST(Packets, BytesComeBack) {
  const Coded coded = Code({.mode = "latent"}, OneLayer(), 3);
  const std::vector<uint8_t> header = *HeaderBytes(coded.header);
  const auto read = HeaderOf(header);
  ASSERT_TRUE(read.ok()) << read.error().OneLine();
  EXPECT_EQ(read->layers, coded.header.layers);
  const std::vector<uint8_t> bytes = *PacketBytes(coded.packets[0], coded.header);
  const auto packet = PacketOf(bytes, *read);
  ASSERT_TRUE(packet.ok()) << packet.error().OneLine();
  EXPECT_EQ(packet->payload, coded.packets[0].payload);
  EXPECT_EQ(packet->frame_number, coded.packets[0].frame_number);
}

TEST(Packets, DamagedBytesAreRefused) {
  const Coded coded = Code({.mode = "latent"}, OneLayer(), 1);
  const std::vector<uint8_t> good = *PacketBytes(coded.packets[0], coded.header);
  const std::vector<uint8_t> header = *HeaderBytes(coded.header);
  for (size_t cut = 0; cut < good.size(); cut += 1 + cut / 8) {
    EXPECT_FALSE(PacketOf(std::span(good).first(cut), coded.header).ok()) << cut;
  }
  for (size_t cut = 0; cut < header.size(); ++cut) EXPECT_FALSE(HeaderOf(std::span(header).first(cut)).ok()) << cut;
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::vector<uint8_t> bad = good;
    bad[random() % bad.size()] ^= uint8_t(1 + random() % 255);
    EXPECT_FALSE(PacketOf(bad, coded.header).ok()) << "checksum";
  }
  std::vector<uint8_t> longer = good;
  longer.push_back(0);
  EXPECT_FALSE(PacketOf(longer, coded.header).ok());
  longer = header;
  longer.push_back(0);
  EXPECT_FALSE(HeaderOf(longer).ok());
}

TEST(TensorViews, AreCodedAsTheirValues) {
  const auto layers = OneLayer(6, 9, 11);
  std::mt19937 random(3);
  std::vector<uint8_t> bytes(6 * 9 * 11);
  for (uint8_t& byte : bytes) byte = uint8_t(random());
  Tensor plain(6, 9, 11);
  for (size_t i = 0; i < bytes.size(); ++i) plain.values()[i] = bytes[i];

  std::vector<float> reversed(bytes.size());  // channels last, rows from the bottom
  std::vector<uint16_t> halves(bytes.size()), wide(bytes.size());
  for (int c = 0; c < 6; ++c) {
    for (int y = 0; y < 9; ++y) {
      for (int x = 0; x < 11; ++x) {
        const uint8_t value = bytes[size_t((c * 9 + y) * 11 + x)];
        reversed[size_t(((8 - y) * 11 + x) * 6 + c)] = value;
        halves[size_t((c * 9 + y) * 11 + x)] = HalfFromFloat(value);
        wide[size_t((c * 9 + y) * 11 + x)] = value;
      }
    }
  }
  const TensorView views[] = {
      {plain.values().data(), TensorType::kFloat32, 6, 9, 11, 99, 11, 1},
      {reversed.data() + 8 * 66, TensorType::kFloat32, 6, 9, 11, 1, -66, 6},
      {halves.data(), TensorType::kFloat16, 6, 9, 11, 99, 11, 1},
      {bytes.data(), TensorType::kUint8, 6, 9, 11, 99, 11, 1},
      {wide.data(), TensorType::kUint16, 6, 9, 11, 99, 11, 1},
  };
  for (const TensorView& view : views) {
    const auto tensor = TensorOf(view);
    ASSERT_TRUE(tensor.ok()) << tensor.error().OneLine();
    EXPECT_TRUE(std::ranges::equal(tensor->values(), plain.values())) << int(view.type);
    EXPECT_EQ(tensor->values().data() == view.data, view.contiguous()) << "borrowed where it can be, and only there";
    auto encoder = PacketEncoder::Create({.mode = "float"}, InfoOf(layers));
    ASSERT_TRUE(encoder.ok());
    std::vector<Packet> packets;
    const Status pushed = (*encoder)->Push({&view, 1}, 7, {}, &packets);
    ASSERT_TRUE(pushed.ok()) << pushed.error().OneLine();
    const Decoded decoded = DecodePackets((*encoder)->header(), packets);
    ASSERT_EQ(decoded.frames.size(), 1u);
    EXPECT_TRUE(std::ranges::equal(decoded.frames[0].frame.layers[0].values(), plain.values()));
    EXPECT_EQ(decoded.frames[0].frame.timestamp_ticks, 7);
  }
}

TEST(TensorViews, ImpossibleOnesAreRefused) {
  const float value = 1;
  const TensorView good{&value, TensorType::kFloat32, 1, 1, 1, 1, 1, 1};
  EXPECT_TRUE(TensorOf(good).ok());
  TensorView bad = good;
  bad.data = nullptr;
  EXPECT_EQ(TensorOf(bad).error().kind, ErrorKind::kUsage);
  for (int TensorView::*size : {&TensorView::channels, &TensorView::height_cells, &TensorView::width_cells}) {
    for (const int wrong : {0, -1, 1 << 30}) {
      bad = good;
      bad.type = TensorType::kUint8;
      bad.*size = wrong;
      EXPECT_EQ(TensorOf(bad).error().kind, ErrorKind::kUsage);
    }
  }
  bad = good;
  bad.type = TensorType(9);
  EXPECT_EQ(TensorOf(bad).error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace fsc
