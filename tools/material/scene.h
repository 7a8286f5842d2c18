// scene.h: a rendered street: what stands where, how it moves, how the camera and the light move. All from one seed.
//
// World coordinates in metres: x to the right, y up (ground = 0), z along the road. Time in seconds from the clip's
// start.
#ifndef FSC_TOOLS_MATERIAL_SCENE_H_
#define FSC_TOOLS_MATERIAL_SCENE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tools/material/exact_math.h"

namespace fsc::material {

// The label values of a rendered pixel.
enum ClassIndex : uint8_t { kSky, kRoad, kGrass, kBuilding, kTree, kCar, kBalloon, kClassCount };
// "sky", "road", ... in the order of ClassIndex.
const std::vector<std::string>& ClassNames();

enum class Shape : uint8_t { kBox, kEllipsoid };
enum class Material : uint8_t { kWall, kCrown, kTrunk, kCarBody, kCarCabin, kStripes };

// One convex part of an object, relative to the object's position.
struct Part {
  Shape shape = Shape::kBox;
  Material material = Material::kWall;
  Vec3 offset;
  Vec3 half_size;  // half edges of a box, radii of an ellipsoid
};

struct Object {
  ClassIndex label = kBuilding;
  int track_id = 0;  // > 0 for what moves by itself (cars, balloons); 0 otherwise
  std::vector<Part> parts;
  Vec3 position;       // at time 0
  Vec3 velocity;       // metres per second
  float bob_m = 0;     // vertical swing
  float bob_rate = 0;  // radians per second
  float phase = 0;
  Vec3 colour_a, colour_b;  // 0..1 R, G, B
  uint32_t texture_seed = 0;
};

struct CameraPath {
  Vec3 position;  // at time 0
  Vec3 velocity;
  float yaw = 0, yaw_swing = 0, yaw_rate = 0;  // radians, radians, radians per second of the swing
  float pitch = 0;
  float roll_swing = 0;
  float focal_widths = 1;  // focal length over picture width
  float zoom_swing = 0, zoom_rate = 0;
  float shake = 0;  // radians
  uint32_t seed = 0;
};

struct Light {
  Vec3 to_sun;  // unit length
  float exposure = 1;
  Vec3 white_balance{1, 1, 1};
  float cloud_cover = 0;  // 0..1
  float flicker = 0;      // slow change of the exposure, relative
  float noise = 0;        // sensor noise, standard deviation in 8-bit units at mid grey
};

struct Ground {
  Vec3 grass_a, grass_b, asphalt;
  float road_half_width = 5;
};

struct Scene {
  std::vector<Object> objects;
  CameraPath camera;
  Light light;
  Ground ground;
  uint32_t seed = 0;
};

// The same scene for the same seed, everywhere.
Scene MakeScene(uint32_t seed);

// Where `object` is at `time_s`.
Vec3 PositionAt(const Object& object, float time_s);

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_SCENE_H_
