#include "events.h"

#include <algorithm>
#include <span>
#include <utility>

#include "setups.h"

namespace fsc::hostile {
namespace {

using Frames = std::vector<FeatureFrame>;

Scene OtherScene() {
  Scene scene = PlainScene();
  scene.seed = 2;
  return scene;
}

// Before an activation: half of the values are negative.
Scene LinearScene() {
  Scene scene = PlainScene();
  scene.activation = Activation::kLinear;
  return scene;
}

Frames Repeat(const FeatureFrame& frame, int count) {
  Frames frames;
  for (int t = 0; t < count; ++t) frames.push_back(Copy(frame));
  return frames;
}

Frames Scaled(double factor, Frames frames) {
  Scale(factor, &frames);
  return frames;
}

Frames Black(int count) {
  return Repeat(BlackFrame(PlainScene()), count);
}

Frames Plain(int count = kPartFrames) {
  return FramesOf(PlainScene(), count);
}

// Constants with a thousandth of noise: what a network makes of a covered lens.
Frames AlmostConstant(int count) {
  Frames frames = Black(count);
  for (int t = 0; t < count; ++t) {
    for (size_t i = 0; i < frames[t].layers.size(); ++i) {
      const std::span<float> values = frames[t].layers[i].values();
      for (size_t k = 0; k < values.size(); ++k) {
        values[k] += 1e-3f * float(Normal(k + values.size() * size_t(t)));
      }
    }
  }
  return frames;
}

// From 1/`count` of the brightness up to all of it. What a black picture gives stays.
Frames FadeIn(int count) {
  Frames frames = FramesOf(PlainScene(), count, -count);
  const FeatureFrame black = BlackFrame(PlainScene());
  for (int t = 0; t < count; ++t) {
    const float share = float(t + 1) / float(count);
    for (size_t i = 0; i < black.layers.size(); ++i) {
      const std::span<float> values = frames[t].layers[i].values();
      for (size_t k = 0; k < values.size(); ++k) {
        values[k] = share * values[k] + (1 - share) * black.layers[i].values()[k];
      }
    }
  }
  return frames;
}

Frames WithoutChannels(int first, int count, Frames frames) {
  for (FeatureFrame& frame : frames) {
    for (int c = first; c < first + count; ++c) std::ranges::fill(frame.layers[0].plane(c), 0.0f);
  }
  return frames;
}

Frames NotNegative(Frames frames) {
  for (FeatureFrame& frame : frames) {
    for (Tensor& tensor : frame.layers) {
      for (float& value : tensor.values()) value = std::max(value, 0.0f);
    }
  }
  return frames;
}

Frames SceneEvery(int frames_each, int scenes) {
  Frames frames;
  for (int s = 0; s < scenes; ++s) {
    Scene scene = PlainScene();
    scene.seed = uint32_t(10 + s);
    Append(FramesOf(scene, frames_each), &frames);
  }
  return frames;
}

// `before` and then the plain scene, which is compared.
Situation Before(std::string name, std::string shows, Frames (*before)(), int before_frames, bool in_short_form) {
  Situation situation;
  situation.name = std::move(name);
  situation.shows = std::move(shows);
  situation.clip = [before] {
    Clip clip{PlainScene().layers, before()};
    Append(Plain(), &clip.frames);
    return clip;
  };
  situation.first = before_frames;
  situation.frames = kPartFrames;
  situation.reference = "plain";
  situation.in_short_form = in_short_form;
  return situation;
}

// `before` and then something else than the plain scene.
Situation Other(std::string name, std::string shows, Frames (*before)(), int before_frames, Frames (*part)(),
                bool in_short_form) {
  Situation situation = Before(name, std::move(shows), before, before_frames, in_short_form);
  situation.clip = [before, part] {
    Clip clip{PlainScene().layers, before()};
    Append(part(), &clip.frames);
    return clip;
  };
  situation.reference = std::move(name);
  return situation;
}

void AddStarts(std::vector<Situation>* list) {
  list->push_back(Before(
      "black_start", "16 black frames first", [] { return Black(16); }, 16, true));
  list->push_back(Before(
      "black_start_of_12", "12 black frames first: the part begins within a group", [] { return Black(12); }, 12,
      false));
  list->push_back(Before(
      "one_black_frame", "a single black frame first", [] { return Black(1); }, 1, true));
  list->push_back(Before(
      "zero_start", "eight frames of nothing but zeros first", [] { return Scaled(0, Plain(8)); }, 8, false));
  list->push_back(Before(
      "covered_start", "ten frames of constants with a thousandth of noise first", [] { return AlmostConstant(10); },
      10, false));
  list->push_back(Before(
      "fade_in", "faded in over 16 frames", [] { return FadeIn(16); }, 16, true));
  list->push_back(Before(
      "fade_from_black", "black for eight frames, then faded in over 16",
      [] {
        Frames frames = Black(8);
        Append(FadeIn(16), &frames);
        return frames;
      },
      24, false));
  list->push_back(Before(
      "dark_start", "eight frames at a tenth of the scale first", [] { return Scaled(0.1, Plain(8)); }, 8, true));
  list->push_back(Before(
      "dim_start", "eight frames at .3 of the scale first", [] { return Scaled(0.3, Plain(8)); }, 8, false));
  list->push_back(Before(
      "tiny_start", "16 frames at a millionth of the scale first", [] { return Scaled(1e-6, Plain(16)); }, 16, false));
  list->push_back(Before(
      "huge_start", "16 frames at a million times the scale first", [] { return Scaled(1e6, Plain(16)); }, 16, false));
}

void AddCuts(std::vector<Situation>* list) {
  list->push_back(Before(
      "cut", "16 frames of another scene, then a cut", [] { return FramesOf(OtherScene(), 16); }, 16, true));
  list->push_back(Before(
      "cut_after_21", "a cut within a group", [] { return FramesOf(OtherScene(), 21); }, 21, false));
  list->push_back(Before(
      "cut_from_quiet", "a cut from a scene of a tenth of the scale",
      [] { return Scaled(0.1, FramesOf(OtherScene(), 16)); }, 16, false));
  list->push_back(Before(
      "cut_from_loud", "a cut from a scene of ten times the scale",
      [] { return Scaled(10, FramesOf(OtherScene(), 16)); }, 16, true));
  list->push_back(Before(
      "cuts_every_four", "six scenes of four frames first", [] { return SceneEvery(4, 6); }, 24, false));
  list->push_back(Before(
      "blink", "the scene, then eight black frames, then the scene again",
      [] {
        Frames frames = Plain(8);
        Append(Black(8), &frames);
        return frames;
      },
      16, false));
  list->push_back(Before(
      "flash", "the scene with one white frame in it",
      [] {
        Frames frames = FramesOf(PlainScene(), 15, -16);
        Append(Scaled(5, Black(1)), &frames);
        return frames;
      },
      16, false));
  list->push_back(Other(
      "exposure_down", "the scene, then the same at .3 of its scale", [] { return FramesOf(PlainScene(), 16, -16); },
      16, [] { return Scaled(0.3, Plain()); }, true));
  list->push_back(Other(
      "fade_out", "the scene, faded out over 16 frames to a fiftieth",
      [] {
        Frames frames = FramesOf(PlainScene(), 32, -32);
        for (int t = 16; t < 32; ++t) Scale(1 - 0.98 * (t - 15) / 16, &frames[t]);
        return frames;
      },
      32, [] { return Scaled(0.02, Plain()); }, false));
}

void AddMotion(std::vector<Situation>* list) {
  list->push_back(Before(
      "still_then_motion", "48 copies of a frame, then motion", [] { return Repeat(FrameOf(PlainScene(), -1), 48); },
      48, true));
  // The still part begins with an intra frame, as it does alone, unless ranges of the moving part began a period.
  Situation still = Other(
      "motion_then_still", "a period of moving frames, then copies of the last",
      [] { return FramesOf(PlainScene(), kGopFrames, -kGopFrames); }, kGopFrames,
      [] { return Repeat(FrameOf(PlainScene(), -1), kPartFrames); }, false);
  still.copies = true;
  list->push_back(std::move(still));
  list->push_back(Other(
      "noise_then_scene", "16 frames of noise, then a scene",
      [] {
        Scene noise = PlainScene();
        noise.noise = 30;
        return Scaled(1.0 / 20, FramesOf(noise, 16));
      },
      16, [] { return Plain(); }, false));
}

void AddChannels(std::vector<Situation>* list) {
  Situation wake = Before(
      "channels_wake", "half of the channels are dead for 16 frames",
      [] { return WithoutChannels(0, 10, FramesOf(PlainScene(), 16, -16)); }, 16, true);
  wake.watched_channels = 10;
  list->push_back(std::move(wake));
  Situation one = Before(
      "one_channel_wakes", "one channel is dead for 16 frames",
      [] { return WithoutChannels(0, 1, FramesOf(PlainScene(), 16, -16)); }, 16, false);
  one.watched_channels = 1;
  list->push_back(std::move(one));
  list->push_back(Other(
      "signs_appear", "ten frames without negative values, then half of them negative",
      [] { return NotNegative(FramesOf(LinearScene(), 10, -10)); }, 10, [] { return FramesOf(LinearScene(), 32); },
      true));
}

// Hours in little: a day's light, a cut every hundred frames, and a black frame now and then.
void AddHours(std::vector<Situation>* list) {
  constexpr int kFrames = 2000;
  Situation situation;
  situation.name = "hours";
  situation.shows = "2000 tiny frames: the light of a day, scenes, black frames; the last 32 are compared";
  situation.clip = [] {
    Scene scene;
    scene.layers = {{.name = "tiny", .channels = 6, .height_cells = 5, .width_cells = 6, .stride_px = 8}};
    Clip clip{scene.layers, {}};
    for (int t = 0; t < kFrames; ++t) {
      scene.seed = uint32_t(1 + (t + kPartFrames) / 100);
      FeatureFrame frame = FrameOf(scene, t);
      const double day = double(t % 500) / 250 - 1;  // -1..1
      if (t < kFrames - kPartFrames) Scale(t % 333 < 3 ? 0 : 0.02 + day * day, &frame);
      clip.frames.push_back(std::move(frame));
    }
    return clip;
  };
  situation.first = kFrames - kPartFrames;
  situation.frames = kPartFrames;
  situation.reference = "hours";
  list->push_back(std::move(situation));
}

}  // namespace

Scene PlainScene() {
  Scene scene;
  scene.layers = {{.name = "features", .channels = 20, .height_cells = 10, .width_cells = 14, .stride_px = 8}};
  return scene;
}

std::vector<Situation> EventSituations() {
  std::vector<Situation> list;
  AddStarts(&list);
  AddCuts(&list);
  AddMotion(&list);
  AddChannels(&list);
  AddHours(&list);
  return list;
}

}  // namespace fsc::hostile
