#include "tools/material/posed_world.h"

#include <algorithm>

namespace fsc::material {
namespace {

constexpr float kNearest_m = 0.3f;
constexpr float kParallel = 1e-12f;

// Entry distance of a ray from `-from_origin` (the box's centre seen from the origin is `from_origin`); negative: a
// miss.
float BoxDistance(Vec3 from_origin, Vec3 half, Vec3 ray) {
  float entry = -1e30f;
  float exit = 1e30f;
  const float origin_to_centre[3] = {from_origin.x, from_origin.y, from_origin.z};
  const float halves[3] = {half.x, half.y, half.z};
  const float rays[3] = {ray.x, ray.y, ray.z};
  for (int axis = 0; axis < 3; ++axis) {
    const float speed = std::fabs(rays[axis]) < kParallel ? kParallel : rays[axis];
    const float a = (origin_to_centre[axis] - halves[axis]) / speed;
    const float b = (origin_to_centre[axis] + halves[axis]) / speed;
    entry = std::max(entry, std::min(a, b));
    exit = std::min(exit, std::max(a, b));
  }
  return entry <= exit ? entry : -1.0f;
}

float EllipsoidDistance(Vec3 from_origin, Vec3 radii, Vec3 ray) {
  const Vec3 inverse{1.0f / radii.x, 1.0f / radii.y, 1.0f / radii.z};
  const Vec3 c = from_origin * inverse;
  const Vec3 d = ray * inverse;
  const float dd = Dot(d, d);
  const float along = Dot(c, d);
  const float discriminant = along * along - dd * (Dot(c, c) - 1.0f);
  return discriminant < 0 ? -1.0f : (along - std::sqrt(discriminant)) / dd;
}

float ShapeDistance(const Part& part, Vec3 from_origin, Vec3 ray) {
  return part.shape == Shape::kBox ? BoxDistance(from_origin, part.half_size, ray)
                                   : EllipsoidDistance(from_origin, part.half_size, ray);
}

}  // namespace

PosedWorld::PosedWorld(const Scene& scene, float time_s, Vec3 camera_position) : camera_position_(camera_position) {
  for (size_t index = 0; index < scene.objects.size(); ++index) {
    const Object& object = scene.objects[index];
    const Vec3 position = PositionAt(object, time_s);
    for (const Part& part : object.parts) {
      PosedPart posed;
      posed.part = &part;
      posed.object = &object;
      posed.object_index = int(index);
      posed.centre = position + part.offset;
      posed.from_camera = posed.centre - camera_position;
      posed.bound_radius = part.shape == Shape::kBox ? Length(part.half_size)
                                                     : std::max({part.half_size.x, part.half_size.y, part.half_size.z});
      const float distance = Length(posed.from_camera);
      const float sine = posed.bound_radius / std::max(distance, 1e-3f);
      posed.cone_cosine = sine < 1.0f ? std::sqrt(1.0f - sine * sine) : -1.0f;
      parts_.push_back(posed);
    }
  }
}

void PosedWorld::PartsInCone(Vec3 axis, float cosine, std::vector<const PosedPart*>* out) const {
  out->clear();
  const float sine = std::sqrt(std::max(0.0f, 1.0f - cosine * cosine));
  for (const PosedPart& posed : parts_) {
    if (posed.cone_cosine >= 0) {
      const float part_sine = std::sqrt(std::max(0.0f, 1.0f - posed.cone_cosine * posed.cone_cosine));
      const float widest = posed.cone_cosine * cosine - part_sine * sine;  // cosine of the sum of both angles
      if (Dot(posed.from_camera, axis) < (widest - 1e-4f) * Length(posed.from_camera)) continue;
    }
    out->push_back(&posed);
  }
}

float PosedWorld::DistanceTo(const PosedPart& posed, Vec3 ray) const {
  const float distance = ShapeDistance(*posed.part, posed.from_camera, ray);
  return distance < kNearest_m ? -1.0f : distance;
}

Vec3 PosedWorld::NormalAt(const PosedPart& posed, Vec3 position) const {
  const Vec3 local = position - posed.centre;
  const Vec3 half = posed.part->half_size;
  if (posed.part->shape == Shape::kEllipsoid) {
    return Normalized({local.x / (half.x * half.x), local.y / (half.y * half.y), local.z / (half.z * half.z)});
  }
  const Vec3 closeness{std::fabs(local.x) - half.x, std::fabs(local.y) - half.y, std::fabs(local.z) - half.z};
  if (closeness.x >= closeness.y && closeness.x >= closeness.z) return {local.x < 0 ? -1.0f : 1.0f, 0, 0};
  if (closeness.y >= closeness.z) return {0, local.y < 0 ? -1.0f : 1.0f, 0};
  return {0, 0, local.z < 0 ? -1.0f : 1.0f};
}

bool PosedWorld::InShadow(Vec3 from, Vec3 to_sun) const {
  for (const PosedPart& posed : parts_) {
    const Vec3 to_centre = posed.centre - from;
    const float along = Dot(to_centre, to_sun);
    if (along < -posed.bound_radius) continue;
    if (Dot(to_centre, to_centre) - along * along > posed.bound_radius * posed.bound_radius) continue;
    if (ShapeDistance(*posed.part, to_centre, to_sun) > 0.02f) return true;
  }
  return false;
}

}  // namespace fsc::material
