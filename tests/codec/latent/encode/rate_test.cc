// Rate control: every window of two seconds within 5 % of its share, few frames coded twice, no frame above the cap.
// First the control alone against simulated frames, then whole encoders.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "codec/rate/window_controller.h"
#include "streams/packet_envelope.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

// A clip as the control sees it: bits by slot and qp, which drift, jump and scatter.
class SimulatedClip {
 public:
  // `cliffs`: the share of frames that take five times the bits below some qp, with nothing between.
  SimulatedClip(uint32_t seed, double intra_cost, double restless, double cliffs)
      : random_(seed), cliff_random_(seed), restless_(restless), cliffs_(cliffs) {
    cost_ = {intra_cost, 0, -0.5, -1.2};
  }
  void NextFrame() {
    drift_ = std::clamp(drift_ + restless_ * normal_(random_), -1.0, 1.0);
    scatter_ = 0.1 * normal_(random_);
    cliff_qp_ = cliff_random_() < cliffs_ * double(std::mt19937::max()) ? 40 + int(cliff_random_() % 20) : 0;
  }
  double Bits(const PlannedFrame& plan, int qp) const {
    const double height =
        cost_[int(plan.frame_class)] - 2 + scatter_ + (plan.frame_class == FrameClass::kIntra ? 0.3 : 1.0) * drift_;
    // Bends otherwise than the control's own model.
    const double bits = kElements * std::exp2(3 - (3 - height) * std::exp(0.065 * (qp - 44)));
    return 200 + (qp < cliff_qp_ ? 5 : 1) * bits;
  }
  static constexpr double kElements = 100000;

 private:
  std::mt19937 random_;
  std::mt19937 cliff_random_;
  std::normal_distribution<double> normal_;
  std::array<double, kFrameClasses> cost_;
  double restless_;
  double cliffs_;
  double drift_ = 0;
  double scatter_ = 0;
  int cliff_qp_ = 0;
};

// What six windows took, in shares of what they were promised.
std::vector<double> WindowShares(const RateOptions& options, SimulatedClip clip) {
  WindowController control(options);
  double sum = 3 * options.bits_per_frame;  // headers
  control.SpendAhead(sum);
  GopPlanner planner(options.gop);
  std::vector<PlannedFrame> plans;
  for (int t = 0; t < 6 * options.window_frames; ++t) planner.Push(t, &plans);
  std::vector<double> shares;
  int coded = 0;
  for (const PlannedFrame& plan : plans) {
    clip.NextFrame();
    int qp = control.QpFor(plan);
    for (int tries = 0; control.Learn(plan, qp, clip.Bits(plan, qp)); ++tries) {
      EXPECT_LT(tries, 6);
      qp = control.QpFor(plan);
    }
    control.Spend(plan, qp, clip.Bits(plan, qp), false);
    sum += clip.Bits(plan, qp);
    if (++coded % options.window_frames != 0) continue;
    shares.push_back(sum / (options.window_frames * options.bits_per_frame));
    sum = 0;
  }
  EXPECT_LE(control.repeats(), 8 + int(plans.size()) / 10);
  return shares;
}

RateOptions OptionsFor(double bits_per_element, int window, int gop, int span) {
  RateOptions options;
  options.elements = SimulatedClip::kElements;
  options.bits_per_frame = bits_per_element * options.elements;
  options.window_frames = window;
  options.gop.gop_frames = gop;
  options.gop.span_frames = span;
  return options;
}

TEST(WindowController, WindowsOfSimulatedClipsAreMet) {
  int windows = 0;
  for (const int gop : {1, 16, 32, 48, 256}) {
    for (const int span : {0, 8, 16}) {
      for (const int window : {25, 30, 50}) {
        for (const double bits_per_element : {0.03, 0.15, 0.6}) {
          SCOPED_TRACE(testing::Message()
                       << "gop " << gop << " span " << span << " window " << window << " at " << bits_per_element);
          const SimulatedClip clip(uint32_t(gop + span), 2, 0.02, 0);
          for (const double share : WindowShares(OptionsFor(bits_per_element, window, gop, span), clip)) {
            EXPECT_NEAR(share, 1, 0.05);
            ++windows;
          }
        }
      }
    }
  }
  EXPECT_GT(windows, 500);
}

// Such frames are what a P frame is whose reference is finer than itself: at some qp, much lights up at once.
TEST(WindowController, FramesWithoutAMiddleAreSearched) {
  int windows = 0;
  int met = 0;
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    const SimulatedClip clip(seed, 2, 0.02, 0.1);
    for (const double share : WindowShares(OptionsFor(0.06, 50, 32, 0), clip)) {
      ++windows;
      met += std::fabs(share - 1) <= 0.05;
    }
  }
  EXPECT_EQ(windows, 600);
  EXPECT_GE(met, 590);
}

TEST(WindowController, FirstGuessFallsWithTheRate) {
  int last = 64;
  for (const double bits_per_element : {0.002, 0.01, 0.05, 0.2, 0.8, 3.0}) {
    const int qp = WindowController::FirstQp(bits_per_element);
    EXPECT_LT(qp, last);
    EXPECT_GE(qp, 0);
    last = qp;
  }
}

// Of 50 frames, 2 s each; all that is sent counts.
void ExpectWindowsMet(const Stream& stream, double kbps) {
  double bits = 8.0 * double(stream.header.mode_config.size());
  for (size_t i = 0; i < stream.packets.size(); ++i) {
    bits += 8.0 * double(UsualBytes(stream.packets[i], "latent", stream.header.layers.size()));
    if (i % 50 != 49) continue;
    EXPECT_NEAR(bits / 2000, kbps, 0.05 * kbps) << "window " << i / 50;
    bits = 0;
  }
}

TEST(LatentRate, WindowsOfEncodedClipsAreMet) {
  const Clip clip = MakeClip(kShapes[3], 150, true, 13);
  for (const double kbps : {150.0, 600.0}) {
    for (const int structure : {0, 1, 2, 3}) {
      SCOPED_TRACE(testing::Message() << kbps << " kbit/s, structure " << structure);
      EncoderConfig config = Config(30);
      config.preset = structure == 3 ? "fast" : "balanced";
      config.gop_frames = structure == 2 ? 128 : 32;
      config.low_delay = structure == 1;
      config.latent.bitrate_kbps = kbps;
      const Result<Stream> stream = EncodeClip(clip, config);
      ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
      ExpectWindowsMet(*stream, kbps);
    }
  }
}

TEST(LatentRate, WindowsAreMetBelowWhatTheLargestQpTakes) {
  Clip clip = MakeClip({{"wide", 12, 40, 56, 8, 0}}, 150, false, 13);
  std::mt19937 random(14);
  for (FeatureFrame& frame : clip.frames) {  // what no quantiser of the range leaves out, in every frame
    const std::span<float> values = frame.layers[0].values();
    for (int i = 0; i < 200; ++i) values[random() % values.size()] += 60;
  }
  EncoderConfig config = Config(63);
  config.preset = "fast";
  config.gop_frames = 64;
  config.latent.motion = LatentMotion::kZero;
  Result<Stream> stream = EncodeClip(clip, config);
  ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
  double least_bits = 0;
  for (const Packet& packet : stream->packets)
    least_bits += 8.0 * double(UsualBytes(packet, "latent", stream->header.layers.size()));
  config.latent.bitrate_kbps = 0.8 * least_bits / 6000;
  for (const bool low_delay : {false, true}) {
    SCOPED_TRACE(testing::Message() << config.latent.bitrate_kbps << " kbit/s, low delay " << low_delay);
    config.low_delay = low_delay;
    stream = EncodeClip(clip, config);
    ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
    ExpectWindowsMet(*stream, config.latent.bitrate_kbps);
  }
}

TEST(LatentRate, FrameCapIsNeverExceeded) {
  const Clip clip = MakeClip(kShapes[3], 24, true, 12);
  for (const int cap : {60, 200, 1000}) {
    for (const double kbps : {0.0, 100.0, 1000.0}) {
      for (const bool low_delay : {false, true}) {
        EncoderConfig config = Config(20);
        config.low_delay = low_delay;
        config.latent.max_frame_bytes = cap;
        config.latent.bitrate_kbps = kbps;
        const Result<Stream> stream = EncodeClip(clip, config);
        ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
        for (const Packet& packet : stream->packets) EXPECT_LE(packet.payload.size(), size_t(cap));
        const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
        ASSERT_TRUE(decoded.ok()) << decoded.error().OneLine();
        EXPECT_EQ(decoded->size(), clip.frames.size());
      }
    }
  }
  EncoderConfig config = Config(20);
  config.latent.max_frame_bytes = 3;
  EXPECT_EQ(EncodeClip(clip, config).TakeStatus().TakeError().kind, ErrorKind::kUsage);
}

// Frames before `first` repeat frame 0.
Clip StillFirst(Clip clip, size_t first) {
  for (size_t t = 0; t < clip.frames.size(); ++t) {
    if (t == 0 || t >= first) continue;
    for (size_t i = 0; i < clip.layers.size(); ++i) clip.frames[t].layers[i] = clip.frames[0].layers[i].Clone();
    if (!clip.luma.empty()) {
      for (int y = 0; y < clip.luma[t].height(); ++y) {
        std::copy_n(clip.luma[0].row(y), clip.luma[t].width(), clip.luma[t].row(y));
      }
    }
  }
  return clip;
}

// Mean over frames [first, end) of the SNR of all layers together, in dB.
double MeanSnr(const Clip& clip, const std::vector<DecodedFrame>& decoded, size_t first, size_t end) {
  double sum = 0;
  for (const DecodedFrame& frame : decoded) {
    if (size_t(frame.frame_number) < first || size_t(frame.frame_number) >= end) continue;
    double signal = 0;
    double error = 0;
    for (size_t i = 0; i < clip.layers.size(); ++i) {
      const std::span<const float> wanted = clip.frames[size_t(frame.frame_number)].layers[i].values();
      const std::span<const float> got = frame.frame.layers[i].values();
      for (size_t k = 0; k < wanted.size(); ++k) {
        signal += double(wanted[k]) * wanted[k];
        error += (double(wanted[k]) - got[k]) * (double(wanted[k]) - got[k]);
      }
    }
    sum += 10 * std::log10(signal / error);
  }
  return sum / double(end - first);
}

double EncodedSnr(const Clip& clip, const EncoderConfig& config, size_t first, size_t end) {
  const Result<Stream> stream = EncodeClip(clip, config);
  if (!stream.ok()) return -1;
  const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
  return decoded.ok() ? MeanSnr(clip, *decoded, first, end) : -1;
}

EncoderConfig FastConfig(bool low_delay) {
  EncoderConfig config = Config(30);
  config.preset = "fast";
  config.gop_frames = 32;
  config.low_delay = low_delay;
  config.latent.motion = LatentMotion::kZero;
  return config;
}

TEST(LatentRate, MotionAfterAStillPartIsAsGoodAsAlone) {
  const Clip moving = MakeClip({{"one", 16, 24, 32, 8, 0}}, 160, true, 13);
  const Clip clip = StillFirst(MakeClip({{"one", 16, 24, 32, 8, 0}}, 160, true, 13), 40);
  for (const bool low_delay : {false, true}) {
    EncoderConfig config = FastConfig(low_delay);
    config.latent.bitrate_kbps = 150;
    const double alone = EncodedSnr(moving, config, 90, 160);
    EXPECT_GT(alone, 8);
    EXPECT_GT(EncodedSnr(clip, config, 90, 160), alone - 1) << low_delay;
    EXPECT_GT(EncodedSnr(clip, config, 45, 90), alone - 3) << low_delay;
  }
}

TEST(LatentRate, StillClipsReachWhatConstantQpReaches) {
  const Clip clip = StillFirst(MakeClip({{"one", 16, 12, 16, 8, 0}}, 100, false, 13), 100);
  for (const bool low_delay : {false, true}) {
    EncoderConfig config = FastConfig(low_delay);
    config.latent.transform = LatentTransform::kIdentity;
    // With B frames it takes the base qp some spans to fall so far, and then the next intra frame.
    const size_t settled = low_delay ? 50 : 64;
    const double constant = EncodedSnr(clip, config, settled, 100);
    const Result<Stream> stream = EncodeClip(clip, config);
    ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
    double bits = 8.0 * double(stream->header.mode_config.size());
    for (const Packet& packet : stream->packets)
      bits += 8.0 * double(UsualBytes(packet, "latent", stream->header.layers.size()));
    config.latent.bitrate_kbps = bits / 4000;
    EXPECT_GT(EncodedSnr(clip, config, settled, 100), constant - 1) << low_delay;
  }
}

TEST(LatentRate, NoFrameTakesMoreThanTheBufferHolds) {
  const Clip clip = StillFirst(MakeClip({{"one", 16, 24, 32, 8, 0}}, 100, true, 13), 40);
  for (const double seconds : {0.1, 0.5, 2.0}) {
    for (const bool low_delay : {false, true}) {
      EncoderConfig config = FastConfig(low_delay);
      config.latent.bitrate_kbps = 200;
      config.latent.buffer_seconds = seconds;
      const Result<Stream> stream = EncodeClip(clip, config);
      ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
      double held = 200000 * seconds;
      for (const Packet& packet : stream->packets) {
        const double bits = 8.0 * double(UsualBytes(packet, "latent", stream->header.layers.size()));
        EXPECT_LE(bits, held + 64) << "frame " << packet.frame_number << ", buffer of " << seconds << " s";
        held = std::min(held - bits + 8000, 200000 * seconds);
      }
    }
  }
}

// A cap that qp 63 keeps is met by that, and no frame only repeats its references.
TEST(LatentRate, CapsAreMetByCoarserFramesFirst) {
  const Clip clip = MakeClip({{"one", 16, 24, 32, 8, 0}}, 24, true, 13);
  EncoderConfig config = FastConfig(true);
  config.latent.transform = LatentTransform::kIdentity;
  config.qp = 63;
  const Result<Stream> coarsest = EncodeClip(clip, config);
  ASSERT_TRUE(coarsest.ok()) << coarsest.error().OneLine();
  size_t largest = 0;
  for (const Packet& packet : coarsest->packets) largest = std::max(largest, packet.payload.size());
  const double snr = EncodedSnr(clip, config, 0, 24);
  config.qp = 10;
  config.latent.max_frame_bytes = int64_t(largest + 8);
  // Intra frames, finer than the rest at qp 63, may be as coarse here.
  EXPECT_GT(EncodedSnr(clip, config, 0, 24), snr - 0.5);
}

}  // namespace
}  // namespace fsc
