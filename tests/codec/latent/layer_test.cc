// One layer at a time: what the encoder believes it coded is what the decoder decodes, for every shape, mode and frame
// class, over short and long runs, and nothing happens to a decoder that is fed garbage.
#include <gtest/gtest.h>

#include <random>

#include "codec/latent/encode/layer_encoder.h"
#include "codec/latent/encode/mode_decision.h"
#include "codec/latent/frame_coder.h"
#include "codec/latent/layer_decoder.h"
#include "codec/qp.h"

namespace fsc {
namespace {

LatentStreamConfig::Layer MakeLayer(int planes, int groups) {
  LatentStreamConfig::Layer layer;
  layer.groups = groups;
  layer.transform.channels = layer.transform.planes = planes;
  layer.transform.mean_levels.assign(planes, 0);
  layer.transform.plane_scale.assign(planes, 48);
  return layer;
}

// A moving smooth pattern with noise; sometimes flat, sometimes extreme.
LayerPlanes MakePlanes(int planes, int width, int height, int t, std::mt19937* random) {
  LayerPlanes result(planes, width, height);
  std::normal_distribution<float> noise(0, 40);
  for (int k = 0; k < planes; ++k) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const float value = k % 5 == 4 ? 0 : 300 * std::sin(0.4f * (x + t) + k) * std::cos(0.3f * y) + noise(*random);
        result.plane(k).row(y)[x] = int16_t(std::clamp(value, -32767.0f, 32767.0f));
      }
    }
    if (k % 7 == 6) {
      for (int16_t& sample : result.samples().subspan(k * result.plane_size(), result.plane_size())) {
        sample = int16_t(int((*random)() % 65535) - 32767);
      }
    }
  }
  return result;
}

struct Shape {
  int planes, width, height, groups;
};

class Chain {
 public:
  Chain(const Shape& shape, bool lossless, uint32_t seed) : shape_(shape), random_(seed) {
    config_.lossless = lossless;
    config_.motion = MotionGeometry{shape.width * 8, shape.height * 8, 1};
    config_.layers.push_back(MakeLayer(shape.planes, shape.groups));
    spec_.push_back(LayerSpec{"x", shape.planes, shape.height, shape.width, 8, 0});
    encoder_ = LatentState(config_, spec_);
    decoder_ = LatentState(config_, spec_);
  }

  // Codes frame t; false where the two sides differ.
  void Step(int t, FrameClass frame_class, int qp) {
    LatentFrameHeader header;
    header.frame_class = frame_class;
    header.qp = qp;
    header.filter = WarpFilter(t % 2);
    header.recentre = {int8_t(t % 9 - 4), int8_t(t % 5)};
    std::vector<const LatentPicture*> references;
    std::vector<MotionField> fields;
    const int count = frame_class == FrameClass::kIntra ? 0 : frame_class == FrameClass::kPredicted ? 1 : 2;
    for (int i = 0; i < count; ++i) {
      header.references.push_back(-1 - i);
      references.push_back(&pictures_[pictures_.size() - 1 - std::min<size_t>(i, pictures_.size() - 1)]);
      MotionField field(config_.motion);
      for (int y = 0; y < config_.motion.leaves_y(); ++y) {
        for (int x = 0; x < config_.motion.leaves_x(); ++x) {
          field.leaf(x, y) = ClampVector(int(random_() % 200) - 100, int(random_() % 200) - 100);
        }
      }
      fields.push_back(field);
    }
    if (count == 0) {
      encoder_.Restart(qp);
      decoder_.Restart(qp);
    }
    const FrameMotion motion(spec_, fields, header.filter);
    const LayerPlanes target = MakePlanes(shape_.planes, shape_.width, shape_.height, t, &random_);
    LayerFrame frame = MakeLayerFrame(config_, header, 0, motion, references);
    DecideModes(target, encoder_.layers[0], {}, nullptr, &frame);
    // Every mode that exists must be walked through, whatever the decision likes.
    for (BlockMode& mode : frame.modes.modes) {
      if (random_() % 4 == 0) {
        const BlockMode other = BlockMode(random_() % kBlockModes);
        if (ModeExists(other, count)) mode = other;
      }
    }
    EncodedLayer encoded = EncodeLayer(frame, target, {}, &encoder_.layers[0], nullptr);
    LayerFrame read = MakeLayerFrame(config_, header, 0, motion, references);
    Result<LayerPlanes> decoded = DecodeLayer(encoded.bytes, "test", &read, &decoder_.layers[0], nullptr);
    ASSERT_TRUE(decoded.ok()) << decoded.error().OneLine();
    ASSERT_TRUE(std::ranges::equal(decoded->samples(), encoded.planes.samples())) << "frame " << t;
    ASSERT_EQ(read.modes.modes, frame.modes.modes);
    if (config_.lossless) {
      ASSERT_TRUE(std::ranges::equal(decoded->samples(), target.samples())) << "frame " << t;
    }
    bytes_ = std::move(encoded.bytes);
    LatentPicture picture;
    picture.layers.push_back(std::move(*decoded));
    pictures_.push_back(std::move(picture));
    if (pictures_.size() > 2) pictures_.erase(pictures_.begin());
    last_header_ = header;
  }

  // Feeds damaged copies of the last frame's bytes to a fresh decoder: any answer is fine, a crash is not.
  void Damage() {
    LatentFrameHeader header = last_header_;
    header.frame_class = FrameClass::kIntra;
    header.references.clear();
    for (int round = 0; round < 60; ++round) {
      std::vector<uint8_t> bytes = bytes_;
      if (round % 3 == 0) bytes.resize(random_() % (bytes.size() + 1));
      for (int i = 0; i < round % 5 && !bytes.empty(); ++i) bytes[random_() % bytes.size()] = uint8_t(random_());
      if (round % 7 == 6) {
        for (uint8_t& byte : bytes) byte = uint8_t(random_());
      }
      LatentState state(config_, spec_);
      const FrameMotion motion(spec_, {}, WarpFilter::kSixTap);
      LayerFrame frame = MakeLayerFrame(config_, header, 0, motion, {});
      const Result<LayerPlanes> decoded = DecodeLayer(bytes, "test", &frame, &state.layers[0], nullptr);
      if (decoded.ok()) {
        EXPECT_EQ(decoded->planes(), shape_.planes);
      }
    }
  }

 private:
  Shape shape_;
  std::mt19937 random_;
  LatentStreamConfig config_;
  std::vector<LayerSpec> spec_;
  LatentState encoder_;
  LatentState decoder_;
  std::vector<LatentPicture> pictures_;
  std::vector<uint8_t> bytes_;
  LatentFrameHeader last_header_;
};

constexpr Shape kShapes[] = {{1, 1, 1, 1},   {3, 1, 7, 2},   {2, 5, 1, 1},   {8, 13, 11, 3},
                             {5, 16, 16, 5}, {4, 17, 31, 2}, {9, 37, 19, 4}, {64, 2, 3, 7}};

TEST(LatentLayer, DecoderAgreesForEveryShape) {
  for (const Shape& shape : kShapes) {
    for (const bool lossless : {false, true}) {
      for (const int qp : {0, 24, 40, 63}) {
        SCOPED_TRACE(testing::Message() << shape.planes << " x " << shape.height << " x " << shape.width << " qp " << qp
                                        << (lossless ? " lossless" : ""));
        Chain chain(shape, lossless, uint32_t(qp + shape.width));
        chain.Step(0, FrameClass::kIntra, qp);
        chain.Step(1, FrameClass::kPredicted, qp);
        chain.Step(2, FrameClass::kReferenceB, qp);
        chain.Step(3, FrameClass::kLeafB, qp);
        if (HasFatalFailure()) return;
        chain.Damage();
      }
    }
  }
}

// Data of a few bytes must not cost the work of all planes that the configuration promises.
TEST(LatentLayer, DecodesNoPlanesBehindTheEndOfTheData) {
  constexpr int kPlanes = 400;
  constexpr int kGroups = 4;
  LatentStreamConfig config;
  config.motion = MotionGeometry{64, 64, 1};
  config.layers.push_back(MakeLayer(kPlanes, kGroups));
  config.layers[0].transform.plane_scale.assign(kPlanes, 0);  // expected to be empty
  const std::vector<LayerSpec> layers = {{"x", kPlanes, 32, 32, 8, 0}};
  LatentFrameHeader header;
  const FrameMotion motion(layers, {}, header.filter);
  // Past the end of its data a range decoder reads zeros, which are ones for it: planes full of levels.
  const auto decode = [&](int mode_bytes, ThreadPool* pool, std::vector<int>* decoded) {
    ByteWriter out;
    out.Leb128(uint64_t(mode_bytes));
    for (int group = 0; group + 1 < kGroups; ++group) out.Leb128(0);
    for (int i = 0; i < mode_bytes; ++i) out.U8(0x55);
    LatentState state(config, layers);
    state.Restart(header.qp);
    LayerFrame frame = MakeLayerFrame(config, header, 0, motion, {});
    const Result<LayerPlanes> planes = DecodeLayer(out.bytes(), "test", &frame, &state.layers[0], pool);
    decoded->assign(kGroups, 0);
    for (int k = 0; k < kPlanes; ++k) {
      (*decoded)[size_t(k % kGroups)] += state.layers[0].activity.Class(header.frame_class, k) > 0;
    }
    return planes.ok() ? std::string() : planes.error().OneLine();
  };
  ThreadPool pool(3);
  for (ThreadPool* threads : {static_cast<ThreadPool*>(nullptr), &pool}) {
    std::vector<int> decoded;
    EXPECT_EQ(decode(100, threads, &decoded), "residual is cut short: test: the stream is damaged");
    EXPECT_EQ(decoded, std::vector<int>(kGroups, 1));
    EXPECT_EQ(decode(0, threads, &decoded), "block modes are cut short: test: the stream is damaged");
    EXPECT_EQ(decoded, std::vector<int>(kGroups, 0));
  }
}

TEST(LatentLayer, NoDriftOverThousandsOfFrames) {
  Chain chain({6, 9, 7, 2}, false, 5);
  chain.Step(0, FrameClass::kIntra, 38);
  for (int t = 1; t < 4000; ++t) {
    chain.Step(t, t % 3 == 0 ? FrameClass::kPredicted : FrameClass::kReferenceB, 30 + t % 20);
    if (HasFatalFailure()) return;
  }
}

TEST(LatentTransform, StepDoublesEverySixAndTransformIsNearlyOrthonormal) {
  for (int sigma = 0; sigma <= kMaxSigmaLog2; ++sigma) {
    for (int qp = 6; qp <= kMaxQp; ++qp) {
      const int32_t low = StepQ4(qp - 6, sigma);
      EXPECT_NEAR(StepQ4(qp, sigma), 2 * low, low < 64 ? 2 : low / 32) << qp << " " << sigma;
    }
  }
  EXPECT_EQ(StepQ4(kUnitQp, 8), 16 * 256);
  std::mt19937 random(1);
  for (int round = 0; round < 1000; ++round) {
    Block residual;
    const int range = round % 3 == 0 ? 65535 : 300;
    for (int32_t& r : residual) r = int(random() % (2 * range + 1)) - range;
    Block coefficients;
    ForwardTransformQ4(residual, &coefficients);
    for (int32_t& c : coefficients) c = (c + 8) >> 4;
    Block back;
    InverseTransform(coefficients, &back);
    for (int i = 0; i < kBlockCoefficients; ++i) ASSERT_NEAR(back[i], residual[i], 4 + range / 500.0);
  }
}

}  // namespace
}  // namespace fsc
