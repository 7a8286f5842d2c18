// The rendered street: the same everywhere, labels and boxes that agree, things that move.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "core/crc32c.h"
#include "tools/material/dataset.h"
#include "tools/material/frame_renderer.h"

namespace fsc::material {
namespace {

constexpr float kFrameRate = 25.0f;

TEST(MaterialRender, SameSeedSamePixelsOnEveryMachine) {
  uint32_t colours = 0, labels = 0;
  const Scene scene = MakeScene(7);
  for (const int n : {0, 9, 40}) {
    const RenderedFrame frame = RenderFrame(scene, n, kFrameRate, 72, 50);
    colours = Crc32c(frame.image.bgr, colours);
    labels = Crc32c(frame.labels.samples(), labels);
  }
  EXPECT_EQ(colours, 2683163838u);
  EXPECT_EQ(labels, 1880510625u);
}

TEST(MaterialRender, SeedsAndFramesDiffer) {
  const RenderedFrame first = RenderFrame(MakeScene(1), 0, kFrameRate, 64, 48);
  EXPECT_NE(first.image.bgr, RenderFrame(MakeScene(2), 0, kFrameRate, 64, 48).image.bgr);
  EXPECT_NE(first.image.bgr, RenderFrame(MakeScene(1), 1, kFrameRate, 64, 48).image.bgr);
}

TEST(MaterialRender, DatasetIsTheSameOnAnyNumberOfThreads) {
  const auto one = RenderDataset(30, 3, 64, 48, 1, {});
  const auto three = RenderDataset(30, 3, 64, 48, 3, {});
  ASSERT_EQ(one.size(), three.size());
  for (size_t n = 0; n < one.size(); ++n) {
    EXPECT_EQ(one[n].image.bgr, three[n].image.bgr);
    EXPECT_EQ(one[n].labels.samples(), three[n].labels.samples());
  }
}

// Every pixel of a track lies in its box and has its class; the box touches what is seen when nothing hides the object.
TEST(MaterialRender, BoxesAgreeWithLabels) {
  int boxes_checked = 0, fully_visible = 0;
  for (uint32_t seed = 100; seed < 108; ++seed) {
    const RenderedFrame frame = RenderFrame(MakeScene(seed), 5, kFrameRate, 160, 120);
    std::set<int> seen_tracks;
    for (const TrackBox& box : frame.boxes) {
      int left = 160, top = 120, right = -1, bottom = -1, pixels = 0;
      for (int y = 0; y < 120; ++y) {
        for (int x = 0; x < 160; ++x) {
          if (frame.tracks.row(y)[x] != box.track_id) continue;
          EXPECT_EQ(frame.labels.row(y)[x], box.label);
          left = std::min(left, x);
          right = std::max(right, x);
          top = std::min(top, y);
          bottom = std::max(bottom, y);
          ++pixels;
        }
      }
      EXPECT_TRUE(seen_tracks.insert(box.track_id).second);
      EXPECT_GE(box.visibility, 0.0f);
      EXPECT_LE(box.visibility, 1.0f);
      EXPECT_EQ(pixels == 0, box.visibility == 0.0f);
      if (pixels > 0) {
        EXPECT_GE(left, box.left_px);
        EXPECT_GE(top, box.top_px);
        EXPECT_LT(right, box.left_px + box.width_px);
        EXPECT_LT(bottom, box.top_px + box.height_px);
        ++boxes_checked;
      }
      if (box.visibility == 1.0f) {
        EXPECT_EQ(left, box.left_px);
        EXPECT_EQ(top, box.top_px);
        EXPECT_EQ(right, box.left_px + box.width_px - 1);
        EXPECT_EQ(bottom, box.top_px + box.height_px - 1);
        ++fully_visible;
      }
    }
    // And no pixel belongs to a track without a box.
    for (const uint16_t track : frame.tracks.samples()) EXPECT_TRUE(track == 0 || seen_tracks.count(track) == 1);
  }
  EXPECT_GT(boxes_checked, 30);
  EXPECT_GT(fully_visible, 5);
}

TEST(MaterialRender, EveryClassHasItsShareOfThePixels) {
  std::vector<int64_t> counts(kClassCount);
  const auto pictures = RenderDataset(500, 40, 64, 48, 2, {});
  for (const LabelledPicture& picture : pictures) {
    for (const uint8_t label : picture.labels.samples()) {
      ASSERT_LT(label, kClassCount);
      ++counts[label];
    }
  }
  const int64_t pixels = 40 * 64 * 48;
  for (int label = 0; label < kClassCount; ++label) {
    EXPECT_GT(counts[size_t(label)], pixels / 50) << ClassNames()[size_t(label)];
    EXPECT_LT(counts[size_t(label)], pixels / 2) << ClassNames()[size_t(label)];
  }
}

// A codec that predicts from the frame before gains nothing here unless it follows the motion: the picture changes by
// far more than its noise, and so do the labels.
TEST(MaterialRender, PicturesMove) {
  const Scene scene = MakeScene(20012);
  const RenderedFrame before = RenderFrame(scene, 10, kFrameRate, 256, 192);
  const RenderedFrame after = RenderFrame(scene, 14, kFrameRate, 256, 192);
  int64_t difference = 0, relabelled = 0;
  for (size_t n = 0; n < before.image.bgr.size(); ++n) {
    difference += std::abs(int(before.image.bgr[n]) - int(after.image.bgr[n]));
  }
  for (size_t n = 0; n < before.labels.samples().size(); ++n) {
    relabelled += before.labels.samples()[n] != after.labels.samples()[n];
  }
  EXPECT_GT(double(difference) / double(before.image.bgr.size()), 2.0 * scene.light.noise);
  EXPECT_GT(relabelled, 256 * 192 / 50);
}

}  // namespace
}  // namespace fsc::material
