#include "motion/motion_syntax.h"

#include <gtest/gtest.h>

#include "tests/support/random_field.h"

namespace fsc {
namespace {

std::vector<uint8_t> Write(const MotionField& field, const MotionHint& hint = {}) {
  RangeEncoder encoder;
  MotionContexts contexts;
  WriteMotionField(field, hint, &contexts, &encoder);
  return encoder.Finish();
}

TEST(MotionSyntax, RandomFieldsComeBack) {
  std::mt19937 random(1);
  const MotionGeometry sizes[] = {{1, 1, 1},   {16, 16, 1},   {17, 16, 2},  {33, 16, 1},
                                  {31, 97, 1}, {480, 360, 1}, {449, 255, 4}};
  for (const MotionGeometry& geometry : sizes) {
    MotionField past = RandomField(geometry, MotionBaseKind::kZero, {}, 300, &random);
    for (const MotionBaseKind kind : {MotionBaseKind::kZero, MotionBaseKind::kGlobal, MotionBaseKind::kHint}) {
      for (const int largest : {0, 1, 9, 500, 2 * kMaxVectorQpel}) {
        const MotionHint hint{&past, -2, 3};
        const int precision_qpel = 1 << random() % 3;
        const MotionField field = RandomField(geometry, kind, hint, largest, &random, precision_qpel);
        const std::vector<uint8_t> bytes = Write(field, hint);
        RangeDecoder decoder(bytes);
        MotionContexts contexts;
        const Result<MotionField> read = ReadMotionField(geometry, hint, &contexts, &decoder);
        ASSERT_TRUE(read.ok()) << read.error().OneLine();
        EXPECT_EQ(read->leaves(), field.leaves());
        EXPECT_EQ(read->base, kind == MotionBaseKind::kZero ? MotionBaseKind::kZero : kind);
        if (largest < 1000 && !(kind == MotionBaseKind::kZero && field.AllZero())) {
          EXPECT_EQ(*read, field);
        }
        EXPECT_FALSE(decoder.overrun());
        // The counter predicts the bytes: the coder's own loss is far below 1 % plus its last bytes.
        const double bytes_counted = double(MotionFieldBits256(field, hint, MotionContexts())) / 256 / 8;
        EXPECT_NEAR(double(bytes.size()), bytes_counted, 5 + 0.02 * bytes_counted);
      }
    }
  }
}

TEST(MotionSyntax, ContextsCarryOver) {
  std::mt19937 random(2);
  const MotionGeometry geometry{320, 200, 1};
  std::vector<MotionField> fields;
  for (int i = 0; i < 8; ++i) fields.push_back(RandomField(geometry, MotionBaseKind::kZero, {}, 6, &random));
  RangeEncoder encoder;
  MotionContexts contexts;
  for (const MotionField& field : fields) WriteMotionField(field, {}, &contexts, &encoder);
  const std::vector<uint8_t> bytes = encoder.Finish();
  RangeDecoder decoder(bytes);
  MotionContexts read_contexts;
  for (const MotionField& field : fields) {
    const Result<MotionField> read = ReadMotionField(geometry, {}, &read_contexts, &decoder);
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(*read, field);
  }
}

TEST(MotionSyntax, StillPicturesCostNothing) {
  const MotionGeometry geometry{1920, 1080, 1};
  const MotionField still(geometry);
  EXPECT_LE(Write(still).size(), 1u);
  RangeEncoder encoder;
  MotionContexts contexts;
  for (int i = 0; i < 1000; ++i) WriteMotionField(still, {}, &contexts, &encoder);
  EXPECT_LE(encoder.Finish().size(), 4u);
}

TEST(MotionSyntax, UniformMotionIsCheap) {
  const MotionGeometry geometry{1920, 1080, 1};
  MotionField field(geometry);
  for (int y = 0; y < geometry.leaves_y(); ++y) {
    for (int x = 0; x < geometry.leaves_x(); ++x) field.leaf(x, y) = {-13, 7};
  }
  EXPECT_LE(Write(field).size(), 16u);  // 2040 blocks
}

TEST(MotionSyntax, LargestVectorsComeBack) {
  const MotionGeometry geometry{64, 64, 1};
  MotionField field(geometry);
  for (int y = 0; y < 4; ++y) {
    for (int x = 0; x < 4; ++x) {
      const int16_t v = int16_t((x + y) % 2 == 0 ? kMaxVectorQpel : -kMaxVectorQpel);
      field.leaf(x, y) = {v, int16_t(-v)};
    }
  }
  const std::vector<uint8_t> bytes = Write(field);  // no block was marked as split: the writer must find that out
  RangeDecoder decoder(bytes);
  MotionContexts contexts;
  const Result<MotionField> read = ReadMotionField(geometry, {}, &contexts, &decoder);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->leaves(), field.leaves());
}

TEST(MotionSyntax, DamagedBytesNeverHarm) {
  std::mt19937 random(3);
  const MotionGeometry geometry{333, 222, 1};
  MotionField past = RandomField(geometry, MotionBaseKind::kZero, {}, 300, &random);
  int errors = 0;
  for (int round = 0; round < 3000; ++round) {
    std::vector<uint8_t> bytes;
    if (round % 3 == 0) {
      bytes.resize(random() % 200);
      for (uint8_t& byte : bytes) byte = uint8_t(random());
    } else {
      bytes = Write(RandomField(geometry, MotionBaseKind(random() % 3), {&past, 1, 2}, 40, &random), {&past, 1, 2});
      if (round % 3 == 1) bytes.resize(random() % (bytes.size() + 1));
      for (int i = 0; i < 3 && !bytes.empty(); ++i) bytes[random() % bytes.size()] = uint8_t(random());
    }
    RangeDecoder decoder(bytes);
    MotionContexts contexts;
    const MotionHint hint = round % 2 ? MotionHint{&past, 1, 2} : MotionHint{};
    const Result<MotionField> read = ReadMotionField(geometry, hint, &contexts, &decoder);
    if (!read.ok()) {
      ++errors;
      continue;
    }
    for (const MotionVector& v : read->leaves()) {
      ASSERT_LE(std::abs(v.dx_qpel), kMaxVectorQpel);
      ASSERT_LE(std::abs(v.dy_qpel), kMaxVectorQpel);
    }
  }
  EXPECT_GT(errors, 300);
}

TEST(MotionSyntax, GeometryIsChecked) {
  const Limits limits;
  EXPECT_TRUE(CheckMotionGeometry({16384, 8192, 1}, limits, "header").ok());
  for (const MotionGeometry& bad :
       {MotionGeometry{0, 5, 1}, MotionGeometry{5, -1, 1}, MotionGeometry{16385, 1, 1}, MotionGeometry{16384, 16384, 1},
        MotionGeometry{8, 8, 0}, MotionGeometry{8, 8, 4097}}) {
    const Status status = CheckMotionGeometry(bad, limits, "header");
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  }
}

TEST(GlobalMotion, WorkedCases) {
  const MotionGeometry geometry{64, 48, 1};
  GlobalMotion shift{16 * 5, -16 * 3, 0, 0, 0, 0};
  EXPECT_EQ(shift.AtBlock(geometry, 0, 0), (MotionVector{5, -3}));
  EXPECT_EQ(shift.AtBlock(geometry, 1, 1), (MotionVector{5, -3}));
  // Zoom by an eighth of a pixel per pixel = half a quarter pixel per pixel. Block (0, 0) has its centre at
  // (15.5, 15.5), the picture at (31.5, 23.5): 16 and 8 pixels to the upper left.
  GlobalMotion zoom{0, 0, 8192, 0, 0, 8192};
  EXPECT_EQ(zoom.AtBlock(geometry, 0, 0), (MotionVector{-8, -4}));
  EXPECT_EQ(zoom.AtBlock(geometry, 1, 1), (MotionVector{8, 12}));
  // A quarter turn's beginning: x moves with y.
  GlobalMotion turn{0, 0, 0, 4096, -4096, 0};
  EXPECT_EQ(turn.AtBlock(geometry, 1, 0), (MotionVector{-2, -4}));
  GlobalMotion far{GlobalMotion::kMaxShift, -GlobalMotion::kMaxShift, 16384, 0, 0, 16384};
  EXPECT_EQ(far.AtBlock(geometry, 1, 0), (MotionVector{kMaxVectorQpel, -kMaxVectorQpel}));
}

TEST(BaseVectors, HintIsScaledAndRounded) {
  const MotionGeometry geometry{16, 16, 1};
  MotionField past(geometry);
  past.leaf(0, 0) = {5, -5};
  EXPECT_EQ(BaseVectors(geometry, MotionBaseKind::kHint, {}, {&past, -1, 2})[0], (MotionVector{-3, 3}));
  EXPECT_EQ(BaseVectors(geometry, MotionBaseKind::kHint, {}, {&past, 64, 1})[0], (MotionVector{320, -320}));
  EXPECT_EQ(BaseVectors({32, 16, 1}, MotionBaseKind::kHint, {}, {&past, 1, 1})[0], MotionVector{});
}

}  // namespace
}  // namespace fsc
