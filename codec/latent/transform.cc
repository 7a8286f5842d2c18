#include "codec/latent/transform.h"

namespace fsc {
namespace {

// 2^(i / 6) in 1/65536.
constexpr std::array<int64_t, 6> kSixthsOfOctave = {65536, 73562, 82570, 92682, 104032, 116772};

}  // namespace

int32_t StepQ4(int qp, int sigma_log2) {
  const int sixths = qp - kUnitQp + 6 * 16;  // >= 0
  const int octave = sixths / 6 - 16 + 4 + sigma_log2;
  const int64_t mantissa = kSixthsOfOctave[sixths % 6];
  const int shift = 16 - octave;  // 16 - (3 + 4 + 12) .. 16 - (-8 + 4)
  const int64_t step = shift > 0 ? (mantissa + (int64_t{1} << (shift - 1))) >> shift : mantissa << -shift;
  return int32_t(step < 1 ? 1 : step);
}

void InverseTransform(const Block& coefficients, Block* residual) {
  Block half;
  for (int x = 0; x < 4; ++x) {
    const int32_t even0 = 64 * (coefficients[x] + coefficients[8 + x]);
    const int32_t even1 = 64 * (coefficients[x] - coefficients[8 + x]);
    const int32_t odd0 = 83 * coefficients[4 + x] + 36 * coefficients[12 + x];
    const int32_t odd1 = 36 * coefficients[4 + x] - 83 * coefficients[12 + x];
    half[x] = (even0 + odd0 + 64) >> 7;
    half[4 + x] = (even1 + odd1 + 64) >> 7;
    half[8 + x] = (even1 - odd1 + 64) >> 7;
    half[12 + x] = (even0 - odd0 + 64) >> 7;
  }
  for (int y = 0; y < 16; y += 4) {
    const int32_t even0 = 64 * (half[y] + half[y + 2]);
    const int32_t even1 = 64 * (half[y] - half[y + 2]);
    const int32_t odd0 = 83 * half[y + 1] + 36 * half[y + 3];
    const int32_t odd1 = 36 * half[y + 1] - 83 * half[y + 3];
    (*residual)[y] = (even0 + odd0 + 64) >> 7;
    (*residual)[y + 1] = (even1 + odd1 + 64) >> 7;
    (*residual)[y + 2] = (even1 - odd1 + 64) >> 7;
    (*residual)[y + 3] = (even0 - odd0 + 64) >> 7;
  }
}

void ForwardTransformQ4(const Block& residual, Block* coefficients_q4) {
  Block half;
  for (int x = 0; x < 4; ++x) {
    const int32_t sum0 = residual[x] + residual[12 + x];
    const int32_t sum1 = residual[4 + x] + residual[8 + x];
    const int32_t difference0 = residual[x] - residual[12 + x];
    const int32_t difference1 = residual[4 + x] - residual[8 + x];
    half[x] = (64 * (sum0 + sum1) + 8) >> 4;
    half[4 + x] = (83 * difference0 + 36 * difference1 + 8) >> 4;
    half[8 + x] = (64 * (sum0 - sum1) + 8) >> 4;
    half[12 + x] = (36 * difference0 - 83 * difference1 + 8) >> 4;
  }
  for (int y = 0; y < 16; y += 4) {
    const int32_t sum0 = half[y] + half[y + 3];
    const int32_t sum1 = half[y + 1] + half[y + 2];
    const int32_t difference0 = half[y] - half[y + 3];
    const int32_t difference1 = half[y + 1] - half[y + 2];
    (*coefficients_q4)[y] = (64 * (sum0 + sum1) + 32) >> 6;
    (*coefficients_q4)[y + 1] = (83 * difference0 + 36 * difference1 + 32) >> 6;
    (*coefficients_q4)[y + 2] = (64 * (sum0 - sum1) + 32) >> 6;
    (*coefficients_q4)[y + 3] = (36 * difference0 - 83 * difference1 + 32) >> 6;
  }
}

}  // namespace fsc
