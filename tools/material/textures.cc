#include "tools/material/textures.h"

#include "tools/material/value_noise.h"

namespace fsc::material {
namespace {

constexpr Vec3 kGlass{0.16f, 0.2f, 0.26f};

// Windows in a regular grid, each with its own brightness; grain on the wall between them.
Vec3 WallTexture(const Object& object, const Part& part, const SurfacePoint& point) {
  const bool faces_x = std::fabs(point.normal.x) > 0.5f;
  const float u = faces_x ? point.local.z : point.local.x;
  const float half_u = faces_x ? part.half_size.z : part.half_size.x;
  const float height = point.local.y + part.half_size.y;  // above the ground
  const float grain = FractalNoise(u * 3.0f, height * 3.0f, 4, point.footprint_m * 3.0f, object.texture_seed);
  Vec3 wall = object.colour_a * (1.0f + 0.16f * grain);
  if (point.normal.y > 0.5f) return wall * 0.8f;

  const float pitch_u = 1.7f + 0.8f * UnitFromBits(HashBits(object.texture_seed + 11));
  const float pitch_v = 2.3f + 0.5f * UnitFromBits(HashBits(object.texture_seed + 12));
  const float column = (u + half_u) / pitch_u;
  const float row = (height - 0.5f) / pitch_v;
  const float soft_u = 0.03f + point.footprint_m / pitch_u * 0.5f;
  const float soft_v = 0.03f + point.footprint_m / pitch_v * 0.5f;
  const float in_u = SmoothStep(0.24f - soft_u, 0.24f + soft_u, 0.5f - std::fabs(Fraction(column) - 0.5f));
  const float in_v = SmoothStep(0.22f - soft_v, 0.22f + soft_v, 0.5f - std::fabs(Fraction(row) - 0.5f));
  const bool on_wall =
      column > 0.3f && column < 2.0f * half_u / pitch_u - 0.3f && row > 0 && height < 2.0f * part.half_size.y - 0.3f;
  if (!on_wall) return wall;
  const float lit = UnitFromBits(HashOf(int32_t(std::floor(column)), int32_t(std::floor(row)), object.texture_seed));
  const Vec3 pane = lit > 0.85f ? Vec3{0.75f, 0.68f, 0.45f} : Mix(object.colour_b, kGlass, lit) * (0.8f + 0.5f * lit);
  return Mix(wall, pane, in_u * in_v);
}

Vec3 CarBodyTexture(const Object& object, const Part& part, const SurfacePoint& point) {
  const float above = point.local.y + part.half_size.y;
  Vec3 colour = object.colour_a;
  if (std::fabs(point.normal.x) > 0.5f) {
    // Wheels, and the seam of the doors.
    const float axle = 0.62f * part.half_size.z;
    const float dz = std::fabs(point.local.z) - axle;
    const float dy = above - 0.12f;
    const float wheel = std::sqrt(dz * dz + dy * dy);
    if (wheel < 0.2f) return {0.55f, 0.55f, 0.57f};
    if (wheel < 0.42f) return {0.05f, 0.05f, 0.06f};
    if (std::fabs(point.local.z) < 0.03f + 0.3f * point.footprint_m) colour = colour * 0.75f;
  } else if (std::fabs(point.normal.z) > 0.5f) {
    // Lights in the corners, a dark bumper below: red behind, white in front.
    const bool corner = std::fabs(point.local.x) > 0.6f && above > 0.4f && above < 0.7f;
    if (corner) return point.normal.z < 0 ? Vec3{0.8f, 0.08f, 0.06f} : Vec3{0.95f, 0.95f, 0.85f};
    if (above < 0.25f) return {0.08f, 0.08f, 0.09f};
  }
  const float gloss =
      FractalNoise(point.local.z * 1.2f, point.local.y * 1.2f, 2, point.footprint_m, object.texture_seed);
  return colour * (1.0f + 0.08f * gloss);
}

Vec3 CarCabinTexture(const Object& object, const Part& part, const SurfacePoint& point) {
  if (point.normal.y > 0.5f) return object.colour_a;
  const bool side = std::fabs(point.normal.x) > 0.5f;
  const float along = side ? point.local.z : point.local.x;
  const float half = side ? part.half_size.z : part.half_size.x;
  const bool pillar = std::fabs(along) > half - 0.1f || (side && std::fabs(along) < 0.06f);
  const bool frame = std::fabs(point.local.y) > part.half_size.y - 0.08f;
  if (pillar || frame) return object.colour_a * 0.9f;
  const float sheen = SmoothStep(-0.4f, 0.4f, point.local.y + 0.3f * along);
  return Mix(object.colour_b, Vec3{0.45f, 0.52f, 0.6f}, 0.5f * sheen);
}

// Mapped along the axis that the surface faces most, so that the leaves are nowhere drawn out into streaks.
Vec3 CrownTexture(const Object& object, const SurfacePoint& point) {
  constexpr float kLeavesPerMetre = 3.5f;
  const Vec3 facing{std::fabs(point.normal.x), std::fabs(point.normal.y), std::fabs(point.normal.z)};
  const Vec3 p = point.local * kLeavesPerMetre;
  float u = p.x;
  float v = p.y;
  if (facing.y > facing.x && facing.y > facing.z) {
    v = p.z;
  } else if (facing.x > facing.z) {
    u = p.z;
  }
  const float leaves = FractalNoise(u, v, 4, point.footprint_m * kLeavesPerMetre, object.texture_seed);
  return object.colour_a * (0.95f + 0.75f * leaves);
}

// Vertical gores in two colours, and a band around the middle.
Vec3 StripeTexture(const Object& object, const Part& part, const SurfacePoint& point) {
  const Vec3 p{point.local.x / part.half_size.x, point.local.y / part.half_size.y, point.local.z / part.half_size.z};
  // A stand-in for the angle that needs no arc tangent: 0..4 around the axis.
  const float reach = std::fabs(p.x) + std::fabs(p.z) + 1e-6f;
  const float quarter = p.z < 0 ? p.x / reach : 2.0f - p.x / reach;
  const float gore = Fraction((quarter + 1.0f) * 1.5f);
  const bool band = std::fabs(p.y) < 0.16f;
  const Vec3 colour = ((gore < 0.5f) != band) ? object.colour_a : object.colour_b;
  const float cloth = FractalNoise(p.x * 4.0f, p.y * 4.0f, 3, point.footprint_m * 4.0f, object.texture_seed);
  return colour * (1.0f + 0.08f * cloth);
}

}  // namespace

Vec3 ObjectColour(const Object& object, const Part& part, const SurfacePoint& point) {
  switch (part.material) {
    case Material::kWall:
      return WallTexture(object, part, point);
    case Material::kCrown:
      return CrownTexture(object, point);
    case Material::kTrunk: {
      const float bark = FractalNoise((point.local.x + point.local.z) * 8.0f, point.local.y * 2.0f, 3,
                                      point.footprint_m * 8.0f, object.texture_seed);
      return object.colour_b * (1.0f + 0.35f * bark);
    }
    case Material::kCarBody:
      return CarBodyTexture(object, part, point);
    case Material::kCarCabin:
      return CarCabinTexture(object, part, point);
    case Material::kStripes:
      return StripeTexture(object, part, point);
  }
  return {};
}

Vec3 GroundColour(const Ground& ground, float x_m, float z_m, float footprint_m, uint32_t seed) {
  const float distance = std::fabs(x_m);
  if (distance > ground.road_half_width) {
    const float patches = FractalNoise(x_m * 0.25f, z_m * 0.25f, 3, footprint_m * 0.25f, seed + 21);
    const float blades = FractalNoise(x_m * 2.5f, z_m * 2.5f, 4, footprint_m * 2.5f, seed + 22);
    return Mix(ground.grass_a, ground.grass_b, Clamp(0.5f + 0.7f * patches, 0.0f, 1.0f)) * (1.0f + 0.32f * blades);
  }
  const float stones = FractalNoise(x_m * 5.0f, z_m * 5.0f, 4, footprint_m * 5.0f, seed + 23);
  const float wear = FractalNoise(x_m * 0.6f, z_m * 0.12f, 3, footprint_m * 0.6f, seed + 24);
  Vec3 colour = ground.asphalt * (1.0f + 0.2f * stones + 0.22f * wear);
  const float soft = 0.5f * footprint_m + 0.01f;
  const float edge = 1.0f - SmoothStep(0.07f, 0.07f + 2 * soft, std::fabs(distance - ground.road_half_width + 0.35f));
  const float centre = 1.0f - SmoothStep(0.08f, 0.08f + 2 * soft, distance);
  const float dash = SmoothStep(0.3f - soft / 6, 0.3f + soft / 6, std::fabs(Fraction(z_m / 6.0f) - 0.5f));
  const float paint = Clamp(edge + centre * dash, 0.0f, 1.0f);
  return Mix(colour, Vec3{0.85f, 0.85f, 0.8f}, 0.85f * paint);
}

Vec3 SkyColour(const Light& light, Vec3 direction, float time_s, uint32_t seed) {
  const float up = Clamp(direction.y, 0.0f, 1.0f);
  const Vec3 blue = Mix(Vec3{0.72f, 0.82f, 0.93f}, Vec3{0.3f, 0.52f, 0.86f}, SmoothStep(0.0f, 0.6f, up));
  const float height = 1.0f / (up + 0.12f);
  const float u = direction.x * height * 1.4f + 0.05f * time_s;
  const float v = direction.z * height * 1.4f;
  const float puffs = 0.5f + 0.6f * FractalNoise(u, v, 5, 0.02f * height, seed + 31);
  const float threshold = 0.95f - 0.75f * light.cloud_cover;
  const float cloud = SmoothStep(threshold - 0.12f, threshold + 0.22f, puffs);
  const Vec3 white = Vec3{0.95f, 0.95f, 0.96f} * (1.0f - 0.22f * light.cloud_cover * puffs);
  return Mix(blue, white, cloud);
}

}  // namespace fsc::material
