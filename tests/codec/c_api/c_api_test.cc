// The C interface: what it codes, and how it answers misuse.
#include "fsc/fsc_c.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/tiled_fixture.h"

namespace fsc {
namespace {

constexpr int kChannels = 12, kHeight = 18, kWidth = 22;

class CApi : public testing::Test {
 protected:
  void SetUp() override {
    fsc_stream_info_init(&info_);
    info_.layers = &layer_;
    info_.layer_count = 1;
    fsc_encoder_options_init(&options_);
    options_.low_delay = 1;
  }
  void TearDown() override {
    fsc_encoder_free(encoder_);
    fsc_decoder_free(decoder_);
  }

  void Create() { ASSERT_EQ(fsc_encoder_create(&options_, &info_, &encoder_, &error_), FSC_OK) << error_.what; }

  // Frame t, good until the next call.
  fsc_frame Frame(int t) {
    held_ = MovingFrame(OneLayer(kChannels, kHeight, kWidth), t);
    tensor_ = {held_.layers[0].values().data(), FSC_FLOAT32, kChannels, kHeight, kWidth, kHeight * kWidth, kWidth, 1};
    fsc_frame frame;
    fsc_frame_init(&frame);
    frame.layers = &tensor_;
    frame.layer_count = 1;
    frame.timestamp_ticks = 3 * t;
    return frame;
  }

  fsc_layer layer_ = {"features", kChannels, kHeight, kWidth, 8, 0};
  fsc_stream_info info_{};
  fsc_encoder_options options_{};
  fsc_error error_{};
  fsc_encoder* encoder_ = nullptr;
  fsc_decoder* decoder_ = nullptr;
  FeatureFrame held_;
  fsc_tensor tensor_{};
};

TEST_F(CApi, DefaultsAreThoseOfTheConfig) {
  const EncoderConfig config;
  fsc_encoder_options_init(&options_);
  EXPECT_EQ(options_.qp, config.qp);
  EXPECT_EQ(options_.gop_frames, config.gop_frames);
  EXPECT_EQ(options_.threads, config.threads);
  EXPECT_EQ(options_.bits, config.quantizer.bits);
  EXPECT_EQ(options_.low_delay, config.low_delay);
  EXPECT_EQ(config.mode, "latent");
  const StreamInfo stream;
  EXPECT_EQ(info_.time_base_num, stream.time_base.num);
  EXPECT_EQ(info_.time_base_den, stream.time_base.den);
  EXPECT_EQ(info_.frame_rate_num, stream.frame_rate.num);
  EXPECT_EQ(info_.frame_rate_den, stream.frame_rate.den);
}

TEST_F(CApi, PacketsCarryAClip) {
  Create();
  const uint8_t* header = nullptr;
  size_t size = 0;
  ASSERT_EQ(fsc_encoder_header(encoder_, &header, &size, &error_), FSC_OK);
  ASSERT_EQ(fsc_decoder_create(header, size, nullptr, &decoder_, &error_), FSC_OK) << error_.what;
  int frames = 0;
  for (int t = 0; t < 5; ++t) {
    const fsc_frame frame = Frame(t);
    ASSERT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_OK) << error_.what;
    fsc_packet packet;
    ASSERT_EQ(fsc_encoder_next_packet(encoder_, &packet, &error_), FSC_OK);
    ASSERT_NE(packet.data, nullptr) << "low delay";
    EXPECT_EQ(packet.frame_number, t);
    EXPECT_EQ(packet.random_access, t == 0);
    ASSERT_EQ(fsc_decoder_push(decoder_, packet.data, packet.data_size, &error_), FSC_OK) << error_.what;
    ASSERT_EQ(fsc_encoder_next_packet(encoder_, &packet, &error_), FSC_OK);
    EXPECT_EQ(packet.data, nullptr);
    fsc_frame decoded;
    fsc_frame_init(&decoded);
    ASSERT_EQ(fsc_decoder_next_frame(decoder_, &decoded, &error_), FSC_OK);
    if (decoded.layers == nullptr) continue;
    EXPECT_EQ(decoded.timestamp_ticks, 3 * decoded.frame_number);
    ASSERT_EQ(decoded.layer_count, 1u);
    double error = 0, energy = 0;
    const auto* const values = static_cast<const float*>(decoded.layers[0].data);
    for (size_t i = 0; i < held_.layers[0].size(); ++i) {
      error += std::pow(values[i] - held_.layers[0].values()[i], 2);
      energy += std::pow(held_.layers[0].values()[i], 2);
    }
    EXPECT_LT(error, 0.03 * energy);
    ++frames;
  }
  EXPECT_EQ(frames, 5);
  fsc_stream_info info;
  fsc_stream_info_init(&info);
  ASSERT_EQ(fsc_decoder_info(decoder_, &info, &error_), FSC_OK);
  EXPECT_STREQ(info.mode, "latent");
  ASSERT_EQ(info.layer_count, 1u);
  EXPECT_STREQ(info.layers[0].name, "features");
  EXPECT_EQ(info.layers[0].channels, kChannels);
  EXPECT_EQ(info.frame_rate_num, 25);
}

TEST_F(CApi, FilesAreWrittenWholeAndSought) {
  const std::string path = testing::TempDir() + "/c_api.fsc";
  std::filesystem::remove(path);
  options_.gop_frames = 4;
  ASSERT_EQ(fsc_encoder_create_file(&options_, &info_, path.c_str(), &encoder_, &error_), FSC_OK) << error_.what;
  for (int t = 0; t < 10; ++t) {
    const fsc_frame frame = Frame(t);
    ASSERT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_OK);
  }
  EXPECT_FALSE(std::filesystem::exists(path)) << "not before it is whole";
  fsc_packet packet;
  EXPECT_EQ(fsc_encoder_next_packet(encoder_, &packet, &error_), FSC_USAGE);
  ASSERT_EQ(fsc_encoder_flush(encoder_, &error_), FSC_OK) << error_.what;
  ASSERT_EQ(fsc_decoder_open_file(path.c_str(), nullptr, &decoder_, &error_), FSC_OK) << error_.what;
  ASSERT_EQ(fsc_decoder_seek(decoder_, 7, &error_), FSC_OK) << error_.what;
  fsc_frame frame;
  fsc_frame_init(&frame);
  for (int t = 7; t < 10; ++t) {
    ASSERT_EQ(fsc_decoder_next_frame(decoder_, &frame, &error_), FSC_OK);
    ASSERT_NE(frame.layers, nullptr);
    EXPECT_EQ(frame.frame_number, t);
  }
  ASSERT_EQ(fsc_decoder_next_frame(decoder_, &frame, &error_), FSC_OK);
  EXPECT_EQ(frame.layers, nullptr) << "the end";
  EXPECT_EQ(fsc_decoder_push(decoder_, reinterpret_cast<const uint8_t*>("x"), 1, &error_), FSC_USAGE);
  std::filesystem::remove(path);
}

TEST_F(CApi, NullIsAnswered) {
  EXPECT_EQ(fsc_encoder_create(nullptr, &info_, &encoder_, &error_), FSC_USAGE);
  EXPECT_STRNE(error_.what, "");
  EXPECT_EQ(fsc_encoder_create(&options_, nullptr, &encoder_, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_encoder_create(&options_, &info_, nullptr, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_encoder_create(&options_, &info_, nullptr, nullptr), FSC_USAGE);
  EXPECT_EQ(fsc_encoder_push(nullptr, nullptr, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_decoder_open_file(nullptr, nullptr, &decoder_, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_decoder_create(nullptr, 0, nullptr, &decoder_, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_profile_load_file(nullptr, nullptr, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_profile_kind(nullptr), nullptr);
  EXPECT_EQ(fsc_encoder_warning(nullptr, 0), nullptr);
  fsc_encoder_free(nullptr);
  fsc_decoder_free(nullptr);
  fsc_profile_free(nullptr);
  Create();
  EXPECT_EQ(fsc_encoder_push(encoder_, nullptr, &error_), FSC_USAGE);
  fsc_frame frame = Frame(0);
  frame.layers = nullptr;
  EXPECT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_USAGE);
  fsc_tensor without = tensor_;
  without.data = nullptr;
  frame.layers = &without;
  EXPECT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_encoder_header(encoder_, nullptr, nullptr, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_encoder_next_packet(encoder_, nullptr, &error_), FSC_USAGE);
}

TEST_F(CApi, StructsOfOtherVersionsWork) {
  // Older: it ends before the profile.
  options_.size = offsetof(fsc_encoder_options, profile);
  Create();
  fsc_encoder_free(std::exchange(encoder_, nullptr));
  // Newer, with what this version does not know left at zero; then used.
  struct Newer {
    fsc_encoder_options options;
    int64_t later;
  } newer{options_, 0};
  newer.options.size = sizeof(newer);
  EXPECT_EQ(fsc_encoder_create(&newer.options, &info_, &encoder_, &error_), FSC_OK) << error_.what;
  fsc_encoder_free(std::exchange(encoder_, nullptr));
  newer.later = 1;
  EXPECT_EQ(fsc_encoder_create(&newer.options, &info_, &encoder_, &error_), FSC_USAGE);
  for (const size_t size : {size_t{0}, size_t{3}, size_t{1} << 40}) {
    options_.size = size;
    EXPECT_EQ(fsc_encoder_create(&options_, &info_, &encoder_, &error_), FSC_USAGE) << size;
  }
}

TEST_F(CApi, SettingsOutOfRangeAreRefused) {
  options_.qp = 99;
  EXPECT_EQ(fsc_encoder_create(&options_, &info_, &encoder_, &error_), FSC_USAGE);
  EXPECT_NE(std::string(error_.what).find("99"), std::string::npos);
  EXPECT_EQ(std::string(error_.advice).find("--"), std::string::npos) << "the library knows no command line";
  options_.qp = 32;
  options_.mode = "nonsense";
  EXPECT_EQ(fsc_encoder_create(&options_, &info_, &encoder_, &error_), FSC_USAGE);
  options_.mode = "float";
  options_.bitrate_kbps = 100;
  EXPECT_EQ(fsc_encoder_create(&options_, &info_, &encoder_, &error_), FSC_USAGE) << "it would have no effect";
  options_.mode = nullptr;
  layer_.channels = 0;
  EXPECT_EQ(fsc_encoder_create(&options_, &info_, &encoder_, &error_), FSC_BAD_INPUT);
}

TEST_F(CApi, ARefusedFrameDoesNotEndTheStream) {
  Create();
  fsc_frame frame = Frame(0);
  tensor_.width_cells = kWidth - 1;
  EXPECT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_BAD_INPUT);
  frame = Frame(0);
  held_.layers[0].values()[5] = NAN;
  EXPECT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_BAD_INPUT);
  EXPECT_NE(std::string(error_.where).find("channel 0"), std::string::npos) << error_.where;
  frame = Frame(0);
  EXPECT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_OK) << error_.what;
  EXPECT_EQ(fsc_encoder_flush(encoder_, &error_), FSC_OK);
  EXPECT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_USAGE);
  EXPECT_EQ(fsc_encoder_flush(encoder_, &error_), FSC_USAGE);
}

TEST_F(CApi, LimitsOfTheDecoderHold) {
  fsc_decoder_options limits;
  fsc_decoder_options_init(&limits);
  const Limits defaults;
  EXPECT_EQ(limits.max_frame_elements, defaults.max_frame_elements);
  EXPECT_EQ(limits.max_packet_bytes, defaults.max_packet_bytes);
  EXPECT_EQ(limits.max_picture_size_px, defaults.max_picture_size_px);
  Create();
  const uint8_t* header = nullptr;
  size_t size = 0;
  ASSERT_EQ(fsc_encoder_header(encoder_, &header, &size, &error_), FSC_OK);
  const auto create = [&] { return fsc_decoder_create(header, size, &limits, &decoder_, &error_); };
  limits.max_frame_elements = kChannels * kHeight * kWidth - 1;
  EXPECT_EQ(create(), FSC_BAD_INPUT);
  ++limits.max_frame_elements;
  limits.max_channels = kChannels - 1;
  EXPECT_EQ(create(), FSC_BAD_INPUT);
  ++limits.max_channels;
  limits.max_header_bytes = 3;
  EXPECT_EQ(create(), FSC_BAD_INPUT);
  // Outside what a limit can be.
  limits.max_header_bytes = 0;
  EXPECT_EQ(create(), FSC_USAGE);
  EXPECT_NE(std::string(error_.where).find("max_header_bytes"), std::string::npos) << error_.where;
  limits.max_header_bytes = defaults.max_header_bytes + 1;
  EXPECT_EQ(create(), FSC_USAGE);
  limits.max_header_bytes = defaults.max_header_bytes;
  limits.max_layers = -1;
  EXPECT_EQ(create(), FSC_USAGE);
  limits.max_layers = 1;
  // Of packets as well.
  const fsc_frame frame = Frame(0);
  ASSERT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_OK);
  fsc_packet packet;
  ASSERT_EQ(fsc_encoder_next_packet(encoder_, &packet, &error_), FSC_OK);
  limits.max_packet_bytes = 20;
  ASSERT_EQ(create(), FSC_OK) << error_.what;
  EXPECT_EQ(fsc_decoder_push(decoder_, packet.data, packet.data_size, &error_), FSC_BAD_INPUT);
  fsc_decoder_free(std::exchange(decoder_, nullptr));
  limits.max_packet_bytes = int64_t(packet.data_size);
  ASSERT_EQ(create(), FSC_OK) << error_.what;
  EXPECT_EQ(fsc_decoder_push(decoder_, packet.data, packet.data_size, &error_), FSC_OK) << error_.what;
  fsc_decoder_free(std::exchange(decoder_, nullptr));
  // A program that was compiled before there were limits.
  limits.size = offsetof(fsc_decoder_options, max_layers);
  limits.max_layers = -1;
  EXPECT_EQ(create(), FSC_OK) << error_.what;
}

TEST_F(CApi, DamageIsAnError) {
  Create();
  const uint8_t* header = nullptr;
  size_t size = 0;
  ASSERT_EQ(fsc_encoder_header(encoder_, &header, &size, &error_), FSC_OK);
  EXPECT_EQ(fsc_decoder_create(header, size - 1, nullptr, &decoder_, &error_), FSC_BAD_INPUT);
  ASSERT_EQ(fsc_decoder_create(header, size, nullptr, &decoder_, &error_), FSC_OK);
  const fsc_frame frame = Frame(0);
  ASSERT_EQ(fsc_encoder_push(encoder_, &frame, &error_), FSC_OK);
  fsc_packet packet;
  ASSERT_EQ(fsc_encoder_next_packet(encoder_, &packet, &error_), FSC_OK);
  std::vector<uint8_t> bytes(packet.data, packet.data + packet.data_size);
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_EQ(fsc_decoder_push(decoder_, bytes.data(), bytes.size(), &error_), FSC_BAD_INPUT);
  EXPECT_EQ(fsc_decoder_push(decoder_, packet.data, packet.data_size, &error_), FSC_OK) << error_.what;
}

TEST_F(CApi, ASecondThreadIsTurnedAway) {
  Create();
  std::atomic<int> turned_away{0}, pushed{0};
  const fsc_frame frame = Frame(0);
  const auto push = [&] {
    for (int i = 0; i < 40; ++i) {
      fsc_error error;
      const fsc_code code = fsc_encoder_push(encoder_, &frame, &error);
      if (code == FSC_OK) ++pushed;
      if (code == FSC_USAGE && std::string(error.what).find("thread") != std::string::npos) ++turned_away;
    }
  };
  std::thread other(push);
  push();
  other.join();
  EXPECT_EQ(pushed + turned_away, 80);
}

}  // namespace
}  // namespace fsc
