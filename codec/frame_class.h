// frame_class.h: what a frame is to those around it.
#ifndef FSC_CODEC_FRAME_CLASS_H_
#define FSC_CODEC_FRAME_CLASS_H_

#include <cstdint>

namespace fsc {

// In the latent mode's frame header, and the contexts of its entropy coder are kept apart by it.
enum class FrameClass : uint8_t {
  kIntra = 0,
  kPredicted = 1,   // P
  kReferenceB = 2,  // B that others refer to
  kLeafB = 3,       // B that nobody refers to
};
inline constexpr int kFrameClasses = 4;

}  // namespace fsc

#endif  // FSC_CODEC_FRAME_CLASS_H_
