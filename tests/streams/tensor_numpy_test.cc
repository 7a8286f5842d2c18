// NumPy reads what we write, and we read what NumPy writes. Skipped where no Python with NumPy is found.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "streams/npy_header.h"
#include "streams/tensor_file.h"
#include "streams/zip_writer.h"
#include "tests/streams/tensor_checks.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using samples::Layer;
using samples::RampFrame;
using samples::TwoLayers;
using ::testing::HasSubstr;

class TensorNumpy : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string(FSC_TEST_PYTHON).empty())
      GTEST_SKIP() << "no Python with NumPy was found: install python3-numpy and configure again";
  }
  int Run(const std::string& verb) const {
    return std::system(
        (std::string(FSC_TEST_PYTHON) + " " + FSC_TEST_SCRIPT + " " + verb + " '" + folder_.path() + "'").c_str());
  }
  void ExpectRamp(const std::string& name, const std::vector<LayerSpec>& layers, int64_t frames) const {
    samples::ExpectRamp(folder_.File(name), layers, frames, {frames - 1, 0, frames / 2});
  }
  std::string Refusal(const std::string& name) const { return samples::TensorFileError(folder_.File(name)); }

  TemporaryFolder folder_;
};

TEST_F(TensorNumpy, WeReadWhatNumpyWrites) {
  ASSERT_EQ(Run("write"), 0);
  for (const char* name : {"f4.npy", "f2.npy", "v1.npy", "v2.npy", "v3.npy"})
    ExpectRamp(name, {Layer("features", 3, 4, 7)}, 5);
  ExpectRamp("stored.npz", TwoLayers(), 5);
  ExpectRamp("deflated.npz", TwoLayers(), 5);
  ExpectRamp("long.npz", {Layer("x", 16, 20, 30)}, 60);
  EXPECT_THAT(Refusal("bad_complex.npy"), HasSubstr("type '<c8'"));
  EXPECT_THAT(Refusal("bad_rank.npy"), HasSubstr("3 axes (3, 4, 7)"));
  EXPECT_THAT(Refusal("bad_empty.npy"), HasSubstr("no frames"));
  EXPECT_THAT(Refusal("bad_struct.npy"), HasSubstr("malformed"));
  EXPECT_THAT(Refusal("bad_frames.npz"), HasSubstr("layer 'b' has 4 frames and 'a' has 5"));
}

TEST_F(TensorNumpy, WhateverTypeAndOrder) {
  ASSERT_EQ(Run("write"), 0);
  for (const char* name : {"as_f8.npy", "as_big_f2.npy", "as_big_f4.npy", "as_big_f8.npy", "fortran.npy",
                           "fortran_big.npy", "f4.npy.gz", "members.npy.gz", "frames.npz"}) {
    ExpectRamp(name, {Layer("features", 3, 4, 7)}, 5);
  }
  ExpectRamp("fortran.npz", TwoLayers(), 5);
  ExpectRamp("frames_of_12.npz", {Layer("features", 1, 2, 3)}, 12);
  EXPECT_THAT(Refusal("bad_two.npy"), HasSubstr("several arrays"));
  EXPECT_THAT(Refusal("bad_two.npy.gz"), HasSubstr("more than its shape says"));
  EXPECT_THAT(Refusal("bad_cut.npy.gz"), HasSubstr("cut short"));
  EXPECT_THAT(Refusal("bad_checksum.npy.gz"), HasSubstr("damaged"));
}

TEST_F(TensorNumpy, ArraysOfAnArchiveAreChosen) {
  ASSERT_EQ(Run("write"), 0);
  const std::string path = folder_.File("labels.npz");
  EXPECT_THAT(Refusal("labels.npz"), HasSubstr("choose the arrays that are layers"));
  const auto both = OpenTensorFile(path, Limits{}, {"zebra", "alpha"});
  ASSERT_TRUE(both.ok()) << both.error().OneLine();
  EXPECT_EQ((*both)->layers(), TwoLayers());
  const auto turned = OpenTensorFile(path, Limits{}, {"alpha", "zebra"});
  ASSERT_TRUE(turned.ok()) << turned.error().OneLine();
  EXPECT_EQ((*turned)->layers()[0], TwoLayers()[1]);
  const auto missing = OpenTensorFile(path, Limits{}, {"zebra", "lion"});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(missing.error().OneLine(), HasSubstr("no array 'lion'"));
  EXPECT_THAT(missing.error().OneLine(), HasSubstr("labels, zebra, names, alpha"));
  EXPECT_FALSE(OpenTensorFile(folder_.File("f4.npy"), Limits{}, {"zebra"}).ok());
}

TEST_F(TensorNumpy, WhatFloat32DoesNotHoldIsCounted) {
  ASSERT_EQ(Run("write"), 0);
  const auto rounded = [&](const std::string& name) {
    auto source = OpenTensorFile(folder_.File(name), Limits{});
    EXPECT_TRUE(source.ok()) << source.error().OneLine();
    int64_t count = 0;
    for (auto frame = (*source)->Next(); frame.ok() && frame->has_value(); frame = (*source)->Next()) {
      count = 0;
      const Warnings warnings = (*source)->warnings();
      for (const Warning& warning : warnings.list()) {
        EXPECT_EQ(warning.kind, "rounded-values");
        count += warning.count;
      }
    }
    return count;
  };
  EXPECT_EQ(rounded("as_f8.npy"), 0);
  EXPECT_EQ(rounded("whole_numbers.npy"), 0);
  EXPECT_EQ(rounded("rounded.npy"), 2);
}

// The same claim as a zip bomb makes: a deflated entry that says more, or less, than it holds.
TEST_F(TensorNumpy, DeflatedEntriesThatLie) {
  ASSERT_EQ(Run("write"), 0);
  const std::vector<uint8_t> good = folder_.Load("long.npz");
  const size_t end = good.size() - 22;
  const size_t central = size_t(good[end + 16]) | size_t(good[end + 17]) << 8 | size_t(good[end + 18]) << 16;
  for (const int frames : {59, 61}) {
    // Header, directory and size agree with each other and not with the data. The .npy header is itself compressed, so
    // that the entry is rebuilt: stored header claims are covered elsewhere; here the directory alone lies.
    auto lying = good;
    const uint32_t size = uint32_t(128 + frames * 16 * 20 * 30 * 4);
    for (int i = 0; i < 4; ++i) lying[central + 24 + size_t(i)] = uint8_t(size >> (8 * i));
    folder_.Save("lying.npz", lying);
    EXPECT_THAT(Refusal("lying.npz"), HasSubstr("the shape needs"));
  }
  // Damage inside the compressed data.
  int refused = 0;
  for (size_t at = 200; at < central; at += central / 50) {
    auto damaged = good;
    damaged[at] ^= 0x10;
    folder_.Save("damaged.npz", damaged);
    const bool noticed = !Refusal("damaged.npz").empty();
    ASSERT_TRUE(noticed) << "damage at byte " << at;
    refused += noticed;
  }
  EXPECT_GE(refused, 45);
}

TEST_F(TensorNumpy, NumpyReadsWhatWeWrite) {
  const auto write = [&](const std::string& name, const std::vector<LayerSpec>& layers, TensorType type,
                         int64_t expected) { samples::WriteRamp(folder_.File(name), layers, type, 5, expected); };
  write("t.npy", {TwoLayers()[0]}, TensorType::kFloat32, 5);
  write("h.npy", {TwoLayers()[0]}, TensorType::kFloat16, 5);
  write("unknown.npy", {TwoLayers()[0]}, TensorType::kFloat32, -1);
  write("t.npz", TwoLayers(), TensorType::kFloat32, -1);
  auto out = OutputFile::Create(folder_.File("z64.npz"));
  ASSERT_TRUE(out.ok());
  ZipWriter zip(out->get(), 1);
  for (size_t i = 0; i < 2; ++i) {
    const LayerSpec layer = TwoLayers()[i];
    std::vector<uint8_t> bytes = FormatNpyHeader(layer, TensorType::kFloat32, 5);
    for (int frame = 0; frame < 5; ++frame) {
      const FeatureFrame ramp = RampFrame(TwoLayers(), frame);
      const auto values = ramp.layers[i].values();
      const auto* begin = reinterpret_cast<const uint8_t*>(values.data());
      bytes.insert(bytes.end(), begin, begin + values.size_bytes());
    }
    ASSERT_TRUE(zip.BeginEntry(layer.name + ".npy", bytes.size(), ZipCrc32(bytes)).ok());
    ASSERT_TRUE(zip.Write(bytes).ok());
  }
  ASSERT_TRUE(zip.Finish().ok());
  ASSERT_TRUE((*out)->Commit().ok());
  EXPECT_EQ(Run("check"), 0);
}

}  // namespace
}  // namespace fsc
