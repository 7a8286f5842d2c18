#include "tools/material/dataset.h"

#include <atomic>

#include "core/thread_pool.h"
#include "tools/material/frame_renderer.h"

namespace fsc::material {

std::vector<LabelledPicture> RenderDataset(uint32_t first_seed, int count, int width_px, int height_px, int threads,
                                           const std::function<void(int)>& progress) {
  std::vector<LabelledPicture> pictures{size_t(count)};
  std::atomic<int> finished = 0;
  ThreadPool pool(threads);
  pool.Run(count, [&](int n) {
    const uint32_t seed = first_seed + uint32_t(n);
    const int frame_number = int(HashOf(3, 5, seed) % 48);
    RenderedFrame frame = RenderFrame(MakeScene(seed), frame_number, 25.0f, width_px, height_px);
    pictures[size_t(n)] = {std::move(frame.image), std::move(frame.labels)};
    const int done = ++finished;
    if (progress) progress(done);
  });
  return pictures;
}

}  // namespace fsc::material
