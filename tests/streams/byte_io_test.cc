// Files, pipes and memory: temporary names, renaming, nothing left behind, and the system's errors.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "fsc/byte_io.h"
#include "fsc/stream_info.h"
#include "streams/digest.h"
#include "streams/output_file.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class ByteIo : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) const { return folder_.File(name); }
  size_t Files() const { return folder_.Count(); }
  static std::string TextOf(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::span<const uint8_t> Bytes(const std::string& text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  }

  const TemporaryFolder folder_;
};

TEST_F(ByteIo, FileAppearsOnCommitOnly) {
  auto sink = OpenSink(Path("a.bin"));
  ASSERT_TRUE(sink.ok());
  ASSERT_TRUE((*sink)->Write(Bytes("hello ")).ok());
  ASSERT_TRUE((*sink)->Write(Bytes("world")).ok());
  EXPECT_FALSE(fs::exists(Path("a.bin")));
  EXPECT_TRUE(fs::exists(Path("a.bin." + std::to_string(getpid()) + ".part")));
  ASSERT_TRUE((*sink)->Commit().ok());
  EXPECT_EQ(TextOf(Path("a.bin")), "hello world");
  EXPECT_EQ(Files(), 1u);
  sink->reset();
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ByteIo, WithoutCommitTheOldFileStays) {
  std::ofstream(Path("a.bin")) << "old";
  {
    auto sink = OpenSink(Path("a.bin"));
    ASSERT_TRUE(sink.ok());
    ASSERT_TRUE((*sink)->Write(Bytes("new")).ok());
  }
  EXPECT_EQ(TextOf(Path("a.bin")), "old");
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ByteIo, ReplacingKeepsPermissionsAndFollowsLinks) {
  std::ofstream(Path("a.bin")) << "old";
  ASSERT_EQ(chmod(Path("a.bin").c_str(), 0600), 0);
  fs::create_symlink("a.bin", Path("link"));
  auto sink = OpenSink(Path("link"));
  ASSERT_TRUE(sink.ok());
  ASSERT_TRUE((*sink)->Write(Bytes("new")).ok());
  ASSERT_TRUE((*sink)->Commit().ok());
  EXPECT_TRUE(fs::is_symlink(Path("link")));
  EXPECT_EQ(TextOf(Path("a.bin")), "new");
  struct stat info {};
  ASSERT_EQ(stat(Path("a.bin").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ByteIo, MissingFoldersAndFiles) {
  auto sink = OpenSink(Path("none/a.bin"));
  ASSERT_FALSE(sink.ok());
  EXPECT_EQ(sink.error().kind, ErrorKind::kIo);
  EXPECT_THAT(sink.error().OneLine(), HasSubstr("No such file"));
  auto source = OpenSource(Path("none.bin"));
  ASSERT_FALSE(source.ok());
  EXPECT_EQ(source.error().kind, ErrorKind::kIo);
  EXPECT_THAT(source.error().OneLine(), HasSubstr(Path("none.bin")));
  EXPECT_EQ(OpenSource(folder_.path()).error().kind, ErrorKind::kIo);
  EXPECT_EQ(OpenSink(folder_.path()).error().kind, ErrorKind::kIo);
}

TEST_F(ByteIo, FullDisk) {
  auto sink = OpenSink("/dev/full");
  if (!sink.ok()) GTEST_SKIP() << "needs /dev/full: run on Linux";
  const Status status = (*sink)->Write(Bytes("x"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kIo);
  EXPECT_THAT(status.error().OneLine(), HasSubstr("No space left on device: /dev/full"));
  sink->reset();
  EXPECT_TRUE(fs::exists("/dev/full"));
}

TEST_F(ByteIo, ClosedPipe) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  const int reader = open(Path("fifo").c_str(), O_RDWR);  // keeps the sink's open from waiting
  auto sink = OpenSink(Path("fifo"));
  ASSERT_TRUE(sink.ok());
  ASSERT_TRUE((*sink)->Write(Bytes("x")).ok());
  close(reader);
  const Status status = (*sink)->Write(Bytes("x"));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kIo);
  EXPECT_THAT(status.error().OneLine(), HasSubstr("Broken pipe"));
  sink->reset();
  EXPECT_TRUE(fs::exists(Path("fifo"))) << "what is not ours is not removed";
  std::signal(SIGPIPE, before);
}

TEST_F(ByteIo, UncommittedFilesAreRemovedFromASignalHandler) {
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGTERM, [](int) {
      RemoveUncommittedFiles();
      _exit(7);
    });
    auto kept = OpenSink(Path("kept"));
    auto lost = OpenSink(Path("lost"));
    const bool fine = (*kept)->Write(Bytes("k")).ok() && (*lost)->Write(Bytes("l")).ok() && (*kept)->Commit().ok();
    raise(fine ? SIGTERM : SIGKILL);
    _exit(1);
  }
  int state = 0;
  ASSERT_EQ(waitpid(child, &state, 0), child);
  ASSERT_TRUE(WIFEXITED(state));
  EXPECT_EQ(WEXITSTATUS(state), 7);
  EXPECT_TRUE(fs::exists(Path("kept")));
  EXPECT_EQ(Files(), 1u);
}

TEST_F(ByteIo, SourceSeeksAndKnowsItsSize) {
  std::ofstream(Path("a.bin")) << "0123456789";
  auto source = OpenSource(Path("a.bin"));
  ASSERT_TRUE(source.ok());
  EXPECT_EQ((*source)->size_bytes(), 10u);
  ASSERT_TRUE((*source)->Seek(7).ok());
  uint8_t buffer[8];
  EXPECT_EQ(*(*source)->Read(buffer), 3u);
  EXPECT_EQ(buffer[0], '7');
  EXPECT_EQ(*(*source)->Read(buffer), 0u);
  EXPECT_FALSE((*source)->Seek(~uint64_t{0}).ok());
  std::ofstream(Path("a.bin"), std::ios::app) << "ab";
  EXPECT_EQ((*source)->size_bytes(), 12u) << "a file that grows";
}

TEST_F(ByteIo, PatchAndReadBack) {
  auto file = OutputFile::Create(Path("a.bin"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->can_patch());
  ASSERT_TRUE((*file)->Write(Bytes("0123456789")).ok());
  ASSERT_TRUE((*file)->Patch(2, Bytes("ab")).ok());
  ASSERT_TRUE((*file)->Write(Bytes("x")).ok());
  uint8_t buffer[4];
  ASSERT_TRUE((*file)->ReadBack(1, buffer).ok());
  EXPECT_EQ(std::string(buffer, buffer + 4), "1ab4");
  EXPECT_FALSE((*file)->ReadBack(9, buffer).ok());
  ASSERT_TRUE((*file)->Commit().ok());
  EXPECT_EQ(TextOf(Path("a.bin")), "01ab456789x");
}

TEST_F(ByteIo, SpoolsHaveNoName) {
  auto a = OutputFile::CreateSpool(Path("a.npz"));
  auto b = OutputFile::CreateSpool(Path("a.npz"));
  ASSERT_TRUE(a.ok() && b.ok());
  ASSERT_TRUE((*a)->Write(Bytes("aaaa")).ok());
  EXPECT_EQ(Files(), 0u);
  uint8_t buffer[2];
  ASSERT_TRUE((*a)->ReadBack(2, buffer).ok());
  EXPECT_EQ(buffer[1], 'a');
}

TEST_F(ByteIo, Memory) {
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  ASSERT_TRUE(sink->Write(Bytes("abc")).ok());
  const auto source = MemorySource(bytes, "here");
  EXPECT_EQ(source->name(), "here");
  EXPECT_EQ(source->size_bytes(), 3u);
  ASSERT_TRUE(source->Seek(100).ok());
  uint8_t buffer[2];
  EXPECT_EQ(*source->Read(buffer), 0u);
  ASSERT_TRUE(source->Seek(1).ok());
  EXPECT_EQ(*source->Read(buffer), 2u);
  EXPECT_EQ(buffer[1], 'c');
}

// The test vectors of FIPS 180-4 ("abc") and RFC 1321.
TEST_F(ByteIo, Digests) {
  std::ofstream(Path("abc")) << "abc";
  auto sha256 = Sha256OfFile(Path("abc"));
  ASSERT_TRUE(sha256.ok());
  EXPECT_EQ(HexText(*sha256), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(*Sha256OfBytes(Bytes("abc")), *sha256);
  EXPECT_EQ(Sha256OfFile(Path("none")).error().kind, ErrorKind::kIo);
  EXPECT_EQ(Sha256OfFile("-").error().kind, ErrorKind::kIo) << "a file, not standard input";
  Md5Digest md5;
  md5.Update(Bytes("message "));
  md5.Update(Bytes("digest"));
  EXPECT_EQ(HexText(*md5.Finish()), "f96b697d7cb7938d525a2f31aaf161d0");
}

}  // namespace
}  // namespace fsc
