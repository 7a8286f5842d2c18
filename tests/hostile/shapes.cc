#include "shapes.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "events.h"

namespace fsc::hostile {
namespace {

using Frames = std::vector<FeatureFrame>;

LayerSpec Layer(int channels, int height_cells, int width_cells, int stride_px = 8) {
  return {.name = "features",
          .channels = channels,
          .height_cells = height_cells,
          .width_cells = width_cells,
          .stride_px = stride_px};
}

Situation Describe(std::string name, std::string shows, Against against, int frames, bool in_short_form) {
  Situation situation;
  situation.reference = name;
  situation.name = std::move(name);
  situation.shows = std::move(shows);
  situation.against = against;
  situation.frames = frames;
  situation.in_short_form = in_short_form;
  return situation;
}

// A scene of another shape, held against the safest choice.
Situation Shape(std::string name, std::string shows, Scene scene, int frames, bool in_short_form) {
  Situation situation = Describe(std::move(name), std::move(shows), Against::kSafest, frames, in_short_form);
  situation.clip = [scene, frames] { return Clip{scene.layers, FramesOf(scene, frames)}; };
  return situation;
}

Scene SceneOf(std::vector<LayerSpec> layers) {
  Scene scene;
  scene.layers = std::move(layers);
  return scene;
}

// 91 % zeros, as in the last layers of small classifiers.
Scene Sparse(LayerSpec layer) {
  Scene scene = SceneOf({std::move(layer)});
  scene.threshold = 1.4;
  return scene;
}

// The plain scene, changed, against the plain scene as it is.
Situation Changed(std::string name, std::string shows, void (*change)(Frames*), bool in_short_form) {
  Situation situation = Describe(std::move(name), std::move(shows), Against::kTwin, kPartFrames, in_short_form);
  situation.clip = [change] {
    Clip clip{PlainScene().layers, FramesOf(PlainScene(), kPartFrames)};
    change(&clip.frames);
    return clip;
  };
  situation.twin = [] { return Clip{PlainScene().layers, FramesOf(PlainScene(), kPartFrames)}; };
  situation.reference = "plain";
  return situation;
}

// The plain scene, changed, against the safest choice.
Situation Values(std::string name, std::string shows, void (*change)(Frames*), bool in_short_form) {
  Situation situation = Changed(std::move(name), std::move(shows), change, in_short_form);
  situation.against = Against::kSafest;
  situation.twin = nullptr;
  situation.reference = situation.name;
  return situation;
}

void Apply(double (*function)(double), Frames* frames) {
  for (FeatureFrame& frame : *frames) {
    for (Tensor& tensor : frame.layers) {
      for (float& value : tensor.values()) value = float(function(value));
    }
  }
}

constexpr int kOutlierChannel = 5;
constexpr int kOutlierCell = 100;

void SetOutlier(float value, FeatureFrame* frame) {
  frame->layers[0].plane(kOutlierChannel)[kOutlierCell] = value;
}

void AddControls(std::vector<Situation>* list) {
  list->push_back(Shape("plain", "nothing awkward", PlainScene(), kPartFrames, true));
  Scene scene = PlainScene();
  scene.activation = Activation::kSigned;
  list->push_back(Shape("plain_signed", "nothing awkward, with a short negative side", scene, kPartFrames, false));
  scene = PlainScene();
  scene.cells_per_frame = 0.8;
  list->push_back(Shape("fast_pan", "a picture's width of new content in 20 frames", scene, 2 * kPartFrames, false));
}

void AddScales(std::vector<Situation>* list) {
  list->push_back(Changed(
      "scale_millionth", "everything times 1e-6", [](Frames* frames) { Scale(1e-6, frames); }, true));
  list->push_back(Changed(
      "scale_million", "everything times 1e6", [](Frames* frames) { Scale(1e6, frames); }, false));
  list->push_back(Changed(
      "far_from_zero", "everything plus 80 deviations",
      [](Frames* frames) { Apply([](double x) { return x + 80; }, frames); }, false));
  Situation pyramid = Describe("unlike_pyramid", "three layers at 1e-6, 1 and 1e6", Against::kTwin, kPartFrames, true);
  pyramid.ceiling_floor_db = 48;
  pyramid.floor_reason = "of a layer four times finer than the coarsest the step is twice as large at any QP";
  pyramid.twin = [] {
    const Scene scene = SceneOf({Layer(8, 20, 24, 8), Layer(16, 10, 12, 16), Layer(24, 5, 6, 32)});
    return Clip{scene.layers, FramesOf(scene, kPartFrames)};
  };
  pyramid.clip = [twin = pyramid.twin] {
    Clip clip = twin();
    for (FeatureFrame& frame : clip.frames) {
      for (float& value : frame.layers[0].values()) value *= 1e-6f;
      for (float& value : frame.layers[2].values()) value *= 1e6f;
    }
    return clip;
  };
  list->push_back(std::move(pyramid));
}

void AddOutliers(std::vector<Situation>* list) {
  const std::string clipped = "the outlier itself is left out: beside it, a 16-bit step of the rest has no room for it";
  const auto add = [&](Situation situation, int frame) {
    situation.excluded = {{frame, 0, kOutlierChannel, kOutlierCell}};
    situation.floor_reason = clipped;
    list->push_back(std::move(situation));
  };
  add(Changed(
          "outlier_first", "one value of 1e6 in the first frame",
          [](Frames* frames) { SetOutlier(1e6f, &frames->front()); }, true),
      0);
  add(Changed(
          "outlier_later", "one value of -1e6 in frame 20", [](Frames* frames) { SetOutlier(-1e6f, &(*frames)[20]); },
          true),
      20);
  add(Changed(
          "outlier_always", "one value of 1e4 in every frame, as networks with massive activations have them",
          [](Frames* frames) {
            for (FeatureFrame& frame : *frames) SetOutlier(1e4f, &frame);
          },
          false),
      -1);
}

void AddDistributions(std::vector<Situation>* list) {
  list->push_back(Values(
      "loud_channel", "one channel at a hundred times the scale of the others",
      [](Frames* frames) {
        for (FeatureFrame& frame : *frames) {
          for (float& value : frame.layers[0].plane(3)) value *= 100;
        }
      },
      false));
  Situation heavy = Values(
      "heavy_tails", "fifth powers: few large values, many small ones",
      [](Frames* frames) { Apply([](double x) { return x * x * x * x * x; }, frames); }, true);
  heavy.ceiling_floor_db = 40;
  heavy.floor_reason = "the largest value is a few hundred deviations, and a plane's step is 1/32767 of it at least";
  list->push_back(std::move(heavy));
  Scene noise = PlainScene();
  noise.noise = 30;
  noise.activation = Activation::kLinear;
  list->push_back(Shape("noise", "new noise in every frame", noise, 24, false));
}

void AddStill(std::vector<Situation>* list) {
  Situation still = Describe("still", "48 copies of one frame", Against::kSafest, 48, true);
  still.clip = [] {
    Clip clip{PlainScene().layers, {}};
    const FeatureFrame frame = FrameOf(PlainScene(), 0);
    for (int t = 0; t < 48; ++t) clip.frames.push_back(Copy(frame));
    return clip;
  };
  list->push_back(std::move(still));
}

void AddConstants(std::vector<Situation>* list) {
  Situation one =
      Describe("constant_layer", "a layer of constants beside a scene", Against::kSafest, kPartFrames, true);
  one.clip = [] {
    const Scene scene = SceneOf({Layer(16, 10, 12), Layer(8, 6, 7)});
    Clip clip{scene.layers, FramesOf(scene, kPartFrames)};
    for (FeatureFrame& frame : clip.frames) std::ranges::fill(frame.layers[1].values(), 3.7f);
    return clip;
  };
  list->push_back(std::move(one));
  Situation all = Describe("all_constant", "constants, another in each channel", Against::kSafest, kPartFrames, false);
  all.clip = [] {
    const Scene scene = SceneOf({Layer(16, 10, 12)});
    Clip clip{scene.layers, {}};
    for (int t = 0; t < kPartFrames; ++t) clip.frames.push_back(BlackFrame(scene));
    return clip;
  };
  list->push_back(std::move(all));
  Situation zero = Describe("all_zero", "nothing but zeros", Against::kSafest, kPartFrames, false);
  zero.clip = [] {
    const Scene scene = SceneOf({Layer(16, 10, 12)});
    Clip clip{scene.layers, {}};
    for (int t = 0; t < kPartFrames; ++t) {
      clip.frames.push_back(BlackFrame(scene));
      Scale(0, &clip.frames.back());
    }
    return clip;
  };
  list->push_back(std::move(zero));
}

// One cell that sees something new in every frame, before the activation.
Scene Pooled(int channels) {
  Scene scene = SceneOf({Layer(channels, 1, 1, 32)});
  scene.cells_per_frame = 4;
  scene.activation = Activation::kLinear;
  return scene;
}

void AddShapes(std::vector<Situation>* list) {
  Situation cell = Shape("one_cell", "1 x 1 x 1", Pooled(1), 48, true);
  cell.ceiling_floor_db = 46;
  cell.floor_reason = "a frame is one value: its error is one sample of what elsewhere is averaged";
  list->push_back(std::move(cell));
  list->push_back(Shape("one_channel", "1 x 24 x 32", SceneOf({Layer(1, 24, 32)}), kPartFrames, false));
  list->push_back(Shape("one_row", "3 x 1 x 29", SceneOf({Layer(3, 1, 29)}), kPartFrames, false));
  list->push_back(Shape("pooled_128", "128 x 1 x 1", Pooled(128), kPartFrames, true));
  list->push_back(Shape("pooled_512", "512 x 1 x 1", Pooled(512), kPartFrames, false));
  list->push_back(Shape("pooled_2048", "2048 x 1 x 1", Pooled(2048), kPartFrames, false));
  list->push_back(
      Shape("late_128", "128 x 7 x 7: more channels than cells", SceneOf({Layer(128, 7, 7, 32)}), 16, true));
  list->push_back(Shape("late_512", "512 x 7 x 7", SceneOf({Layer(512, 7, 7, 32)}), 16, false));
  list->push_back(Shape("late_2048", "2048 x 7 x 7", SceneOf({Layer(2048, 7, 7, 32)}), 14, false));
  list->push_back(Shape("sparse_128", "128 x 8 x 8, nine values of ten are 0", Sparse(Layer(128, 8, 8, 16)), 16, true));
  list->push_back(Shape("sparse_512", "512 x 13 x 13, the same", Sparse(Layer(512, 13, 13, 16)), 14, false));
}

}  // namespace

std::vector<Situation> ShapeSituations() {
  std::vector<Situation> list;
  AddControls(&list);
  AddScales(&list);
  AddOutliers(&list);
  AddDistributions(&list);
  AddStill(&list);
  AddConstants(&list);
  AddShapes(&list);
  return list;
}

}  // namespace fsc::hostile
