// temp_folder.h: a folder of its own for one test, gone at the end.
#ifndef FSC_TESTS_MODELS_TEMP_FOLDER_H_
#define FSC_TESTS_MODELS_TEMP_FOLDER_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fsc {

class TempFolder {
 public:
  TempFolder() {
    static int count = 0;
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ =
        std::filesystem::temp_directory_path() / (std::string("fsc_") + info->test_suite_name() + "_" + info->name() +
                                                  "_" + std::to_string(getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::binary) << text;
    return Path(name);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace fsc

#endif  // FSC_TESTS_MODELS_TEMP_FOLDER_H_
