#include "tools/material/frame_renderer.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "tools/material/posed_world.h"
#include "tools/material/textures.h"
#include "tools/material/value_noise.h"

namespace fsc::material {
namespace {

constexpr int kTile_px = 16;
constexpr float kHazeDistance_m = 160.0f;
// The middle first (it gives the label), then a rotated square around it. From the pixel's top-left corner.
constexpr float kSamples[5][2] = {{0.5f, 0.5f}, {0.375f, 0.125f}, {0.875f, 0.375f}, {0.625f, 0.875f}, {0.125f, 0.625f}};

struct Sample {
  Vec3 colour;
  ClassIndex label = kSky;
  int object_index = -1;  // -1: sky or ground
};

// What the exposure and the passing clouds do at one moment.
struct Moment {
  float sunlight;  // 0..1: how much of the sun gets through
  Vec3 gain;       // on R, G, B
};

Moment MomentOf(const Scene& scene, float time_s) {
  const Light& light = scene.light;
  const float passing = 0.5f + 0.5f * DriftNoise(0.6f * time_s, scene.seed + 41);
  const float sunlight = 1.0f - light.cloud_cover * (0.45f + 0.5f * passing);
  const float gain = light.exposure * (1.0f + light.flicker * DriftNoise(1.3f * time_s, scene.seed + 42));
  return {sunlight, light.white_balance * gain};
}

class SceneShader {
 public:
  SceneShader(const Scene& scene, const PosedWorld& world, const Camera& camera, float time_s)
      : scene_(scene), world_(world), camera_(camera), time_s_(time_s), moment_(MomentOf(scene, time_s)) {}

  Sample Trace(Vec3 ray, const std::vector<const PosedPart*>& candidates) const {
    const PosedPart* nearest = nullptr;
    float distance = std::numeric_limits<float>::max();
    for (const PosedPart* posed : candidates) {
      const float d = world_.DistanceTo(*posed, ray);
      if (d > 0 && d < distance) {
        distance = d;
        nearest = posed;
      }
    }
    const Vec3 eye = world_.camera_position();
    if (ray.y < -1e-4f && -eye.y / ray.y < distance) return Ground(ray, -eye.y / ray.y);
    if (nearest == nullptr) return {Vec3{1, 1, 1} * SkyColour(scene_.light, ray, time_s_, scene_.seed), kSky, -1};

    const Vec3 position = eye + ray * distance;
    const Vec3 normal = world_.NormalAt(*nearest, position);
    const float slant = std::max(0.2f, -Dot(normal, ray));
    const SurfacePoint point{position - nearest->centre, normal, distance / camera_.focal_px() / slant};
    const Vec3 colour = ObjectColour(*nearest->object, *nearest->part, point);
    return {Hazed(colour * Lighting(position, normal), distance), nearest->object->label, nearest->object_index};
  }

  Vec3 gain() const { return moment_.gain; }

 private:
  Sample Ground(Vec3 ray, float distance) const {
    const Vec3 position = world_.camera_position() + ray * distance;
    const float footprint = std::min(50.0f, distance / camera_.focal_px() / std::sqrt(std::max(0.02f, -ray.y)));
    const bool road = std::fabs(position.x) <= scene_.ground.road_half_width;
    const Vec3 colour = GroundColour(scene_.ground, position.x, position.z, footprint, scene_.seed);
    return {Hazed(colour * Lighting(position, {0, 1, 0}), distance), road ? kRoad : kGrass, -1};
  }

  Vec3 Lighting(Vec3 position, Vec3 normal) const {
    const Vec3 from_sky = Vec3{0.5f, 0.53f, 0.58f} * (0.8f + 0.25f * normal.y);
    const float facing = Dot(normal, scene_.light.to_sun);
    if (facing <= 0 || moment_.sunlight <= 0) return from_sky;
    if (world_.InShadow(position + normal * 0.02f, scene_.light.to_sun)) return from_sky;
    return from_sky + Vec3{0.72f, 0.68f, 0.6f} * (facing * moment_.sunlight);
  }

  static Vec3 Hazed(Vec3 colour, float distance) {
    return Mix(colour, Vec3{0.72f, 0.79f, 0.86f}, 0.5f * distance / (distance + kHazeDistance_m));
  }

  const Scene& scene_;
  const PosedWorld& world_;
  const Camera& camera_;
  float time_s_;
  Moment moment_;
};

// Noise of a sensor: four uniform bytes added up are close enough to a normal distribution; its strength grows with the
// signal.
uint8_t Exposed(float value, float noise, uint32_t bits) {
  const int sum = int(bits & 255) + int(bits >> 8 & 255) + int(bits >> 16 & 255) + int(bits >> 24);
  const float deviate = (float(sum) - 510.0f) * (1.0f / 147.8f);
  const float signal = 255.0f * value;
  const float strength = noise * (0.6f + 0.8f * Clamp(value, 0.0f, 1.0f));
  return uint8_t(Clamp(std::floor(signal + strength * deviate + 0.5f), 0.0f, 255.0f));
}

struct ObjectExtent {
  int left = std::numeric_limits<int>::max(), top = left, right = -1, bottom = -1;
  int64_t present = 0, seen = 0;
};

// Every object with a track whose silhouette covers the pixel, whether or not something hides it there.
void MarkPresent(const PosedWorld& world, Vec3 ray, const std::vector<const PosedPart*>& candidates, int x, int y,
                 std::vector<ObjectExtent>* extents) {
  int counted = -1;  // the parts of one object are adjacent
  for (const PosedPart* posed : candidates) {
    if (posed->object->track_id == 0 || posed->object_index == counted) continue;
    if (world.DistanceTo(*posed, ray) <= 0) continue;
    counted = posed->object_index;
    ObjectExtent& extent = (*extents)[size_t(counted)];
    extent.left = std::min(extent.left, x);
    extent.top = std::min(extent.top, y);
    extent.right = std::max(extent.right, x);
    extent.bottom = std::max(extent.bottom, y);
    ++extent.present;
  }
}

// A cone around all rays of a tile: its axis, and the cosine to its farthest corner.
std::pair<Vec3, float> TileCone(const Camera& camera, float x0, float y0, float x1, float y1) {
  const Vec3 axis = camera.Ray(0.5f * (x0 + x1), 0.5f * (y0 + y1));
  float cosine = 1.0f;
  for (const float x : {x0, x1}) {
    for (const float y : {y0, y1}) cosine = std::min(cosine, Dot(axis, camera.Ray(x, y)));
  }
  return {axis, cosine};
}

}  // namespace

RenderedFrame RenderFrame(const Scene& scene, int frame_number, float frame_rate, int width_px, int height_px) {
  const float time_s = float(frame_number) / frame_rate;
  const Camera camera(scene.camera, time_s, width_px, height_px);
  const PosedWorld world(scene, time_s, camera.position());
  const SceneShader shader(scene, world, camera, time_s);
  const uint32_t noise_seed = HashOf(frame_number, 77, scene.seed);

  RenderedFrame out;
  out.image = {width_px, height_px, std::vector<uint8_t>(size_t(3) * width_px * height_px)};
  out.labels = Plane<uint8_t>(width_px, height_px);
  out.tracks = Plane<uint16_t>(width_px, height_px);
  std::vector<ObjectExtent> extents(scene.objects.size());
  std::vector<const PosedPart*> candidates;

  for (int tile_y = 0; tile_y < height_px; tile_y += kTile_px) {
    for (int tile_x = 0; tile_x < width_px; tile_x += kTile_px) {
      const int end_x = std::min(tile_x + kTile_px, width_px);
      const int end_y = std::min(tile_y + kTile_px, height_px);
      const auto [axis, cosine] = TileCone(camera, float(tile_x), float(tile_y), float(end_x), float(end_y));
      world.PartsInCone(axis, cosine, &candidates);
      for (int y = tile_y; y < end_y; ++y) {
        for (int x = tile_x; x < end_x; ++x) {
          Vec3 colour;
          for (int n = 0; n < 5; ++n) {
            const Vec3 ray = camera.Ray(float(x) + kSamples[n][0], float(y) + kSamples[n][1]);
            const Sample sample = shader.Trace(ray, candidates);
            colour = colour + sample.colour * 0.2f;
            if (n > 0) continue;
            out.labels.row(y)[x] = sample.label;
            MarkPresent(world, ray, candidates, x, y, &extents);
            if (sample.object_index < 0) continue;
            out.tracks.row(y)[x] = uint16_t(scene.objects[size_t(sample.object_index)].track_id);
            ++extents[size_t(sample.object_index)].seen;
          }
          colour = colour * shader.gain();
          uint8_t* bgr = &out.image.bgr[3 * (size_t(y) * width_px + x)];
          const float noise = scene.light.noise;
          bgr[0] = Exposed(colour.z, noise, HashOf(x, 3 * y, noise_seed));
          bgr[1] = Exposed(colour.y, noise, HashOf(x, 3 * y + 1, noise_seed));
          bgr[2] = Exposed(colour.x, noise, HashOf(x, 3 * y + 2, noise_seed));
        }
      }
    }
  }

  for (size_t index = 0; index < extents.size(); ++index) {
    const ObjectExtent& extent = extents[index];
    const Object& object = scene.objects[index];
    if (object.track_id == 0 || extent.present == 0) continue;
    out.boxes.push_back({object.track_id, object.label, extent.left, extent.top, extent.right - extent.left + 1,
                         extent.bottom - extent.top + 1, float(extent.seen) / float(extent.present)});
  }
  return out;
}

}  // namespace fsc::material
