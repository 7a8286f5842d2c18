// picture_pool.h: the pictures of a decoder. The memory of those that nobody holds any more serves later ones.
#ifndef FSC_CODEC_LATENT_PICTURE_POOL_H_
#define FSC_CODEC_LATENT_PICTURE_POOL_H_

#include <memory>
#include <utility>
#include <vector>

#include "codec/latent/picture.h"

namespace fsc {

// All holders of pictures are on one thread.
class PicturePool {
 public:
  struct Shape {
    int planes, width_cells, height_cells;
  };

  PicturePool() = default;
  explicit PicturePool(std::vector<Shape> layers) : layers_(std::move(layers)) {}

  // Its samples are unspecified.
  std::shared_ptr<LatentPicture> Take() {
    for (const std::shared_ptr<LatentPicture>& picture : pictures_) {
      if (picture.use_count() == 1) return picture;
    }
    auto picture = std::make_shared<LatentPicture>();
    for (const Shape& layer : layers_) {
      picture->layers.emplace_back(layer.planes, layer.width_cells, layer.height_cells);
    }
    pictures_.push_back(picture);
    return picture;
  }

 private:
  std::vector<Shape> layers_;
  std::vector<std::shared_ptr<LatentPicture>> pictures_;  // as many as were ever held at once
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_PICTURE_POOL_H_
