// plane_store.h: planes of frames that are done with, kept for those to come: fresh memory from the operating system
// costs more time than what is written into it. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_PLANE_STORE_H_
#define FSC_CODEC_LATENT_ENCODE_PLANE_STORE_H_

#include <utility>
#include <vector>

#include "codec/latent/picture.h"

namespace fsc {

// Not for use by two threads at once.
class PlaneStore {
 public:
  // Planes of that size with anything in them.
  LayerPlanes Take(int planes, int width_cells, int height_cells) {
    for (LayerPlanes& kept : kept_) {
      if (kept.planes() != planes || kept.width() != width_cells || kept.height() != height_cells) continue;
      std::swap(kept, kept_.back());
      LayerPlanes taken = std::move(kept_.back());
      kept_.pop_back();
      return taken;
    }
    return LayerPlanes(planes, width_cells, height_cells);
  }
  // The oldest go where there are many: other frames may have other sizes.
  void Give(LayerPlanes planes) {
    if (kept_.size() >= kMost) kept_.erase(kept_.begin());
    kept_.push_back(std::move(planes));
  }
  void Give(std::vector<LayerPlanes> layers) {
    for (LayerPlanes& planes : layers) Give(std::move(planes));
  }

 private:
  static constexpr size_t kMost = 16;

  std::vector<LayerPlanes> kept_;
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_PLANE_STORE_H_
