// Allocations that fail, in the caller's thread and in those that it started: an error value, never an exception or the
// end of the process.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>

#include "fsc/decoder.h"
#include "fsc/encoder.h"
#include "tests/support/latent_fixture.h"

namespace {

std::atomic<int64_t> g_left{-1};       // allocations before one fails; negative = none does
std::atomic<size_t> g_most_beside{0};  // bytes that a thread beside the caller's may have at once; 0 = any
std::thread::id g_caller;

bool Fails(size_t size) {
  const size_t most = g_most_beside;
  if (most > 0 && size > most && std::this_thread::get_id() != g_caller) return true;
  if (g_left < 0) return false;
  return g_left.fetch_sub(1) == 0;
}

}  // namespace

void* operator new(size_t size) {
  void* const memory = Fails(size) ? nullptr : std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return Fails(size) ? nullptr : std::malloc(size > 0 ? size : 1);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, size_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, const std::nothrow_t&) noexcept {
  std::free(memory);
}

namespace fsc {
namespace {

StreamInfo InfoOf(const Clip& clip) {
  StreamInfo info;
  info.layers = clip.layers;
  return info;
}

// `left`: allocations of the codec before one fails.
Status EncodeInto(const Clip& clip, int threads, std::vector<uint8_t>* bytes, int64_t left = -1) {
  EncoderConfig config = Config(30);
  config.threads = threads;
  config.latent.bitrate_kbps = 20;
  config.latent.plane_groups = 4;  // so that the decoder's threads have something to do, few as the planes are
  const StreamInfo info = InfoOf(clip);
  const auto sink = MemorySink(bytes);
  g_left = left;
  FSC_ASSIGN_OR_RETURN(const auto encoder, FeatureEncoder::Create(config, info, sink.get()));
  for (size_t t = 0; t < clip.frames.size(); ++t) {
    FSC_RETURN_IF_ERROR(encoder->Push(clip.frames[t], {.luma = clip.luma[t].view()}));
  }
  return encoder->Finish();
}

Status DecodeAll(std::span<const uint8_t> bytes, int threads, int64_t left = -1) {
  const auto source = MemorySource(bytes);
  g_left = left;
  FSC_ASSIGN_OR_RETURN(const auto decoder, FeatureDecoder::Open(source.get(), {.threads = threads}));
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto frame, decoder->Next());
    if (!frame) return {};
  }
}

// Calls `work` with the allocations failing one by one, ever farther apart, until it gets through.
template <class Work>
void ExpectErrors(const Work& work) {
  int failures = 0;
  for (int64_t left = 0;; left += 1 + left / 16) {
    Status status = work(left);
    const bool reached = g_left.exchange(-1) < 0;
    if (!reached) {
      EXPECT_TRUE(status.ok()) << status.error().OneLine();
      break;
    }
    // An allocation may fail where nothing depends on it, as that of another thread.
    if (status.ok()) continue;
    ASSERT_EQ(status.error().kind, ErrorKind::kInternal) << status.error().OneLine();
    ASSERT_EQ(status.error().what, "out of memory");
    ++failures;
  }
  EXPECT_GT(failures, 50);
}

TEST(OutOfMemory, IsAnErrorOfTheEncoder) {
  const Clip clip = MakeClip({{"one", 4, 8, 8, 8, 0}}, 4, true, 3);
  for (const int threads : {1, 3}) {
    ExpectErrors([&](int64_t left) {
      std::vector<uint8_t> bytes;
      return EncodeInto(clip, threads, &bytes, left);
    });
  }
}

TEST(OutOfMemory, IsAnErrorOfTheDecoder) {
  std::vector<uint8_t> bytes;
  ASSERT_TRUE(EncodeInto(MakeClip({{"one", 4, 8, 8, 8, 0}}, 4, true, 3), 1, &bytes).ok());
  for (const int threads : {1, 3}) ExpectErrors([&](int64_t left) { return DecodeAll(bytes, threads, left); });
}

TEST(OutOfMemory, InAThreadBesideTheCallersReachesTheCaller) {
  const Clip clip = MakeClip({{"wide", 24, 48, 64, 8, 0}}, 6, true, 4);
  std::vector<uint8_t> bytes;
  ASSERT_TRUE(EncodeInto(clip, 1, &bytes).ok());
  g_caller = std::this_thread::get_id();
  // The other threads get something to do sooner or later.
  Status encoded, decoded;
  for (int tries = 0; tries < 20 && encoded.ok(); ++tries) {
    std::vector<uint8_t> others;
    g_most_beside = 256;
    encoded = EncodeInto(clip, 4, &others);
    g_most_beside = 0;
  }
  ASSERT_FALSE(encoded.ok());
  EXPECT_EQ(encoded.error().what, "out of memory");
  for (int tries = 0; tries < 20 && decoded.ok(); ++tries) {
    g_most_beside = 256;
    decoded = DecodeAll(bytes, 4);
    g_most_beside = 0;
  }
  ASSERT_FALSE(decoded.ok());
  EXPECT_EQ(decoded.error().what, "out of memory");
}

TEST(OutOfMemory, ClosesTheEncoderAndNotTheDecoder) {
  const Clip clip = MakeClip({{"one", 4, 8, 8, 8, 0}}, 12, true, 5);
  EncoderConfig config = Config(30);
  config.low_delay = true;
  config.gop_frames = 4;
  auto encoder = PacketEncoder::Create(config, InfoOf(clip));
  ASSERT_TRUE(encoder.ok());
  std::vector<Packet> packets;
  for (size_t t = 0; t < 11; ++t) ASSERT_TRUE((*encoder)->Push(clip.frames[t], {}, &packets).ok());
  g_left = 20;
  EXPECT_FALSE((*encoder)->Push(clip.frames[11], {}, &packets).ok());
  g_left = -1;
  EXPECT_EQ((*encoder)->Push(clip.frames[11], {}, &packets).error().what, "the stream is closed");

  auto decoder = PacketDecoder::Create((*encoder)->header());
  ASSERT_TRUE(decoder.ok());
  std::vector<DecodedFrame> frames;
  ASSERT_TRUE((*decoder)->Push(packets[0], &frames).ok());
  g_left = 20;
  EXPECT_EQ((*decoder)->Push(packets[1], &frames).error().what, "out of memory");
  g_left = -1;
  EXPECT_EQ((*decoder)->Push(packets[2], &frames).error().kind, ErrorKind::kBadInput) << "its reference is not there";
  frames.clear();
  for (size_t i = 4; i < 8; ++i) EXPECT_TRUE((*decoder)->Push(packets[i], &frames).ok());
  EXPECT_EQ(frames.size(), 4u) << "from the next key frame on";
}

}  // namespace
}  // namespace fsc
