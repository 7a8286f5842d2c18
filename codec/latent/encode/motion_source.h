// motion_source.h: where the encoder's motion fields come from: a search on the input's luma or on the planes of
// the finest layer, OpenCV's flow, or nowhere. One field for each reference, whatever the number of channels.
#ifndef FSC_CODEC_LATENT_ENCODE_MOTION_SOURCE_H_
#define FSC_CODEC_LATENT_ENCODE_MOTION_SOURCE_H_

#include <span>
#include <string>
#include <vector>

#include "codec/latent/frame_coder.h"
#include "core/thread_pool.h"
#include "fsc/latent_config.h"
#include "motion/motion_luma.h"

namespace fsc {

class MotionSource {
 public:
  // `layers` is borrowed and not empty. kAuto becomes what `preset` means by it.
  MotionSource(LatentMotion motion, const std::string& preset, std::span<const LayerSpec> layers);

  // The picture that vectors refer to: the luma's, or one made up from the finest layer where there is none.
  MotionGeometry GeometryFor(const MotionLuma* first_luma) const;

  // Fields of `header.references`, as `references`. `luma` may be null; `planes` are the frame's own, layer by layer.
  Result<std::vector<MotionField>> Search(const LatentFrameHeader& header, const MotionGeometry& geometry,
                                          const MotionLuma* luma, std::span<const LayerPlanes> planes,
                                          std::span<const LatentPicture* const> references, ThreadPool* pool) const;

 private:
  Result<MotionField> SearchOne(const MotionSearchOptions& options, const MotionGeometry& geometry,
                                const MotionLuma* luma, std::span<const LayerPlanes> planes,
                                const LatentPicture& reference) const;

  LatentMotion motion_;
  std::span<const LayerSpec> layers_;
  size_t finest_;  // index of the layer with the smallest stride
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_MOTION_SOURCE_H_
