// posed_world.h: a scene frozen at one moment, and what a ray meets in it.
#ifndef FSC_TOOLS_MATERIAL_POSED_WORLD_H_
#define FSC_TOOLS_MATERIAL_POSED_WORLD_H_

#include <vector>

#include "tools/material/camera.h"
#include "tools/material/scene.h"

namespace fsc::material {

// A part at its place.
struct PosedPart {
  const Part* part;
  const Object* object;
  int object_index;
  Vec3 centre;
  Vec3 from_camera;    // centre minus the camera's position
  float bound_radius;  // of a sphere around it
  float cone_cosine;   // of the angle that this sphere covers as seen from the camera; -1 when the camera is inside
};

struct Hit {
  float distance_m;
  const PosedPart* posed = nullptr;  // null: the ground
  Vec3 position;
  Vec3 normal;  // unit, towards the viewer's side
};

class PosedWorld {
 public:
  // Borrows `scene`.
  PosedWorld(const Scene& scene, float time_s, Vec3 camera_position);

  const std::vector<PosedPart>& parts() const { return parts_; }
  // The parts that a ray within the cone (unit axis, cosine of its half angle) may meet.
  void PartsInCone(Vec3 axis, float cosine, std::vector<const PosedPart*>* out) const;

  // Distance along a unit ray from the camera to the part; negative when it misses.
  float DistanceTo(const PosedPart& posed, Vec3 ray) const;
  // The outer normal where a ray from the camera meets the part at `position`.
  Vec3 NormalAt(const PosedPart& posed, Vec3 position) const;
  // Whether something stands between `from` and the sun.
  bool InShadow(Vec3 from, Vec3 to_sun) const;

  Vec3 camera_position() const { return camera_position_; }

 private:
  std::vector<PosedPart> parts_;
  Vec3 camera_position_;
};

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_POSED_WORLD_H_
