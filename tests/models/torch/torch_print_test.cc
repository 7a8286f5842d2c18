// A network that prints: standard output is not its own, the stream or JSON may go there.
#include <gtest/gtest.h>
#include <torch/script.h>

#include "models/torch/torch_script.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

TEST(TorchPrint, GoesToStandardError) {
  const TemporaryFolder folder;
  torch::jit::Module talks("Talks");
  talks.define("def forward(self, x):\n  print('shape', x.size(0))\n  return x + 1\n");
  talks.save(folder.File("talks.pt"));
  auto module = LoadTorchScript(folder.File("talks.pt"), "front");
  ASSERT_TRUE(module.ok()) << module.error().OneLine();
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const torch::Tensor result = module->forward({torch::zeros({3})}).toTensor();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "shape 3\n");
  EXPECT_EQ(result.sum().item<float>(), 3);
}

}  // namespace
}  // namespace fsc
