#include "codec/latent/output.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "codec/latent/number_syntax.h"

namespace fsc {
namespace {

constexpr char kDamagedTables[] = "the stream is damaged";

// First byte of an update.
constexpr int kTablesMask = 15;
constexpr int kLowShift = 4;
constexpr int kLowZero = 1;
constexpr int kLowGiven = 2;
constexpr int kKeep = 128;

constexpr float kMinWidth = 1e-37f;  // its inverse is finite
constexpr std::array<float, 4> kWidthQuarterOctaves = {1.0f, 1.18920712f, 1.41421356f, 1.68179283f};

// Neighbouring corrections are alike, and so are tables: differences of both kinds are coded, as zero flag, sign, unary
// length in adaptive bits, then Golomb.
constexpr size_t kUnaryLength = 10;
constexpr int kCorrectionOrder = 2;
constexpr int kMaxDifference = 4 * OutputStage::kMaxCorrection;  // of two differences of tables
using CorrectionModels = NumberModels<kUnaryLength>;

// Models of the first table and of the others, and of the classes.
struct TableModels {
  std::array<CorrectionModels, 2> corrections;
  std::array<BitModel, OutputStage::kMaxTables> classes;  // [node of the binary tree]
};

int ClassBits(size_t tables) {
  return tables > 4 ? 3 : tables > 2 ? 2 : 1;
}

// What a table is coded as a difference to.
int Base(const OutputStage& stage, size_t table, size_t centre) {
  return table == 0 ? 0 : stage.tables[table - 1][centre];
}

}  // namespace

float OutputStage::Width(int width_level, float unit) {
  return std::ldexp(unit * kWidthQuarterOctaves[width_level & 3], (width_level >> 2) - 12);
}

void OutputStage::Apply(float unit, Tensor* tensor) const {
  const float width = tables.empty() ? 0.0f : Width(width_level, unit);
  if (width < kMinWidth) {
    for (float& x : tensor->values()) x = x < low ? low : x;
    return;
  }
  const float scale = 1.0f / width;
  const float last = float(tables[0].size() - 1);
  for (int c = 0; c < tensor->channels(); ++c) {
    const std::vector<int8_t>& table = tables[classes.empty() ? 0 : classes[c]];
    std::array<float, kMaxCentres + 1> corrections{};
    for (size_t i = 0; i < table.size(); ++i) corrections[i] = width * float(table[i]) / kCorrectionsPerWidth;
    corrections[table.size()] = corrections[table.size() - 1];
    for (float& x : tensor->plane(c)) {
      const float t = std::clamp(x * scale - float(start), 0.0f, last);
      const int i = int(t);
      const float bounded = x < low ? low : x;
      const float y = bounded + (corrections[i] + (t - float(i)) * (corrections[i + 1] - corrections[i]));
      x = y < low ? low : y;
    }
  }
}

void WriteOutputUpdate(const std::optional<OutputStage>& update, ByteWriter* out) {
  if (!update) {
    out->U8(kKeep);
    return;
  }
  const OutputStage& stage = *update;
  const int low = stage.low == 0 ? kLowZero : stage.low > OutputStage::kNoLow ? kLowGiven : 0;
  out->U8(uint8_t(int(stage.tables.size()) | low << kLowShift));
  if (low == kLowGiven) out->F32(stage.low);
  if (stage.tables.empty()) return;
  out->U8(uint8_t(stage.tables[0].size()));
  out->U8(uint8_t(stage.width_level));
  out->SignedLeb128(stage.start);
  RangeEncoder coder;
  TableModels models;
  for (size_t t = 0; t < stage.tables.size(); ++t) {
    int last = 0;
    for (size_t i = 0; i < stage.tables[t].size(); ++i) {
      const int value = stage.tables[t][i] - Base(stage, t, i);
      WriteNumber(value - last, kCorrectionOrder, &models.corrections[t > 0], &coder);
      last = value;
    }
  }
  if (stage.tables.size() > 1) {
    for (const uint8_t table : stage.classes) {
      int node = 1;
      for (int bit = ClassBits(stage.tables.size()) - 1; bit >= 0; --bit) {
        coder.Bit(models.classes[node], (table >> bit & 1) != 0);
        node = 2 * node + (table >> bit & 1);
      }
    }
  }
  const std::vector<uint8_t> bytes = coder.Finish();
  out->Leb128(bytes.size());
  out->Bytes(bytes);
}

namespace {

void ReadTables(size_t tables, size_t centres, int channels, RangeDecoder* coder, OutputStage* stage) {
  TableModels models;
  for (size_t t = 0; t < tables; ++t) {
    std::vector<int8_t> table;
    int last = 0;
    for (size_t i = 0; i < centres; ++i) {
      const int base = Base(*stage, t, i);
      const int difference = ReadNumber(kCorrectionOrder, &models.corrections[t > 0], coder);
      const int value = base + last + std::clamp(difference, -kMaxDifference, kMaxDifference);
      table.push_back(int8_t(std::clamp(value, -OutputStage::kMaxCorrection, OutputStage::kMaxCorrection)));
      last = table.back() - base;
    }
    stage->tables.push_back(std::move(table));
  }
  if (tables < 2) return;
  const int bits = ClassBits(tables);
  for (int c = 0; c < channels; ++c) {
    int node = 1;
    for (int bit = 0; bit < bits; ++bit) node = 2 * node + int(coder->Bit(models.classes[node]));
    stage->classes.push_back(uint8_t(std::min(node - (1 << bits), int(tables) - 1)));
  }
}

}  // namespace

Result<std::optional<OutputStage>> ReadOutputUpdate(int channels, ByteReader* in, const std::string& where) {
  const int head = in->U8();
  FSC_RETURN_IF_ERROR(in->Check("output stage", where));
  if (head == kKeep) return std::optional<OutputStage>();
  OutputStage stage;
  const size_t tables = size_t(head & kTablesMask);
  const int low = head >> kLowShift;
  if (low == kLowZero) stage.low = 0;
  if (low == kLowGiven) stage.low = in->F32();
  if (tables > OutputStage::kMaxTables || low > kLowGiven || !std::isfinite(stage.low)) {
    return BadInput("output stage out of range", where, kDamagedTables);
  }
  if (tables == 0) {
    FSC_RETURN_IF_ERROR(in->Check("output stage", where));
    return std::optional(std::move(stage));
  }
  const size_t centres = in->U8();
  stage.width_level = in->U8();
  const int64_t start = in->SignedLeb128();
  RangeDecoder coder(in->Bytes(in->Leb128()));
  FSC_RETURN_IF_ERROR(in->Check("output stage", where));
  if (centres < 1 || centres > OutputStage::kMaxCentres || stage.width_level > OutputStage::kMaxWidthLevel ||
      start < -OutputStage::kMaxStart || start > OutputStage::kMaxStart) {
    return BadInput("output tables out of range", where, kDamagedTables);
  }
  stage.start = int(start);
  ReadTables(tables, centres, channels, &coder, &stage);
  if (coder.overrun()) return BadInput("output tables are cut short", where, kDamagedTables);
  return std::optional(std::move(stage));
}

}  // namespace fsc
