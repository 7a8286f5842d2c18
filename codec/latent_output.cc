#include "codec/latent_output.h"

#include <algorithm>
#include <cmath>

#include "codec/channel_transform.h"
#include "core/range_coder.h"

namespace fsc {
namespace {

// Neighbouring corrections are alike, so their differences are coded: zero flag, sign, unary length in adaptive bits,
// then Golomb.
constexpr int kUnaryLength = 10;
constexpr double kShrink = 20;  // pairs that say "no correction": few of the others prove little
struct CorrectionModels {
  BitModel zero;
  std::array<BitModel, kUnaryLength> longer;
};

void WriteDifference(int difference, CorrectionModels* models, RangeEncoder* out) {
  out->Bit(models->zero, difference == 0);
  if (difference == 0) return;
  out->Bypass(difference < 0, 1);
  const int magnitude = (difference < 0 ? -difference : difference) - 1;
  for (int i = 0; i < kUnaryLength; ++i) {
    out->Bit(models->longer[i], magnitude > i);
    if (magnitude <= i) return;
  }
  out->Golomb(uint32_t(magnitude - kUnaryLength), 2);
}

int ReadDifference(CorrectionModels* models, RangeDecoder* in) {
  if (in->Bit(models->zero)) return 0;
  const bool negative = in->Bypass(1) != 0;
  uint32_t magnitude = 0;
  while (magnitude < kUnaryLength && in->Bit(models->longer[magnitude])) ++magnitude;
  if (magnitude == kUnaryLength) magnitude += in->Golomb(2);
  const int limited = int(std::min<uint32_t>(magnitude, 254)) + 1;
  return negative ? -limited : limited;
}

}  // namespace

void OutputTable::Apply(std::span<float> values) const {
  if (width > 0 && !corrections.empty()) {
    const float scale = 1.0f / width;
    const float last = float(corrections.size() - 1);
    std::array<float, kMaxCentres + 1> offsets{};
    for (size_t i = 0; i < corrections.size(); ++i) offsets[i] = width * float(corrections[i]) / 32.0f;
    offsets[corrections.size()] = offsets[corrections.size() - 1];
    for (float& x : values) {
      const float t = std::clamp((x - start) * scale, 0.0f, last);
      const int i = int(t);
      x += offsets[i] + (t - float(i)) * (offsets[i + 1] - offsets[i]);
    }
  }
  for (float& x : values) x = x < low ? low : x;
}

void WriteOutputTable(const OutputTable& table, ByteWriter* out) {
  out->F32(table.low);
  out->U8(uint8_t(table.corrections.size()));
  if (table.corrections.empty()) return;
  out->F32(table.start);
  out->F32(table.width);
  RangeEncoder coder;
  CorrectionModels models;
  int last = 0;
  for (const int8_t correction : table.corrections) {
    WriteDifference(correction - last, &models, &coder);
    last = correction;
  }
  const std::vector<uint8_t> bytes = coder.Finish();
  out->U8(uint8_t(bytes.size()));
  out->Bytes(bytes);
}

Result<OutputTable> ReadOutputTable(ByteReader* in, const std::string& where) {
  OutputTable table;
  table.low = in->F32();
  const int centres = in->U8();
  if (centres > 0) {
    table.start = in->F32();
    table.width = in->F32();
    RangeDecoder coder(in->Bytes(in->U8()));
    CorrectionModels models;
    int last = 0;
    for (int i = 0; i < std::min(centres, OutputTable::kMaxCentres); ++i) {
      last = std::clamp(last + ReadDifference(&models, &coder), -127, 127);
      table.corrections.push_back(int8_t(last));
    }
    if (coder.overrun()) in->MarkBroken();
  }
  FSC_RETURN_IF_ERROR(in->Check("output table", where));
  const bool usable = std::isfinite(table.low) && std::isfinite(table.start) && table.width >= 0 &&
                      table.width <= ChannelTransform::kMaxUnit;
  if (centres > OutputTable::kMaxCentres || !usable) {
    return BadInput("output table out of range", where, "the stream is damaged");
  }
  return table;
}

OutputTableFit::OutputTableFit(float middle, float width)
    : start_(middle - width * (OutputTable::kMaxCentres / 4)), width_(width) {}

void OutputTableFit::Add(std::span<const float> decoded, std::span<const float> original) {
  if (width_ <= 0) return;
  const float scale = 1.0f / width_;
  for (size_t i = 0; i < decoded.size(); ++i) {
    const float t = std::clamp((decoded[i] - start_) * scale, 0.0f, float(OutputTable::kMaxCentres - 1));
    const int centre = std::min(int(t), OutputTable::kMaxCentres - 2);
    const double above = t - float(centre);
    const double below = 1 - above;
    const double error = double{original[i]} - decoded[i];
    squares_[centre] += below * below;
    squares_[centre + 1] += above * above;
    products_[centre] += below * above;
    sums_[centre] += below * error;
    sums_[centre + 1] += above * error;
  }
}

void OutputTableFit::Decay() {
  for (auto* sums : {&sums_, &squares_, &products_}) {
    for (double& sum : *sums) sum *= 0.5;
  }
}

OutputTable OutputTableFit::Table(float low) const {
  OutputTable table;
  table.low = low;
  table.start = start_;
  table.width = width_;
  // Elimination downwards, then substitution upwards.
  std::array<double, OutputTable::kMaxCentres> pivot;
  std::array<double, OutputTable::kMaxCentres> right;
  for (int i = 0; i < OutputTable::kMaxCentres; ++i) {
    pivot[i] = squares_[i] + kShrink;
    right[i] = sums_[i];
    if (i == 0) continue;
    const double factor = products_[i - 1] / pivot[i - 1];
    pivot[i] -= factor * products_[i - 1];
    right[i] -= factor * right[i - 1];
  }
  table.corrections.resize(OutputTable::kMaxCentres);
  bool any = false;
  double next = 0;
  for (int i = OutputTable::kMaxCentres - 1; i >= 0; --i) {
    const double product = i + 1 < OutputTable::kMaxCentres ? products_[i] * next : 0;
    next = (right[i] - product) / pivot[i];
    const int level = width_ > 0 ? int(std::lround(std::clamp(32 * next / width_, -127.0, 127.0))) : 0;
    table.corrections[i] = int8_t(level);
    any |= level != 0;
  }
  if (!any) table.corrections.clear();
  return table;
}

}  // namespace fsc
