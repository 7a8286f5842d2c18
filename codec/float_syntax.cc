#include "codec/float_syntax.h"

#include <zstd.h>

#include <bit>
#include <cstdint>
#include <vector>

namespace fsc {
namespace {

constexpr size_t kFloatBytes = 4;
constexpr size_t kWorthCompressing = 64;  // floats; fewer never repay the frame's header
constexpr uint8_t kRaw = 0, kZstd = 1;

std::vector<uint8_t> BytePlanes(std::span<const float> values) {
  const size_t count = values.size();
  std::vector<uint8_t> planes(count * kFloatBytes);
  for (size_t byte = 0; byte < kFloatBytes; ++byte) {
    for (size_t i = 0; i < count; ++i) {
      planes[byte * count + i] = uint8_t(std::bit_cast<uint32_t>(values[i]) >> (8 * byte));
    }
  }
  return planes;
}

void FromBytePlanes(std::span<const uint8_t> planes, std::span<float> values) {
  const size_t count = values.size();
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits = 0;
    for (size_t byte = 0; byte < kFloatBytes; ++byte) bits |= uint32_t(planes[byte * count + i]) << (8 * byte);
    values[i] = std::bit_cast<float>(bits);
  }
}

bool IsFrameOf(std::span<const uint8_t> frame, size_t count) {
  return ZSTD_getFrameContentSize(frame.data(), frame.size()) == count * kFloatBytes;
}

void ReadZstd(ByteReader* in, std::span<float> values) {
  const auto frame = in->Bytes(in->Leb128());
  if (in->broken() || !IsFrameOf(frame, values.size())) return in->MarkBroken();
  std::vector<uint8_t> planes(values.size() * kFloatBytes);
  if (ZSTD_decompress(planes.data(), planes.size(), frame.data(), frame.size()) != planes.size()) {
    return in->MarkBroken();
  }
  FromBytePlanes(planes, values);
}

}  // namespace

Status WriteFloats(std::span<const float> values, int zstd_level, ByteWriter* out) {
  if (values.size() >= kWorthCompressing) {
    const std::vector<uint8_t> planes = BytePlanes(values);
    std::vector<uint8_t> frame(ZSTD_compressBound(planes.size()));
    const size_t frame_size = ZSTD_compress(frame.data(), frame.size(), planes.data(), planes.size(), zstd_level);
    if (ZSTD_isError(frame_size)) return Internal(std::string("zstd: ") + ZSTD_getErrorName(frame_size), "floats");
    frame.resize(frame_size);
    if (frame_size + 4 < planes.size()) {
      out->U8(kZstd);
      out->Leb128(frame_size);
      out->Bytes(frame);
      return {};
    }
  }
  out->U8(kRaw);
  for (const float value : values) out->F32(value);
  return {};
}

bool PromiseFloats(ByteReader in, size_t count) {
  const uint8_t coding = in.U8();
  if (coding == kRaw) return !in.broken() && in.left() >= count * kFloatBytes;
  const auto frame = in.Bytes(in.Leb128());
  return coding == kZstd && !in.broken() && IsFrameOf(frame, count);
}

void ReadFloats(ByteReader* in, std::span<float> values) {
  switch (in->U8()) {
    case kRaw:
      if (in->left() < values.size() * kFloatBytes) return in->MarkBroken();
      for (float& value : values) value = in->F32();
      return;
    case kZstd:
      return ReadZstd(in, values);
    default:
      in->MarkBroken();
  }
}

std::string FloatSyntaxLibrary() {
  return std::string("zstd ") + ZSTD_versionString();
}

}  // namespace fsc
