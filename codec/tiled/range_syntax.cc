#include "codec/tiled/range_syntax.h"

#include "codec/float_syntax.h"

namespace fsc {
namespace {

constexpr int kRangesZstdLevel = 9;

}  // namespace

Status WriteRanges(std::span<const LayerRanges> layers, ByteWriter* out) {
  for (const LayerRanges& ranges : layers) {
    std::vector<float> values = ranges.lo;
    values.insert(values.end(), ranges.hi.begin(), ranges.hi.end());
    FSC_RETURN_IF_ERROR(WriteFloats(values, kRangesZstdLevel, out));
  }
  return {};
}

Result<std::vector<LayerRanges>> ReadRanges(ByteReader* in, std::span<const LayerSpec> layers, RangeScope scope,
                                            const std::string& where) {
  std::vector<LayerRanges> result;
  for (const LayerSpec& layer : layers) {
    const size_t count = size_t(RangeCount(layer, scope)) * 2;
    if (!PromiseFloats(*in, count)) in->MarkBroken();
    FSC_RETURN_IF_ERROR(in->Check("quantiser ranges", where));
    std::vector<float> values(count);
    ReadFloats(in, values);
    FSC_RETURN_IF_ERROR(in->Check("quantiser ranges", where));
    const auto middle = values.begin() + ptrdiff_t(values.size() / 2);
    result.push_back({{values.begin(), middle}, {middle, values.end()}});
  }
  return result;
}

}  // namespace fsc
