// The vector twin of latent/output_rows.h, compiled once per instruction set and chosen at run time by Highway.
#include <cstddef>
#include <cstdint>

#include "codec/latent/output_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "codec/latent/output_rows_simd.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fsc {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using DF = hn::CappedTag<float, 16>;
using DI = hn::RebindToSigned<DF>;
using VF = hn::Vec<DF>;
using VI = hn::Vec<DI>;

// A vector of sixteen lanes holds a quarter of a table; narrower vectors gather from memory.
constexpr bool kInRegisters = HWY_TARGET != HWY_SCALAR && hn::MaxLanes(DF()) >= 16;

// 64 numbers, of which the first 16 * kParts are looked up.
template <int kParts>
class Lookup {
 public:
  explicit HWY_INLINE Lookup(const float* numbers) : numbers_(numbers) {
    if constexpr (kInRegisters) {
      for (int i = 0; i < kParts; ++i) part_[i] = hn::LoadU(DF(), numbers + 16 * i);
    }
  }
  HWY_INLINE VF operator()(VI index) const {
    const DF d;
    if constexpr (kInRegisters) {
      const DI di;
      const auto lanes = hn::IndicesFromVec(d, hn::And(index, hn::Set(di, 15)));
      VF found = hn::TableLookupLanes(part_[0], lanes);
      for (int i = 1; i < kParts; ++i) {
        const auto behind = hn::RebindMask(d, hn::Gt(index, hn::Set(di, 16 * i - 1)));
        found = hn::IfThenElse(behind, hn::TableLookupLanes(part_[i], lanes), found);
      }
      return found;
    } else {
      return hn::GatherIndex(d, numbers_, index);
    }
  }

 private:
  const float* numbers_;
  VF part_[kParts];
};

template <int kParts>
HWY_INLINE size_t Correct(const OutputRow& row, const CorrectionTable& table, float* values, size_t count) {
  const DF d;
  const DI di;
  const size_t lanes = hn::Lanes(d);
  const Lookup<kParts> at(table.at.data());
  const Lookup<kParts> growth(table.growth.data());
  const VF low = hn::Set(d, row.low);
  const VF scale = hn::Set(d, row.scale);
  const VF start = hn::Set(d, row.start);
  const VF last = hn::Set(d, row.last);
  const VF zero = hn::Zero(d);
  size_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const VF x = hn::LoadU(d, values + i);
    VF t = hn::Sub(hn::Mul(x, scale), start);
    t = hn::IfThenElse(hn::Lt(t, zero), zero, t);
    t = hn::IfThenElse(hn::Lt(last, t), last, t);
    const VI index = hn::ConvertTo(di, t);
    const VF bounded = hn::IfThenElse(hn::Lt(x, low), low, x);
    const VF inside = hn::Mul(hn::Sub(t, hn::ConvertTo(d, index)), growth(index));
    const VF y = hn::Add(bounded, hn::Add(at(index), inside));
    hn::StoreU(hn::IfThenElse(hn::Lt(y, low), low, y), d, values + i);
  }
  return i;
}

void CorrectRowFast(const OutputRow& row, const CorrectionTable& table, float* values, size_t count) {
  const auto correct = row.last < 16 ? Correct<1> : row.last < 32 ? Correct<2> : Correct<4>;
  const size_t done = correct(row, table, values, count);
  if (done < count) CorrectRowPlain(row, table, {values + done, count - done});
}

}  // namespace HWY_NAMESPACE
}  // namespace fsc
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fsc {

HWY_EXPORT(CorrectRowFast);

void CorrectRow(const OutputRow& row, const CorrectionTable& table, std::span<float> values) {
  HWY_DYNAMIC_DISPATCH(CorrectRowFast)(row, table, values.data(), values.size());
}

}  // namespace fsc
#endif
