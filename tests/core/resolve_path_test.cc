#include "core/resolve_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace fsc {
namespace {

using testing::HasSubstr;

std::string Resolved(const std::string& text, const std::string& file = "/data/suites/s.json") {
  const auto path = ResolvePath(text, file, "s.json: path");
  return path.ok() ? *path : "error: " + path.error().OneLine();
}

class ResolvePathTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("FSC_PATH_TEST_A", "/a b", 1);
    setenv("FSC_PATH_TEST_C", "c", 1);
    setenv("FSC_PATH_TEST_EMPTY", "", 1);
    unsetenv("FSC_PATH_TEST_NONE");
  }
};

TEST_F(ResolvePathTest, AreReplacedByTheEnvironment) {
  EXPECT_EQ(Resolved("${FSC_PATH_TEST_A}/v.mp4"), "/a b/v.mp4");
  EXPECT_EQ(Resolved("${FSC_PATH_TEST_A}${FSC_PATH_TEST_C}"), "/a bc");
  EXPECT_EQ(Resolved("x/${FSC_PATH_TEST_C}.npy"), "/data/suites/x/c.npy");
  // A value is taken as it is.
  setenv("FSC_PATH_TEST_C", "${FSC_PATH_TEST_A}", 1);
  EXPECT_EQ(Resolved("/${FSC_PATH_TEST_C}"), "/${FSC_PATH_TEST_A}");
}

TEST_F(ResolvePathTest, PathsAreRelativeToTheFile) {
  EXPECT_EQ(Resolved("v.mp4"), "/data/suites/v.mp4");
  EXPECT_EQ(Resolved("../v.mp4"), "/data/v.mp4");
  EXPECT_EQ(Resolved("/v.mp4"), "/v.mp4");
  EXPECT_EQ(Resolved("v.mp4", "s.json"), "v.mp4");
  EXPECT_EQ(Resolved("$a}{$.mp4"), "/data/suites/$a}{$.mp4");
}

TEST_F(ResolvePathTest, WhatCannotBeResolvedIsSaid) {
  for (const char* name : {"FSC_PATH_TEST_NONE", "FSC_PATH_TEST_EMPTY"}) {
    const std::string text = "${" + std::string(name) + "}/v.mp4";
    EXPECT_THAT(Resolved(text), testing::AllOf(HasSubstr(std::string(name) + " is not set"), HasSubstr("s.json: path"),
                                               HasSubstr('"' + text + '"')));
  }
  for (const char* text : {"${FSC_PATH_TEST_A/v.mp4", "${}/v.mp4", "a/${"}) {
    EXPECT_THAT(Resolved(text), HasSubstr("error: malformed ${NAME}")) << text;
  }
  EXPECT_THAT(Resolved(""), HasSubstr("error: empty path"));
  EXPECT_EQ(ResolvePath("", "f", "w").error().kind, ErrorKind::kBadInput);
}

}  // namespace
}  // namespace fsc
