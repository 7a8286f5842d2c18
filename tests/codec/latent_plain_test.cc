// The library's decoder and the plain one, written from the documentation, agree on streams that use every part of the
// format.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/codec/latent_fixture.h"
#include "tests/codec/plain_latent_decoder.h"

namespace fsc {
namespace {

void ExpectAgreement(const Clip& clip, const EncoderConfig& config) {
  const Result<Stream> stream = EncodeClip(clip, config);
  ASSERT_TRUE(stream.ok()) << stream.error().OneLine();
  const Result<std::vector<DecodedFrame>> decoded = DecodeStream(*stream);
  ASSERT_TRUE(decoded.ok()) << decoded.error().OneLine();
  const std::vector<fsc_plain::Output> plain = fsc_plain::DecodeAll(stream->header, stream->packets);
  ASSERT_EQ(plain.size(), decoded->size());
  for (size_t t = 0; t < plain.size(); ++t) {
    for (size_t i = 0; i < clip.layers.size(); ++i) {
      const std::span<const float> fast = (*decoded)[t].frame.layers[i].values();
      const std::vector<float>& slow = plain[t].layers[i];
      ASSERT_EQ(slow.size(), fast.size());
      // Planes that differ by one unit differ by 1/256 of a standard deviation here; rounding of the floats is far
      // below.
      for (size_t j = 0; j < slow.size(); ++j)
        ASSERT_NEAR(slow[j], fast[j], 2e-5) << "frame " << t << " layer " << i << " value " << j;
    }
  }
}

TEST(LatentPlain, AgreesForEveryShapeTransformAndStructure) {
  for (size_t shape = 0; shape < kShapes.size(); ++shape) {
    for (const int variant : {0, 1, 2, 3, 4, 5}) {
      SCOPED_TRACE(testing::Message() << "shape " << shape << " variant " << variant);
      const Clip clip = MakeClip(kShapes[shape], 20, variant % 2 == 0, uint32_t(30 + variant));
      EncoderConfig config = Config(14 + 9 * variant);
      config.preset = variant % 3 == 0 ? "fast" : variant % 3 == 1 ? "balanced" : "high";
      config.low_delay = variant == 2 || variant == 5;
      config.latent.transform = variant < 3 ? LatentTransform::kKlt : LatentTransform::kIdentity;
      config.latent.lossless = variant == 4;
      config.latent.plane_groups = variant == 1 ? 3 : 0;
      ExpectAgreement(clip, config);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(LatentPlain, AgreesOnStarvedFrames) {
  EncoderConfig config = Config(20);
  config.latent.max_frame_bytes = 60;
  ExpectAgreement(MakeClip(kShapes[3], 20, true, 41), config);
}

}  // namespace
}  // namespace fsc
