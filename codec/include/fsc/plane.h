// plane.h: one two-dimensional array of samples. Plane owns, PlaneView borrows; a view never outlives the call it is
// passed to unless the callee says so.
#ifndef FSC_PLANE_H_
#define FSC_PLANE_H_

#include <cstddef>
#include <vector>

namespace fsc {

// Borrowed samples: row y starts at data + y * stride.
template <class Sample>
struct PlaneView {
  Sample* data = nullptr;
  int width = 0;
  int height = 0;
  ptrdiff_t stride = 0;  // in samples, >= width

  Sample* row(int y) const { return data + y * stride; }
  operator PlaneView<const Sample>() const { return {data, width, height, stride}; }  // NOLINT
};

// Owned samples, rows adjacent, zero at first. Copying is explicit.
template <class Sample>
class Plane {
 public:
  Plane() = default;
  Plane(int width, int height) : width_(width), height_(height), samples_(size_t(width) * height) {}
  Plane(Plane&&) = default;
  Plane& operator=(Plane&&) = default;
  Plane Clone() const { return *this; }

  int width() const { return width_; }
  int height() const { return height_; }
  Sample* row(int y) { return samples_.data() + size_t(y) * width_; }
  const Sample* row(int y) const { return samples_.data() + size_t(y) * width_; }
  std::vector<Sample>& samples() { return samples_; }
  const std::vector<Sample>& samples() const { return samples_; }

  PlaneView<Sample> view() { return {samples_.data(), width_, height_, width_}; }
  PlaneView<const Sample> view() const { return {samples_.data(), width_, height_, width_}; }

 private:
  Plane(const Plane&) = default;

  int width_ = 0;
  int height_ = 0;
  std::vector<Sample> samples_;
};

}  // namespace fsc

#endif  // FSC_PLANE_H_
