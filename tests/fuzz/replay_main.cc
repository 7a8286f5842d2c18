// Runs a fuzz target without libFuzzer: replay MUTATIONS FILE_OR_FOLDER... Each file is given as it is, then that many
// times with a few random edits (the same ones in every run).
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::vector<uint8_t> Mutated(std::vector<uint8_t> bytes, std::mt19937& random) {
  for (unsigned edits = 1 + random() % 5; edits > 0 && !bytes.empty(); --edits) {
    const auto at = bytes.begin() + ptrdiff_t(random() % bytes.size());
    switch (random() % 4) {
      case 0:
        *at ^= uint8_t(1u << random() % 8);
        break;
      case 1:
        *at = uint8_t(random() % 2 == 0 ? 0xff : random());
        break;
      case 2:
        bytes.erase(at, at + std::min<ptrdiff_t>(bytes.end() - at, 1 + ptrdiff_t(random() % 16)));
        break;
      default:
        bytes.insert(at, 1 + random() % 16, uint8_t(random()));
    }
  }
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  const int mutations = argc > 1 ? std::atoi(argv[1]) : 0;
  std::vector<std::filesystem::path> files;
  for (int i = 2; i < argc; ++i) {
    if (std::filesystem::is_directory(argv[i])) {
      for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
    } else {
      files.emplace_back(argv[i]);
    }
  }
  std::sort(files.begin(), files.end());
  std::mt19937 random(1);
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    for (int i = 0; i < mutations; ++i) {
      const std::vector<uint8_t> edited = Mutated(bytes, random);
      LLVMFuzzerTestOneInput(edited.data(), edited.size());
    }
  }
  std::printf("%zu files, %d mutations of each\n", files.size(), mutations);
  return files.empty() ? 1 : 0;
}
