// tensor_checks.h: tensor files of tensor_samples.h, written and checked; what several tests do with them.
#ifndef FSC_TESTS_STREAMS_TENSOR_CHECKS_H_
#define FSC_TESTS_STREAMS_TENSOR_CHECKS_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "streams/tensor_file.h"
#include "tests/support/tensor_samples.h"

namespace fsc::samples {

// Writes frames 0 .. frames - 1. `expected`: what the sink is told beforehand; -1 = unknown.
inline void WriteRamp(const std::string& path, const std::vector<LayerSpec>& layers, TensorType type, int frames,
                      int64_t expected = -1) {
  auto sink = CreateTensorFile(path, layers, type, expected);
  ASSERT_TRUE(sink.ok()) << sink.error().OneLine();
  for (int i = 0; i < frames; ++i) {
    const Status status = (*sink)->Write(RampFrame(layers, i));
    ASSERT_TRUE(status.ok()) << status.error().OneLine();
  }
  const Status status = (*sink)->Finish();
  ASSERT_TRUE(status.ok()) << status.error().OneLine();
}

// A file of RampFrames, read from its start to its end and again after seeks.
inline void ExpectRamp(const std::string& path, const std::vector<LayerSpec>& layers, int64_t frames,
                       const std::vector<int64_t>& seeks) {
  SCOPED_TRACE(path);
  auto source = OpenTensorFile(path, Limits{});
  ASSERT_TRUE(source.ok()) << source.error().OneLine();
  ASSERT_EQ((*source)->layers(), layers);
  ASSERT_EQ((*source)->frames(), frames);
  const auto expect_next = [&](int64_t frame) {
    auto read = (*source)->Next();
    ASSERT_TRUE(read.ok() && read->has_value()) << frame;
    EXPECT_TRUE(SameValues(**read, RampFrame(layers, frame))) << frame;
  };
  for (int64_t frame = 0; frame < frames; ++frame) expect_next(frame);
  auto end = (*source)->Next();
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->has_value());
  for (const int64_t frame : seeks) {
    ASSERT_TRUE((*source)->SeekToFrame(frame).ok());
    expect_next(frame);
  }
}

// The error that opening or reading the file ends in; empty where it is whole.
inline std::string TensorFileError(const std::string& path, const Limits& limits = {}) {
  auto source = OpenTensorFile(path, limits);
  if (!source.ok()) {
    EXPECT_EQ(source.error().kind, ErrorKind::kBadInput) << source.error().OneLine();
    return source.error().OneLine();
  }
  for (;;) {
    auto frame = (*source)->Next();
    if (!frame.ok()) {
      EXPECT_EQ(frame.error().kind, ErrorKind::kBadInput) << frame.error().OneLine();
      return frame.error().OneLine();
    }
    if (!frame->has_value()) return "";
  }
}

}  // namespace fsc::samples

#endif  // FSC_TESTS_STREAMS_TENSOR_CHECKS_H_
