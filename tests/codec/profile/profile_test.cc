// The profile file: what is written comes back, and keeps its bytes; damage is found.
#include "codec/profile/profile.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

#include "codec/profile/half.h"
#include "codec/profile/parts.h"
#include "core/crc32c.h"
#include "tests/support/profile_fixture.h"

namespace fsc {
namespace {

constexpr char kGolden[] =
    "894653500d0a1a0a01441d01000101000010010204040001803800fdff030800803f004b0280a001454f016d00000000000000000000000000"
    "00000000000000000000000000000000000000010161020430100201000400010037feff032e49123e000280ec0001066c6174656e74046869"
    "6768210000003f974315e9";

TEST(Profile, ComesBackWithRoundedWeights) {
  const Profile profile = FusedProfile();
  const auto bytes = WriteProfile(profile);
  ASSERT_TRUE(bytes.ok()) << bytes.error().OneLine();
  const auto read = ReadProfile(*bytes, Limits{}, "memory");
  ASSERT_TRUE(read.ok()) << read.error().OneLine();
  EXPECT_EQ(read->kind, "learned");
  EXPECT_EQ(read->model_id, "pyramid");
  EXPECT_EQ(read->model_sha256, profile.model_sha256);
  EXPECT_EQ(read->layers, profile.layers);
  EXPECT_EQ(read->drop_curve, profile.drop_curve);
  ASSERT_EQ(read->parts.size(), 1u);
  EXPECT_EQ(read->parts[0].sources, profile.parts[0].sources);
  EXPECT_EQ(read->parts[0].restorer.low, profile.parts[0].restorer.low);
  const auto near = [](const Convolution& a, const Convolution& b) {
    ASSERT_EQ(a.weights.size(), b.weights.size());
    const size_t row = a.weights.size() / size_t(a.outputs);
    for (int o = 0; o < a.outputs; ++o) {
      float largest = 0;
      for (size_t i = 0; i < row; ++i) largest = std::max(largest, std::fabs(a.weights[o * row + i]));
      // Half a step; a row's scale is up to an eighth of an octave larger than it need be.
      const float step = 1.1f * largest / float((1 << (a.bits - 1)) - 1);
      for (size_t i = 0; i < row; ++i) EXPECT_NEAR(a.weights[o * row + i], b.weights[o * row + i], 0.51f * step);
      EXPECT_NEAR(a.bias[o], b.bias[o], 1e-4f);
    }
  };
  near(profile.parts[0].reducer.main[0], read->parts[0].reducer.main[0]);
  near(profile.parts[0].restorer.main[0], read->parts[0].restorer.main[0]);
  near(profile.parts[0].restorer.branch[0], read->parts[0].restorer.branch[0]);
  near(profile.parts[0].restorer.branch[1], read->parts[0].restorer.branch[1]);
}

TEST(Profile, KeepsItsBytes) {
  // The format: change kProfileVersion with it.
  std::mt19937 random(3);
  Profile profile;
  profile.kind = "statistics";
  profile.model_id = "m";
  profile.layers = {ProfileLayer("a", 2, 4)};
  ReducedPart part;
  part.sources = {{0, 1}};
  Convolution layer;
  layer.inputs = 2;
  layer.outputs = 1;
  layer.bits = 4;
  layer.weights = {1, -0.5f};
  layer.bias = {0.25f};
  part.reducer = PlainNet(layer);
  layer.inputs = 1;
  layer.outputs = 2;
  layer.weights = {7, 0.01f};
  layer.bias = {0, -2};
  layer.relu = true;
  part.restorer = PlainNet(layer, 0);
  profile.parts.push_back(part);
  profile.drop_curve = {{"latent", "high", 33, 0.5}};
  const auto bytes = WriteProfile(profile);
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(HexText(*bytes), kGolden);
  const auto read = ReadProfile(*bytes, Limits{}, "memory");
  ASSERT_TRUE(read.ok());
  EXPECT_FLOAT_EQ(read->parts[0].reducer.main[0].weights[0], 1.000001f);
  EXPECT_FLOAT_EQ(read->parts[0].restorer.main[0].bias[1], -2);
  EXPECT_EQ(read->parts[0].restorer.low, std::vector<float>(2, 0.0f));
}

// The fit is one section more at the end of the decoder half: what does not know it skips it.
TEST(Profile, FitComesBackAndKeepsItsBytes) {
  Profile profile = FusedProfile();
  const auto without = Stored(profile);
  EXPECT_TRUE(without->fit.empty());
  profile.fit = {{0.25f, 0.5f}};
  const auto with = Stored(profile);
  EXPECT_EQ(with->fit, profile.fit);
  std::vector<uint8_t> expected = without->decoder_bytes;
  for (const int byte : {0xc6, 9, 1, 0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f}) expected.push_back(uint8_t(byte));
  EXPECT_EQ(with->decoder_bytes, expected);
  EXPECT_NE(with->decoder_sha256, without->decoder_sha256);

  const auto read = [&](std::initializer_list<int> section) {
    std::vector<uint8_t> bytes = without->decoder_bytes;
    for (const int byte : section) bytes.push_back(uint8_t(byte));
    Profile half;
    const Status status = ReadDecoderHalf(bytes, "memory", &half);
    return status.ok() ? std::optional(half.fit) : std::nullopt;
  };
  EXPECT_EQ(read({0xc6, 9, 1, 0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f}), profile.fit);
  EXPECT_EQ(read({0xc6, 2, 2, 77}), std::vector<PartFit>()) << "a later version's is unknown";
  for (const auto& damaged :
       {std::initializer_list<int>{0xc6, 9, 0, 0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f},  // version 0
        {0xc6, 5, 1, 0, 0, 0x80, 0x3e},                                           // cut
        {0xc6, 10, 1, 0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f, 0},                        // too long
        {0xc6, 9, 1, 0, 0, 0x80, 0xbe, 0, 0, 0, 0x3f},                            // below zero
        {0xc6, 9, 1, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3e},                            // the worst is better than all
        {0xc6, 9, 1, 0, 0, 0xc0, 0x7f, 0, 0, 0, 0x3f},                            // NaN
        {0xc6, 9, 1, 0, 0, 0x80, 0x3e, 0, 0, 0x80, 0x7f},                         // infinite
        {0xc6, 9, 1, 0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f, 0xc6, 9, 1, 0, 0, 0x80, 0x3e, 0, 0, 0, 0x3f}}) {
    EXPECT_FALSE(read(damaged).has_value());
  }
}

TEST(Profile, DamageIsFound) {
  const auto bytes = WriteProfile(FusedProfile());
  ASSERT_TRUE(bytes.ok());
  for (size_t i = 0; i < bytes->size(); ++i) {
    std::vector<uint8_t> damaged = *bytes;
    damaged[i] ^= uint8_t(1 + i % 255);
    const auto read = ReadProfile(damaged, Limits{}, "memory");
    ASSERT_FALSE(read.ok()) << i;
    EXPECT_EQ(read.error().kind, ErrorKind::kBadInput);
    EXPECT_FALSE(ReadProfile(std::span(*bytes).first(i), Limits{}, "memory").ok()) << i;
  }
}

// Behind a good checksum: every byte of a half at every kind of value, and every length.
TEST(Profile, DamagedHalvesNeverHarm) {
  const auto bytes = WriteProfile(FusedProfile());
  ASSERT_TRUE(bytes.ok());
  const auto sealed = [](std::vector<uint8_t> damaged) {
    const uint32_t crc = Crc32c(std::span(damaged).first(damaged.size() - 4));
    for (size_t i = 0; i < 4; ++i) damaged[damaged.size() - 4 + i] = uint8_t(crc >> (8 * i));
    return ReadProfile(damaged, Limits{}, "memory");
  };
  int refused = 0;
  int tried = 0;
  for (size_t i = 9; i + 4 < bytes->size(); i += 3) {
    std::vector<uint8_t> damaged = *bytes;
    damaged[i] ^= std::array<uint8_t, 4>{0x01, 0x10, 0x80, 0xff}[i % 4];
    const auto read = sealed(std::move(damaged));
    refused += !read.ok();
    ++tried;
    if (read.ok()) {
      EXPECT_TRUE(CheckParts(read->parts, read->layers, true, Limits{}, "").ok());
    }
    std::vector<uint8_t> shorter(bytes->begin(), bytes->begin() + ptrdiff_t(i));
    shorter.resize(i + 4);
    EXPECT_FALSE(sealed(std::move(shorter)).ok()) << i;
  }
  // Most of the bytes are weights, where any value will do.
  EXPECT_GT(refused, tried / 100);
}

TEST(Profile, ClaimsAreLimitedByTheBytes) {
  // A convolution of 65535 x 65535 weights in a few bytes.
  ByteWriter out;
  out.U8(kProfileVersion);
  out.U8(2);
  out.U8(1);
  for (const int value : {1, 0, 0}) out.U8(uint8_t(value));
  out.U8(1 << 4);
  out.Leb128(65535);
  out.Leb128(65535);
  out.U8(0);
  out.U8(8);
  Profile profile;
  EXPECT_FALSE(ReadDecoderHalf(out.bytes(), "memory", &profile).ok());
  // The same with all that it claims but the weights.
  out.F32(1);
  for (int i = 0; i < 65535; ++i) out.U8(0);
  out.F32(1);
  for (int i = 0; i < 65535; ++i) out.U8(0);
  out.Leb128(100);
  for (int i = 0; i < 100; ++i) out.U8(0);
  const Status status = ReadDecoderHalf(out.bytes(), "memory", &profile);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().what.find("weights"), std::string::npos) << status.error().OneLine();
}

TEST(Profile, ImpossibleOnesAreNotWritten) {
  const auto what = [](const Profile& profile) {
    const auto bytes = WriteProfile(profile);
    if (bytes.ok()) return std::string();
    EXPECT_EQ(bytes.error().kind, ErrorKind::kUsage);
    return bytes.error().OneLine();
  };
  EXPECT_EQ(what(FusedProfile()), "");
  Profile profile = FusedProfile();
  profile.kind = "magic";
  EXPECT_NE(what(profile).find("magic"), std::string::npos);
  profile = FusedProfile();
  profile.parts[0].sources[0].fold = 3;
  EXPECT_NE(what(profile).find("fold"), std::string::npos);
  profile = FusedProfile();
  profile.parts[0].sources[0].fold = 1;
  EXPECT_NE(what(profile).find("stride"), std::string::npos);
  profile = FusedProfile();
  profile.parts[0].sources.pop_back();
  EXPECT_NE(what(profile).find("p4"), std::string::npos);
  profile = FusedProfile();
  profile.parts[0].restorer.main[0].weights.pop_back();
  EXPECT_NE(what(profile), "");
  profile = FusedProfile();
  profile.parts[0].reducer.main[0].weights[0] = NAN;
  EXPECT_NE(what(profile), "");
  profile = FusedProfile();
  profile.drop_curve[0].drop_percent = 101;
  EXPECT_NE(what(profile), "");
}

TEST(Profile, ImpossibleFitsAreNotWritten) {
  for (const std::vector<PartFit>& fit : {std::vector<PartFit>{{0.1f, 0.2f}, {0.1f, 0.2f}},
                                          {{-0.1f, 0.2f}},
                                          {{0.3f, 0.2f}},
                                          {{0.1f, std::numeric_limits<float>::infinity()}},
                                          {{std::nanf(""), 0.2f}}}) {
    Profile profile = FusedProfile();
    profile.fit = fit;
    EXPECT_FALSE(WriteProfile(profile).ok());
  }
}

TEST(Profile, DropCurveGivesTheQp) {
  Profile profile = FusedProfile();
  const auto qp = [&](const char* mode, const char* preset, double drop) {
    const auto result = QpForDrop(profile, mode, preset, drop);
    return result.ok() ? *result : -1;
  };
  EXPECT_EQ(qp("latent", "", 0.5), 30);
  EXPECT_EQ(qp("latent", "balanced", 1.5), 35);  // an empty preset is the default one
  EXPECT_EQ(qp("latent", "", 1.49), 34);         // rounded to the safe side
  EXPECT_EQ(qp("latent", "", 2.5), 40);
  EXPECT_EQ(qp("latent", "", 50), 40);  // not past what was measured
  EXPECT_EQ(qp("latent", "", 0.4), -1);
  EXPECT_EQ(qp("latent", "high", 5), -1);
  EXPECT_EQ(qp("hevc", "slow", 1), 35);
  // A dip in the measurement is not believed.
  profile.drop_curve.push_back({"latent", "", 44, 1.0});
  EXPECT_EQ(qp("latent", "", 1.2), 33);
  EXPECT_EQ(qp("latent", "", 2.5), 44);
  for (const double impossible : {-1.0, 101.0, 1e300, double(NAN)}) {
    EXPECT_EQ(QpForDrop(profile, "latent", "", impossible).error().where, "max_drop_percent") << impossible;
  }
}

}  // namespace
}  // namespace fsc
