// camera.h: where the camera looks at a moment: pan, zoom, a little roll, and hand shake on top of a steady drive.
#ifndef FSC_TOOLS_MATERIAL_CAMERA_H_
#define FSC_TOOLS_MATERIAL_CAMERA_H_

#include "tools/material/scene.h"

namespace fsc::material {

// A pinhole camera. Pixel coordinates are continuous: the centre of pixel (0, 0) is (0.5, 0.5).
class Camera {
 public:
  Camera(const CameraPath& path, float time_s, int width_px, int height_px);

  Vec3 position() const { return position_; }
  float focal_px() const { return focal_px_; }
  // Unit direction through a point of the picture.
  Vec3 Ray(float x_px, float y_px) const;

 private:
  Vec3 position_;
  Vec3 right_, up_, forward_;
  float focal_px_;
  float centre_x_px_, centre_y_px_;
};

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_CAMERA_H_
