// make_backs BACK.pt FOLDER: further backs for the shipped front, for the tests of fsc calibrate: one that is of use,
// and one for each way in which a back cannot be learnt from.
//   coarse.pt     the shipped back cut at another output: two classes, what stands still and what moves
//   integers.pt   class numbers instead of scores
//   hard.pt       ones and zeros, without a way back for gradients
//   rounded.pt    gradients that are zero everywhere
//   pair.pt       two tensors
#include <torch/script.h>

#include <cstdio>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const std::pair<const char*, const char*> backs[] = {
      {"coarse.pt",
       "torch.cat([torch.logsumexp(b.narrow(1, 0, 5), [1], True), torch.logsumexp(b.narrow(1, 5, 2), [1], True)], 1)"},
      {"integers.pt", "torch.argmax(b, 1)"},
      {"hard.pt", "torch.gt(b, 0) * 1.0"},
      {"rounded.pt", "torch.round(b)"},
      {"pair.pt", "(b, b)"}};
  try {
    for (const auto& [name, result] : backs) {
      torch::jit::Module module("Back");
      module.register_module("whole", torch::jit::load(argv[1]));
      module.define(std::string("def forward(self, a):\n  b = self.whole.forward(a)\n  return ") + result + "\n");
      module.save(std::string(argv[2]) + "/" + name);
    }
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
  return 0;
}
