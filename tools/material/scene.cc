#include "tools/material/scene.h"

namespace fsc::material {
namespace {

constexpr float kNearest = -12.0f;   // metres behind the camera's start where the street begins
constexpr float kFarthest = 110.0f;  // and ahead, where it ends

Vec3 Grey(Random& random, float lo, float hi) {
  const float v = random.Between(lo, hi);
  return {v, v, v};
}

// Any hue; `saturation` and `value` 0..1.
Vec3 FromHue(float hue, float saturation, float value) {
  const float h = Fraction(hue) * 6.0f;
  const auto channel = [&](float n) {
    const float k = Fraction((n + h) / 6.0f) * 6.0f;
    const float ramp = Clamp(k < 4.0f - k ? k : 4.0f - k, 0.0f, 1.0f);
    return value * (1.0f - saturation * ramp);
  };
  return {channel(5), channel(3), channel(1)};
}

struct Range {
  float lo, hi;
};

// A colour drawn from three ranges. The draws are statements of their own: the order of arguments is the compiler's
// choice.
Vec3 DrawColour(Random& random, Range hue, Range saturation, Range value) {
  const float h = random.Between(hue.lo, hue.hi);
  const float s = random.Between(saturation.lo, saturation.hi);
  const float v = random.Between(value.lo, value.hi);
  return FromHue(h, s, v);
}

Vec3 PaintColour(Random& random) {
  if (random.Chance(0.4f)) return Grey(random, 0.08f, 0.92f);
  return DrawColour(random, {0.0f, 1.0f}, {0.5f, 0.95f}, {0.35f, 0.9f});
}

Vec3 WallColour(Random& random) {
  switch (random.Below(4)) {
    case 0:
      return DrawColour(random, {0.0f, 0.06f}, {0.35f, 0.6f}, {0.4f, 0.65f});
    case 1:
      return DrawColour(random, {0.08f, 0.15f}, {0.15f, 0.4f}, {0.6f, 0.9f});
    case 2:
      return DrawColour(random, {0.5f, 0.65f}, {0.05f, 0.25f}, {0.4f, 0.75f});
    default:
      return Grey(random, 0.45f, 0.85f);
  }
}

Vec3 LeafColour(Random& random) {
  const float hue = random.Chance(0.2f) ? random.Between(0.06f, 0.13f) : random.Between(0.22f, 0.38f);
  return DrawColour(random, {hue, hue}, {0.45f, 0.8f}, {0.22f, 0.45f});
}

void AddBuildings(Random& random, float side, Scene* scene) {
  float z = kNearest + random.Between(0.0f, 10.0f);
  while (z < kFarthest) {
    Object building;
    building.label = kBuilding;
    const Vec3 half{random.Between(4.0f, 7.0f), random.Between(2.5f, 7.0f), random.Between(3.5f, 8.0f)};
    const float setback = random.Between(11.0f, 17.0f);
    building.position = {side * (setback + half.x), half.y, z + half.z};
    building.parts.push_back({Shape::kBox, Material::kWall, {}, half});
    building.colour_a = WallColour(random);
    building.colour_b = DrawColour(random, {0.5f, 0.65f}, {0.3f, 0.3f}, {0.15f, 0.4f});
    building.texture_seed = random.Bits();
    z += 2.0f * half.z + (random.Chance(0.4f) ? random.Between(6.0f, 22.0f) : random.Between(0.5f, 3.0f));
    scene->objects.push_back(building);
  }
}

void AddTrees(Random& random, float side, Scene* scene) {
  float z = kNearest + random.Between(2.0f, 16.0f);
  while (z < 80.0f) {
    Object tree;
    tree.label = kTree;
    const float radius = random.Between(1.3f, 2.4f);
    const float height = random.Between(2.2f, 3.4f) + radius * 0.5f;
    tree.position = {side * random.Between(8.0f, 10.0f), 0, z};
    tree.parts.push_back({Shape::kBox, Material::kTrunk, {0, height * 0.5f, 0}, {0.28f, height * 0.5f, 0.28f}});
    tree.parts.push_back({Shape::kEllipsoid, Material::kCrown, {0, height, 0}, {radius, radius * 0.95f, radius}});
    for (int lobe = 0; lobe < 3; ++lobe) {
      const float r = radius * random.Between(0.5f, 0.75f);
      const Vec3 offset{radius * random.Between(-0.7f, 0.7f), height + radius * random.Between(-0.2f, 0.75f),
                        radius * random.Between(-0.6f, 0.6f)};
      tree.parts.push_back({Shape::kEllipsoid, Material::kCrown, offset, {r, r, r}});
    }
    tree.colour_a = LeafColour(random);
    tree.colour_b = FromHue(0.08f, 0.45f, random.Between(0.2f, 0.4f));
    tree.texture_seed = random.Bits();
    z += random.Between(7.0f, 24.0f);
    scene->objects.push_back(tree);
  }
}

Object MakeCar(Random& random, int track_id) {
  Object car;
  car.label = kCar;
  car.track_id = track_id;
  const bool van = random.Chance(0.3f);
  const Vec3 body{0.95f, van ? 0.75f : 0.45f, random.Between(1.9f, 2.5f)};
  const float floor_m = 0.25f;
  car.parts.push_back({Shape::kBox, Material::kCarBody, {0, floor_m + body.y, 0}, body});
  const Vec3 cabin{0.85f, 0.38f, body.z * (van ? 0.8f : 0.55f)};
  car.parts.push_back(
      {Shape::kBox, Material::kCarCabin, {0, floor_m + 2 * body.y + cabin.y, random.Between(-0.2f, 0.2f)}, cabin});
  car.colour_a = PaintColour(random);
  car.colour_b = Grey(random, 0.06f, 0.16f);
  car.texture_seed = random.Bits();
  return car;
}

void AddCars(Random& random, Scene* scene, int* next_track_id) {
  const float own_speed = scene->camera.velocity.z;
  // Lanes: oncoming, own direction (never caught up), parked on both sides.
  const int oncoming = 2 + random.Below(3);
  float z = random.Between(6.0f, 14.0f);
  for (int i = 0; i < oncoming; ++i) {
    Object car = MakeCar(random, (*next_track_id)++);
    car.position = {-2.5f + random.Between(-0.4f, 0.4f), 0, z};
    car.velocity = {0, 0, -random.Between(2.0f, 9.0f)};
    z += random.Between(10.0f, 25.0f);
    scene->objects.push_back(car);
  }
  const int ahead = 1 + random.Below(3);
  z = random.Between(8.0f, 14.0f);
  float speed = own_speed;
  for (int i = 0; i < ahead; ++i) {
    Object car = MakeCar(random, (*next_track_id)++);
    car.position = {2.5f + random.Between(-0.4f, 0.4f), 0, z};
    speed += random.Between(0.2f, 3.0f);
    car.velocity = {0, 0, speed};
    z += random.Between(8.0f, 20.0f);
    scene->objects.push_back(car);
  }
  for (const float side : {-1.0f, 1.0f}) {
    float parked_z = random.Between(5.0f, 20.0f);
    const int parked = random.Below(4);
    for (int i = 0; i < parked; ++i) {
      Object car = MakeCar(random, (*next_track_id)++);
      car.position = {side * (scene->ground.road_half_width + 1.3f), 0, parked_z};
      parked_z += random.Between(6.0f, 14.0f);
      scene->objects.push_back(car);
    }
  }
}

void AddBalloons(Random& random, Scene* scene, int* next_track_id) {
  const int count = 2 + random.Below(3);
  for (int i = 0; i < count; ++i) {
    Object balloon;
    balloon.label = kBalloon;
    balloon.track_id = (*next_track_id)++;
    const float radius = random.Between(0.8f, 1.9f);
    balloon.parts.push_back(
        {Shape::kEllipsoid, Material::kStripes, {}, {radius, radius * random.Between(1.0f, 1.2f), radius}});
    balloon.position = {random.Between(-8.0f, 8.0f), radius * 1.2f + random.Between(0.3f, 5.5f),
                        random.Between(9.0f, 26.0f)};
    const float along = scene->camera.velocity.z * random.Between(0.8f, 1.1f);
    balloon.velocity = {random.Between(-1.5f, 1.5f), 0, along};
    balloon.velocity.z += random.Between(-0.5f, 1.0f);
    balloon.bob_m = random.Between(0.1f, 0.5f);
    balloon.bob_rate = random.Between(1.0f, 4.0f);
    balloon.phase = random.Between(0.0f, 6.0f);
    balloon.colour_a = DrawColour(random, {0.0f, 1.0f}, {0.6f, 0.95f}, {0.6f, 0.95f});
    balloon.colour_b = random.Chance(0.5f) ? Vec3{0.92f, 0.9f, 0.86f} : FromHue(random.Unit(), 0.8f, 0.7f);
    balloon.texture_seed = random.Bits();
    scene->objects.push_back(balloon);
  }
}

CameraPath MakeCamera(Random& random) {
  CameraPath camera;
  camera.position = {random.Between(0.0f, 4.0f), random.Between(1.7f, 3.8f), 0};
  camera.velocity = {random.Between(-0.4f, 0.4f), 0, random.Chance(0.3f) ? 0.0f : random.Between(1.0f, 8.0f)};
  camera.yaw = random.Between(-0.45f, 0.35f);
  camera.yaw_swing = random.Between(0.02f, 0.16f);
  camera.yaw_rate = random.Between(0.8f, 2.0f);
  camera.pitch = random.Between(-0.08f, 0.08f);
  camera.roll_swing = random.Between(0.0f, 0.05f);
  camera.focal_widths = random.Between(0.75f, 1.1f);
  camera.zoom_swing = random.Chance(0.5f) ? random.Between(0.02f, 0.12f) : 0.0f;
  camera.zoom_rate = random.Between(0.8f, 2.0f);
  camera.shake = random.Between(0.0f, 0.006f);
  camera.seed = random.Bits();
  return camera;
}

Light MakeLight(Random& random) {
  Light light;
  const float side = random.Chance(0.5f) ? 1.0f : -1.0f;
  light.to_sun =
      Normalized({side * random.Between(0.2f, 1.0f), random.Between(0.6f, 1.3f), random.Between(-1.0f, 0.6f)});
  light.exposure = random.Between(0.8f, 1.2f);
  light.white_balance = {random.Between(0.92f, 1.08f), 1.0f, random.Between(0.92f, 1.08f)};
  light.cloud_cover = random.Unit();
  light.flicker = random.Between(0.0f, 0.12f);
  light.noise = random.Between(1.0f, 4.0f);
  return light;
}

}  // namespace

const std::vector<std::string>& ClassNames() {
  static const std::vector<std::string> names = {"sky", "road", "grass", "building", "tree", "car", "balloon"};
  return names;
}

Scene MakeScene(uint32_t seed) {
  Random random(seed);
  Scene scene;
  scene.seed = seed;
  scene.camera = MakeCamera(random);
  scene.light = MakeLight(random);
  scene.ground.grass_a = DrawColour(random, {0.19f, 0.3f}, {0.4f, 0.7f}, {0.4f, 0.58f});
  scene.ground.grass_b = DrawColour(random, {0.13f, 0.25f}, {0.35f, 0.6f}, {0.5f, 0.68f});
  scene.ground.asphalt = Grey(random, 0.28f, 0.48f);
  scene.ground.road_half_width = random.Between(4.6f, 5.4f);
  AddBuildings(random, -1, &scene);
  AddBuildings(random, 1, &scene);
  AddTrees(random, -1, &scene);
  AddTrees(random, 1, &scene);
  int next_track_id = 1;
  AddCars(random, &scene, &next_track_id);
  AddBalloons(random, &scene, &next_track_id);
  return scene;
}

Vec3 PositionAt(const Object& object, float time_s) {
  Vec3 position = object.position + object.velocity * time_s;
  if (object.bob_m > 0) position.y += object.bob_m * Sine(object.phase + object.bob_rate * time_s);
  return position;
}

}  // namespace fsc::material
