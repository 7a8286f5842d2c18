// Warnings: one of a kind, counted.
#include "fsc/warning.h"

#include <gtest/gtest.h>

namespace fsc {
namespace {

TEST(Warnings, KeepTheFirstOfAKindAndCountTheRest) {
  Warnings warnings;
  EXPECT_TRUE(warnings.empty());
  warnings.Add({"clipped-values", "2 values were clipped", "frame 3", "", 2});
  warnings.Add({"late-frame", "a frame came late", "frame 4", "check the camera"});
  warnings.Add({"clipped-values", "5 values were clipped", "frame 9", "", 5});
  ASSERT_EQ(warnings.list().size(), 2u);
  EXPECT_EQ(warnings.list()[0].where, "frame 3");
  EXPECT_EQ(warnings.list()[0].count, 7);
  EXPECT_EQ(warnings.list()[1].OneLine(), "a frame came late: frame 4: check the camera");
}

TEST(Warnings, SetReplacesWhatWasSaidOfTheKind) {
  Warnings warnings;
  warnings.Set({"worse-frames", "1 of 2 frames", "", ""});
  warnings.Set({"worse-frames", "3 of 9 frames", "", "", 3});
  ASSERT_EQ(warnings.list().size(), 1u);
  EXPECT_EQ(warnings.list()[0].what, "3 of 9 frames");
  EXPECT_EQ(warnings.list()[0].count, 3);
}

TEST(Warnings, OfAnotherCollectionAreAdded) {
  Warnings one;
  one.Add({"a", "first", "", ""});
  Warnings two;
  two.Add({"a", "second", "", ""});
  two.Add({"b", "third", "", ""});
  one.Add(two);
  ASSERT_EQ(one.list().size(), 2u);
  EXPECT_EQ(one.list()[0].count, 2);
  EXPECT_EQ(one.list()[1].what, "third");
}

}  // namespace
}  // namespace fsc
