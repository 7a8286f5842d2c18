// The rate control against simulated content: still parts, cuts, black, noise, small buffers. What encoders make of it
// is in ../latent/encode/rate_test.cc.
#include "codec/rate/window_controller.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <vector>

#include "codec/qp.h"

namespace fsc {
namespace {

constexpr double kElements = 50000;
constexpr double kCopyBits = 290;

// A frame repeats the one before it where both have one picture number.
struct Content {
  int picture = 0;
  double intra_height = 0;  // log2(bits per element) at qp 44
  double innovation = -1;   // of a predicted frame of another picture, octaves against an intra frame
};

// As an encoder sees it: `bits` of a frame at a qp, with the pictures that its references show.
class SimulatedCoder {
 public:
  explicit SimulatedCoder(std::vector<Content> contents) : contents_(std::move(contents)) {}

  double Bits(const PlannedFrame& plan, int qp) const {
    const Content& content = contents_[size_t(plan.frame_number)];
    const double intra = IntraBits(content, qp);
    if (plan.frame_class == FrameClass::kIntra) return kCopyBits + intra;
    const int shown = ShownOf(plan);
    if (shown <= kMaxQp) return kCopyBits + 1.3 * std::max(0.0, intra - IntraBits(content, shown));
    const double less = plan.frame_class == FrameClass::kPredicted ? 0.0 : 0.7;
    return kCopyBits + intra * std::exp2(content.innovation - less);
  }
  void Keep(const PlannedFrame& plan, int qp, double bits, bool starved) {
    const int shown = ShownOf(plan);
    const int picture = contents_[size_t(plan.frame_number)].picture;
    if (starved) qp = shown <= kMaxQp ? shown : kStarved;
    shown_[plan.frame_number] = {picture, std::min(qp, shown)};
    bits_[plan.frame_number] = bits;
  }

  // Whether the frame's picture is that of all its references, and those came before it.
  bool Repeats(const PlannedFrame& plan) const {
    return !plan.references.empty() && std::ranges::all_of(plan.references, [&](int64_t reference) {
      return reference < plan.frame_number &&
             contents_[size_t(reference)].picture == contents_[size_t(plan.frame_number)].picture;
    });
  }

  int frames() const { return int(contents_.size()); }
  double BitsOf(int64_t frame) const { return bits_.at(frame); }
  // A frame that shows another picture counts as much coarser than the largest qp.
  double MeanQp(int first, int end) const {
    double sum = 0;
    for (int t = first; t < end; ++t) sum += shown_.at(t).qp;
    return sum / (end - first);
  }
  double Sum(int first, int end) const {
    double sum = 0;
    for (int t = first; t < end; ++t) sum += bits_.at(t);
    return sum;
  }

 private:
  static constexpr int kStarved = 80;
  struct Shown {
    int picture = 0;
    int qp = 0;
  };
  static double IntraBits(const Content& content, double qp) {
    return kElements * std::exp2(3 - (3 - content.intra_height) * std::exp(0.06 * (qp - 44)));
  }
  int ShownOf(const PlannedFrame& plan) const {
    int finest = kStarved + 1;
    for (const int64_t reference : plan.references) {
      const Shown& shown = shown_.at(reference);
      if (shown.picture == contents_[size_t(plan.frame_number)].picture) finest = std::min(finest, shown.qp);
    }
    return finest;
  }

  std::vector<Content> contents_;
  std::map<int64_t, Shown> shown_;
  std::map<int64_t, double> bits_;
};

struct Setting {
  double bits_per_element = 0.3;
  int gop = 32;
  int span = 0;
  double buffer_frames = 0;
  std::vector<int> key_frames;  // that the encoder inserts
  double key_bits = 0;
  bool tells_repeats = false;  // PlannedFrame::repeats
};

RateOptions OptionsOf(const Setting& setting) {
  RateOptions options;
  options.elements = kElements;
  options.bits_per_frame = setting.bits_per_element * kElements;
  options.window_frames = 50;
  options.buffer_frames = setting.buffer_frames;
  options.gop.gop_frames = setting.gop;
  options.gop.span_frames = setting.span;
  return options;
}

void CodeFrame(const PlannedFrame& plan, WindowController* control, SimulatedCoder* coder) {
  int qp = control->QpFor(plan);
  for (int tries = 0; control->Learn(plan, qp, coder->Bits(plan, qp)); ++tries) {
    ASSERT_LT(tries, 6);
    qp = control->QpFor(plan);
  }
  bool starved = control->Starves(plan);
  const double most = control->MostBits(plan);
  while (!starved && coder->Bits(plan, qp) > most) starved = qp++ == kMaxQp;
  qp = std::min(qp, kMaxQp);
  const double bits = starved ? kCopyBits : coder->Bits(plan, qp);
  EXPECT_LE(bits, std::max(control->held_bits(), kCopyBits)) << "frame " << plan.frame_number;
  coder->Keep(plan, qp, bits, starved);
  control->Spend(plan, qp, bits, starved);
}

void Code(const Setting& setting, SimulatedCoder* coder) {
  const RateOptions options = OptionsOf(setting);
  WindowController control(options);
  GopPlanner planner(options.gop);
  std::vector<PlannedFrame> plans;
  const auto code = [&] {
    for (PlannedFrame& plan : plans) {
      plan.repeats = setting.tells_repeats && coder->Repeats(plan);
      CodeFrame(plan, &control, coder);
    }
    plans.clear();
  };
  for (int t = 0; t < coder->frames(); ++t) {
    if (std::find(setting.key_frames.begin(), setting.key_frames.end(), t) != setting.key_frames.end()) {
      planner.Flush(&plans);
      code();
      planner = GopPlanner(options.gop);
      control.KeyFrameNow(setting.key_bits);
    }
    planner.Push(t, &plans);
    code();
  }
  planner.Flush(&plans);
  code();
}

std::vector<Content> Moving(int frames, int first_picture = 1) {
  std::vector<Content> contents;
  for (int t = 0; t < frames; ++t) contents.push_back({first_picture + t, 0.5, -1});
  return contents;
}

std::vector<Content> Still(int frames) {
  return std::vector<Content>(size_t(frames), {1, 0.5, -1});
}

std::vector<Content> Joined(std::vector<Content> a, const std::vector<Content>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

// What constant qp takes, frame by frame as the control's encoder codes them.
double BitsAtConstantQp(const Setting& setting, std::vector<Content> contents, int qp) {
  SimulatedCoder coder(std::move(contents));
  GopPlanner planner(OptionsOf(setting).gop);
  std::vector<PlannedFrame> plans;
  for (int t = 0; t < coder.frames(); ++t) planner.Push(t, &plans);
  planner.Flush(&plans);
  for (const PlannedFrame& plan : plans) {
    const int frame_qp = std::clamp(qp + plan.qp_offset, 0, kMaxQp);
    coder.Keep(plan, frame_qp, coder.Bits(plan, frame_qp), false);
  }
  return coder.Sum(0, coder.frames());
}

TEST(WindowController, StillClipsReachWhatConstantQpReaches) {
  for (const int span : {0, 8}) {
    for (const int qp : {10, 20, 30, 40}) {
      SCOPED_TRACE(testing::Message() << "span " << span << " qp " << qp);
      Setting setting;
      setting.span = span;
      // Four intra frames in 100 take what four in 128 may.
      setting.bits_per_element = BitsAtConstantQp(setting, Still(100), qp) / 100 / kElements;
      SimulatedCoder coder(Still(200));
      Code(setting, &coder);
      // With B frames it takes the base qp some spans to fall so far.
      const int settled = span > 0 && qp < 20 ? 100 : 50;
      EXPECT_LE(coder.MeanQp(settled, settled + 50), qp - 2 + 1);
      EXPECT_LE(coder.MeanQp(100, 200), qp - 2 + 1);
    }
  }
}

// Low delay: a copy is known as one by its bits only where it is no finer than what it repeats, so for ten frames by
// chance; where the encoder says so, from the fourth on.
TEST(WindowController, CopiesThatAreToldAreRefinedAtOnce) {
  for (const double bits_per_element : {0.05, 0.3}) {
    Setting setting;
    setting.bits_per_element = bits_per_element;
    SimulatedCoder found(Still(100));
    Code(setting, &found);
    setting.tells_repeats = true;
    SimulatedCoder told(Still(100));
    Code(setting, &told);
    EXPECT_LE(told.MeanQp(4, 10), found.MeanQp(4, 10) - 4);
    EXPECT_LE(told.MeanQp(50, 100), found.MeanQp(50, 100) + 0.5);
    EXPECT_LE(told.Sum(0, 100), found.Sum(0, 100) * 1.15);
  }
}

// How much coarser frames that move from `start` on are shown than alone: in the first window, and from the second on.
struct Coarser {
  double first = 0;
  double later = 0;
};

Coarser CoarserThanAlone(const Setting& setting, std::vector<Content> contents, int start, SimulatedCoder* coder) {
  SimulatedCoder alone(Moving(200));
  Code(setting, &alone);
  *coder = SimulatedCoder(std::move(contents));
  Code(setting, coder);
  return {coder->MeanQp(start, start + 50) - alone.MeanQp(50, 150),
          coder->MeanQp(start + 50, start + 150) - alone.MeanQp(50, 150)};
}

TEST(WindowController, MotionAfterStillPartsIsAsGoodAsAlone) {
  for (const int span : {0, 8}) {
    for (const int gop : {32, 64, 256}) {
      for (const int still : {10, 33, 40, 60, 64, 97, 150}) {
        for (const double bits_per_element : {0.05, 0.3}) {
          SCOPED_TRACE(testing::Message()
                       << "span " << span << " gop " << gop << " still " << still << " at " << bits_per_element);
          Setting setting;
          setting.span = span;
          setting.gop = gop;
          setting.bits_per_element = bits_per_element;
          const double fair = bits_per_element * kElements;
          SimulatedCoder coder({});
          for (const int before : {0, 30}) {
            setting.tells_repeats = before + still == 40;
            const int start = before + still;
            const std::vector<Content> quiet = Joined(Moving(before, -40), Still(still));
            const Coarser coarser = CoarserThanAlone(setting, Joined(quiet, Moving(160, 2)), start, &coder);
            EXPECT_LE(coarser.first, 6) << before;
            EXPECT_LE(coarser.later, 1) << before;
            if (start % gop != 0) {
              EXPECT_LE(coder.BitsOf(start), 10 * fair) << before;
            }
          }
        }
      }
    }
  }
}

TEST(WindowController, SoIsMotionAfterBlack) {
  for (const bool key_frame : {false, true}) {
    for (const int span : {0, 8}) {
      for (const int black : {5, 12, 60, 130}) {
        SCOPED_TRACE(testing::Message() << "key frame " << key_frame << " span " << span << " black " << black);
        Setting setting;
        setting.span = span;
        if (key_frame) {
          setting.key_frames = {black};
          setting.key_bits = 0.3 * kElements;
        }
        SimulatedCoder coder({});
        std::vector<Content> contents(size_t(black), {0, -11, 0});
        contents = Joined(contents, Moving(160));
        contents[size_t(black)].innovation = 0.2;
        const Coarser coarser = CoarserThanAlone(setting, contents, black, &coder);
        EXPECT_LE(coarser.first, 5);
        EXPECT_LE(coarser.later, 1);
      }
    }
  }
}

TEST(WindowController, KeyFramesThatAreInsertedArePaidFor) {
  for (const int span : {0, 8}) {
    for (const int distance : {10, 20, 70}) {
      SCOPED_TRACE(testing::Message() << "span " << span << " distance " << distance);
      Setting setting;
      setting.span = span;
      setting.gop = 128;
      setting.key_bits = 0.5 * setting.bits_per_element * kElements;
      std::vector<Content> contents;
      for (int t = 0; t < 420; ++t) {
        const bool other = t / distance % 2 == 1;
        contents.push_back({t, other ? -1.0 : 0.5, -1});
        if (t > 0 && t % distance == 0) setting.key_frames.push_back(t);
      }
      SimulatedCoder coder(contents);
      Code(setting, &coder);
      const double sections = double(setting.key_frames.size()) * setting.key_bits;
      const double all = coder.Sum(0, 420) + sections;
      EXPECT_NEAR(all / (420 * setting.bits_per_element * kElements), 1, 0.1);
      for (int t = 0; t < 420; ++t) EXPECT_LE(coder.MeanQp(t, t + 1), 63) << t;
    }
  }
}

// What a fit for the group that begins there goes by.
TEST(WindowController, KeyFramesBeginWithTheQpThatWasForetold) {
  for (const int still_frames : {0, 30}) {
    Setting setting;
    WindowController control(OptionsOf(setting));
    GopPlanner planner(OptionsOf(setting).gop);
    std::vector<PlannedFrame> plans;
    for (int t = 0; t < 40 + still_frames; ++t) planner.Push(t, &plans);
    int finest = 63;
    for (const PlannedFrame& plan : plans) {
      const auto bits = [&](int qp) {
        if (plan.frame_number >= 40 && plan.frame_class != FrameClass::kIntra) return 200.0;
        return 200 + kElements * std::exp2(3 - 4.5 * std::exp(0.06 * (qp - 44)));
      };
      int qp = control.QpFor(plan);
      while (control.Learn(plan, qp, bits(qp))) qp = control.QpFor(plan);
      control.Spend(plan, qp, bits(qp), false);
      finest = std::min(finest, qp);
    }
    const int foretold = control.KeyFrameQp();
    EXPECT_GT(foretold, finest) << "a still part is finer than what comes after it";
    control.KeyFrameNow(1000);
    GopPlanner again(OptionsOf(setting).gop);
    plans.clear();
    again.Push(0, &plans);
    EXPECT_NEAR(control.QpFor(plans[0]), foretold + plans[0].qp_offset, 1);
  }
}

TEST(WindowController, SmallBuffersHold) {
  for (const double buffer_frames : {1.0, 3.0, 12.5, 25.0}) {
    for (const int span : {0, 8}) {
      SCOPED_TRACE(testing::Message() << "buffer " << buffer_frames << " span " << span);
      Setting setting;
      setting.span = span;
      setting.buffer_frames = buffer_frames;
      SimulatedCoder coder(Joined(Joined(Moving(100), Still(70)), Moving(130, 200)));
      Code(setting, &coder);
      const double fair = setting.bits_per_element * kElements;
      // No stretch has more than what the buffer had and what came in.
      for (int first = 0; first < coder.frames(); first += 7) {
        for (int end = first + 1; end <= coder.frames(); end += 5) {
          EXPECT_LE(coder.Sum(first, end), (buffer_frames + end - first + span) * fair);
        }
      }
      EXPECT_LE(coder.MeanQp(0, coder.frames()), 63);
    }
  }
}

// Below what the largest qp takes, frames repeat their references, and intra frames that do not fit are empty.
TEST(WindowController, NoiseBelowTheLargestQpStarvesEvenly) {
  for (const int gop : {1, 16}) {
    Setting setting;
    setting.gop = gop;
    std::vector<Content> contents;
    for (int t = 0; t < 300; ++t) contents.push_back({t, 2.2, 0});
    SimulatedCoder coder(contents);
    setting.bits_per_element = 0.7 * BitsAtConstantQp(setting, contents, 63) / 300 / kElements;
    Code(setting, &coder);
    const double fair = setting.bits_per_element * kElements;
    EXPECT_LE(coder.Sum(0, 300), 350 * fair);
    for (int t = 50; gop > 1 && t < 300; t += 50) EXPECT_NEAR(coder.Sum(t, t + 50) / (50 * fair), 1, 0.2);
  }
}

}  // namespace
}  // namespace fsc
