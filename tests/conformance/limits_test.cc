// Every number of the latent mode that has a limit: both decoders take it there and refuse it one further, the library
// with the error that says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <optional>

#include "core/byte_writer.h"
#include "hand_stream.h"
#include "motion/motion_syntax.h"

namespace fsc::conformance {
namespace {

constexpr char kBadHeader[] = "latent frame header is cut short or malformed";

void ExpectTaken(const ConfigFields& config, const std::vector<FrameFields>& frames) {
  const Comparison comparison = CompareStream(config, frames);
  EXPECT_EQ(comparison.difference, "");
  EXPECT_EQ(comparison.library_error, "");
  EXPECT_EQ(comparison.frames.size(), frames.size());
}

void ExpectRefused(const ConfigFields& config, const std::vector<FrameFields>& frames, const std::string& error) {
  const Comparison comparison = CompareStream(config, frames);
  EXPECT_EQ(comparison.difference, "");
  EXPECT_TRUE(comparison.damaged);
  EXPECT_THAT(comparison.library_error, testing::HasSubstr(error));
}

const std::vector<FrameFields> kTwoFrames = {{}, {.number = 1, .references = {-1}}};

void ExpectConfigTaken(const ConfigFields& config) {
  ExpectTaken(config, kTwoFrames);
}
void ExpectConfigRefused(const ConfigFields& config, const std::string& error) {
  ExpectRefused(config, kTwoFrames, error);
}

// Frame 0, then frames 1..last that refer to it and are not stored.
std::vector<FrameFields> FramesTo(int last) {
  std::vector<FrameFields> frames = {{}};
  for (int t = 1; t <= last; ++t) frames.push_back({.number = t, .references = {-t}, .stored = false});
  return frames;
}

std::vector<FrameFields> Then(std::vector<FrameFields> frames, FrameFields next) {
  frames.push_back(std::move(next));
  return frames;
}

// An intra frame and one that refers to it: the fields of the second.
void ExpectFrameTaken(FrameFields frame) {
  frame.number = 1;
  if (frame.references.empty()) frame.references = {-1};
  ExpectTaken({}, {{}, frame});
}
void ExpectFrameRefused(FrameFields frame, const std::string& error) {
  frame.number = 1;
  if (frame.references.empty()) frame.references = {-1};
  ExpectRefused({}, {{}, frame}, error);
}

// ---- Mode configuration ----

TEST(ConfigurationLimits, VersionFlagsAndEnd) {
  ExpectConfigTaken({});
  for (const int version : {0, 1, 3}) {
    ExpectConfigRefused({.version = version}, "latent version " + std::to_string(version) + " is unknown");
  }
  ExpectConfigTaken({.flags = 1});
  ExpectConfigRefused({.flags = 2}, "unknown flags");
  ExpectConfigRefused({.surplus = 1}, "latent configuration has 1 bytes too many");
}

TEST(ConfigurationLimits, MotionField) {
  const std::string error = "is outside the limits";
  ExpectConfigTaken({.width = 16384, .height = 8192});
  ExpectConfigRefused({.width = 16384, .height = 8193}, error);
  ExpectConfigTaken({.width = 1, .height = 16384});
  ExpectConfigRefused({.width = 1, .height = 16385}, error);
  ExpectConfigRefused({.width = 16385, .height = 1}, error);
  ExpectConfigRefused({.width = 0}, error);
  ExpectConfigRefused({.height = 0}, error);
  ExpectConfigTaken({.unit = 4096});
  ExpectConfigRefused({.unit = 4097}, "a pixel of 4097 input pixels");
  ExpectConfigRefused({.unit = 0}, "a pixel of 0 input pixels");
  for (const uint64_t huge : {uint64_t{1} << 25, uint64_t{1} << 32 | 16, ~uint64_t{0}}) {
    ExpectConfigRefused({.width = huge}, "motion picture too large");
    ExpectConfigRefused({.height = huge}, "motion picture too large");
    ExpectConfigRefused({.unit = huge}, "motion picture too large");
  }
}

TEST(ConfigurationLimits, PlanesAndGroups) {
  const std::string groups = "impossible number of plane groups";
  ExpectConfigTaken({.layer = LayerOf(65, 64, 0)});
  ExpectConfigRefused({.layer = LayerOf(65, 65, 0)}, groups);
  ExpectConfigRefused({.layer = LayerOf(65, 0, 0)}, groups);
  ExpectConfigTaken({.layer = LayerOf(5, 5, 0)});
  ExpectConfigRefused({.layer = LayerOf(5, 6, 0)}, groups);
  ExpectConfigTaken({.layer = LayerOf(5, 3, 3)});
  ExpectConfigRefused({.layer = LayerOf(5, 4, 3)}, groups);  // of planes, not of channels
  ExpectConfigTaken({.layer = LayerOf(5, 1, 1)});
  ExpectConfigTaken({.layer = LayerOf(5, 1, 5)});
  ExpectConfigRefused({.layer = LayerOf(5, 1, 6)}, "more planes than channels");
  LayerFields huge = LayerOf(5, 1, 5);
  huge.planes = uint64_t{1} << 32 | 5;
  ExpectConfigRefused({.layer = huge}, "more planes than channels");
}

TEST(ConfigurationLimits, UnitsAndDeviation) {
  const std::string unit = "channel transform has an impossible unit";
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const float past = std::nextafter(1e28f, kInfinity);
  for (const float value : {1e28f, std::numeric_limits<float>::denorm_min()}) {
    ExpectConfigTaken({.layer = {.unit = value}});
  }
  for (const float value : {past, kInfinity, std::nanf(""), 0.0f, -0.0f, -1.0f}) {
    ExpectConfigRefused({.layer = {.unit = value}}, unit);
  }
  for (const float value : {1e28f, -1e28f, 0.0f}) {
    ExpectConfigTaken({.layer = {.mean_unit = value, .means = {INT16_MAX}}});
  }
  for (const float value : {past, -past, kInfinity, -kInfinity, std::nanf("")}) {
    ExpectConfigRefused({.layer = {.mean_unit = value}}, unit);
  }
  ExpectConfigTaken({.layer = {.deviation = 0}});
  ExpectConfigTaken({.layer = {.deviation = 12}});
  ExpectConfigRefused({.layer = {.deviation = 13}}, "channel transform has an impossible deviation");
  ExpectConfigRefused({.layer = {.deviation = 255}}, "channel transform has an impossible deviation");
}

TEST(ConfigurationLimits, Numbers) {
  for (const int mean : {INT16_MIN, INT16_MAX}) ExpectConfigTaken({.layer = {.means = {mean}}});
  for (const int mean : {INT16_MIN - 1, INT16_MAX + 1}) {
    ExpectConfigRefused({.layer = {.means = {mean}}}, "channel mean out of range");
  }
  LayerFields layer = LayerOf(3, 1, 3);
  layer.scales = {0, 79, 0};
  ExpectConfigTaken({.layer = layer});
  for (const int scale : {-1, 80}) {
    layer.scales = {0, scale, 0};
    ExpectConfigRefused({.layer = layer}, "plane scale out of range");
  }
  layer.scales = {0, 0, 0};
  layer.precisions = {0, 12, 0};
  ExpectConfigTaken({.layer = layer});
  for (const int precision : {-1, 13}) {
    layer.precisions = {0, precision, 0};
    ExpectConfigRefused({.layer = layer}, "row precision out of range");
  }
}

// ---- Side information ----

TEST(SideInformationLimits, ClassesAndReferences) {
  for (const int frame_class : {1, 2, 3}) {
    ExpectFrameTaken({.frame_class = frame_class});
    ExpectFrameTaken({.references = {-1, -1}, .frame_class = frame_class});
    ExpectRefused({}, {{.frame_class = frame_class}}, kBadHeader);
  }
  ExpectFrameRefused({.frame_class = 0}, kBadHeader);
  ExpectFrameRefused({.references = {-1, -1, -1}}, kBadHeader);
  ExpectFrameRefused({.random_access = true}, "random access at a frame that refers back");
  ExpectRefused({}, {{.random_access = false}}, "random access at a frame that refers back");
  ExpectFrameRefused({.surplus = 1}, "latent frame header has 1 bytes too many");
}

TEST(SideInformationLimits, QpAndRecentring) {
  for (const int qp : {0, 63}) ExpectFrameTaken({.qp = qp});
  ExpectFrameRefused({.qp = 128 + 63}, kBadHeader);  // recentring that does not follow
  ExpectFrameTaken({.recentre = {{0, 0}}});
  ExpectFrameTaken({.recentre = {{-31, 31}}});
  ExpectFrameTaken({.recentre = {{31, -31}}});
  for (const int past : {-128, -32, 32, 127}) {
    ExpectFrameRefused({.recentre = {{past, 0}}}, kBadHeader);
    ExpectFrameRefused({.recentre = {{0, past}}}, kBadHeader);
  }
}

// `skipped` and value of each; `count` of them are announced.
std::vector<uint8_t> EscapeList(uint64_t count, const std::vector<std::pair<uint64_t, float>>& escapes) {
  ByteWriter out;
  out.Leb128(count);
  for (const auto& [skipped, value] : escapes) {
    out.Leb128(skipped);
    out.F32(value);
  }
  return out.Take();
}

// A layer of 256 elements, so at most 4 escapes.
TEST(SideInformationLimits, Escapes) {
  const ConfigFields config = {.layer = LayerOf(256, 1, 0)};
  const auto frames = [](std::vector<uint8_t> escapes) {
    return std::vector<FrameFields>{{}, {.number = 1, .references = {-1}, .escapes = std::move(escapes)}};
  };
  const auto taken = [&](uint64_t count, const std::vector<std::pair<uint64_t, float>>& escapes) {
    ExpectTaken(config, frames(EscapeList(count, escapes)));
  };
  const auto refused = [&](uint64_t count, const std::vector<std::pair<uint64_t, float>>& escapes) {
    ExpectRefused(config, frames(EscapeList(count, escapes)), "escape list");
  };
  taken(0, {});
  taken(1, {{255, 3e38f}});
  taken(4, {{0, 1.0f}, {0, -1e-30f}, {100, 7.0f}, {152, 0.0f}});
  refused(1, {{256, 1.0f}});
  refused(2, {{250, 1.0f}, {5, 1.0f}});
  refused(2, {{250, 1.0f}});
  refused(5, {{0, 1.0f}, {0, 1.0f}, {0, 1.0f}, {0, 1.0f}, {0, 1.0f}});
  refused(uint64_t{1} << 62, {});
  for (const float value : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    refused(1, {{0, value}});
  }
}

TEST(SideInformationLimits, ReferenceDistance) {
  ExpectTaken({}, Then(FramesTo(1023), {.number = 1024, .references = {-1024}}));
  // The picture is there: it is the distance that is refused.
  std::vector<FrameFields> frames = FramesTo(1023);
  frames.push_back({.number = 1024, .references = {-1024}, .stored = false});
  ExpectRefused({}, Then(frames, {.number = 1025, .references = {-1025}}), kBadHeader);
  ExpectFrameRefused({.references = {0}}, kBadHeader);
  // Ahead, no picture lies further than frames may come early.
  ExpectTaken({}, {{}, {.number = 65, .references = {-65}}, {.number = 1, .references = {64}}});
  ExpectFrameRefused({.references = {1024}}, "reference is not there");
  ExpectFrameRefused({.references = {1025}}, kBadHeader);
  ExpectFrameRefused({.references = {-2}}, "reference is not there");
  for (const int64_t huge : {INT64_MIN, INT64_MAX, -(int64_t{1} << 32) - 1, (int64_t{1} << 32) - 1}) {
    ExpectFrameRefused({.references = {huge}}, kBadHeader);
  }
}

TEST(SideInformationLimits, Drops) {
  for (const int64_t distance : {-1024, 0, 1024}) ExpectFrameTaken({.dropped = {distance}});  // unknown: ignored
  for (const int64_t distance : {int64_t{-1025}, int64_t{1025}, INT64_MIN, INT64_MAX, (int64_t{1} << 32) - 1}) {
    ExpectFrameRefused({.dropped = {distance}}, kBadHeader);
  }
  ExpectFrameTaken({.dropped = std::vector<int64_t>(8, -1)});
  ExpectFrameRefused({.dropped = std::vector<int64_t>(9, -1)}, kBadHeader);
  const std::vector<FrameFields> frames = {{}, {.number = 1, .references = {-1}, .dropped = {-1}}};
  ExpectTaken({}, Then(frames, {.number = 2, .references = {-1}}));
  ExpectRefused({}, Then(frames, {.number = 2, .references = {-2}}), "reference is not there");
}

TEST(SideInformationLimits, StoredPictures) {
  std::vector<FrameFields> frames = {{}};
  for (int t = 1; t < 8; ++t) frames.push_back({.number = t, .references = {-1}});
  ExpectTaken({}, frames);
  ExpectRefused({}, Then(frames, {.number = 8, .references = {-1}}), "too many stored pictures");
  ExpectTaken({}, Then(frames, {.number = 8, .references = {-1}, .stored = false}));
  ExpectTaken({}, Then(frames, {.number = 8, .references = {-1}, .dropped = {-1}}));
  ExpectTaken({}, Then(frames, {.number = 8, .references = {-8}, .dropped = {-1, -2, -3, -4, -5, -6, -7, -8}}));
  ExpectTaken({}, Then(frames, {.number = 8}));  // a random-access frame clears them
}

// ---- Order ----

TEST(OrderLimits, FramesThatComeEarly) {
  std::vector<FrameFields> frames = {{}};
  ExpectTaken({}, Then(frames, {.number = 65, .references = {-65}}));
  ExpectRefused({}, Then(frames, {.number = 66, .references = {-66}}), "frames are missing");
  ExpectRefused({}, Then(frames, {.number = 0, .references = {-1}}), "frame number comes twice");
  ExpectTaken({}, Then(frames, {.number = 1000}));  // a random-access frame starts anew
  ExpectTaken({}, Then(frames, {.number = 0}));
  frames.push_back({.number = 65, .references = {-65}, .stored = false});
  ExpectRefused({}, Then(frames, {.number = 65, .references = {-65}}), "frame number comes twice");
  // One frame given out: one further.
  frames.push_back({.number = 1, .references = {-1}, .stored = false});
  ExpectTaken({}, Then(frames, {.number = 66, .references = {-66}}));
  ExpectRefused({}, Then(frames, {.number = 67, .references = {-67}}), "frames are missing");
}

TEST(OrderLimits, FramesThatWait) {
  std::vector<FrameFields> frames = {{}};
  for (int t = 2; t < 9; ++t) frames.push_back({.number = t, .references = {-t}, .stored = false});
  ExpectTaken({}, Then(frames, {.number = 1, .references = {-1}}));  // 7 wait
  frames.push_back({.number = 9, .references = {-9}, .stored = false});
  ExpectTaken({}, frames);
  ExpectRefused({}, Then(frames, {.number = 10, .references = {-10}}), "frames are missing");
  ExpectRefused({}, Then(frames, {.number = 1, .references = {-1}}), "frames are missing");
  ExpectTaken({}, Then(frames, {.number = 1}));  // they are given out before it
}

// ---- Motion ----

struct MotionFields {
  int precision = 1;
  std::optional<std::array<int, 6>> affine = {};
  bool hint = false;
  std::array<int, 2> difference = {};  // in units of the precision; of both or none
};

// A field of one leaf.
void WriteField(const MotionFields& field, MotionContexts models, RangeEncoder* out) {
  out->Bit(models.any, true);
  out->Bit(models.precision[0], field.precision > 1);
  if (field.precision > 1) out->Bit(models.precision[1], field.precision == 4);
  out->Bit(models.base[0], field.affine || field.hint);
  if (field.affine || field.hint) out->Bit(models.base[1], field.hint);
  for (size_t i = 0; field.affine && i < 6; ++i) {
    const int value = (*field.affine)[i];
    out->Golomb(uint32_t(value < 0 ? -2 * value - 1 : 2 * value), i < 2 ? 6 : 5);
  }
  const bool moved = field.difference != std::array<int, 2>{};
  out->Bit(models.moved[0], moved);
  for (size_t component = 0; moved && component < 2; ++component) {
    const int value = field.difference[component];
    const int magnitude = std::abs(value);
    out->Bit(models.zero[1][component], false);
    int n = 0;
    while (magnitude >> (n + 1) > 0) out->Bit(models.length[component][size_t(n++)], true);
    if (n < 15) out->Bit(models.length[component][size_t(n)], false);
    out->Bypass(uint32_t(magnitude - (1 << n)), n);
    out->Bit(models.sign[component], value < 0);
  }
}

std::vector<uint8_t> Motion(const MotionFields& field) {
  RangeEncoder out;
  WriteField(field, {}, &out);
  return out.Finish();
}

TEST(MotionLimits, AffineModel) {
  const std::string error = "global motion out of range";
  for (size_t i = 0; i < 6; ++i) {
    const int limit = i < 2 ? 131056 : 16384;
    for (const int sign : {-1, 1}) {
      std::array<int, 6> affine = {};
      affine[i] = sign * limit;
      ExpectFrameTaken({.motion = Motion({.affine = affine})});
      affine[i] += sign;
      ExpectFrameRefused({.motion = Motion({.affine = affine})}, error);
    }
  }
  ExpectFrameTaken({.motion = Motion({.affine = {{131056, -131056, 16384, 16384, -16384, 16384}}})});
  ExpectFrameRefused({.motion = Motion({.affine = {{0, 1 << 23, 0, 0, 0, 0}}})}, error);
}

TEST(MotionLimits, Difference) {
  for (const int precision : {1, 2, 4}) {
    const int limit = 16382 / precision;
    for (const int sign : {-1, 1}) {
      const auto motion = [&](int dx, int dy) {
        return Motion({.precision = precision, .difference = {sign * dx, sign * dy}});
      };
      ExpectFrameTaken({.motion = motion(limit, limit)});
      ExpectFrameRefused({.motion = motion(limit + 1, 1)}, "motion vector out of range");
      ExpectFrameRefused({.motion = motion(1, limit + 1)}, "motion vector out of range");
      ExpectFrameRefused({.motion = motion(65535, 65535)}, "motion vector out of range");
    }
  }
}

TEST(MotionLimits, Hint) {
  const std::string error = "motion field is based on a field that is not there";
  ExpectFrameRefused({.motion = Motion({.hint = true})}, error);  // of the first reference
  for (const int last : {64, 65}) {
    // Each frame so far said once that its field is zero.
    MotionContexts first;
    for (int t = 1; t < last; ++t) first.any.Update(false);
    for (const bool far_first : {false, true}) {
      RangeEncoder out;
      BitModel any = first.any;
      out.Bit(any, false);
      WriteField({.hint = true, .difference = {3, -4}}, {}, &out);
      std::vector<FrameFields> frames = FramesTo(last - 1);
      frames[size_t(last - 1)].stored = true;
      frames.push_back({.number = last, .references = {-1, -last}, .motion = out.Finish()});
      if (far_first) std::swap(frames.back().references[0], frames.back().references[1]);
      if (last == 64) {
        ExpectTaken({}, frames);
      } else {
        ExpectRefused({}, frames, error);
      }
    }
  }
}

// ---- Output ----

struct StageFields {
  int head = 1;
  std::optional<float> low = {};
  int centres = 1;
  int width = 48;
  int64_t start = 0;
};

std::vector<uint8_t> Outputs(const StageFields& stage) {
  ByteWriter out;
  out.U8(uint8_t(stage.head));
  if (stage.low) out.F32(*stage.low);
  if ((stage.head & 15) > 0) {
    out.U8(uint8_t(stage.centres));
    out.U8(uint8_t(stage.width));
    out.SignedLeb128(stage.start);
    out.Leb128(kPlenty.size());
    out.Bytes(kPlenty);
  }
  return out.Take();
}

TEST(OutputLimits, Head) {
  const std::string error = "output stage out of range";
  for (const int head : {0, 1, 8, 16, 16 | 8, 128})
    ExpectFrameTaken({.outputs = Outputs({.head = head, .centres = 64})});
  ExpectFrameTaken({.outputs = {128}});
  for (const int head : {9, 15, 48, 64, 129, 128 | 16, 255})
    ExpectFrameRefused({.outputs = Outputs({.head = head})}, error);
  constexpr float kMost = std::numeric_limits<float>::max();
  for (const float low : {kMost, -kMost}) ExpectFrameTaken({.outputs = Outputs({.head = 32, .low = low})});
  for (const float low :
       {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(), std::nanf("")}) {
    ExpectFrameRefused({.outputs = Outputs({.head = 32, .low = low})}, error);
  }
}

TEST(OutputLimits, Tables) {
  const std::string error = "output tables out of range";
  for (const int centres : {1, 64}) ExpectFrameTaken({.outputs = Outputs({.centres = centres})});
  for (const int centres : {0, 65, 255}) ExpectFrameRefused({.outputs = Outputs({.centres = centres})}, error);
  for (const int width : {0, 127}) ExpectFrameTaken({.outputs = Outputs({.width = width})});
  for (const int width : {128, 255}) ExpectFrameRefused({.outputs = Outputs({.width = width})}, error);
  for (const int64_t start : {-(1 << 20), 1 << 20}) ExpectFrameTaken({.outputs = Outputs({.start = start})});
  for (const int64_t start : {int64_t{-(1 << 20) - 1}, int64_t{(1 << 20) + 1}, INT64_MIN, INT64_MAX}) {
    ExpectFrameRefused({.outputs = Outputs({.start = start})}, error);
  }
}

}  // namespace
}  // namespace fsc::conformance
