#include "codec/tiled/outliers.h"

#include <cmath>

namespace fsc {
namespace {

constexpr size_t kLeastBytes = 5;  // of one outlier: a byte of distance and its value

}  // namespace

std::vector<Outlier> FindOutliers(const Tensor& tensor, const ValueInterval& usual) {
  std::vector<Outlier> outliers;
  const auto values = tensor.values();
  for (size_t i = 0; i < values.size(); ++i) {
    if (!usual.Holds(values[i])) outliers.push_back({int64_t(i), values[i]});
  }
  return outliers;
}

void WriteOutliers(std::span<const Outlier> outliers, ByteWriter* out) {
  out->Leb128(outliers.size());
  int64_t next = 0;
  for (const Outlier& outlier : outliers) {
    out->Leb128(uint64_t(outlier.element - next));
    out->F32(outlier.value);
    next = outlier.element + 1;
  }
}

Result<std::vector<Outlier>> ReadOutliers(std::span<const uint8_t> bytes, int64_t elements, const std::string& where) {
  ByteReader in(bytes);
  const uint64_t count = in.Leb128();
  std::vector<Outlier> outliers;
  if (count < 1 || count > in.left() / kLeastBytes) in.MarkBroken();
  int64_t next = 0;
  for (uint64_t i = 0; i < count && !in.broken(); ++i) {
    const uint64_t gap = in.Leb128();
    const float value = in.F32();
    if (gap >= uint64_t(elements - next) || !std::isfinite(value)) {
      in.MarkBroken();
      break;
    }
    outliers.push_back({next + int64_t(gap), value});
    next = outliers.back().element + 1;
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("outliers", where));
  return outliers;
}

}  // namespace fsc
