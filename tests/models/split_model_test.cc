// Running split networks: tiny TorchScript modules, made here, that do right and wrong things.
#include "models/split_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <cmath>

#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// Cells of 4x4 pixels: the mean, once more doubled: [1, 6, H/4, W/4].
constexpr const char* kFront =
    "def forward(self, x):\n  y = torch.avg_pool2d(x, [4, 4])\n  return torch.cat([y, 2 * y], 1)\n";
constexpr const char* kBack = "def forward(self, a):\n  return torch.mean(a, [2, 3])\n";

class SplitModelTest : public testing::Test {
 protected:
  void SetUp() override {
    spec_.id = "tiny";
    spec_.json_path = "tiny.json";
    spec_.front_path = Script("front.pt", kFront);
    spec_.back_path = Script("back.pt", kBack);
    spec_.layers = {{"a", 6, 0, 0, 4, 0}};
    spec_.task.kind = TaskKind::kClassification;
  }

  std::string Script(const std::string& name, const std::string& forward) {
    torch::jit::Module module("m");
    module.define(forward);
    module.save(folder_.File(name));
    return folder_.File(name);
  }

  static Image Ramp(int width_px = 16, int height_px = 8) {
    Image image{width_px, height_px, {}};
    for (int i = 0; i < 3 * width_px * height_px; ++i) image.bgr.push_back(uint8_t(i));
    return image;
  }

  std::unique_ptr<SplitModel> Load() {
    auto model = SplitModel::Load(spec_, {});
    EXPECT_TRUE(model.ok()) << model.error().OneLine();
    return model.ok() ? std::move(*model) : nullptr;
  }

  // Every error is one line and names the file that caused it.
  static std::string LineOf(const Error& error, const std::string& file) {
    EXPECT_EQ(error.kind, ErrorKind::kBadInput) << error.OneLine();
    EXPECT_THAT(error.OneLine(), AllOf(HasSubstr(file), testing::Not(HasSubstr("\n"))));
    return error.OneLine();
  }

  std::string FrontError(const std::string& forward) {
    spec_.front_path = Script("front.pt", forward);
    const auto output = Load()->RunFront(Ramp());
    return output.ok() ? "no error" : LineOf(output.error(), "front.pt");
  }

  std::string BackError(const std::string& forward) {
    spec_.back_path = Script("back.pt", forward);
    const auto model = Load();
    const auto output = model->RunFront(Ramp());
    EXPECT_TRUE(output.ok());
    const auto result = model->RunBack(output->frame, output->geometry);
    return result.ok() ? "no error" : LineOf(result.error(), "back.pt");
  }

  TemporaryFolder folder_;
  ModelSpec spec_;
};

TEST_F(SplitModelTest, FrontAndBackComputeWhatTheyShould) {
  const auto model = Load();
  const Image image = Ramp();
  const auto output = model->RunFront(image);
  ASSERT_TRUE(output.ok()) << output.error().OneLine();
  ASSERT_EQ(output->layers.size(), 1u);
  EXPECT_EQ(output->layers[0], (LayerSpec{"a", 6, 2, 4, 4, 0}));
  EXPECT_EQ(output->luma.width(), 16);
  double sum = 0;
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) sum += image.bgr[size_t(3 * (16 * y + x)) + 2];
  }
  EXPECT_NEAR(output->frame.layers[0].plane(0)[0], sum / 16 / 255, 1e-5);
  EXPECT_NEAR(output->frame.layers[0].plane(3)[0], 2 * sum / 16 / 255, 1e-5);

  const auto result = model->RunBack(output->frame, output->geometry);
  ASSERT_TRUE(result.ok()) << result.error().OneLine();
  ASSERT_EQ(result->raw.size(), 6u);
  double mean = 0;
  for (const float value : output->frame.layers[0].plane(5)) mean += value / 8;
  EXPECT_NEAR(result->raw[5], mean, 1e-5);
}

TEST_F(SplitModelTest, SameInputSameOutput) {
  const auto model = Load();
  const auto first = model->RunFront(Ramp());
  ASSERT_TRUE(first.ok());
  for (int i = 0; i < 4; ++i) {
    const auto again = model->RunFront(Ramp());
    ASSERT_TRUE(again.ok());
    const auto a = first->frame.layers[0].values();
    const auto b = again->frame.layers[0].values();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
  }
}

TEST_F(SplitModelTest, SeveralLayersAsTupleOrListAndTheInputSize) {
  spec_.layers = {{"a", 3, 0, 0, 2, 0}, {"b", 3, 0, 0, 4, 0}};
  spec_.back_takes_size = true;
  spec_.input.multiple_px = 4;
  spec_.back_path = Script("back.pt",
                           "def forward(self, a, b, h: int, w: int):\n"
                           "  return torch.cat([torch.mean(a, [2, 3]), torch.mean(b, [2, 3]), torch.full([1, 1], h), "
                           "torch.full([1, 1], w)], 1)\n");
  for (const char* result : {"(a, torch.avg_pool2d(a, [2, 2]))", "[a, torch.avg_pool2d(a, [2, 2])]"}) {
    spec_.front_path = Script(
        "front.pt", std::string("def forward(self, x):\n  a = torch.avg_pool2d(x, [2, 2])\n  return ") + result + "\n");
    const auto model = Load();
    const auto output = model->RunFront(Ramp(15, 7));
    ASSERT_TRUE(output.ok()) << output.error().OneLine();
    ASSERT_EQ(output->frame.layers.size(), 2u);
    EXPECT_EQ(output->layers[0].width_cells, 8);
    EXPECT_EQ(output->layers[1].width_cells, 4);
    const auto back = model->RunBack(output->frame, output->geometry);
    ASSERT_TRUE(back.ok()) << back.error().OneLine();
    EXPECT_THAT(back->raw, testing::SizeIs(8));
    EXPECT_EQ(back->raw[6], 8.0f);
    EXPECT_EQ(back->raw[7], 16.0f);
  }
}

// Dicts, collections in collections, other floats: as people's networks return them.
TEST_F(SplitModelTest, LayersOfADictAndOfNestedCollections) {
  const auto plain = Load()->RunFront(Ramp());
  ASSERT_TRUE(plain.ok());
  const std::string made =
      "def forward(self, x):\n  y = torch.avg_pool2d(x, [4, 4])\n  a = torch.cat([y, 2 * y], 1)\n  return ";
  const std::vector<float> expected(plain->frame.layers[0].values().begin(), plain->frame.layers[0].values().end());
  spec_.layers.push_back({"b", 3, 0, 0, 4, 0});
  for (const char* result :
       {"{'b': y, 'other': x, 'a': a}", "(a, (y,))", "([a], [y])", "((a, y),)", "(a.to(7), y.to(5))"}) {
    spec_.front_path = Script("front.pt", made + result + "\n");
    const auto output = Load()->RunFront(Ramp());
    ASSERT_TRUE(output.ok()) << result << ": " << output.error().OneLine();
    const auto values = output->frame.layers[0].values();
    EXPECT_EQ(std::vector<float>(values.begin(), values.end()), expected) << result;
    EXPECT_EQ(output->frame.layers[1].channels(), 3);
  }
  EXPECT_THAT(FrontError(made + "{'c': y, 'a': a}\n"),
              AllOf(HasSubstr("no layer \"b\""), HasSubstr("its dict has c, a"), HasSubstr("tiny.json")));
  EXPECT_THAT(FrontError(made + "{1: y, 2: a}\n"), HasSubstr("layer"));
  spec_.layers.pop_back();
  spec_.front_path = Script("front.pt", kFront);
  spec_.back_path = Script("back.pt", "def forward(self, a):\n  return {'aux': a, 'out': torch.mean(a, [2, 3])}\n");
  const auto model = Load();
  const auto front = model->RunFront(Ramp());
  const auto back = model->RunBack(front->frame, front->geometry);
  ASSERT_TRUE(back.ok()) << back.error().OneLine();
  EXPECT_THAT(back->raw, testing::SizeIs(6));
}

TEST_F(SplitModelTest, HalfPrecisionWeightsRunAsFloats) {
  torch::jit::Module module("m");
  module.register_parameter("w", torch::full({3, 3, 1, 1}, 0.5f).to(torch::kHalf), false);
  module.define(
      "def forward(self, x):\n  y = torch.avg_pool2d(torch.conv2d(x, self.w), [4, 4])\n  return torch.cat([y, y], "
      "1)\n");
  module.save(folder_.File("half.pt"));
  spec_.front_path = folder_.File("half.pt");
  const auto output = Load()->RunFront(Ramp());
  ASSERT_TRUE(output.ok()) << output.error().OneLine();
  const auto values = output->frame.layers[0].values();
  EXPECT_GT(*std::max_element(values.begin(), values.end()), 0.1f);
}

TEST_F(SplitModelTest, AnotherDeviceIsSaidInOneLine) {
  EXPECT_THAT(FrontError("def forward(self, x):\n  return x + torch.ones([1], device=\"cuda:0\")\n"),
              AllOf(HasSubstr("another device"), HasSubstr("on the CPU")));
}

TEST_F(SplitModelTest, TheBackDoesNotChangeTheFrame) {
  spec_.back_path = Script("back.pt", "def forward(self, a):\n  return torch.mean(a.mul_(0), [2, 3])\n");
  const auto model = Load();
  const auto output = model->RunFront(Ramp());
  ASSERT_TRUE(output.ok());
  const Tensor before = output->frame.layers[0].Clone();
  ASSERT_TRUE(model->RunBack(output->frame, output->geometry).ok());
  EXPECT_TRUE(std::equal(before.values().begin(), before.values().end(), output->frame.layers[0].values().begin()));
}

TEST_F(SplitModelTest, DigestOfTheFrontsFile) {
  spec_.front_path = folder_.Save("abc.pt", "abc");  // FIPS 180-4's example
  SplitModel::Options options;
  options.front = false;
  const auto model = SplitModel::Load(spec_, options);
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->front_sha256()[0], 0xba);
  EXPECT_EQ((*model)->front_sha256()[1], 0x78);
  EXPECT_EQ((*model)->front_sha256()[31], 0xad);
  const auto front = (*model)->RunFront(Ramp());
  ASSERT_FALSE(front.ok());
  EXPECT_EQ(front.error().kind, ErrorKind::kUsage);
}

TEST_F(SplitModelTest, FilesThatCannotBeLoaded) {
  spec_.front_path = folder_.File("nothing.pt");
  const auto missing = SplitModel::Load(spec_, {});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kIo);
  EXPECT_THAT(missing.error().OneLine(), HasSubstr("nothing.pt"));
  for (const std::string& text :
       {std::string("this is no network"), std::string("PK\x03\x04 neither"), std::string()}) {
    spec_.front_path = folder_.Save("text.pt", text);
    const auto wrong = SplitModel::Load(spec_, {});
    ASSERT_FALSE(wrong.ok());
    EXPECT_THAT(wrong.error().OneLine(), AllOf(HasSubstr("text.pt"), testing::Not(HasSubstr("\n"))));
  }
  // A real file, cut.
  std::ifstream whole(Script("front.pt", kFront), std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(whole)), {});
  spec_.front_path = folder_.Save("cut.pt", bytes.substr(0, bytes.size() / 2));
  const auto cut = SplitModel::Load(spec_, {});
  ASSERT_FALSE(cut.ok());
  LineOf(cut.error(), "cut.pt");
}

TEST_F(SplitModelTest, ThreadCountOutOfRange) {
  SplitModel::Options options;
  options.threads = 0;
  EXPECT_FALSE(SplitModel::Load(spec_, options).ok());
}

TEST_F(SplitModelTest, FrontThatDisagreesWithTheJson) {
  spec_.layers[0].channels = 5;
  EXPECT_THAT(FrontError(kFront), AllOf(HasSubstr("returned 6 channels, the JSON says 5"), HasSubstr("tiny.json")));
  spec_.layers[0].channels = 6;
  spec_.layers[0].stride_px = 8;
  EXPECT_THAT(FrontError(kFront), AllOf(HasSubstr("4x2 cells of 16x8 pixels"), HasSubstr("stride of 8")));
  spec_.layers[0].stride_px = 4;
  spec_.layers.push_back({"b", 3, 0, 0, 8, 0});
  EXPECT_THAT(FrontError(kFront), HasSubstr("returned 1 layers, the JSON describes 2"));
}

TEST_F(SplitModelTest, FrontThatReturnsSomethingElse) {
  EXPECT_THAT(FrontError("def forward(self, x):\n  return 3\n"),
              AllOf(HasSubstr("Int"), HasSubstr("expected float32 tensors")));
  EXPECT_THAT(FrontError("def forward(self, x):\n  return (x, 3)\n"), HasSubstr("returned a Int"));
  EXPECT_THAT(FrontError("def forward(self, x):\n  return x.to(11)\n"), HasSubstr("Bool"));
  EXPECT_THAT(FrontError("def forward(self, x):\n  return x[0]\n"), HasSubstr("expected [1, channels, height, width]"));
  EXPECT_THAT(FrontError("def forward(self, x):\n  return torch.avg_pool2d(torch.cat([x, x], 1), [4, 4]) / 0\n"),
              HasSubstr("layer"));
}

TEST_F(SplitModelTest, FrontThatThrows) {
  EXPECT_THAT(FrontError("def forward(self, x):\n  return torch.matmul(x, torch.ones([7, 7]))\n"),
              AllOf(HasSubstr("the front failed: "), HasSubstr("7")));
  EXPECT_THAT(FrontError("def forward(self, x, y):\n  return x + y\n"), HasSubstr("the front failed: "));
}

TEST_F(SplitModelTest, BackThatReturnsSomethingElse) {
  EXPECT_THAT(BackError("def forward(self, a):\n  return a\n"),
              AllOf(HasSubstr("[1, 6, 2, 4]"), HasSubstr("classification logits")));
  EXPECT_THAT(BackError("def forward(self, a):\n  return torch.mean(a, [2, 3]).to(3)\n"),
              AllOf(HasSubstr("Int"), HasSubstr("expected float32 tensors")));
  EXPECT_THAT(BackError("def forward(self, a):\n  return (a, a)\n"), HasSubstr("returned 2 tensors"));
  EXPECT_THAT(BackError("def forward(self, a):\n  return torch.mean(a, [2, 3]) / 0 - torch.mean(a, [2, 3]) / 0\n"),
              HasSubstr("NaN"));
  EXPECT_THAT(BackError("def forward(self, a):\n  return a.view([7])\n"),
              HasSubstr("the back failed: shape '[7]' is invalid for input of size 48"));
}

TEST_F(SplitModelTest, FramesThatDoNotFit) {
  const auto model = Load();
  auto output = model->RunFront(Ramp());
  ASSERT_TRUE(output.ok());
  const auto other = GeometryFor(spec_.input, 64, 64);
  const auto size = model->RunBack(output->frame, *other);
  ASSERT_FALSE(size.ok());
  EXPECT_THAT(size.error().OneLine(), HasSubstr("do not fit an input of 64x64"));
  EXPECT_FALSE(model->RunBack(output->frame, InputGeometry{}).ok());

  output->frame.layers[0].values()[7] = std::nanf("");
  const auto nan = model->RunBack(output->frame, output->geometry);
  ASSERT_FALSE(nan.ok());
  EXPECT_EQ(nan.error().kind, ErrorKind::kBadInput);

  FeatureFrame channels;
  channels.layers.emplace_back(5, 2, 4);
  EXPECT_FALSE(model->RunBack(channels, output->geometry).ok());
  EXPECT_FALSE(model->RunBack(FeatureFrame{}, output->geometry).ok());
}

TEST_F(SplitModelTest, NoBack) {
  spec_.back_path.clear();
  spec_.task.kind = TaskKind::kNone;
  const auto model = Load();
  const auto output = model->RunFront(Ramp());
  ASSERT_TRUE(output.ok());
  const auto result = model->RunBack(output->frame, output->geometry);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace fsc
