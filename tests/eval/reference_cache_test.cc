// Uncompressed runs on disk: whole or not there, whoever makes them and however often.
#include "eval/reference_cache.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eval/processor.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;

class ReferenceCacheTest : public ::testing::Test {
 protected:
  std::set<std::string> Names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) names.insert(entry.path().filename().string());
    return names;
  }
  Status WriteFrame(ReferenceWriter* writer) const {
    ReferenceFrame frame;
    frame.frame.layers.emplace_back(2, 3, 4);
    return writer->Write(frame);
  }
  Status Finish(ReferenceWriter* writer) const {
    ReferenceInfo info;
    info.stream.layers = layers_;
    info.frames = 1;
    return writer->Finish(info);
  }

  const TemporaryFolder temporary_;
  const fs::path folder_ = temporary_.path();
  const std::string reference_ = (folder_ / "key").string();
  const std::vector<LayerSpec> layers_ = {{"a", 2, 3, 4}};
};

TEST_F(ReferenceCacheTest, NothingIsLeftOfARunThatFails) {
  {
    auto writer = ReferenceWriter::Create(reference_, layers_);
    ASSERT_TRUE(writer.ok()) << writer.error().OneLine();
    ASSERT_TRUE(WriteFrame(writer->get()).ok());
    EXPECT_FALSE(ReferenceExists(reference_));
    EXPECT_EQ(Names().size(), 1u);
  }
  EXPECT_TRUE(Names().empty());
}

TEST_F(ReferenceCacheTest, TwoProcessesMayMakeTheSameRun) {
  auto writer = ReferenceWriter::Create(reference_, layers_);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(WriteFrame(writer->get()).ok());
  const pid_t faster = fork();
  if (faster == 0) {
    auto its_writer = ReferenceWriter::Create(reference_, layers_);
    const bool fine = its_writer.ok() && WriteFrame(its_writer->get()).ok() && Finish(its_writer->get()).ok();
    _exit(fine ? 0 : 1);
  }
  int wait_status = 0;
  ASSERT_EQ(waitpid(faster, &wait_status, 0), faster);
  ASSERT_EQ(wait_status, 0);
  EXPECT_TRUE(ReferenceExists(reference_));
  EXPECT_EQ(Names().size(), 2u) << "the slower one was left in peace";
  EXPECT_TRUE(Finish(writer->get()).ok());
  writer->reset();
  EXPECT_EQ(Names(), std::set<std::string>{"key"});
  EXPECT_TRUE(ReferenceReader::Open(reference_, Limits{}).ok());
}

TEST_F(ReferenceCacheTest, WhatAKilledProcessOfThisMachineLeftGoes) {
  const pid_t dead = fork();
  if (dead == 0) _exit(0);
  ASSERT_EQ(waitpid(dead, nullptr, 0), dead);
  const std::string abandoned = "key." + HostName() + "." + std::to_string(dead) + ".part";
  const std::string elsewhere = "key.another-host." + std::to_string(dead) + ".part";
  const std::string other = "other." + HostName() + "." + std::to_string(dead) + ".part";
  for (const std::string& name : {abandoned, elsewhere, other}) fs::create_directory(folder_ / name);
  auto writer = ReferenceWriter::Create(reference_, layers_);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(WriteFrame(writer->get()).ok());
  ASSERT_TRUE(Finish(writer->get()).ok());
  EXPECT_EQ(Names(), (std::set<std::string>{"key", elsewhere, other}));
}

}  // namespace
}  // namespace fsc
