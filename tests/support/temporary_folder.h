// temporary_folder.h: a folder that a test may fill, removed at its end.
#ifndef FSC_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
#define FSC_TESTS_SUPPORT_TEMPORARY_FOLDER_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace fsc {

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(::testing::TempDir() + "fsc_test_XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  size_t Count() const {
    return size_t(std::distance(std::filesystem::directory_iterator(path_), std::filesystem::directory_iterator()));
  }
  std::string Save(const std::string& name, std::string_view text) const {
    std::ofstream(File(name), std::ios::binary) << text;
    return File(name);
  }
  std::string Save(const std::string& name, const std::vector<uint8_t>& bytes) const {
    return Save(name, std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  }
  std::vector<uint8_t> Load(const std::string& name) const {
    std::ifstream in(File(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_;
};

}  // namespace fsc

#endif  // FSC_TESTS_SUPPORT_TEMPORARY_FOLDER_H_
