#include "tools/material/camera.h"

#include "tools/material/value_noise.h"

namespace fsc::material {

Camera::Camera(const CameraPath& path, float time_s, int width_px, int height_px) {
  constexpr float kShakeRate = 7.0f;  // independent jolts per second
  position_ = path.position + path.velocity * time_s;
  const float shake_time = time_s * kShakeRate;
  const float yaw = path.yaw + path.yaw_swing * Sine(path.yaw_rate * time_s + float(path.seed & 7)) +
                    path.shake * DriftNoise(shake_time, path.seed);
  const float pitch = path.pitch + path.shake * DriftNoise(shake_time, path.seed + 1);
  const float roll = path.roll_swing * Sine(0.7f * path.yaw_rate * time_s + float(path.seed & 3)) +
                     path.shake * DriftNoise(shake_time, path.seed + 2);
  const float zoom = 1.0f + path.zoom_swing * Sine(path.zoom_rate * time_s + float(path.seed >> 4 & 7));
  focal_px_ = path.focal_widths * zoom * float(width_px);
  centre_x_px_ = 0.5f * float(width_px);
  centre_y_px_ = 0.5f * float(height_px);

  const float cos_yaw = Cosine(yaw), sin_yaw = Sine(yaw);
  const float cos_pitch = Cosine(pitch), sin_pitch = Sine(pitch);
  const float cos_roll = Cosine(roll), sin_roll = Sine(roll);
  forward_ = {sin_yaw * cos_pitch, sin_pitch, cos_yaw * cos_pitch};
  const Vec3 level_right{cos_yaw, 0, -sin_yaw};
  const Vec3 level_up{-sin_yaw * sin_pitch, cos_pitch, -cos_yaw * sin_pitch};
  right_ = level_right * cos_roll + level_up * sin_roll;
  up_ = level_up * cos_roll - level_right * sin_roll;
}

Vec3 Camera::Ray(float x_px, float y_px) const {
  const float u = (x_px - centre_x_px_) / focal_px_;
  const float v = (centre_y_px_ - y_px) / focal_px_;
  return Normalized(forward_ + right_ * u + up_ * v);
}

}  // namespace fsc::material
