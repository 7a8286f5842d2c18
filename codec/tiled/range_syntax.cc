#include "codec/tiled/range_syntax.h"

#include <zstd.h>

#include <bit>

namespace fsc {
namespace {

constexpr size_t kFloatBytes = 4;
constexpr int kZstdLevel = 9;
constexpr size_t kWorthCompressing = 64;  // floats; fewer never repay the frame's header
constexpr uint8_t kRaw = 0, kZstd = 1;

std::vector<uint8_t> BytePlanes(const LayerRanges& ranges) {
  const size_t count = ranges.lo.size() * 2;
  std::vector<uint8_t> planes(count * kFloatBytes);
  for (size_t i = 0; i < count; ++i) {
    const float value = i < ranges.lo.size() ? ranges.lo[i] : ranges.hi[i - ranges.lo.size()];
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    for (size_t byte = 0; byte < kFloatBytes; ++byte) planes[byte * count + i] = uint8_t(bits >> (8 * byte));
  }
  return planes;
}

LayerRanges FromBytePlanes(std::span<const uint8_t> planes, size_t ranges) {
  LayerRanges result;
  const size_t count = ranges * 2;
  for (size_t i = 0; i < count; ++i) {
    uint32_t bits = 0;
    for (size_t byte = 0; byte < kFloatBytes; ++byte) bits |= uint32_t(planes[byte * count + i]) << (8 * byte);
    (i < ranges ? result.lo : result.hi).push_back(std::bit_cast<float>(bits));
  }
  return result;
}

LayerRanges ReadRaw(ByteReader* in, size_t ranges) {
  LayerRanges result;
  if (in->left() < ranges * 2 * kFloatBytes) {
    in->MarkBroken();
    return result;
  }
  for (size_t i = 0; i < ranges; ++i) result.lo.push_back(in->F32());
  for (size_t i = 0; i < ranges; ++i) result.hi.push_back(in->F32());
  return result;
}

LayerRanges ReadZstd(ByteReader* in, size_t ranges) {
  const auto frame = in->Bytes(in->Leb128());
  const size_t size =
      ranges * 2 * kFloatBytes;  // bounded by the limits on the layers, which a decoded frame needs anyway
  if (in->broken() || ZSTD_getFrameContentSize(frame.data(), frame.size()) != size) {
    in->MarkBroken();
    return {};
  }
  std::vector<uint8_t> planes(size);
  if (ZSTD_decompress(planes.data(), planes.size(), frame.data(), frame.size()) != size) {
    in->MarkBroken();
    return {};
  }
  return FromBytePlanes(planes, ranges);
}

}  // namespace

Status WriteRanges(std::span<const LayerRanges> layers, ByteWriter* out) {
  for (const LayerRanges& ranges : layers) {
    const size_t size = ranges.lo.size() * 2 * kFloatBytes;
    if (ranges.lo.size() * 2 >= kWorthCompressing) {
      const std::vector<uint8_t> planes = BytePlanes(ranges);
      std::vector<uint8_t> frame(ZSTD_compressBound(planes.size()));
      const size_t frame_size = ZSTD_compress(frame.data(), frame.size(), planes.data(), planes.size(), kZstdLevel);
      if (ZSTD_isError(frame_size))
        return Internal(std::string("zstd: ") + ZSTD_getErrorName(frame_size), "quantiser ranges");
      frame.resize(frame_size);
      if (frame_size + 4 < size) {
        out->U8(kZstd);
        out->Leb128(frame_size);
        out->Bytes(frame);
        continue;
      }
    }
    out->U8(kRaw);
    for (const float lo : ranges.lo) out->F32(lo);
    for (const float hi : ranges.hi) out->F32(hi);
  }
  return {};
}

Result<std::vector<LayerRanges>> ReadRanges(ByteReader* in, std::span<const LayerSpec> layers, RangeScope scope,
                                            const std::string& where) {
  std::vector<LayerRanges> result;
  for (const LayerSpec& layer : layers) {
    const size_t ranges = size_t(RangeCount(layer, scope));
    switch (in->U8()) {
      case kRaw:
        result.push_back(ReadRaw(in, ranges));
        break;
      case kZstd:
        result.push_back(ReadZstd(in, ranges));
        break;
      default:
        in->MarkBroken();
    }
    FSC_RETURN_IF_ERROR(in->Check("quantiser ranges", where));
  }
  return result;
}

}  // namespace fsc
