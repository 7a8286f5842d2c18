// The latent encoder under a controller that is not its own: what it is asked and told, and that it obeys.
#include "codec/rate/rate_controller.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "codec/frame_analysis.h"
#include "streams/packet_envelope.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

struct Told {
  PlannedFrame plan;
  int qp = 0;
  double bits = 0;
  bool starved = false;
};

// What a controller was called with, kept by the test.
struct Record {
  RateOptions options;
  int made = 0;
  std::vector<Told> learned;
  std::vector<Told> spent;
  double ahead_bits = 0;
  std::vector<double> key_frames;  // their extra bits
  std::vector<double> rates;
};

struct Script {
  std::map<int64_t, int> qps;  // by frame; 30 for others
  std::set<int64_t> again;     // coded twice, 10 coarser
  std::set<int64_t> starve;
  std::map<int64_t, double> most_bits;
};

class ScriptedController : public RateController {
 public:
  ScriptedController(const Script& script, Record* record) : script_(script), record_(record) {}

  void SetBitsPerFrame(double bits) override { record_->rates.push_back(bits); }
  void SpendAhead(double bits) override { record_->ahead_bits += bits; }
  void KeyFrameNow(double extra_bits) override { record_->key_frames.push_back(extra_bits); }
  int KeyFrameQp() const override { return 30; }
  int QpFor(const PlannedFrame& plan) override {
    const auto known = script_.qps.find(plan.frame_number);
    return (known == script_.qps.end() ? 30 : known->second) + (repeats_ ? 10 : 0);
  }
  bool Learn(const PlannedFrame& plan, int qp, double bits) override {
    record_->learned.push_back({plan, qp, bits, false});
    repeats_ = !repeats_ && script_.again.contains(plan.frame_number);
    return repeats_;
  }
  bool Starves(const PlannedFrame& plan) override { return script_.starve.contains(plan.frame_number); }
  double MostBits(const PlannedFrame& plan) const override {
    const auto known = script_.most_bits.find(plan.frame_number);
    return known == script_.most_bits.end() ? RateController::MostBits(plan) : known->second;
  }
  void Spend(const PlannedFrame& plan, int qp, double bits, bool starved) override {
    record_->spent.push_back({plan, qp, bits, starved});
  }

 private:
  Script script_;
  Record* record_;
  bool repeats_ = false;
};

// The least that a controller has to be.
class ConstantController : public RateController {
 public:
  void SetBitsPerFrame(double) override {}
  void SpendAhead(double) override {}
  void KeyFrameNow(double) override {}
  int KeyFrameQp() const override { return 26; }
  int QpFor(const PlannedFrame& plan) override { return 26 + plan.qp_offset; }
  void Spend(const PlannedFrame&, int, double, bool) override {}
};

RateControllerMaker Maker(const Script& script, Record* record) {
  return [script, record](const RateOptions& options) {
    record->options = options;
    ++record->made;
    return std::make_unique<ScriptedController>(script, record);
  };
}

EncoderConfig LowDelay(double kbps) {
  EncoderConfig config = Config(20);
  config.low_delay = true;
  config.gop_frames = 64;
  config.latent.bitrate_kbps = kbps;
  config.latent.buffer_seconds = kbps > 0 ? 1.5 : 0;
  config.latent.max_frame_bytes = 20000;
  return config;
}

Result<std::unique_ptr<ModeEncoder>> Encoder(const Clip& clip, const EncoderConfig& config, RateControllerMaker maker) {
  return CreateLatentEncoder(config, clip.layers, {25, 1}, {}, std::move(maker));
}

Status Push(const Clip& clip, size_t first, size_t end, ModeEncoder* encoder, std::vector<Packet>* packets) {
  for (size_t t = first; t < end; ++t) {
    FSC_RETURN_IF_ERROR(encoder->Push(clip.frames[t], {.luma = clip.luma[t].view()}, packets));
  }
  return {};
}

// As the decoder reads it.
std::vector<int> QpsOf(const Stream& stream) {
  auto decoder = CreateLatentDecoder(stream.header, {}, 1);
  EXPECT_TRUE(decoder.ok());
  (*decoder)->Analyse();
  std::vector<DecodedFrame> frames;
  for (const Packet& packet : stream.packets) EXPECT_TRUE((*decoder)->Push(packet, &frames).ok());
  EXPECT_TRUE((*decoder)->Flush(&frames).ok());
  std::vector<int> qps;
  for (const DecodedFrame& frame : frames) qps.push_back(frame.analysis->qp);
  return qps;
}

TEST(RateController, IsAskedForEveryFrameAndObeyed) {
  const Clip clip = MakeClip(kShapes[3], 12, true, 5);
  const Script script{{{2, 45}, {3, 90}}, {4}, {6}, {{8, 1200}}};
  Record record;
  auto encoder = Encoder(clip, LowDelay(200), Maker(script, &record));
  ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
  Stream stream;
  ASSERT_TRUE(Push(clip, 0, 12, encoder->get(), &stream.packets).ok());
  ASSERT_TRUE((*encoder)->Flush(&stream.packets).ok());
  stream.header.layers = clip.layers;
  stream.header.mode = "latent";
  stream.header.mode_config = (*encoder)->mode_config();

  EXPECT_EQ(record.made, 1);
  EXPECT_DOUBLE_EQ(record.options.bits_per_frame, 8000);
  EXPECT_EQ(record.options.window_frames, 50);
  EXPECT_DOUBLE_EQ(record.options.buffer_frames, 37.5);
  EXPECT_DOUBLE_EQ(record.options.cap_bits, 160000);
  EXPECT_DOUBLE_EQ(record.options.elements, 5 * 24 * 32 + 12 * 12 * 16 + 20 * 6 * 8);
  EXPECT_EQ(record.options.gop.gop_frames, 64);
  EXPECT_EQ(record.options.gop.span_frames, 0);
  EXPECT_DOUBLE_EQ(record.ahead_bits, 8.0 * double(stream.header.mode_config.size()));

  ASSERT_EQ(record.spent.size(), 12u);
  ASSERT_EQ(record.learned.size(), 13u);
  ASSERT_EQ(stream.packets.size(), 12u);
  const std::vector<int> qps = QpsOf(stream);
  ASSERT_EQ(qps.size(), 12u);
  for (size_t t = 0; t < 12; ++t) {
    SCOPED_TRACE(testing::Message() << "frame " << t);
    EXPECT_EQ(record.spent[t].plan.frame_number, int64_t(t));
    EXPECT_DOUBLE_EQ(record.spent[t].bits,
                     8.0 * double(UsualBytes(stream.packets[t], "latent", stream.header.layers.size())));
    EXPECT_EQ(record.spent[t].qp, qps[t]);
    EXPECT_EQ(record.spent[t].starved, t == 6);
    const int wanted = t == 2 ? 45 : t == 3 ? 63 : t == 4 ? 40 : 30;
    if (t != 8) {
      EXPECT_EQ(qps[t], wanted);
    }
  }
  EXPECT_GT(qps[8], 30);
  EXPECT_LE(record.spent[8].bits, 1200);
  // Frame 4 was told twice.
  EXPECT_EQ(record.learned[4].qp, 30);
  EXPECT_EQ(record.learned[5].plan.frame_number, 4);
  EXPECT_EQ(record.learned[5].qp, 40);
  EXPECT_LT(record.learned[5].bits, record.learned[4].bits);
}

TEST(RateController, HearsOfRatesAndKeyFrames) {
  const Clip clip = MakeClip(kShapes[1], 12, true, 6);
  Record record;
  auto encoder = Encoder(clip, LowDelay(100), Maker({}, &record));
  ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
  std::vector<Packet> packets;
  ASSERT_TRUE(Push(clip, 0, 3, encoder->get(), &packets).ok());
  ASSERT_TRUE((*encoder)->SetBitrate(50).ok());
  ASSERT_TRUE(Push(clip, 3, 5, encoder->get(), &packets).ok());
  EXPECT_EQ(record.rates, std::vector<double>{2000});
  EXPECT_TRUE(record.key_frames.empty());
  ASSERT_TRUE((*encoder)->RequestKeyFrame().ok());
  ASSERT_TRUE(Push(clip, 5, 7, encoder->get(), &packets).ok());
  ASSERT_EQ(record.key_frames.size(), 1u);
  ASSERT_EQ(record.spent.size(), 7u);
  EXPECT_EQ(record.spent[5].plan.frame_class, FrameClass::kIntra);
  // A constant qp has no controller, and the next bitrate a new one.
  ASSERT_TRUE((*encoder)->SetQp(35).ok());
  ASSERT_TRUE(Push(clip, 7, 9, encoder->get(), &packets).ok());
  EXPECT_EQ(record.spent.size(), 7u);
  ASSERT_TRUE((*encoder)->SetBitrate(75).ok());
  ASSERT_TRUE(Push(clip, 9, 12, encoder->get(), &packets).ok());
  EXPECT_EQ(record.made, 2);
  EXPECT_DOUBLE_EQ(record.options.bits_per_frame, 3000);
  EXPECT_EQ(record.spent.size(), 10u);
}

TEST(RateController, OneThatSaysNothingButAQpGivesThatQp) {
  const Clip clip = MakeClip(kShapes[3], 20, true, 7);
  for (const bool low_delay : {false, true}) {
    EncoderConfig config = Config(26);
    config.low_delay = low_delay;
    const Result<Stream> constant = EncodeClip(clip, config);
    ASSERT_TRUE(constant.ok()) << constant.error().OneLine();
    config.qp = 50;  // of no effect beside a bitrate
    config.latent.bitrate_kbps = 10;
    auto encoder = Encoder(clip, config, [](const RateOptions&) { return std::make_unique<ConstantController>(); });
    ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
    Stream stream;
    ASSERT_TRUE(Push(clip, 0, 20, encoder->get(), &stream.packets).ok());
    ASSERT_TRUE((*encoder)->Flush(&stream.packets).ok());
    stream.header = constant->header;
    stream.header.mode_config = (*encoder)->mode_config();
    EXPECT_EQ(QpsOf(stream), QpsOf(*constant));
  }
}

}  // namespace
}  // namespace fsc
