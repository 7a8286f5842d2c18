#include "codec/latent/large_transform.h"

namespace fsc {
namespace {

// Odd rows of the 8- and 16-point matrices: entry [k][i] belongs to coefficient 2 k + 1 and sample i of the first half.
constexpr int32_t kOdd4[2][2] = {{83, 36}, {36, -83}};
constexpr int32_t kOdd8[4][4] = {{89, 75, 50, 18}, {75, -18, -89, -50}, {50, -89, 18, 75}, {18, -50, 75, -89}};
constexpr int32_t kOdd16[8][8] = {{90, 87, 80, 70, 57, 43, 25, 9},     {87, 57, 9, -43, -80, -90, -70, -25},
                                  {80, 9, -70, -87, -25, 57, 90, 43},  {70, -43, -87, 9, 90, 25, -80, -57},
                                  {57, -80, -25, 90, -9, -87, 43, 70}, {43, -90, 57, 25, -87, 70, 9, -80},
                                  {25, -70, 90, -80, 43, 9, -57, 87},  {9, -25, 43, -57, 70, -80, 87, -90}};

template <int kCells>
constexpr int32_t Odd(int k, int i) {
  if constexpr (kCells == 4) return kOdd4[k][i];
  if constexpr (kCells == 8) return kOdd8[k][i];
  if constexpr (kCells == 16) return kOdd16[k][i];
}

// The matrix of two points is its own transpose.
template <int kLanes>
void TwoRows(const int32_t (*in)[kLanes], int32_t (*out)[kLanes]) {
  for (int lane = 0; lane < kLanes; ++lane) {
    out[0][lane] = 64 * (in[0][lane] + in[1][lane]);
    out[1][lane] = 64 * (in[0][lane] - in[1][lane]);
  }
}

// out = M^T in, one number of each lane: `in` and `out` are kCells rows of kLanes.
template <int kCells, int kLanes>
void InverseRows(const int32_t (*in)[kLanes], int32_t (*out)[kLanes]) {
  if constexpr (kCells == 2) {
    TwoRows(in, out);
  } else {
    constexpr int kHalf = kCells / 2;
    int32_t even_in[kHalf][kLanes];
    int32_t even[kHalf][kLanes];
    for (int k = 0; k < kHalf; ++k) {
      for (int lane = 0; lane < kLanes; ++lane) even_in[k][lane] = in[2 * k][lane];
    }
    InverseRows<kHalf, kLanes>(even_in, even);
    for (int i = 0; i < kHalf; ++i) {
      int32_t odd[kLanes] = {};
      for (int k = 0; k < kHalf; ++k) {
        const int32_t weight = Odd<kCells>(k, i);
        for (int lane = 0; lane < kLanes; ++lane) odd[lane] += weight * in[2 * k + 1][lane];
      }
      for (int lane = 0; lane < kLanes; ++lane) {
        out[i][lane] = even[i][lane] + odd[lane];
        out[kCells - 1 - i][lane] = even[i][lane] - odd[lane];
      }
    }
  }
}

// out = M in.
template <int kCells, int kLanes>
void ForwardRows(const int32_t (*in)[kLanes], int32_t (*out)[kLanes]) {
  if constexpr (kCells == 2) {
    TwoRows(in, out);
  } else {
    constexpr int kHalf = kCells / 2;
    int32_t sums[kHalf][kLanes];
    int32_t differences[kHalf][kLanes];
    for (int i = 0; i < kHalf; ++i) {
      for (int lane = 0; lane < kLanes; ++lane) {
        sums[i][lane] = in[i][lane] + in[kCells - 1 - i][lane];
        differences[i][lane] = in[i][lane] - in[kCells - 1 - i][lane];
      }
    }
    int32_t even[kHalf][kLanes];
    ForwardRows<kHalf, kLanes>(sums, even);
    for (int k = 0; k < kHalf; ++k) {
      int32_t odd[kLanes] = {};
      for (int i = 0; i < kHalf; ++i) {
        const int32_t weight = Odd<kCells>(k, i);
        for (int lane = 0; lane < kLanes; ++lane) odd[lane] += weight * differences[i][lane];
      }
      for (int lane = 0; lane < kLanes; ++lane) {
        out[2 * k][lane] = even[k][lane];
        out[2 * k + 1][lane] = odd[lane];
      }
    }
  }
}

// to[j][i] = (from[i][j] + half) >> shift
template <int kCells>
void Transpose(const int32_t (*from)[kCells], int shift, int32_t (*to)[kCells]) {
  const int32_t half = shift > 0 ? 1 << (shift - 1) : 0;
  for (int i = 0; i < kCells; ++i) {
    for (int j = 0; j < kCells; ++j) to[j][i] = (from[i][j] + half) >> shift;
  }
}

// Columns, then rows: kPass is one of the two above.
template <int kCells, auto kPass>
void BothWays(int first_shift, int second_shift, const LargeBlock& from, LargeBlock* to) {
  int32_t a[kCells][kCells];
  int32_t b[kCells][kCells];
  for (int i = 0; i < kCells; ++i) {
    for (int j = 0; j < kCells; ++j) a[i][j] = from[i * kCells + j];
  }
  kPass(a, b);
  Transpose<kCells>(b, first_shift, a);
  kPass(a, b);
  Transpose<kCells>(b, second_shift, a);
  for (int i = 0; i < kCells; ++i) {
    for (int j = 0; j < kCells; ++j) (*to)[i * kCells + j] = a[i][j];
  }
}

}  // namespace

// The matrix has norm 64 sqrt(cells) a pass: 2^15 in all for 8 cells, 2^16 for 16.
void InverseLargeTransform(int cells, const LargeBlock& coefficients, LargeBlock* residual) {
  if (cells == 8) {
    BothWays<8, InverseRows<8, 8>>(7, 8, coefficients, residual);
  } else {
    BothWays<16, InverseRows<16, 16>>(8, 8, coefficients, residual);
  }
}

void ForwardLargeTransformQ4(int cells, const LargeBlock& residual, LargeBlock* coefficients_q4) {
  if (cells == 8) {
    BothWays<8, ForwardRows<8, 8>>(5, 6, residual, coefficients_q4);
  } else {
    BothWays<16, ForwardRows<16, 16>>(6, 6, residual, coefficients_q4);
  }
}

}  // namespace fsc
