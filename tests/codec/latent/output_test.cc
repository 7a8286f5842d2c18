// Output stages: their bytes at every limit and damaged, what they do to values, and the encoder's choice of them.
#include "codec/latent/output.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "codec/latent/encode/output_fit.h"
#include "codec/latent/header.h"
#include "tests/support/latent_fixture.h"

namespace fsc {
namespace {

std::vector<uint8_t> Bytes(const std::optional<OutputStage>& update) {
  ByteWriter out;
  WriteOutputUpdate(update, &out);
  return out.Take();
}

Result<std::optional<OutputStage>> Read(std::span<const uint8_t> bytes, int channels) {
  ByteReader in(bytes);
  Result<std::optional<OutputStage>> update = ReadOutputUpdate(channels, &in, "test");
  if (update.ok()) {
    EXPECT_EQ(in.left(), 0u);
  }
  return update;
}

OutputStage RandomStage(int tables, int centres, int channels, uint32_t seed) {
  std::mt19937 random(seed);
  OutputStage stage;
  stage.low = seed % 3 == 0 ? OutputStage::kNoLow : seed % 3 == 1 ? 0.0f : -1.5f;
  if (tables == 0) return stage;
  stage.width_level = int(random() % (OutputStage::kMaxWidthLevel + 1));
  stage.start = int(random() % (2 * OutputStage::kMaxStart + 1)) - OutputStage::kMaxStart;
  for (int t = 0; t < tables; ++t) {
    std::vector<int8_t> table;
    // The largest jumps that there are, between centres and between tables.
    for (int i = 0; i < centres; ++i) {
      table.push_back(int8_t(seed % 2 == 0 ? ((t + i) % 2 == 0 ? 127 : -127) : int(random() % 255) - 127));
    }
    stage.tables.push_back(std::move(table));
  }
  for (int c = 0; c < channels && tables > 1; ++c) stage.classes.push_back(uint8_t(random() % unsigned(tables)));
  return stage;
}

TEST(OutputStage, ReadsWhatWasWritten) {
  for (const int tables : {0, 1, 2, 3, 4, 5, 7, 8}) {
    for (const int centres : {1, 2, 63, 64}) {
      for (uint32_t seed = 0; seed < 6; ++seed) {
        const OutputStage stage = RandomStage(tables, centres, 19, seed);
        const auto read = Read(Bytes(stage), 19);
        ASSERT_TRUE(read.ok()) << read.error().OneLine();
        ASSERT_TRUE(read->has_value());
        EXPECT_EQ((*read)->low, stage.low);
        EXPECT_EQ((*read)->width_level, stage.width_level);
        EXPECT_EQ((*read)->start, stage.start);
        EXPECT_EQ((*read)->tables, stage.tables);
        EXPECT_EQ((*read)->classes, stage.classes);
      }
    }
  }
  const std::vector<uint8_t> keep = Bytes(std::nullopt);
  EXPECT_EQ(keep.size(), 1u);
  const auto read = Read(keep, 19);
  ASSERT_TRUE(read.ok());
  EXPECT_FALSE(read->has_value());
}

TEST(OutputStage, RefusesWhatIsOutOfRange) {
  OutputStage stage = RandomStage(3, 5, 7, 2);
  stage.low = 0;
  stage.start = -20;
  stage.width_level = 40;
  const std::vector<uint8_t> whole = Bytes(stage);
  // head, centres, width, start (one byte), size of the tables, tables.
  const auto with = [&](size_t position, int value) {
    std::vector<uint8_t> bytes = whole;
    bytes[position] = uint8_t(value);
    return Read(bytes, 7);
  };
  EXPECT_TRUE(with(0, whole[0]).ok());
  EXPECT_FALSE(with(0, 9 | 16).ok());   // tables
  EXPECT_FALSE(with(0, 3 | 48).ok());   // kind of low
  EXPECT_FALSE(with(0, 3 | 64).ok());   // reserved
  EXPECT_FALSE(with(0, 3 | 144).ok());  // reserved
  EXPECT_FALSE(with(1, 0).ok());        // centres
  EXPECT_FALSE(with(1, 65).ok());
  EXPECT_FALSE(with(2, 128).ok());  // width
  EXPECT_FALSE(with(4, 255).ok());  // more than there is
  for (size_t size = 0; size < whole.size(); ++size) {
    ByteReader in(std::span<const uint8_t>(whole).first(size));
    EXPECT_FALSE(ReadOutputUpdate(7, &in, "test").ok()) << size;
  }
  // Tables that take more than they say.
  std::vector<uint8_t> cut = whole;
  cut.resize(5);
  cut[4] = 0;
  EXPECT_FALSE(Read(cut, 4000).ok());
  ByteWriter far;
  far.U8(1);
  far.U8(1);
  far.U8(0);
  far.SignedLeb128(OutputStage::kMaxStart + 1);
  far.Leb128(0);
  EXPECT_FALSE(Read(far.bytes(), 1).ok());
  for (const float low : {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    ByteWriter bad;
    bad.U8(32);
    bad.F32(low);
    EXPECT_FALSE(Read(bad.bytes(), 1).ok());
  }
}

TEST(OutputStage, BoundsAndCorrects) {
  OutputStage stage;
  stage.low = 0;
  stage.width_level = 48;  // a width is one unit
  stage.start = -1;
  stage.tables = {{0, 8, 16, 0}, {0, -8, 0, 0}};
  stage.classes = {0, 1};
  Tensor tensor(2, 1, 8);
  const std::vector<float> values = {-9, -1, -0.5f, 0, 0.25f, 1, 2, 9};
  for (int c = 0; c < 2; ++c) std::copy(values.begin(), values.end(), tensor.plane(c).begin());
  stage.Apply(0.5f, &tensor);  // widths of 0.5: centres at -0.5, 0, 0.5, 1
  const std::vector<float> more = {0, 0, 0, 0.5f, 1.0f, 1, 2, 9};
  const std::vector<float> less = {0, 0, 0, 0, 0, 1, 2, 9};
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_FLOAT_EQ(tensor.plane(0)[i], more[i]) << i;
    EXPECT_FLOAT_EQ(tensor.plane(1)[i], less[i]) << i;
  }
}

// Values, units and widths at the ends of what a stream can say must not lead outside the tables.
TEST(OutputStage, StaysFiniteAtTheLimits) {
  for (const float unit : {1e28f, 1.0f, 1e-30f, std::numeric_limits<float>::denorm_min()}) {
    for (const int level : {0, 48, OutputStage::kMaxWidthLevel}) {
      for (const int start : {-OutputStage::kMaxStart, 0, OutputStage::kMaxStart}) {
        OutputStage stage = RandomStage(8, 64, 3, 4);
        stage.low = OutputStage::kNoLow;
        stage.width_level = level;
        stage.start = start;
        Tensor tensor(3, 1, 5);
        for (int c = 0; c < 3; ++c) {
          const std::vector<float> values = {-1e37f, -1.0f, 0.0f, 1e-38f, 1e37f};
          std::copy(values.begin(), values.end(), tensor.plane(c).begin());
        }
        stage.Apply(unit, &tensor);
        for (const float x : tensor.values()) EXPECT_TRUE(std::isfinite(x));
      }
    }
  }
}

// Layers whose channels lose differently: each third is scaled by a factor of its own, plus noise of the quantiser.
struct Material {
  Tensor decoded;
  Tensor original;
};

Material MakeMaterial(bool shrunk, uint32_t seed) {
  std::mt19937 random(seed);
  const auto uniform = [&] { return double(random()) / 4294967295.0 - 0.5; };
  Material material{Tensor(12, 24, 24), Tensor(12, 24, 24)};
  for (int c = 0; c < 12; ++c) {
    const double factor = shrunk ? 1 + 0.4 * (c % 3) : 1;
    for (size_t i = 0; i < material.decoded.plane(c).size(); ++i) {
      const double x = 20 * uniform();
      material.decoded.plane(c)[i] = float(x);
      material.original.plane(c)[i] = float(factor * x + uniform());
    }
  }
  return material;
}

double SquaredError(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (size_t i = 0; i < a.values().size(); ++i) sum += std::pow(double{a.values()[i]} - b.values()[i], 2);
  return sum;
}

TEST(OutputFit, FindsClassesOfChannels) {
  const int32_t step_q4 = 16 * 8;
  OutputFit fit(12, 0.25f, 0.1f);  // a step is 2
  const Material seen = MakeMaterial(true, 1);
  fit.Add(seen.decoded, seen.original, -100, step_q4);
  const std::optional<OutputStage> stage = fit.Choose({}, 8);
  ASSERT_TRUE(stage.has_value());
  ASSERT_GE(stage->tables.size(), 3u);
  ASSERT_EQ(stage->classes.size(), 12u);
  for (int c = 0; c < 12; ++c) {
    for (int d = 0; d < c; ++d) {
      if (c % 3 == d % 3) continue;
      EXPECT_NE(stage->classes[c], stage->classes[d]) << c << ", " << d;
    }
  }

  Material other = MakeMaterial(true, 2);
  const double before = SquaredError(other.decoded, other.original);
  stage->Apply(0.25f, &other.decoded);
  EXPECT_LT(SquaredError(other.decoded, other.original), 0.1 * before);

  // What is in force already is not sent again.
  EXPECT_FALSE(fit.Choose(*stage, 8).has_value());
  // For a single frame of small steps, the bits are worth more.
  OutputFit dear(12, 0.25f, 1e6f);
  dear.Add(seen.decoded, seen.original, -100, step_q4);
  EXPECT_FALSE(dear.Choose({}, 1).has_value());
}

// A table that is fitted to the nearest centres, and then interpolated, shifts the mean where values crowd at the bend.
TEST(OutputFit, KeepsTheMean) {
  std::mt19937 random(1);
  Tensor original(1, 150, 150);
  Tensor decoded(1, 150, 150);
  for (size_t i = 0; i < original.values().size(); ++i) {
    // Half of the values lie at the bound and come back exactly, as those of channels that are always zero do.
    const bool dead = random() % 2 == 0;
    const float value = dead ? 0.0f : std::max(0.0f, float(random() % 2000) / 1000 - 1);
    const float noise = dead ? 0.0f : (float(random() % 1000) / 1000 - 0.5f) * 0.8f;
    original.values()[i] = value;
    decoded.values()[i] = value + noise;
  }
  for (const int step_q4 : {16, 32, 64}) {
    OutputFit fit(1, 0.25f, 0.1f);  // widths of 1/16, 1/8, 1/4
    fit.Add(decoded, original, -100, step_q4);
    const std::optional<OutputStage> stage = fit.Choose({}, 8);
    ASSERT_TRUE(stage.has_value());
    Tensor corrected = decoded.Clone();
    stage->Apply(0.25f, &corrected);
    double mean = 0;
    for (size_t i = 0; i < original.values().size(); ++i) mean += double{corrected.values()[i]} - original.values()[i];
    EXPECT_LT(std::fabs(mean / double(original.values().size())), step_q4 / 6400.0);
    EXPECT_LT(SquaredError(corrected, original), 0.9 * SquaredError(decoded, original));
  }
}

TEST(OutputFit, SendsNothingWhereNothingIsToBeGained) {
  OutputFit fit(12, 0.25f, 0.1f);
  for (uint32_t seed = 1; seed < 4; ++seed) {
    const Material material = MakeMaterial(false, seed);
    fit.Add(material.decoded, material.original, -100, 16 * 8);
    EXPECT_FALSE(fit.Choose({}, 8).has_value()) << seed;
  }
}

TEST(OutputFit, BoundsValues) {
  OutputFit fit(1, 1.0f, 0.1f);
  Tensor decoded(1, 16, 16);
  Tensor original(1, 16, 16);
  for (size_t i = 0; i < decoded.values().size(); ++i) decoded.values()[i] = i % 2 == 0 ? -3.0f : 20.0f;
  for (size_t i = 0; i < decoded.values().size(); ++i) original.values()[i] = i % 2 == 0 ? 0.0f : 20.0f;
  fit.Add(decoded, original, 0, 16 * 4);
  const std::optional<OutputStage> stage = fit.Choose({}, 4);
  ASSERT_TRUE(stage.has_value());
  EXPECT_EQ(stage->low, 0.0f);
  EXPECT_TRUE(stage->tables.empty());
}

TEST(OutputFit, StartsAnewWithAnotherStep) {
  OutputFit fit(12, 0.25f, 0.1f);
  const Material shrunk = MakeMaterial(true, 1);
  const Material whole = MakeMaterial(false, 2);
  fit.Add(shrunk.decoded, shrunk.original, -100, 16 * 8);
  fit.Add(whole.decoded, whole.original, -100, 16 * 32);
  EXPECT_FALSE(fit.Choose({}, 8).has_value());
}

TEST(OutputFit, TakesExtremeUnits) {
  for (const float unit : {1e28f, 1e-20f, 1e-38f, std::numeric_limits<float>::denorm_min()}) {
    for (const int32_t step_q4 : {1, 1 << 20, 1 << 24}) {
      OutputFit fit(2, unit, 0.1f);
      Tensor decoded(2, 8, 8);
      Tensor original(2, 8, 8);
      for (size_t i = 0; i < decoded.values().size(); ++i) {
        decoded.values()[i] = unit * float(i % 17) * 100;
        original.values()[i] = decoded.values()[i] * 1.1f;
      }
      fit.Add(decoded, original, 0, step_q4);
      const std::optional<OutputStage> stage = fit.Choose({}, 8);
      if (!stage) continue;
      ASSERT_TRUE(Read(Bytes(stage), 2).ok());
      stage->Apply(unit, &decoded);
      for (const float x : decoded.values()) EXPECT_TRUE(std::isfinite(x));
    }
  }
}

// In a stream: classes are sent, the stages last until the next random-access frame, and features gain more than the
// bytes are worth.
TEST(OutputFit, PaysInAStream) {
  const Clip clip = MakeClip({{"a", 24, 32, 40, 8, 56}}, 12, false, 3);
  EncoderConfig config = Config(46);
  config.latent.transform = LatentTransform::kKlt;
  double error[2];
  size_t bytes[2] = {0, 0};
  size_t most_tables = 0;
  for (const bool tables : {false, true}) {
    config.latent.output_tables = tables;
    const auto stream = EncodeClip(clip, config);
    ASSERT_TRUE(stream.ok());
    for (const Packet& packet : stream->packets) {
      bytes[tables] += packet.payload.size();
      const auto side = std::span<const uint8_t>(packet.payload).first(packet.sections[0].size_bytes);
      const auto header = ReadLatentFrameHeader(side, clip.layers, "test");
      ASSERT_TRUE(header.ok());
      if (!header->outputs.empty() && header->outputs[0]) {
        most_tables = std::max(most_tables, header->outputs[0]->tables.size());
      }
    }
    const auto frames = DecodeStream(*stream);
    ASSERT_TRUE(frames.ok());
    error[tables] = 0;
    for (size_t t = 0; t < frames->size(); ++t) {
      error[tables] += SquaredError((*frames)[t].frame.layers[0], clip.frames[t].layers[0]);
    }
  }
  EXPECT_GT(most_tables, 1u);
  EXPECT_LT(error[1], 0.9 * error[0]);
  EXPECT_LT(bytes[1], bytes[0] * 110 / 100);
}

}  // namespace
}  // namespace fsc
