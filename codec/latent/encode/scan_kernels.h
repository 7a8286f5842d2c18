// scan_kernels.h: the inner loop of frame_scan.h, as a plain twin and a vector twin that agree to the bit. Encoder
// only.
#ifndef FSC_CODEC_LATENT_ENCODE_SCAN_KERNELS_H_
#define FSC_CODEC_LATENT_ENCODE_SCAN_KERNELS_H_

#include <array>
#include <cstddef>
#include <span>

namespace fsc {

// What rows of cells of one channel add up to. Sums go by place, so that every machine adds in the same order.
struct RowScan {
  static constexpr size_t kPlaces = 8;

  std::array<double, kPlaces> sums{};     // block i of a row in place i mod 8
  std::array<double, kPlaces> squares{};  // cell i of a row in place i mod 8
  float lowest = 0;
  float highest = 0;

  double sum() const { return Total(sums); }
  double square_sum() const { return Total(squares); }

 private:
  static double Total(const std::array<double, kPlaces>& v) {
    return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
  }
};

// Adds a row to `scan`, and the sum of its cells 4 i to 4 i + 3, in float and from left to right, to block_sums[i]; the
// last block may be shorter.
void ScanRow(std::span<const float> row, float* block_sums, RowScan* scan);
void ScanRowPlain(std::span<const float> row, float* block_sums, RowScan* scan);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_SCAN_KERNELS_H_
