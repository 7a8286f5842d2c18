// search_cost.h: what a vector is taken to cost while searching: SAD + lambda * bits, in integers so that every machine
// decides alike. The bits are typical ones; the adaptive coder's real ones depend on what came before. Encoder only.
#ifndef FSC_MOTION_SEARCH_COST_H_
#define FSC_MOTION_SEARCH_COST_H_

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace fsc {

class SearchCost {
 public:
  // lambda: SAD per bit.
  explicit SearchCost(double lambda) : lambda16_(uint64_t(std::llround(lambda * 16))) {}

  // In 1/256 SAD.
  uint64_t operator()(uint64_t sad, uint32_t bits16) const { return sad * 256 + lambda16_ * bits16; }
  uint64_t Bits(uint32_t bits16) const { return lambda16_ * bits16; }

  // Bits of the difference (dx, dy) to the prediction, in 1/16.
  static uint32_t DifferenceBits16(int dx, int dy) {
    if (dx == 0 && dy == 0) return 5;
    return 32 + ComponentBits16(dx) + ComponentBits16(dy);
  }
  static constexpr uint32_t kSplitBits16 = 32;
  static constexpr uint32_t kWholeBits16 = 6;

 private:
  static uint32_t ComponentBits16(int d) {
    return d == 0 ? 16 : 24 + 16 * (2 * uint32_t(std::bit_width(uint32_t(std::abs(d)))) - 1);
  }

  uint64_t lambda16_;
};

}  // namespace fsc

#endif  // FSC_MOTION_SEARCH_COST_H_
