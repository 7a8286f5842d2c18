// cell_rows.h: the inner loops of the motion search on planes at their own size (cell_pictures.h), each as a plain twin
// and a vector twin that agree to the bit. Encoder only.
#ifndef FSC_MOTION_CELL_ROWS_H_
#define FSC_MOTION_CELL_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace fsc {

inline constexpr int kCellPlanes = 8;  // grey bytes of a cell, one a plane
inline constexpr int kLeafCells = 2;   // cells of a leaf along each axis

// Sum over a row of squared differences to the right neighbour and to the row below; differences saturate to +-32767.
// Reads row[0 .. count], below[0 .. count - 1].
int64_t RowActivity(const int16_t* row, const int16_t* below, size_t count);
int64_t RowActivityPlain(const int16_t* row, const int16_t* below, size_t count);

// Between the third and the fourth of six bytes, `count` times: (2 -9 39 39 -9 2) / 64, rounded and clipped.
using SixBytes = std::array<const uint8_t*, 6>;
void HalfRow(const SixBytes& in, size_t count, uint8_t* out);
void HalfRowPlain(const SixBytes& in, size_t count, uint8_t* out);

// The sum of absolute differences between a leaf (two rows of 16 bytes) and a place between four samples: at[0] and
// at[1] side by side, at[2] and at[3] below them, `weights` of the four in 1/16.
struct CellPlace {
  std::array<const uint8_t*, 4> at;
  ptrdiff_t stride = 0;  // of all four
  std::array<uint8_t, 4> weights;
};
using CellSadFunction = uint32_t (*)(const uint8_t* current, ptrdiff_t stride, const CellPlace& place);
uint32_t CellSadPlain(const uint8_t* current, ptrdiff_t stride, const CellPlace& place);
CellSadFunction FastCellSad();

}  // namespace fsc

#endif  // FSC_MOTION_CELL_ROWS_H_
