// python_reference.h: runs a script beside the test and returns the JSON it prints. Input and output travel through
// files.
#ifndef FSC_TESTS_EVAL_PYTHON_REFERENCE_H_
#define FSC_TESTS_EVAL_PYTHON_REFERENCE_H_

#include <cstdlib>
#include <fstream>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/support/temporary_folder.h"

namespace fsc {

// False where the system has no Python with NumPy.
inline bool PythonHasNumpy() {
  const std::string python = FSC_TEST_PYTHON;
  return python.find("NOTFOUND") == std::string::npos &&
         std::system((python + " -c 'import numpy' >/dev/null 2>&1").c_str()) == 0;
}

// The result of `script`, which reads argv[1] and writes argv[2]; null when it failed.
inline nlohmann::json RunPython(const std::string& script, const nlohmann::json& input) {
  const TemporaryFolder folder;
  std::ofstream(folder.File("in.json")) << input;
  const std::string command = std::string(FSC_TEST_PYTHON) + " " + FSC_TEST_SCRIPTS + "/" + script + " " +
                              folder.File("in.json") + " " + folder.File("out.json");
  nlohmann::json output;
  if (std::system(command.c_str()) == 0) std::ifstream(folder.File("out.json")) >> output;
  return output;
}

}  // namespace fsc

#endif  // FSC_TESTS_EVAL_PYTHON_REFERENCE_H_
