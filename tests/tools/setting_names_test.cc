// The library's names of settings become the tool's options where they are meant, and nowhere else.
#include "tools/setting_names.h"

#include <gtest/gtest.h>

namespace fsc::tools {
namespace {

TEST(SettingNames, BecomeOptions) {
  const Error error = WithOptionNames(
      Usage("a buffer needs a bitrate", "latent.buffer_seconds", "give latent.bitrate_kbps too, or qp."));
  EXPECT_EQ(error.OneLine(), "a buffer needs a bitrate: --buffer: give --bitrate too, or --qp.");
  EXPECT_EQ(WithOptionNames(Usage("", "max_drop_percent 0.10 %")).where, "--max-drop 0.10 %");
  EXPECT_EQ(WithOptionNames(Usage("unknown preset 'x'", "preset")).where, "--preset");
  EXPECT_EQ(WithOptionNames(Usage("unknown preset 'x'", "presets")).where, "--presets");
  EXPECT_EQ(WithOptionNames(Usage("out of range", "qps")).where, "--qps");
  EXPECT_EQ(WithOptionNames(Warning{"k", "w", "clip.mp4", "give the right frame_rate"}).advice, "give the right --fps");
}

TEST(SettingNames, OtherTextStays) {
  // Words of a sentence, parts of other names, and paths.
  for (const char* text :
       {"choose another preset", "latent.qp", "qp/frame_rate", "/data/qp", "qp.npy", "frame_rates", ""}) {
    EXPECT_EQ(WithOptionNames(Usage("qp", text, text)).where, text);
    EXPECT_EQ(WithOptionNames(Usage("qp", text, text)).advice, text);
  }
  EXPECT_EQ(WithOptionNames(Usage("qp")).what, "qp");
  // A file may have the name of a setting.
  EXPECT_EQ(WithOptionNames(IoError("cannot open", "profile")).where, "profile");
  EXPECT_EQ(WithOptionNames(BadInput("not a profile", "qp")).where, "qp");
}

}  // namespace
}  // namespace fsc::tools
