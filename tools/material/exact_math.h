// exact_math.h: the arithmetic of the rendered world: vectors, angles and random numbers that are the same on every
// machine.
//
// Only +, -, *, / and square roots of IEEE-754 floats are used (the build forbids fused multiply-add), and integer
// hashes instead of <random>, whose distributions differ between standard libraries.
#ifndef FSC_TOOLS_MATERIAL_EXACT_MATH_H_
#define FSC_TOOLS_MATERIAL_EXACT_MATH_H_

#include <cmath>
#include <cstdint>

namespace fsc::material {

constexpr float kPi = 3.14159265f;

struct Vec3 {
  float x = 0, y = 0, z = 0;
};
inline Vec3 operator+(Vec3 a, Vec3 b) {
  return {a.x + b.x, a.y + b.y, a.z + b.z};
}
inline Vec3 operator-(Vec3 a, Vec3 b) {
  return {a.x - b.x, a.y - b.y, a.z - b.z};
}
inline Vec3 operator*(Vec3 a, Vec3 b) {
  return {a.x * b.x, a.y * b.y, a.z * b.z};
}
inline Vec3 operator*(Vec3 a, float s) {
  return {a.x * s, a.y * s, a.z * s};
}
inline float Dot(Vec3 a, Vec3 b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
inline float Length(Vec3 a) {
  return std::sqrt(Dot(a, a));
}
inline Vec3 Normalized(Vec3 a) {
  return a * (1.0f / Length(a));
}
inline Vec3 Mix(Vec3 a, Vec3 b, float t) {
  return a + (b - a) * t;
}
inline float Mix(float a, float b, float t) {
  return a + (b - a) * t;
}
inline float Clamp(float v, float lo, float hi) {
  return v < lo ? lo : (v > hi ? hi : v);
}
inline float Fraction(float v) {
  return v - std::floor(v);
}
// 0 below `lo`, 1 above `hi`, a cubic between.
inline float SmoothStep(float lo, float hi, float v) {
  const float t = Clamp((v - lo) / (hi - lo), 0.0f, 1.0f);
  return t * t * (3.0f - 2.0f * t);
}

// Sine of `radians` (|radians| < 1e4) to about 1e-4, from a polynomial: libm's last bits differ between versions.
inline float Sine(float radians) {
  const float turns = radians * (1.0f / (2.0f * kPi));
  float x = (turns - std::floor(turns + 0.5f)) * (2.0f * kPi);  // -pi..pi
  if (x > kPi / 2) x = kPi - x;
  if (x < -kPi / 2) x = -kPi - x;
  const float s = x * x;
  return x * (1.0f - s * (1.0f / 6 - s * (1.0f / 120 - s * (1.0f / 5040))));
}
inline float Cosine(float radians) {
  return Sine(radians + kPi / 2);
}

// A full-avalanche 32-bit mixer (the finaliser of MurmurHash3).
inline uint32_t HashBits(uint32_t v) {
  v ^= v >> 16;
  v *= 0x85EBCA6Bu;
  v ^= v >> 13;
  v *= 0xC2B2AE35u;
  return v ^ (v >> 16);
}
inline uint32_t HashOf(int32_t a, int32_t b, uint32_t seed) {
  return HashBits(uint32_t(a) * 0x9E3779B1u ^ HashBits(uint32_t(b) * 0x85EBCA77u ^ HashBits(seed)));
}
// 0 <= result < 1, on a grid of 2^-24.
inline float UnitFromBits(uint32_t bits) {
  return float(bits >> 8) * (1.0f / 16777216.0f);
}

// A counter-based generator: number n of a seed is the hash of n.
class Random {
 public:
  explicit Random(uint32_t seed) : seed_(HashBits(seed ^ 0x6A09E667u)) {}
  uint32_t Bits() { return HashBits(seed_ + 0x9E3779B9u * ++count_); }
  float Unit() { return UnitFromBits(Bits()); }
  float Between(float lo, float hi) { return lo + (hi - lo) * Unit(); }
  // 0 <= result < count, count <= 2^16.
  int Below(int count) { return int((uint64_t(Bits()) * uint64_t(count)) >> 32); }
  bool Chance(float probability) { return Unit() < probability; }

 private:
  uint32_t seed_;
  uint32_t count_ = 0;
};

}  // namespace fsc::material

#endif  // FSC_TOOLS_MATERIAL_EXACT_MATH_H_
