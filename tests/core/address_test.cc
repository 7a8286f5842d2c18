#include "core/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

using ::testing::HasSubstr;

TEST(Address, SchemesAndWhatLooksLikeOne) {
  EXPECT_EQ(SchemeOf("rtsp://camera:554/live"), "rtsp");
  EXPECT_EQ(SchemeOf("HTTP://host/clip.mp4?a=b"), "http");
  EXPECT_EQ(SchemeOf("svn+ssh://host"), "svn+ssh");
  for (const char* name :
       {"", "clip.mp4", "/a/b://c", "://x", "1a://x", "a b://x", "C:/clip.mp4", "http:/host", "+a://x"})
    EXPECT_EQ(SchemeOf(name), "") << name;
}

TEST(Address, AFileThatIsNotThereIsOneThingAndAnAddressAnother) {
  const Error file = NoSuchFile("cannot open", "clip.npy");
  EXPECT_EQ(file.kind, ErrorKind::kIo);
  EXPECT_EQ(file.OneLine(), "cannot open: No such file or directory: clip.npy: check the path");
  const Error address = NoSuchFile("cannot open", "http://host/clip.npy");
  EXPECT_EQ(address.kind, ErrorKind::kUsage);
  EXPECT_THAT(NoSuchFile("cannot open", "-").OneLine(), HasSubstr("standard input is not read here"));
  EXPECT_THAT(address.OneLine(), HasSubstr("http://host/clip.npy: save it to a file first"));
}

}  // namespace
}  // namespace fsc
