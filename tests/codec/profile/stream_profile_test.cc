// Streams with a profile: what the mode codes, what comes back, and which profile a decoder accepts.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>

#include "codec/profile/stream_profile.h"
#include "codec/profile/transform.h"
#include "core/byte_reader.h"
#include "streams/container_reader.h"
#include "streams/container_writer.h"
#include "tests/support/profile_fixture.h"
#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

std::vector<LayerSpec> SizedLayers(const Profile& profile, int height_cells, int width_cells) {
  std::vector<LayerSpec> layers = profile.layers;
  for (LayerSpec& layer : layers) {
    const int times = layer.stride_px / layers[0].stride_px;
    layer.height_cells = (height_cells + times - 1) / times;
    layer.width_cells = (width_cells + times - 1) / times;
  }
  return layers;
}

EncoderConfig LatentConfigOf(std::shared_ptr<const Profile> profile, int qp, bool by_hash = false) {
  EncoderConfig config;
  config.mode = "latent";
  config.qp = qp;
  config.profile = std::move(profile);
  config.profile_by_hash = by_hash;
  return config;
}

Result<std::vector<FeatureFrame>> DecodeWith(std::span<const uint8_t> bytes, const Profile* profile, int threads = 1) {
  const auto source = MemorySource(bytes);
  FSC_ASSIGN_OR_RETURN(const auto decoder,
                       FeatureDecoder::Open(source.get(), {.threads = threads, .profile = profile}));
  std::vector<FeatureFrame> frames;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto next, decoder->Next());
    if (!next) return frames;
    frames.push_back(std::move(next->frame));
  }
}

// What the mode coded, frame by frame.
Result<std::vector<FeatureFrame>> CodedFrames(std::span<const uint8_t> bytes) {
  const auto source = MemorySource(bytes);
  FSC_ASSIGN_OR_RETURN(const auto decoder, FeatureDecoder::Open(source.get(), {.keep_coded = true}));
  std::vector<FeatureFrame> frames;
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto next, decoder->Next());
    if (!next) return frames;
    frames.push_back(std::move(next->coded));
  }
}

Result<StreamHeader> HeaderOf(std::span<const uint8_t> bytes) {
  const auto source = MemorySource(bytes);
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source.get(), {}));
  return reader->header();
}

// Folded channel (row * fold + column) * C + c; past the right and lower edge the last cells again.
TEST(ProfileStream, FoldingPutsBlocksIntoChannelsAndBack) {
  std::mt19937 random(3);
  for (const int fold : {1, 2, 4}) {
    for (const auto& [height, width] : {std::pair{5, 7}, {8, 8}, {3, 1}, {1, 9}}) {
      constexpr int kChannels = 3;
      const int folded = fold * fold * kChannels;
      Convolution identity;
      ReducedPart part;
      part.sources = {{0, fold}, {1, fold}};
      identity.inputs = identity.outputs = 2 * folded;
      identity.weights.assign(size_t(4 * folded * folded), 0);
      for (int i = 0; i < 2 * folded; ++i) identity.weights[size_t(i) * size_t(2 * folded + 1)] = 1;
      identity.bias.assign(size_t(2 * folded), 0);
      part.reducer = part.restorer = PlainNet(identity);
      std::vector<LayerSpec> layers(2, ProfileLayer("a", kChannels, 8));
      FeatureFrame frame;
      for (LayerSpec& layer : layers) {
        layer.height_cells = height;
        layer.width_cells = width;
        Tensor tensor(kChannels, height, width);
        for (float& value : tensor.values()) value = float(random() % 1000);
        frame.layers.push_back(std::move(tensor));
      }
      const FeatureFrame reduced = ReduceFrame(std::span(&part, 1), frame, nullptr);
      const Tensor& planes = reduced.layers[0];
      ASSERT_EQ(planes.height_cells(), (height + fold - 1) / fold);
      for (int k = 0; k < 2 * folded; ++k) {
        const int c = k % folded % kChannels, row = k % folded / kChannels / fold,
                  column = k % folded / kChannels % fold;
        for (int y = 0; y < planes.height_cells(); ++y) {
          for (int x = 0; x < planes.width_cells(); ++x) {
            const size_t from = size_t(std::min(y * fold + row, height - 1)) * size_t(width) +
                                size_t(std::min(x * fold + column, width - 1));
            ASSERT_EQ(planes.plane(k)[size_t(y) * size_t(planes.width_cells()) + size_t(x)],
                      frame.layers[size_t(k / folded)].plane(c)[from]);
          }
        }
      }
      ExpectSameValues(RestoreFrame(std::span(&part, 1), layers, reduced, nullptr), frame);
    }
  }
}

TEST(ProfileStream, OrthonormalPlanesComeBackAsTheFeatures) {
  // As many planes as channels: nothing is lost but what quantisation takes.
  const auto profile = Stored(LinearProfile(8, 8, 16));
  const std::vector<LayerSpec> layers = SizedLayers(*profile, 13, 17);
  const auto bytes = Encode(LatentConfigOf(profile, 20), layers, 5);
  const auto frames = DecodeWith(bytes, nullptr);
  ASSERT_TRUE(frames.ok()) << frames.error().OneLine();
  ASSERT_EQ(frames->size(), 5u);
  for (int t = 0; t < 5; ++t) {
    EXPECT_GT(SignalToNoiseDb(MovingFrame(layers, t), (*frames)[t]), 30) << t;
    EXPECT_EQ((*frames)[t].timestamp_ticks, MovingFrame(layers, t).timestamp_ticks);
  }
}

TEST(ProfileStream, DecoderRestoresWhatTheModeDecoded) {
  for (const bool latent : {true, false}) {
    const auto profile = Stored(FusedProfile());
    const std::vector<LayerSpec> layers = SizedLayers(*profile, 17, 23);
    const auto reduced_layers = ReducedLayers(profile->parts, layers, Limits{});
    ASSERT_TRUE(reduced_layers.ok());
    ASSERT_EQ(reduced_layers->size(), 1u);
    const LayerSpec expected{"reduced0", 5, 9, 12, 16, 8 * 7 + 8 * 8};
    EXPECT_EQ((*reduced_layers)[0], expected);
    // The same frames without the profile's stage: reduced outside, coded as ordinary layers.
    EncoderConfig config = LatentConfigOf(profile, 30);
    if (!latent) {
      config.mode = "ffv1";
      if (!CheckPictureMode("ffv1").ok()) continue;
    }
    EncoderConfig plain = config;
    plain.profile = nullptr;
    plain.latent.profile_planes = true;
    std::vector<uint8_t> plain_bytes;
    const auto sink = MemorySink(&plain_bytes);
    auto encoder = FeatureEncoder::Create(plain, InfoOf(*reduced_layers), sink.get());
    ASSERT_TRUE(encoder.ok()) << encoder.error().OneLine();
    for (int t = 0; t < 4; ++t) {
      ASSERT_TRUE((*encoder)->Push(ReduceFrame(profile->parts, MovingFrame(layers, t), nullptr)).ok());
    }
    ASSERT_TRUE((*encoder)->Finish().ok());
    const auto reduced = DecodeWith(plain_bytes, nullptr);
    ASSERT_TRUE(reduced.ok());
    const auto bytes = Encode(config, layers, 4);
    const auto frames = DecodeWith(bytes, nullptr);
    ASSERT_TRUE(frames.ok()) << frames.error().OneLine();
    ASSERT_EQ(frames->size(), 4u);
    const auto coded = CodedFrames(bytes);
    ASSERT_TRUE(coded.ok()) << coded.error().OneLine();
    ASSERT_EQ(coded->size(), 4u);
    for (int t = 0; t < 4; ++t) {
      ExpectSameValues((*coded)[t], (*reduced)[t]);
      ExpectSameValues((*frames)[t], RestoreFrame(profile->parts, layers, (*reduced)[t], nullptr));
    }
  }
}

TEST(ProfileStream, DoesNotDependOnThreads) {
  const auto profile = Stored(FusedProfile());
  const std::vector<LayerSpec> layers = SizedLayers(*profile, 40, 30);
  EncoderConfig config = LatentConfigOf(profile, 25);
  const auto bytes = Encode(config, layers, 3);
  const auto frames = DecodeWith(bytes, nullptr);
  ASSERT_TRUE(frames.ok());
  for (const int threads : {2, 3, 8}) {
    config.threads = threads;
    EXPECT_EQ(Encode(config, layers, 3), bytes) << threads;
    const auto again = DecodeWith(bytes, nullptr, threads);
    ASSERT_TRUE(again.ok());
    for (size_t t = 0; t < frames->size(); ++t) ExpectSameValues((*again)[t], (*frames)[t]);
  }
}

TEST(ProfileStream, ByHashNeedsThatProfile) {
  const auto profile = Stored(LinearProfile(6, 3));
  const auto other = Stored(LinearProfile(6, 3, 12, 99));
  const std::vector<LayerSpec> layers = SizedLayers(*profile, 9, 9);
  const auto embedded = Encode(LatentConfigOf(profile, 30), layers, 2);
  const auto by_hash = Encode(LatentConfigOf(profile, 30, true), layers, 2);
  EXPECT_LT(by_hash.size(), embedded.size());
  const auto a = DecodeWith(embedded, nullptr);
  const auto b = DecodeWith(by_hash, profile.get());
  ASSERT_TRUE(a.ok() && b.ok());
  for (size_t t = 0; t < a->size(); ++t) ExpectSameValues((*a)[t], (*b)[t]);

  const std::string hash = HexText(profile->decoder_sha256);
  const auto missing = DecodeWith(by_hash, nullptr);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kUsage);
  EXPECT_NE(missing.error().what.find(hash), std::string::npos) << missing.error().OneLine();
  for (const auto* stream : {&embedded, &by_hash}) {
    const auto wrong = DecodeWith(*stream, other.get());
    ASSERT_FALSE(wrong.ok());
    EXPECT_NE(wrong.error().what.find(hash), std::string::npos) << wrong.error().OneLine();
    EXPECT_NE(wrong.error().what.find(HexText(other->decoder_sha256)), std::string::npos) << wrong.error().OneLine();
  }
  EXPECT_TRUE(DecodeWith(embedded, profile.get()).ok());
  EncoderConfig plain = LatentConfigOf(nullptr, 30);
  const auto without = DecodeWith(Encode(plain, layers, 1), profile.get());
  ASSERT_FALSE(without.ok());
  EXPECT_EQ(without.error().kind, ErrorKind::kUsage);
}

// The same packets under a header with these bytes as profile.
std::vector<uint8_t> WithProfileBytes(std::span<const uint8_t> stream, std::vector<uint8_t> profile) {
  const auto source = MemorySource(stream);
  const auto reader = ContainerReader::Open(source.get(), {});
  EXPECT_TRUE(reader.ok());
  StreamHeader header = (*reader)->header();
  header.profile = std::move(profile);
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  const auto writer = ContainerWriter::Create(sink.get(), header);
  EXPECT_TRUE(writer.ok()) << writer.error().OneLine();
  for (;;) {
    const auto packet = (*reader)->Next();
    EXPECT_TRUE(packet.ok());
    if (!packet->has_value()) break;
    EXPECT_TRUE((*writer)->Write(**packet).ok());
  }
  EXPECT_TRUE((*writer)->Finish().ok());
  return bytes;
}

TEST(ProfileStream, OtherVersionsAndFormsAreRefused) {
  const auto profile = Stored(FusedProfile());
  const std::vector<LayerSpec> layers = SizedLayers(*profile, 16, 16);
  const auto embedded = Encode(LatentConfigOf(profile, 30), layers, 2);
  const auto by_hash = Encode(LatentConfigOf(profile, 30, true), layers, 2);
  const auto refusal = [&](const std::vector<uint8_t>& stream, size_t position, int value) {
    std::vector<uint8_t> bytes = HeaderOf(stream)->profile;
    bytes[position] = uint8_t(value);
    const auto changed = WithProfileBytes(stream, bytes);
    std::string text;
    for (const Profile* given : {static_cast<const Profile*>(nullptr), profile.get()}) {
      const auto frames = DecodeWith(changed, given);
      EXPECT_FALSE(frames.ok()) << value;
      if (frames.ok()) continue;
      EXPECT_EQ(frames.error().kind, ErrorKind::kBadInput);
      text = frames.error().what;
    }
    const auto header = HeaderOf(changed);  // the container takes no notice
    EXPECT_TRUE(header.ok());
    if (header.ok()) {
      EXPECT_FALSE(CodedLayers(*header, Limits{}).ok());
    }
    return text;
  };
  ASSERT_TRUE(DecodeWith(WithProfileBytes(embedded, HeaderOf(embedded)->profile), nullptr).ok());
  ASSERT_EQ(HeaderOf(embedded)->profile[1], 1);  // behind the form, the decoder half begins with its version
  for (const int version : {0, 2, 255}) {
    EXPECT_EQ(refusal(embedded, 1, version), "profile version " + std::to_string(version) + " is unknown");
  }
  for (const auto* stream : {&embedded, &by_hash}) {
    for (const int form : {0, 3}) {
      EXPECT_EQ(refusal(*stream, 0, form), "profile of unknown form " + std::to_string(form));
    }
  }
  EXPECT_EQ(refusal(embedded, 2, 3), "profile of unknown kind 3");
  EXPECT_EQ(refusal(by_hash, 1 + 32, 3), "profile of unknown kind 3");
}

TEST(ProfileStream, HeaderTellsTheCodedLayersWithoutTheProfile) {
  const auto profile = Stored(FusedProfile());
  const std::vector<LayerSpec> layers = SizedLayers(*profile, 16, 24);
  for (const bool by_hash : {false, true}) {
    const auto header = HeaderOf(Encode(LatentConfigOf(profile, 40, by_hash), layers, 1));
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header->layers, layers);
    const auto own = ReadStreamProfile(header->profile, "memory");
    ASSERT_TRUE(own.ok()) << own.error().OneLine();
    EXPECT_EQ(own->kind, "learned");
    EXPECT_EQ(own->sha256, profile->decoder_sha256);
    EXPECT_EQ(own->by_hash, by_hash);
    const auto coded = CodedLayers(*header, Limits{});
    ASSERT_TRUE(coded.ok());
    ASSERT_EQ(coded->size(), 1u);
    EXPECT_EQ((*coded)[0].channels, 5);
  }
}

TEST(ProfileStream, WrongModelIsRefused) {
  const auto profile = Stored(FusedProfile());
  const std::vector<LayerSpec> layers = SizedLayers(*profile, 16, 16);
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  const EncoderConfig config = LatentConfigOf(profile, 30);
  const auto refusal = [&](const StreamInfo& stream) {
    const auto encoder = FeatureEncoder::Create(config, stream, sink.get());
    return encoder.ok() ? std::string() : encoder.error().OneLine();
  };
  StreamInfo stream = InfoOf(layers);
  EXPECT_EQ(refusal(stream), "");
  stream.model_id = "pyramid";
  stream.model_sha256[3] = 7;
  EXPECT_EQ(refusal(stream), "");
  stream.model_sha256[3] = 8;
  EXPECT_NE(refusal(stream).find("SHA-256"), std::string::npos);
  stream.model_id = "other";
  EXPECT_NE(refusal(stream).find("'pyramid', not 'other'"), std::string::npos);
  stream = InfoOf({layers[0]});
  EXPECT_NE(refusal(stream).find("2 layers, not 1"), std::string::npos);
  stream = InfoOf(layers);
  stream.layers[1].channels = 7;
  EXPECT_NE(refusal(stream).find("6 channels"), std::string::npos);
  stream = InfoOf(layers);
  stream.layers[1].stride_px = 32;
  EXPECT_NE(refusal(stream).find("of 32"), std::string::npos);
}

TEST(ProfileStream, ValuesThatOverflowTheReducerAreRefused) {
  const auto profile = Stored(LinearProfile(8, 2));
  const std::vector<LayerSpec> layers = SizedLayers(*profile, 4, 4);
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  auto encoder = FeatureEncoder::Create(LatentConfigOf(profile, 30), InfoOf(layers), sink.get());
  ASSERT_TRUE(encoder.ok());
  FeatureFrame frame = MovingFrame(layers, 0);
  for (int c = 0; c < 8; ++c) {
    frame.layers[0].plane(c)[5] = std::copysign(3e38f, profile->parts[0].reducer.main[0].weights[size_t(c)]);
  }
  const Status status = (*encoder)->Push(frame);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::kBadInput);
  EXPECT_TRUE((*encoder)->Push(MovingFrame(layers, 0)).ok());
  EXPECT_TRUE((*encoder)->Finish().ok());
}

}  // namespace
}  // namespace fsc
