// python_reference.h: runs a script beside the test and returns the JSON it prints. Input and output travel through
// files.
#ifndef FSC_TESTS_EVAL_PYTHON_REFERENCE_H_
#define FSC_TESTS_EVAL_PYTHON_REFERENCE_H_

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

namespace fsc {

// False where the system has no Python with NumPy.
inline bool PythonHasNumpy() {
  const std::string python = FSC_TEST_PYTHON;
  return python.find("NOTFOUND") == std::string::npos &&
         std::system((python + " -c 'import numpy' >/dev/null 2>&1").c_str()) == 0;
}

// The result of `script`, which reads argv[1] and writes argv[2]; null when it failed.
inline nlohmann::json RunPython(const std::string& script, const nlohmann::json& input) {
  const auto folder = std::filesystem::temp_directory_path() / ("fsc_eval_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "in.json") << input;
  const std::string command = std::string(FSC_TEST_PYTHON) + " " + FSC_TEST_SCRIPTS + "/" + script + " " +
                              (folder / "in.json").string() + " " + (folder / "out.json").string();
  nlohmann::json output;
  if (std::system(command.c_str()) == 0) std::ifstream(folder / "out.json") >> output;
  std::filesystem::remove_all(folder);
  return output;
}

}  // namespace fsc

#endif  // FSC_TESTS_EVAL_PYTHON_REFERENCE_H_
