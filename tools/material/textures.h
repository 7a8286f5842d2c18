// textures.h: the colour of every surface before light falls on it.
#ifndef FSC_TOOLS_MATERIAL_TEXTURES_H_
#define FSC_TOOLS_MATERIAL_TEXTURES_H_

#include "tools/material/scene.h"

namespace fsc::material {

// A point of an object's part. All lengths in metres.
struct SurfacePoint {
  Vec3 local;         // from the part's centre
  Vec3 normal;        // unit
  float footprint_m;  // what a pixel covers there
};

// R, G, B, 0..1.
Vec3 ObjectColour(const Object& object, const Part& part, const SurfacePoint& point);
// Asphalt with markings within road_half_width of x = 0, grass elsewhere.
Vec3 GroundColour(const Ground& ground, float x_m, float z_m, float footprint_m, uint32_t seed);
// `direction` is a unit vector that points above the horizon or a little below it.
Vec3 SkyColour(const Light& light, Vec3 direction, float time_s, uint32_t seed);

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_TEXTURES_H_
