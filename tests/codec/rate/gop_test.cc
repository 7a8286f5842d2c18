// gop_test.cc: the order of frames, what they refer to, and their places in the hierarchy.
#include "codec/rate/gop.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace fsc {
namespace {

std::vector<PlannedFrame> PlansOf(const GopStructure& structure, int frames) {
  GopPlanner planner(structure);
  std::vector<PlannedFrame> plans;
  for (int t = 0; t < frames; ++t) planner.Push(t, &plans);
  planner.Flush(&plans);
  return plans;
}

TEST(Gop, EveryFrameIsCodedOnceAfterWhatItRefersTo) {
  for (const GopStructure& structure : {GopStructure{1, 8, 1}, GopStructure{32, 8, 1}, GopStructure{32, 16, 2},
                                        GopStructure{7, 0, 1}, GopStructure{20, 3, 1}, GopStructure{1024, 32, 1}}) {
    const std::vector<PlannedFrame> plans = PlansOf(structure, 67);
    std::set<int64_t> coded, stored;
    for (const PlannedFrame& plan : plans) {
      EXPECT_TRUE(coded.insert(plan.frame_number).second) << plan.frame_number;
      if (plan.frame_number % structure.gop_frames == 0) {
        EXPECT_EQ(plan.frame_class, FrameClass::kIntra);
        stored.clear();
      }
      EXPECT_EQ(plan.references.empty(), plan.frame_class == FrameClass::kIntra) << plan.frame_number;
      for (const int64_t reference : plan.references) EXPECT_TRUE(stored.contains(reference)) << plan.frame_number;
      for (const int64_t dropped : plan.dropped) EXPECT_EQ(stored.erase(dropped), 1u) << plan.frame_number;
      if (plan.is_reference) stored.insert(plan.frame_number);
      EXPECT_LE(stored.size(), 8u) << plan.frame_number;
    }
    EXPECT_EQ(coded.size(), 67u);
  }
}

TEST(Gop, LevelsOfTheHierarchyAreCoarserByTheirStep) {
  for (const int level_qp : {1, 2}) {
    std::map<int64_t, int> offsets;
    for (const PlannedFrame& plan : PlansOf({32, 8, level_qp}, 9)) offsets[plan.frame_number] = plan.qp_offset;
    EXPECT_LT(offsets[0], 0);
    EXPECT_EQ(offsets[8], 0);
    EXPECT_EQ(offsets[4], level_qp);
    EXPECT_EQ(offsets[2], 2 * level_qp);
    EXPECT_EQ(offsets[6], 2 * level_qp);
    for (const int leaf : {1, 3, 5, 7}) EXPECT_EQ(offsets[leaf], 3 * level_qp) << leaf;
  }
}

}  // namespace
}  // namespace fsc
