#include "scenarios.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "codec/profile/transform.h"
#include "fsc/encoder.h"
#include "fsc/plane.h"
#include "fsc/stream_joiner.h"
#include "motion/flow_opencv.h"
#include "tests/support/moving_frames.h"
#include "tests/support/profile_fixture.h"

namespace fsc::conformance {
namespace {

struct Point {
  double x = 0;
  double y = 0;
};

// Where in frame 0 that lies which is at `p` in frame t.
Point Origin(Movement movement, Point p, int t, Point size) {
  switch (movement) {
    case Movement::kShift:
      return {p.x - 2 * t, p.y - t};
    case Movement::kZoom: {
      const double scale = std::pow(1.01, -t);
      return {(p.x - size.x / 2) * scale + size.x / 2, (p.y - size.y / 2) * scale + size.y / 2};
    }
    case Movement::kTwoRegions:
      return p.x < size.x / 2 ? Point{p.x, p.y - 3 * t} : Point{p.x - t, p.y + 2 * t};
    case Movement::kStill:
    case Movement::kNoise:
      return p;
  }
  return p;
}

double Pattern(Point p, int channel) {
  return std::sin(p.x * 0.05 + 0.7 * channel) * std::cos(p.y * 0.04 + 0.3 * channel) +
         0.5 * std::sin(p.x * 0.11 - p.y * 0.07 + channel);
}

LayerSpec Layer(std::string name, int channels, int height_cells, int width_cells, int stride_px, int phase_px16 = 0) {
  return {std::move(name), channels, height_cells, width_cells, stride_px, phase_px16};
}

Scenario Make(std::string name, std::vector<LayerSpec> layers, int frames, int qp, bool luma) {
  Scenario scenario;
  scenario.name = std::move(name);
  scenario.layers = std::move(layers);
  scenario.frames = frames;
  scenario.luma = luma;
  scenario.config.mode = "latent";
  scenario.config.qp = qp;
  return scenario;
}

std::vector<LayerSpec> Pyramid() {
  return {Layer("p3", 6, 24, 40, 8, 56), Layer("p4", 10, 12, 20, 16, -120), Layer("p5", 16, 6, 10, 32)};
}

// Three clips whose configurations differ in means, scales and groups; all have the same planes.
Scenario Joined(int frames, int qp) {
  Scenario joined = Make("joined", {Layer("a", 4, 9, 13, 8, 56), Layer("b", 6, 5, 7, 16)}, frames, qp, true);
  joined.config.gop_frames = 4;
  joined.config.latent.transform = LatentTransform::kIdentity;
  Scenario second = joined;
  second.movement = Movement::kZoom;
  second.config.qp = qp - 9;
  second.config.latent.plane_groups = 3;
  Scenario third = joined;
  third.movement = Movement::kNoise;
  third.config.latent.lossless = qp % 2 == 1;
  third.frames = frames / 2;
  joined.then = {std::move(second), std::move(third)};
  return joined;
}

}  // namespace

std::vector<Scenario> AgreementScenarios() {
  std::vector<Scenario> all;
  const auto add = [&](Scenario scenario) -> Scenario& { return all.emplace_back(std::move(scenario)); };

  // Presets, structures and transforms, with and without luma.
  int qp = 10;
  for (const char* preset : {"fast", "balanced", "high"}) {
    for (const bool low_delay : {false, true}) {
      for (const LatentTransform transform : {LatentTransform::kIdentity, LatentTransform::kKlt}) {
        for (const bool luma : {false, true}) {
          const std::string name = std::string(preset) + (low_delay ? "_low_delay" : "") +
                                   (transform == LatentTransform::kKlt ? "_klt" : "") + (luma ? "_luma" : "");
          Scenario& scenario = add(Make(name, Pyramid(), 19, qp, luma));
          scenario.config.preset = preset;
          scenario.config.low_delay = low_delay;
          scenario.config.latent.transform = transform;
          scenario.config.gop_frames = low_delay ? 9 : 17;
          qp = qp + 7 > 60 ? qp - 43 : qp + 7;
        }
      }
    }
  }
  // Sizes.
  add(Make("one_cell", {Layer("one", 1, 1, 1, 8)}, 9, 22, true));
  add(Make("one_cell_many_channels", {Layer("one", 40, 1, 1, 16)}, 9, 28, false)).config.latent.transform =
      LatentTransform::kKlt;
  add(Make("primes", {Layer("primes", 7, 13, 17, 8, 56)}, 13, 18, true));
  add(Make("row", {Layer("row", 3, 1, 29, 4)}, 11, 24, true));
  add(Make("column", {Layer("column", 3, 31, 1, 4, -3)}, 11, 24, true));
  add(Make("wide_stride", {Layer("wide", 5, 5, 7, 64, 1000)}, 11, 20, true));
  add(Make("stride_3", {Layer("odd", 4, 37, 41, 3, 5)}, 11, 30, true));
  add(Make("stride_1", {Layer("pixels", 2, 67, 73, 1)}, 7, 34, true));
  // Frame structures.
  for (const int gop : {1, 2, 5, 7, 12, 33}) {
    Scenario& scenario = add(Make("gop_" + std::to_string(gop), {Layer("a", 5, 14, 22, 8, 56)}, 23, 26, gop % 2 == 1));
    scenario.config.gop_frames = gop;
    if (gop == 33) scenario.config.latent.bidirectional_frames = 32;
    if (gop == 12) scenario.config.latent.bidirectional_frames = 3;
  }
  // QPs.
  for (const int extreme : {0, 1, 10, 37, 50, 60, 63}) {
    Scenario& scenario =
        add(Make("qp_" + std::to_string(extreme), {Layer("a", 6, 19, 27, 8)}, 12, extreme, extreme % 2 == 0));
    scenario.config.preset = extreme % 3 == 0 ? "high" : "balanced";
    scenario.config.latent.output_tables = extreme != 10;
  }
  // Motions.
  for (const auto& [name, movement] : {std::pair{"still", Movement::kStill},
                                       {"zoom", Movement::kZoom},
                                       {"regions", Movement::kTwoRegions},
                                       {"noise", Movement::kNoise}}) {
    for (const bool luma : {false, true}) {
      Scenario& scenario = add(Make(name + std::string(luma ? "_luma" : ""),
                                    {Layer("a", 5, 26, 42, 8, 56), Layer("b", 4, 13, 21, 16)}, 17, 25, luma));
      scenario.movement = movement;
      scenario.config.preset = luma ? "high" : "balanced";
    }
  }
  Scenario& zero = add(Make("no_motion", {Layer("a", 5, 14, 22, 8)}, 11, 26, true));
  zero.config.latent.motion = LatentMotion::kZero;
  Scenario& from_planes = add(Make("motion_from_planes", {Layer("a", 5, 14, 22, 8)}, 11, 26, true));
  from_planes.config.latent.motion = LatentMotion::kPlanes;
  if (FlowAvailable()) {
    for (const Movement movement : {Movement::kZoom, Movement::kTwoRegions}) {
      const char* name = movement == Movement::kZoom ? "flow_zoom" : "flow_regions";
      Scenario& flow = add(Make(name, {Layer("a", 5, 14, 22, 8, 56), Layer("b", 4, 7, 11, 16)}, 11, 26, true));
      flow.movement = movement;
      flow.config.latent.motion = LatentMotion::kFlow;
    }
  }
  // Lossless.
  for (const bool klt : {false, true}) {
    for (const bool luma : {false, true}) {
      Scenario& scenario = add(Make(std::string("lossless") + (klt ? "_klt" : "") + (luma ? "_luma" : ""),
                                    {Layer("a", 5, 9, 14, 8, 56), Layer("b", 3, 5, 7, 16)}, 11, 30, luma));
      scenario.config.latent.lossless = true;
      scenario.config.latent.transform = klt ? LatentTransform::kKlt : LatentTransform::kIdentity;
      if (klt) scenario.config.low_delay = luma;
    }
  }
  // Groups, rate control.
  for (const int groups : {2, 3, 13}) {
    Scenario& scenario =
        add(Make("groups_" + std::to_string(groups), {Layer("a", 13, 18, 21, 8)}, 11, 24, groups == 3));
    scenario.config.latent.plane_groups = groups;
    if (groups == 3) scenario.config.latent.transform = LatentTransform::kKlt;
  }
  Scenario& rate = add(Make("bitrate", Pyramid(), 30, 30, true));
  rate.config.latent.bitrate_kbps = 60;
  rate.config.gop_frames = 15;
  Scenario& cap = add(Make("frame_cap", Pyramid(), 13, 20, true));
  cap.config.latent.max_frame_bytes = 200;
  // Profiles and weights.
  const auto sized = [](const Profile& profile, int height_cells, int width_cells) {
    std::vector<LayerSpec> layers = profile.layers;
    for (LayerSpec& layer : layers) {
      layer.height_cells = height_cells * layers[0].stride_px / layer.stride_px;
      layer.width_cells = width_cells * layers[0].stride_px / layer.stride_px;
    }
    return layers;
  };
  for (const bool fused : {false, true}) {
    const Profile profile = fused ? FusedProfile() : LinearProfile(9, 6);
    for (const bool luma : {false, true}) {
      const std::string name = std::string(fused ? "profile_fused" : "profile_linear") + (luma ? "_luma" : "");
      Scenario& scenario = add(Make(name, sized(profile, 22, 34), 11, luma ? 22 : 36, luma));
      scenario.profile = profile;
      scenario.config.profile_by_hash = luma;
      scenario.weighed = fused && luma;
    }
  }
  for (const char* preset : {"fast", "balanced", "high"}) {
    Scenario& weighed = add(
        Make(std::string("weighed_") + preset, {Layer("a", 5, 18, 27, 8, 56), Layer("b", 6, 9, 13, 16)}, 11, 32, true));
    weighed.config.preset = preset;
    weighed.weighed = true;
  }
  for (const bool low_delay : {false, true}) {
    Scenario& louder = add(Make(low_delay ? "louder_low_delay" : "louder", Pyramid(), 17, 29, true));
    louder.config.low_delay = low_delay;
    louder.louder_from = 6;
    louder.outliers = low_delay;
  }
  add(Joined(7, 31));
  Scenario& other_planes = add(Joined(6, 34));
  other_planes.name = "joined_klt";
  for (Scenario& next : other_planes.then) next.config.latent.transform = LatentTransform::kKlt;
  return all;
}

std::vector<Scenario> KeptScenarios() {
  std::vector<Scenario> all;
  const auto add = [&](Scenario scenario) -> Scenario& { return all.emplace_back(std::move(scenario)); };
  Scenario& fast = add(Make("fast_low_delay", {Layer("a", 4, 12, 15, 8, 56)}, 9, 30, true));
  fast.config.preset = "fast";
  fast.config.low_delay = true;
  fast.config.latent.transform = LatentTransform::kIdentity;
  Scenario& high = add(Make("high_klt_pyramid", Pyramid(), 11, 38, true));
  high.config.preset = "high";
  high.config.latent.transform = LatentTransform::kKlt;
  high.movement = Movement::kTwoRegions;
  Scenario& planes = add(Make("planes_only_primes", {Layer("a", 7, 13, 17, 8, 56)}, 13, 28, false));
  planes.config.gop_frames = 7;
  Scenario& lossless = add(Make("lossless", {Layer("a", 3, 7, 9, 8, 56)}, 6, 30, true));
  lossless.config.latent.lossless = true;
  lossless.config.latent.transform = LatentTransform::kIdentity;
  add(Make("one_cell", {Layer("a", 2, 1, 1, 8)}, 5, 20, false));
  Scenario& zoom = add(Make("zoom_groups", {Layer("a", 6, 18, 30, 8)}, 9, 40, true));
  zoom.movement = Movement::kZoom;
  zoom.config.latent.plane_groups = 3;
  Scenario& louder = add(Make("louder_outliers", {Layer("a", 4, 9, 13, 8, 56), Layer("b", 6, 5, 7, 16)}, 9, 44, false));
  louder.config.gop_frames = 8;
  louder.louder_from = 3;
  louder.outliers = true;
  add(Joined(5, 46));
  return all;
}

namespace {

// As a reader has it, after the rounding of the file.
Result<std::shared_ptr<const Profile>> AsRead(const Profile& profile) {
  FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, WriteProfile(profile));
  FSC_ASSIGN_OR_RETURN(Profile read, ReadProfile(bytes, Limits{}, "memory"));
  return std::shared_ptr<const Profile>(std::make_shared<Profile>(std::move(read)));
}

// Weights of 1/16 to 16 in patches that drift.
std::vector<Tensor> Weights(const std::vector<LayerSpec>& layers, int t) {
  std::vector<Tensor> weights;
  for (const LayerSpec& spec : layers) {
    Tensor tensor(1, spec.height_cells, spec.width_cells);
    float* value = tensor.plane(0).data();
    for (int y = 0; y < spec.height_cells; ++y) {
      for (int x = 0; x < spec.width_cells; ++x) *value++ = std::exp2(float((x + t) / 5 * 3 % 5 - (y + 2 * t) / 3 % 5));
    }
    weights.push_back(std::move(tensor));
  }
  return weights;
}

Result<std::vector<uint8_t>> EncodeAlone(const Scenario& scenario) {
  Point size;
  for (const LayerSpec& spec : scenario.layers) {
    size.x = std::max(size.x, double(spec.width_cells) * spec.stride_px);
    size.y = std::max(size.y, double(spec.height_cells) * spec.stride_px);
  }
  StreamInfo stream;
  stream.layers = scenario.layers;
  stream.time_base = {1, 25};
  if (scenario.luma) {
    stream.input_width_px = int(size.x);
    stream.input_height_px = int(size.y);
  }

  EncoderConfig config = scenario.config;
  if (scenario.profile) {
    FSC_ASSIGN_OR_RETURN(config.profile, AsRead(*scenario.profile));
  }
  FSC_ASSIGN_OR_RETURN(const std::vector<LayerSpec> coded_layers, CodedLayers(scenario));

  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_ASSIGN_OR_RETURN(const auto encoder, FeatureEncoder::Create(config, stream, sink.get()));
  std::mt19937 random(7);  // its numbers are the same everywhere; those of a std distribution are not
  const auto noise = [&] { return (double(random()) / 4294967295.0 - 0.5) * 2; };
  for (int t = 0; t < scenario.frames; ++t) {
    const bool all_new = scenario.movement == Movement::kNoise;
    const double noise_level = all_new ? 1 : scenario.movement == Movement::kStill ? 0 : 0.03;
    FeatureFrame frame = MakeFrame(scenario.layers, 10 + t, [&](const LayerSpec& spec, int c, int y, int x) {
      const Point p = {spec.phase_px16 / 16.0 + x * spec.stride_px, spec.phase_px16 / 16.0 + y * spec.stride_px};
      const double signal = all_new ? 0 : Pattern(Origin(scenario.movement, p, t, size), c);
      return std::max(-0.2, signal + noise_level * noise()) * (1 + c % 3) + 0.1 * c;
    });
    for (Tensor& tensor : frame.layers) {
      if (scenario.louder_from > 0 && t >= scenario.louder_from) {
        for (float& value : tensor.values()) value *= 20;
      }
      if (scenario.outliers && t % 3 == 1) {
        tensor.values()[0] = 1e7f;
        tensor.values()[tensor.size() / 2 + size_t(t)] = -3e9f;
      }
    }
    Plane<uint8_t> luma;
    if (scenario.luma) {
      luma = Plane<uint8_t>(int(size.x), int(size.y));
      for (int y = 0; y < luma.height(); ++y) {
        for (int x = 0; x < luma.width(); ++x) {
          const double signal =
              all_new ? noise() : Pattern(Origin(scenario.movement, {double(x), double(y)}, t, size), 0) / 1.5;
          luma.row(y)[x] = uint8_t(std::clamp(128 + 110 * signal, 0.0, 255.0));
        }
      }
    }
    FrameHints hints;
    std::vector<Tensor> weights;
    if (scenario.weighed) weights = Weights(coded_layers, t);
    hints.weights = weights;
    if (scenario.luma) hints.luma = luma.view();
    FSC_RETURN_IF_ERROR(encoder->Push(frame, hints));
  }
  FSC_RETURN_IF_ERROR(encoder->Finish());
  FSC_RETURN_IF_ERROR(sink->Commit());
  return bytes;
}

}  // namespace

int TotalFrames(const Scenario& scenario) {
  int frames = scenario.frames;
  for (const Scenario& next : scenario.then) frames += TotalFrames(next);
  return frames;
}

Result<std::vector<LayerSpec>> CodedLayers(const Scenario& scenario) {
  if (!scenario.profile) return scenario.layers;
  return ReducedLayers(scenario.profile->parts, scenario.layers, Limits{});
}

Result<std::vector<uint8_t>> EncodeScenario(const Scenario& scenario) {
  FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> first, EncodeAlone(scenario));
  if (scenario.then.empty()) return first;
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  StreamJoiner joiner(sink.get());
  const auto append = [&](const std::vector<uint8_t>& stream) { return joiner.Append(MemorySource(stream).get()); };
  FSC_RETURN_IF_ERROR(append(first));
  for (const Scenario& next : scenario.then) {
    FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> stream, EncodeScenario(next));
    FSC_RETURN_IF_ERROR(append(stream));
  }
  FSC_RETURN_IF_ERROR(joiner.Finish());
  FSC_RETURN_IF_ERROR(sink->Commit());
  return bytes;
}

}  // namespace fsc::conformance
