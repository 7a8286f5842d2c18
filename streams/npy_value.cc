#include "streams/npy_value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>
#include <utility>

#include "core/half_float.h"

namespace fsc {
namespace {

using Kind = NpyValue::Kind;

struct Name {
  std::string_view name;
  Kind kind;
  int bytes;
};

// Letters as in Python's struct and in NumPy's array interface; long ones as other writers have them.
constexpr std::array kNames = {
    Name{"f2", Kind::kFloat, 2},        Name{"f4", Kind::kFloat, 4},        Name{"f8", Kind::kFloat, 8},
    Name{"e", Kind::kFloat, 2},         Name{"f", Kind::kFloat, 4},         Name{"d", Kind::kFloat, 8},
    Name{"half", Kind::kFloat, 2},      Name{"single", Kind::kFloat, 4},    Name{"double", Kind::kFloat, 8},
    Name{"float16", Kind::kFloat, 2},   Name{"float32", Kind::kFloat, 4},   Name{"float64", Kind::kFloat, 8},
    Name{"V2", Kind::kBfloat, 2},       Name{"bfloat16", Kind::kBfloat, 2}, Name{"i1", Kind::kSigned, 1},
    Name{"i2", Kind::kSigned, 2},       Name{"i4", Kind::kSigned, 4},       Name{"i8", Kind::kSigned, 8},
    Name{"b", Kind::kSigned, 1},        Name{"h", Kind::kSigned, 2},        Name{"i", Kind::kSigned, 4},
    Name{"q", Kind::kSigned, 8},        Name{"int8", Kind::kSigned, 1},     Name{"int16", Kind::kSigned, 2},
    Name{"int32", Kind::kSigned, 4},    Name{"int64", Kind::kSigned, 8},    Name{"u1", Kind::kUnsigned, 1},
    Name{"u2", Kind::kUnsigned, 2},     Name{"u4", Kind::kUnsigned, 4},     Name{"u8", Kind::kUnsigned, 8},
    Name{"B", Kind::kUnsigned, 1},      Name{"H", Kind::kUnsigned, 2},      Name{"I", Kind::kUnsigned, 4},
    Name{"Q", Kind::kUnsigned, 8},      Name{"uint8", Kind::kUnsigned, 1},  Name{"uint16", Kind::kUnsigned, 2},
    Name{"uint32", Kind::kUnsigned, 4}, Name{"uint64", Kind::kUnsigned, 8}, Name{"b1", Kind::kUnsigned, 1},
    Name{"?", Kind::kUnsigned, 1},      Name{"bool", Kind::kUnsigned, 1},
};

constexpr int kFloatDigits = 24;

bool IsExact(double value) {
  return std::isnan(value) || double(float(value)) == value;
}

// The bits from the lowest to the highest that is set fit into a float32.
bool IsExact(uint64_t magnitude) {
  return magnitude == 0 || (magnitude >> std::countr_zero(magnitude)) < (uint64_t{1} << kFloatDigits);
}

// `Bits`: as stored; `convert` gives the value as a float and whether it is the same.
template <std::unsigned_integral Bits, class Convert>
int64_t Each(const NpyValue& type, std::span<const uint8_t> stored, std::span<float> out, Convert convert) {
  int64_t rounded = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    std::array<uint8_t, sizeof(Bits)> bytes;
    std::memcpy(bytes.data(), stored.data() + i * sizeof(Bits), sizeof(Bits));
    if (type.big_endian != (std::endian::native == std::endian::big)) std::ranges::reverse(bytes);
    const auto [value, exact] = convert(std::bit_cast<Bits>(bytes));
    out[i] = value;
    rounded += exact ? 0 : 1;
  }
  return rounded;
}

template <std::unsigned_integral Bits>
int64_t EachInteger(const NpyValue& type, std::span<const uint8_t> stored, std::span<float> out) {
  if (type.kind == Kind::kUnsigned) {
    return Each<Bits>(type, stored, out, [](Bits bits) { return std::pair(float(bits), IsExact(uint64_t{bits})); });
  }
  return Each<Bits>(type, stored, out, [](Bits bits) {
    const auto value = int64_t{std::bit_cast<std::make_signed_t<Bits>>(bits)};
    const uint64_t magnitude = value < 0 ? 0 - uint64_t(value) : uint64_t(value);
    return std::pair(float(value), IsExact(magnitude));
  });
}

}  // namespace

std::optional<NpyValue> NpyValueOf(std::string_view descr) {
  NpyValue type;
  if (!descr.empty() && std::string_view("<>=|").find(descr.front()) != std::string_view::npos) {
    type.big_endian = descr.front() == '>';
    descr.remove_prefix(1);
  }
  const auto* const found = std::ranges::find(kNames, descr, &Name::name);
  if (found == kNames.end()) return std::nullopt;
  type.kind = found->kind;
  type.bytes = found->bytes;
  return type;
}

int64_t FloatsFrom(const NpyValue& type, std::span<const uint8_t> stored, std::span<float> out) {
  switch (type.kind) {
    case Kind::kFloat:
      if (type.bytes == 2) {
        return Each<uint16_t>(type, stored, out, [](uint16_t bits) { return std::pair(FloatFromHalf(bits), true); });
      }
      if (type.bytes == 4) {
        return Each<uint32_t>(type, stored, out,
                              [](uint32_t bits) { return std::pair(std::bit_cast<float>(bits), true); });
      }
      return Each<uint64_t>(type, stored, out, [](uint64_t bits) {
        const auto value = std::bit_cast<double>(bits);
        return std::pair(float(value), IsExact(value));
      });
    case Kind::kBfloat:
      return Each<uint16_t>(type, stored, out,
                            [](uint16_t bits) { return std::pair(std::bit_cast<float>(uint32_t{bits} << 16), true); });
    case Kind::kSigned:
    case Kind::kUnsigned:
      if (type.bytes == 1) return EachInteger<uint8_t>(type, stored, out);
      if (type.bytes == 2) return EachInteger<uint16_t>(type, stored, out);
      if (type.bytes == 4) return EachInteger<uint32_t>(type, stored, out);
      return EachInteger<uint64_t>(type, stored, out);
  }
  return 0;
}

}  // namespace fsc
