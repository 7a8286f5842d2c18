// The kept streams give the planes that they gave when they were made, in both decoders; the bad ones fail with the
// error that is written beside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "compare.h"

namespace fsc::conformance {
namespace {

namespace fs = std::filesystem;

const fs::path kStreams = FSC_STREAMS_DIR;

std::vector<uint8_t> ReadBytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".fsc") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// The lines "<first word>  <rest>" of a file.
std::vector<std::pair<std::string, std::string>> ReadList(const fs::path& path) {
  std::vector<std::pair<std::string, std::string>> list;
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::string line;
  while (std::getline(in, line)) {
    const size_t gap = line.find("  ");
    if (gap != std::string::npos) list.emplace_back(line.substr(0, gap), line.substr(gap + 2));
  }
  return list;
}

TEST(KeptStreams, GiveThePlanesThatTheyAlwaysGave) {
  std::vector<std::string> listed;
  for (const auto& [digest, name] : ReadList(kStreams / "digests.txt")) {
    SCOPED_TRACE(name);
    listed.push_back(name);
    const Comparison comparison = Compare(ReadBytes(kStreams / name));
    EXPECT_EQ(comparison.difference, "");
    EXPECT_EQ(comparison.plain_error, "");
    EXPECT_GT(comparison.values, 0);
    EXPECT_EQ(DigestOfPlanes(comparison.frames), digest);
  }
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(listed, NamesIn(kStreams));
}

TEST(BadStreams, FailWithTheErrorThatIsNamed) {
  std::vector<std::string> listed;
  for (const auto& [name, error] : ReadList(kStreams / "bad" / "errors.txt")) {
    SCOPED_TRACE(name);
    listed.push_back(name);
    const Comparison comparison = Compare(ReadBytes(kStreams / "bad" / name));
    EXPECT_EQ(comparison.difference, "");
    EXPECT_TRUE(comparison.damaged);
    EXPECT_THAT(comparison.library_error, testing::HasSubstr(error));
  }
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(listed, NamesIn(kStreams / "bad"));
}

}  // namespace
}  // namespace fsc::conformance
