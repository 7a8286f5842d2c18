// npy_value.h: the element types that .npy files have, and how they become float32.
#ifndef FSC_STREAMS_NPY_VALUE_H_
#define FSC_STREAMS_NPY_VALUE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace fsc {

// A numeric type as it is stored.
struct NpyValue {
  enum class Kind { kFloat, kBfloat, kSigned, kUnsigned };
  Kind kind = Kind::kFloat;
  int bytes = 4;  // 1, 2, 4 or 8
  bool big_endian = false;

  bool operator==(const NpyValue&) const = default;
};

// What a header's `descr` says: f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 with a byte order < > = | or none, the one-letter
// codes and names of other writers ("<d", "float32"), and bfloat16 as ml_dtypes writes it ("<V2"). nullopt for all
// others.
std::optional<NpyValue> NpyValueOf(std::string_view descr);

// Values as stored, out.size() of them, to float32, rounded to the nearest. Returns how many are another value then.
int64_t FloatsFrom(const NpyValue& type, std::span<const uint8_t> stored, std::span<float> out);

}  // namespace fsc

#endif  // FSC_STREAMS_NPY_VALUE_H_
