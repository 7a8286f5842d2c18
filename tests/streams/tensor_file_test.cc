// .npy and .npz: what is written comes back, and headers and archives that lie are refused.
#include "streams/tensor_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "core/half_float.h"
#include "streams/npy_header.h"
#include "streams/npy_value.h"
#include "streams/zip_writer.h"
#include "tests/streams/tensor_checks.h"
#include "tests/support/temporary_folder.h"

namespace fsc {
namespace {

using samples::ExpectRamp;
using samples::Layer;
using samples::RampFrame;
using samples::SameValues;
using samples::TensorFileError;
using samples::TwoLayers;
using samples::WriteRamp;
using ::testing::HasSubstr;

TEST(TensorFile, RoundTrip) {
  const TemporaryFolder folder;
  for (const TensorType type : {TensorType::kFloat32, TensorType::kFloat16}) {
    for (const int64_t expected : {-1, 5, 9}) {
      for (const bool npz : {false, true}) {
        const std::string path = folder.File(npz ? "t.npz" : "t.npy");
        std::vector<LayerSpec> layers = TwoLayers();
        if (!npz) layers.resize(1);
        WriteRamp(path, layers, type, 5, expected);
        auto source = OpenTensorFile(path, Limits{});
        ASSERT_TRUE(source.ok()) << source.error().OneLine();
        if (!npz) layers[0].name = "features";
        ExpectRamp(path, layers, 5, {3, 0, 4, 4, 1});
        ASSERT_TRUE((*source)->SeekToFrame(5).ok());
        EXPECT_FALSE((*(*source)->Next()).has_value());
        EXPECT_EQ((*source)->SeekToFrame(6).error().kind, ErrorKind::kUsage);
        EXPECT_EQ((*source)->SeekToFrame(-1).error().kind, ErrorKind::kUsage);
      }
    }
  }
  EXPECT_EQ(folder.Count(), 2u) << "no temporary file stays";
}

TEST(TensorFile, NothingIsLeftWithoutFinish) {
  const TemporaryFolder folder;
  for (const char* name : {"t.npy", "t.npz"}) {
    auto sink = CreateTensorFile(folder.File(name), {Layer("x", 1, 2, 3)}, TensorType::kFloat32);
    ASSERT_TRUE(sink.ok());
    ASSERT_TRUE((*sink)->Write(RampFrame({Layer("x", 1, 2, 3)}, 0)).ok());
  }
  EXPECT_EQ(folder.Count(), 0u);
}

TEST(TensorFile, UsageErrors) {
  const TemporaryFolder folder;
  const auto error_of = [&](const std::string& path, const std::vector<LayerSpec>& layers) {
    auto sink = CreateTensorFile(path, layers, TensorType::kFloat32);
    if (sink.ok()) return std::string("accepted");
    EXPECT_EQ(sink.error().kind, ErrorKind::kUsage);
    return sink.error().OneLine();
  };
  EXPECT_THAT(error_of(folder.File("t.npy"), TwoLayers()), HasSubstr("write .npz"));
  EXPECT_THAT(error_of(folder.File("t.pt"), TwoLayers()), HasSubstr("name it .npy or .npz"));
  EXPECT_THAT(error_of("-", {Layer("x", 1, 1, 1)}), HasSubstr("must be known"));
  EXPECT_THAT(error_of(folder.File("t.npz"), {Layer("x", 1, 1, 1), Layer("x", 1, 1, 1)}), HasSubstr("not distinct"));
  EXPECT_THAT(error_of(folder.File("t.npy"), {Layer("x", 0, 1, 1)}), HasSubstr("outside the limits"));
  auto sink = CreateTensorFile(folder.File("t.npy"), {Layer("x", 1, 2, 3)}, TensorType::kFloat32);
  ASSERT_TRUE(sink.ok());
  EXPECT_EQ((*sink)->Write(RampFrame({Layer("x", 1, 3, 2)}, 0)).error().kind, ErrorKind::kUsage);
}

TEST(TensorFile, FullDisk) {
  const LayerSpec layer = Layer("x", 8, 20, 20);
  auto sink = CreateTensorFile("/dev/full", {layer}, TensorType::kFloat32, 1);
  ASSERT_FALSE(sink.ok());
  EXPECT_EQ(sink.error().kind, ErrorKind::kIo);
  EXPECT_THAT(sink.error().OneLine(), HasSubstr("No space left"));
}

// A pipe carries .npy when the frame count is known.
TEST(TensorFile, Pipe) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const std::vector<LayerSpec> layers = {Layer("features", 2, 3, 4)};
  auto sink = CreateTensorFile("/dev/fd/" + std::to_string(ends[1]), layers, TensorType::kFloat32, 2);
  ASSERT_TRUE(sink.ok()) << sink.error().OneLine();
  ASSERT_TRUE((*sink)->Write(RampFrame(layers, 0)).ok());
  EXPECT_EQ((*sink)->Finish().error().kind, ErrorKind::kUsage) << "one frame is missing";
  ASSERT_TRUE((*sink)->Write(RampFrame(layers, 1)).ok());
  EXPECT_EQ((*sink)->Write(RampFrame(layers, 2)).error().kind, ErrorKind::kUsage);
  ASSERT_TRUE((*sink)->Finish().ok());
  sink->reset();
  close(ends[1]);
  auto source = OpenTensorFile("/dev/fd/" + std::to_string(ends[0]), Limits{});
  ASSERT_TRUE(source.ok()) << source.error().OneLine();
  EXPECT_EQ((*source)->frames(), 2);
  for (int i = 0; i < 2; ++i) {
    auto frame = (*source)->Next();
    ASSERT_TRUE(frame.ok() && frame->has_value());
    EXPECT_TRUE(SameValues(**frame, RampFrame(layers, i)));
  }
  close(ends[0]);
}

TEST(TensorFile, HalfFloats) {
  // Every finite half survives the way to float32 and back.
  for (uint32_t half = 0; half < 0x10000; ++half) {
    const float value = FloatFromHalf(uint16_t(half));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(FloatFromHalf(HalfFromFloat(value))));
      continue;
    }
    EXPECT_EQ(HalfFromFloat(value), half);
  }
  // Rounding: compared with the distances to both neighbours.
  std::mt19937 random(3);
  std::uniform_real_distribution<float> exponents(-27, 15.9f);
  for (int i = 0; i < 200000; ++i) {
    const float value = std::exp2(exponents(random));
    const uint16_t half = HalfFromFloat(value);
    const float error = std::abs(FloatFromHalf(half) - value);
    if (half > 0) {
      EXPECT_LE(error, std::abs(FloatFromHalf(uint16_t(half - 1)) - value));
    }
    if (half < 0x7bff) {
      EXPECT_LE(error, std::abs(FloatFromHalf(uint16_t(half + 1)) - value));
    }
    EXPECT_EQ(HalfFromFloat(-value), half | 0x8000);
  }
  EXPECT_EQ(HalfFromFloat(1 + 0x1p-11f), 0x3c00) << "a tie goes to the even neighbour";
  EXPECT_EQ(HalfFromFloat(1 + 3 * 0x1p-11f), 0x3c02);
  EXPECT_EQ(HalfFromFloat(0x1p-25f), 0);
  EXPECT_EQ(HalfFromFloat(3 * 0x1p-25f), 2);
  EXPECT_EQ(HalfFromFloat(65519.f), 0x7bff);
  EXPECT_EQ(HalfFromFloat(1e30f), 0x7bff) << "clamped";
  EXPECT_EQ(HalfFromFloat(-1e30f), 0xfbff);
  EXPECT_EQ(HalfFromFloat(std::numeric_limits<float>::infinity()), 0x7c00);
}

std::string DictError(const std::string& dict) {
  const auto header = ParseNpyDict({reinterpret_cast<const uint8_t*>(dict.data()), dict.size()}, Limits{}, "x.npy");
  return header.ok() ? "" : header.error().OneLine();
}

TEST(TensorFile, HeaderDict) {
  const auto shaped = [](const std::string& shape) {
    return DictError("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }     \n");
  };
  EXPECT_EQ(shaped("(1, 2, 3, 4)"), "");
  EXPECT_EQ(shaped("(1, 2, 3, 4,)"), "");
  EXPECT_EQ(shaped("(1L, 2L, 3L, 4L)"), "");
  EXPECT_EQ(DictError("{\"shape\":(1,2,3,4),\"fortran_order\":False,\"descr\":\"<f2\"}"), "");
  EXPECT_THAT(shaped("(1, 2, 3)"), HasSubstr("a[None]"));
  EXPECT_THAT(shaped("(5,)"), HasSubstr("array of 1 axes (5)"));
  EXPECT_THAT(shaped("()"), HasSubstr("array of 0 axes"));
  EXPECT_THAT(shaped("(0, 2, 3, 4)"), HasSubstr("no frames"));
  EXPECT_THAT(shaped("(-1, 2, 3, 4)"), HasSubstr("negative size"));
  EXPECT_THAT(shaped("(1, -2, 3, 4)"), HasSubstr("negative size"));
  EXPECT_THAT(shaped("(1, 0, 3, 4)"), HasSubstr("outside the limits"));
  EXPECT_THAT(shaped("(1, 999999999999, 3, 4)"), HasSubstr("outside the limits"));
  EXPECT_THAT(shaped("(1, 65536, 16384, 16384)"), HasSubstr("over the limit"));
  EXPECT_THAT(shaped("(999999999999999999, 64, 64, 64)"), HasSubstr("larger than any file"));
  for (const char* bad : {"(9999999999999999999, 2, 3, 4)", "(1 2, 3, 4)", "(1,, 2, 3, 4)", "(, 1)", "(1, 2, 3, 4",
                          "1, 2, 3, 4", "(1, 2.5, 3, 4)", "('1', 2, 3, 4)", "[1, 2, 3, 4]", "(- 1, 2, 3, 4)"}) {
    EXPECT_THAT(shaped(bad), HasSubstr("malformed")) << bad;
  }
  for (const char* bad :
       {"", "{", "{}", "{'descr': '<f4'}", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1)} x",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1), 'more': 1}",
        "{'descr': '<f4' 'fortran_order': False, 'shape': (1,1,1,1)}",
        "{'descr': '<f4, 'fortran_order': False, 'shape': (1,1,1,1)}",
        "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,1,1,1)}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,1,1,1)}"}) {
    EXPECT_THAT(DictError(bad), HasSubstr("malformed")) << bad;
  }
  for (const char* type : {"<c8", "|O", "<U3", "<M8[s]", "<f16", "<V4", "f3", "<", ""}) {
    EXPECT_THAT(DictError("{'descr': '" + std::string(type) + "', 'fortran_order': False, 'shape': (1,1,1,1)}"),
                HasSubstr("astype"))
        << type;
  }
}

template <class Stored>
std::vector<uint8_t> BytesOf(const std::vector<Stored>& values, bool big_endian = false) {
  std::vector<uint8_t> bytes;
  for (const Stored value : values) {
    std::array<uint8_t, sizeof(Stored)> raw;
    std::memcpy(raw.data(), &value, sizeof(Stored));
    if (big_endian) std::ranges::reverse(raw);
    bytes.insert(bytes.end(), raw.begin(), raw.end());
  }
  return bytes;
}

TEST(NpyValue, EveryTypeAndSpelling) {
  const auto expect = [](std::initializer_list<const char*> names, const std::vector<uint8_t>& stored,
                         const std::vector<float>& values, int64_t rounded) {
    for (const char* name : names) {
      SCOPED_TRACE(name);
      const auto type = NpyValueOf(name);
      ASSERT_TRUE(type.has_value());
      ASSERT_EQ(stored.size(), values.size() * size_t(type->bytes));
      std::vector<float> read(values.size());
      EXPECT_EQ(FloatsFrom(*type, stored, read), rounded);
      EXPECT_EQ(read, values);
    }
  };
  expect({"<f4", "f4", "=f4", "|f4", "<f", "float32", "single"}, BytesOf<float>({1.5f, -3e30f}), {1.5f, -3e30f}, 0);
  expect({">f4", ">f"}, BytesOf<float>({1.5f, -3e30f}, true), {1.5f, -3e30f}, 0);
  expect({"<f8", "<d", "float64", "double"}, BytesOf<double>({0.1, 2}), {0.1f, 2}, 1);
  expect({">f8"}, BytesOf<double>({0.1, 2}, true), {0.1f, 2}, 1);
  expect({"<f2", "<e", "float16", "half"}, BytesOf<uint16_t>({0x3c00, 0xc580}), {1, -5.5f}, 0);
  expect({">f2"}, BytesOf<uint16_t>({0x3c00, 0xc580}, true), {1, -5.5f}, 0);
  expect({"<V2", "|V2", "bfloat16"}, BytesOf<uint16_t>({0x3f80, 0xc0a0}), {1, -5}, 0);
  expect({"|i1", "i1", "<b", "int8"}, BytesOf<int8_t>({-128, 127}), {-128, 127}, 0);
  expect({"|u1", "B", "uint8", "|b1", "?"}, BytesOf<uint8_t>({0, 255}), {0, 255}, 0);
  expect({"<i2", "int16"}, BytesOf<int16_t>({-32768, 5}), {-32768, 5}, 0);
  expect({">u2", ">H"}, BytesOf<uint16_t>({65535, 1}, true), {65535, 1}, 0);
  expect({"<i4", "int32"}, BytesOf<int32_t>({-16777217, 1 << 30, INT32_MIN}), {-16777216, 1 << 30, -0x1p31f}, 1);
  expect({"<u4"}, BytesOf<uint32_t>({16777217, UINT32_MAX}), {16777216, 0x1p32f}, 2);
  expect({"<i8", "<q"}, BytesOf<int64_t>({INT64_MIN, -3, INT64_MAX}), {-0x1p63f, -3, 0x1p63f}, 1);
  expect({">u8"}, BytesOf<uint64_t>({uint64_t{1} << 63, 7}, true), {0x1p63f, 7}, 0);
}

TEST(TensorFile, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  const std::vector<LayerSpec> layers = TwoLayers();
  WriteRamp(folder.File("t.npy"), {layers[1]}, TensorType::kFloat32, 3);
  WriteRamp(folder.File("t.npz"), layers, TensorType::kFloat16, 2);
  for (const char* name : {"t.npy", "t.npz"}) {
    const std::vector<uint8_t> bytes = folder.Load(name);
    ASSERT_EQ(TensorFileError(folder.File(name)), "");
    const std::string path = folder.Save("cut", bytes);
    for (size_t size = bytes.size(); size-- > 0;) {
      std::filesystem::resize_file(path, size);
      EXPECT_NE(TensorFileError(path), "") << name << " " << size;
    }
    auto longer = bytes;
    longer.push_back(0);
    EXPECT_NE(TensorFileError(folder.Save("long", longer)), "") << name;
  }
}

TEST(TensorFile, NpzBitFlipsNeverPassWithOtherValues) {
  const TemporaryFolder folder;
  const std::vector<LayerSpec> layers = {Layer("a", 1, 3, 4), Layer("b", 2, 2, 2)};
  WriteRamp(folder.File("t.npz"), layers, TensorType::kFloat32, 2);
  const std::vector<uint8_t> bytes = folder.Load("t.npz");
  const std::string path = folder.Save("damaged", bytes);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  const auto put = [&](size_t at, uint8_t byte) { file.seekp(std::streamoff(at)).put(char(byte)).flush(); };
  for (size_t at = 0; at < bytes.size(); ++at) {
    if (at > 0) put(at - 1, bytes[at - 1]);
    put(at, bytes[at] ^ uint8_t(1 << at % 8));
    auto source = OpenTensorFile(path, Limits{});
    if (!source.ok() || (*source)->layers().size() != 2) continue;
    for (int i = 0; i < 2; ++i) {
      auto frame = (*source)->Next();
      if (!frame.ok()) break;
      // The checksum comes with the last frame.
      if (i == 1) {
        EXPECT_TRUE(SameValues(**frame, RampFrame(layers, 1))) << "byte " << at;
      }
    }
  }
}

// An archive of one deflated entry whose directory claims other sizes than it holds.
TEST(TensorFile, ZipClaimsAreChecked) {
  const TemporaryFolder folder;
  const std::vector<LayerSpec> layers = {Layer("a", 1, 3, 4)};
  WriteRamp(folder.File("t.npz"), layers, TensorType::kFloat32, 2);
  const std::vector<uint8_t> good = folder.Load("t.npz");
  const size_t end = good.size() - 22;
  const size_t central = size_t(good[end + 16]) | size_t(good[end + 17]) << 8;
  const auto edited = [&](size_t at, std::initializer_list<uint8_t> bytes) {
    auto copy = good;
    std::copy(bytes.begin(), bytes.end(), copy.begin() + ptrdiff_t(at));
    return TensorFileError(folder.Save("edited.npz", copy));
  };
  EXPECT_THAT(edited(central + 24, {0xff, 0xff, 0xff, 0x7f}), HasSubstr("cannot hold"));
  EXPECT_THAT(edited(central + 20, {0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f}), HasSubstr("outside the archive"));
  EXPECT_THAT(edited(central + 42, {0xff, 0xff, 0xff, 0x7f}), HasSubstr("outside the archive"));
  EXPECT_THAT(edited(central + 24, {0xff, 0xff, 0xff, 0xff}), HasSubstr("zip64"));
  EXPECT_THAT(edited(central + 8, {1}), HasSubstr("encrypted"));
  EXPECT_THAT(edited(central + 10, {12}), HasSubstr("zip method 12"));
  EXPECT_THAT(edited(central + 16, {0}), HasSubstr("checksum"));
  EXPECT_THAT(edited(central + 46 + 2, {'t', 'x', 't'}), HasSubstr("no array"));
  EXPECT_THAT(edited(end + 8, {17, 0, 17, 0}), HasSubstr("zip"));
  EXPECT_THAT(edited(end + 8, {0, 0, 0, 0}), HasSubstr("outside the archive"));
  EXPECT_THAT(edited(end + 4, {1}), HasSubstr("in parts"));
  EXPECT_THAT(edited(end + 16, {0xff, 0xff, 0xff, 0x7f}), HasSubstr("outside the archive"));
  EXPECT_THAT(edited(0, {'P', 'K', 9}), HasSubstr("own header"));
  // Stored bytes that pretend to be deflated.
  EXPECT_NE(edited(central + 10, {8}), "");
}

TEST(TensorFile, Zip64FieldsAreRead) {
  const TemporaryFolder folder;
  const std::vector<LayerSpec> layers = TwoLayers();
  auto out = OutputFile::Create(folder.File("z64.npz"));
  ASSERT_TRUE(out.ok());
  ZipWriter zip(out->get(), 1);  // everything that can go into zip64 fields does
  for (size_t i = 0; i < layers.size(); ++i) {
    std::vector<uint8_t> bytes = FormatNpyHeader(layers[i], TensorType::kFloat32, 2);
    for (int frame = 0; frame < 2; ++frame) {
      const FeatureFrame ramp = RampFrame(layers, frame);
      const auto values = ramp.layers[i].values();
      const auto* begin = reinterpret_cast<const uint8_t*>(values.data());
      bytes.insert(bytes.end(), begin, begin + values.size_bytes());
    }
    ASSERT_TRUE(zip.BeginEntry(layers[i].name + ".npy", bytes.size(), ZipCrc32(bytes)).ok());
    ASSERT_TRUE(zip.Write(bytes).ok());
  }
  ASSERT_TRUE(zip.Finish().ok());
  ASSERT_TRUE((*out)->Commit().ok());
  auto source = OpenTensorFile(folder.File("z64.npz"), Limits{});
  ASSERT_TRUE(source.ok()) << source.error().OneLine();
  EXPECT_EQ((*source)->layers(), layers);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(SameValues(**(*source)->Next(), RampFrame(layers, i)));
}

TEST(TensorFile, ForeignFiles) {
  const TemporaryFolder folder;
  EXPECT_THAT(TensorFileError(folder.Save("x.npy", "")), HasSubstr("empty"));
  EXPECT_THAT(TensorFileError(folder.Save("x.npy", {'a', 'b', 'c'})), HasSubstr("neither"));
  std::vector<uint8_t> no_entries = {'P', 'K', 5, 6};
  no_entries.resize(22);
  EXPECT_THAT(TensorFileError(folder.Save("x.npz", no_entries)), HasSubstr("archive is empty"));
  EXPECT_THAT(TensorFileError(folder.Save("x.npy", {0x93, 'N', 'U', 'M', 'P', 'Y', 9, 0, 0, 0, 0, 0})),
              HasSubstr("version 9.0"));
  EXPECT_THAT(TensorFileError(folder.Save("x.npy", {0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, 255, 255, 255, 255})),
              HasSubstr("4294967295"));
  auto missing = OpenTensorFile(folder.File("none.npy"), Limits{});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kIo);
  Limits small;
  small.max_frame_elements = 5;
  WriteRamp(folder.File("t.npy"), {Layer("x", 1, 2, 3)}, TensorType::kFloat32, 1);
  EXPECT_THAT(TensorFileError(folder.File("t.npy"), small), HasSubstr("limit of 5"));
}

}  // namespace
}  // namespace fsc
