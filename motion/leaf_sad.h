// leaf_sad.h: the sum of absolute differences between a 16 x 16 leaf and a place in the reference, whole or between
// samples. Encoder only.
#ifndef FSC_MOTION_LEAF_SAD_H_
#define FSC_MOTION_LEAF_SAD_H_

#include <cstddef>
#include <cstdint>

namespace fsc {

// `reference` points at the whole-pixel position; fx, fy are quarter pixels, 0..3. Between samples it is bilinear,
// weights in quarters, the sum of four rounded half up. Reads a column to the right when fx > 0 and a row below when fy
// > 0.
using LeafSadFunction = uint32_t (*)(const uint8_t* current, ptrdiff_t current_stride, const uint8_t* reference,
                                     ptrdiff_t reference_stride, int fx, int fy);

uint32_t LeafSadPlain(const uint8_t* current, ptrdiff_t current_stride, const uint8_t* reference,
                      ptrdiff_t reference_stride, int fx, int fy);

// The same result from vector instructions.
LeafSadFunction FastLeafSad();

}  // namespace fsc

#endif  // FSC_MOTION_LEAF_SAD_H_
