// In the order of the text: docs/bitstream.md (conventions), then docs/latent-mode.md with docs/latent-motion.md where
// it is referred to.
#include "plain_decoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "codec/latent/start_states.h"  // kStartStates, the table that the text names: nothing else
#include "streams/container_reader.h"

namespace fsc::plain {
namespace {

Error Damaged(const std::string& what) {
  return BadInput(what, "plain decoder", "the stream is damaged");
}

// ---- docs/bitstream.md, "Conventions" ----

class Bytes {
 public:
  explicit Bytes(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  size_t left() const { return bytes_.size() - position_; }
  bool broken() const { return broken_; }

  uint8_t U8() {
    if (left() == 0) {
      broken_ = true;
      return 0;
    }
    return bytes_[position_++];
  }
  int S8() { return int8_t(U8()); }
  uint64_t Leb() {
    uint64_t value = 0;
    for (int i = 0; i < 10; ++i) {
      const uint8_t byte = U8();
      if (i == 9 && byte > 1) break;
      value |= uint64_t{byte & 0x7Fu} << (7 * i);
      if (byte < 0x80) return value;
    }
    broken_ = true;
    return 0;
  }
  int64_t Sleb() {
    const uint64_t zigzag = Leb();
    return int64_t(zigzag >> 1) ^ -int64_t(zigzag & 1);
  }
  float F32() {
    uint32_t bits = 0;
    for (int i = 0; i < 4; ++i) bits |= uint32_t{U8()} << (8 * i);
    return std::bit_cast<float>(bits);
  }
  std::span<const uint8_t> Take(uint64_t count) {
    if (count > left()) {
      broken_ = true;
      return {};
    }
    position_ += count;
    return bytes_.subspan(position_ - count, count);
  }

 private:
  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
  bool broken_ = false;
};

// ---- docs/latent-mode.md, introduction ----

// Division with halves away from zero.
int64_t Round(int64_t numerator, int64_t denominator) {
  const int64_t magnitude = (2 * std::abs(numerator) + denominator) / (2 * denominator);
  return numerator < 0 ? -magnitude : magnitude;
}

int64_t FloorDivide(int64_t numerator, int64_t denominator) {
  const int64_t quotient = numerator / denominator;
  return quotient - (numerator % denominator < 0);
}

// ---- "Range coder" ----

struct Model {
  int fast = 32768;
  int slow = 32768;
  int n = 0;
};

Model Of(int p, int n) {
  return {p, p, n};
}

class RangeReader {
 public:
  explicit RangeReader(std::span<const uint8_t> bytes) : bytes_(bytes) {
    for (int i = 0; i < 4; ++i) code_ = code_ << 8 | NextByte();
  }

  bool cut_short() const { return bytes_past_end_ > 4; }

  int Bit(Model& m) {
    const uint32_t p = uint32_t(std::clamp((m.fast + m.slow) >> 1, 24, 65536 - 24));
    const uint32_t bound = uint32_t((uint64_t{range_} * p) >> 16);
    const int bit = code_ < bound;
    if (bit) {
      range_ = bound;
    } else {
      code_ -= bound;
      range_ -= bound;
    }
    const int t = 65535 * bit;
    const int64_t r = 131072 / (2 * m.n + 3);
    m.fast += int(((t - m.fast) * std::max<int64_t>(4096, r)) >> 16);
    m.slow += int(((t - m.slow) * std::max<int64_t>(512, r)) >> 16);
    m.n = std::min(m.n + 1, 127);
    Normalise();
    return bit;
  }

  int Bypass(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      range_ >>= 1;
      const bool bit = code_ >= range_;
      if (bit) code_ -= range_;
      value = 2 * value + bit;
      Normalise();
    }
    return value;
  }

  int Golomb(int k) {
    int e = 0;
    while (e < 24 && Bypass(1) == 1) ++e;
    const int n = std::min(e + k, 25);
    return (1 << n) + Bypass(n) - (1 << k);
  }

 private:
  uint8_t NextByte() {
    if (position_ < bytes_.size()) return bytes_[position_++];
    ++bytes_past_end_;
    return 0;
  }
  void Normalise() {
    while (range_ < (1u << 24)) {
      range_ <<= 8;
      code_ = code_ << 8 | NextByte();
    }
  }

  std::span<const uint8_t> bytes_;
  size_t position_ = 0;
  int64_t bytes_past_end_ = 0;
  uint32_t range_ = 0xFFFFFFFF;
  uint32_t code_ = 0;
};

// ---- "Mode configuration" ----

struct LayerConfig {
  int groups = 0;
  int planes = 0;
  bool has_matrix = false;
  float unit = 0;
  int deviation = 0;
  float mean_unit = 0;
  std::vector<int> means;
  std::vector<int> scales;
  std::vector<int> precisions;
  std::vector<float> matrix;  // [plane][channel]
};

struct Config {
  bool lossless = false;
  int field_width = 0;
  int field_height = 0;
  int unit_px = 0;
  std::vector<LayerConfig> layers;
};

// ---- Kept from frame to frame ("All state starts as given here at every random-access frame") ----

constexpr int kClasses = 4;

struct Vector {
  int x = 0;
  int y = 0;
};

struct Field {
  int columns = 0;  // leaves
  int rows = 0;
  std::vector<Vector> vectors;
};

// docs/latent-motion.md, "Start values"
struct MotionModels {
  static Model Percent(int percent) { return Of(percent * 65536 / 100, 6); }

  Model any = Of(8192, 2);
  Model precision[2];
  Model base[2];
  Model split[3] = {Percent(10), Percent(30), Percent(55)};
  Model moved[3] = {Percent(30), Percent(50), Percent(65)};
  Model moved_leaf[2] = {Percent(42), Percent(48)};
  Model zero[3][2] = {{Percent(25), Percent(60)}, {Percent(30), Percent(50)}, {Percent(22), Percent(22)}};
  Model length[2][16];
  Model sign[2];

  MotionModels() {
    for (auto& component : length) {
      for (int i = 0; i < 16; ++i) component[i] = Percent(i < 4 ? 35 : 20);
    }
  }
};

struct ModeModels {
  Model same[3];
  Model up;
  Model tree[32];
};

struct GroupModels {
  Model plane[8];
  Model superblock[8][3];
  Model block[8][6][4];
  Model count[4][6][15];
  Model skip[4][4];
  Model significant[2][4][16];
  Model above_one[3][6][3];
  Model above_two[6][3];
  Model prefix[6][16];
  Model gain_same[17];
  Model gain_tree[16];
  Model larger[4][3];
  Model largest[4];
  Model unit[2][4][6][4];
  Model last[2][15];
  Model group[2][4];
  Model unit_count[2][2][15];
  Model unit_significant[2][2][4][16];
  Model unit_above_one[2][2][3][3];
  Model unit_above_two[2][2][3];
  Model unit_prefix[2][2][16];
};

struct PlaneState {
  int gain = 16;
  std::optional<int64_t> density;
  int lean = 96;
};

struct OutputStage {
  std::optional<float> low;
  int tables = 0;
  int centres = 0;
  int width = 0;
  int64_t start = 0;
  std::vector<std::vector<int>> corrections;  // [table][centre]
  std::vector<int> classes;                   // [channel]
};

struct LayerState {
  ModeModels modes[kClasses];
  std::vector<GroupModels> groups[kClasses];
  std::vector<PlaneState> planes[kClasses];
  OutputStage output;
};

using Picture = std::vector<std::vector<Plane<int16_t>>>;  // [layer][plane]

struct State {
  MotionModels motion[2];
  std::vector<LayerState> layers;
  std::map<int64_t, Picture> stored;
};

struct SideInfo {
  int frame_class = 0;
  bool bilinear = false;
  bool stored = false;
  int qp = 0;
  int recentre[2] = {0, 0};
  std::vector<int64_t> references;  // less this frame's number
  std::vector<int64_t> dropped;
  std::vector<std::map<int64_t, float>> escapes;  // [layer]: elements that are sent as they are
};

// One layer of a frame while it is decoded.
struct LayerJob {
  const LayerSpec* spec = nullptr;
  const LayerConfig* config = nullptr;
  LayerState* state = nullptr;
  const SideInfo* side = nullptr;
  std::vector<const std::vector<Plane<int16_t>>*> references;  // planes of this layer
  std::vector<Field> fields;                                   // of this layer: one vector per cell, in 1/32 cell
  int width = 0, height = 0;
  int block_columns = 0, block_rows = 0;
  int64_t step = 0;
  std::vector<int> modes;  // per block
};

// What the contexts know of a block.
struct Block {
  bool any = false;
  bool skip = false;  // without transform
  int sum = 0;        // of magnitudes, at most 255
};

// The levels of one unit of a plane.
struct Unit {
  int x = 0, y = 0;  // first block
  int blocks = 1;    // u
  bool any = false;
  bool skip = false;
  std::vector<int> level;  // by cell, raster of 4 u x 4 u
};

class Decoder {
 public:
  Status ReadConfig(const std::vector<LayerSpec>& layers, std::span<const uint8_t> bytes);
  Result<Frame> DecodeFrame(const Packet& packet);

 private:
  Status ReadNumbers(std::span<const uint8_t> bytes, int channels, LayerConfig* layer);
  Status ReadMatrix(std::span<const uint8_t> bytes, int channels, LayerConfig* layer);
  void Restart();
  Result<SideInfo> ReadSideInfo(std::span<const uint8_t> bytes, const Packet& packet);
  Result<std::vector<Field>> ReadMotion(std::span<const uint8_t> bytes, const SideInfo& side);
  Result<Field> ReadField(RangeReader& in, MotionModels& models, const std::optional<std::pair<Field, Vector>>& hint);
  Field MotionOfLayer(const Field& field, const LayerSpec& spec) const;
  Result<std::vector<Plane<int16_t>>> DecodeLayer(std::span<const uint8_t> bytes, LayerJob& job);
  void ReadModes(RangeReader& in, LayerJob& job);
  void DecodePlane(RangeReader& in, LayerJob& job, int k, GroupModels& models, std::vector<int>& places,
                   Plane<int16_t>* plane);
  std::vector<int> EdgePrediction(const LayerJob& job, int column, int row, int mode,
                                  const Plane<int16_t>& plane) const;
  void PredictBlock(const LayerJob& job, int k, int column, int row, int gain, int intra_gain,
                    Plane<int16_t>* plane) const;
  std::vector<Unit> ReadLevels(RangeReader& in, const LayerJob& job, int k, GroupModels& models,
                               std::vector<int>& places);
  int ReadBlock(RangeReader& in, GroupModels& models, int activity, int neighbours, Unit* unit);
  int ReadUnit(RangeReader& in, GroupModels& models, Unit* unit);
  std::vector<int> Residual(const Unit& unit, const LayerJob& job) const;
  Status ReadOutput(Bytes& in, int channels, OutputStage* stage);
  Tensor Output(const LayerSpec& spec, const LayerConfig& config, const LayerState& state,
                const std::vector<Plane<int16_t>>& planes) const;

  std::vector<LayerSpec> specs_;
  Config config_;
  State state_;
};

Status Decoder::ReadConfig(const std::vector<LayerSpec>& layers, std::span<const uint8_t> bytes) {
  specs_ = layers;
  config_ = Config();
  Bytes in(bytes);
  if (in.U8() != 2) return Damaged("unknown version of the mode");
  const int flags = in.U8();
  if (flags > 1) return Damaged("reserved flags");
  config_.lossless = flags & 1;
  uint64_t motion[3];
  for (uint64_t& value : motion) {
    value = in.Leb();
    if (value < 1 || value > 16384) return Damaged("motion field out of range");
  }
  config_.field_width = int(motion[0]);
  config_.field_height = int(motion[1]);
  config_.unit_px = int(motion[2]);
  if (motion[2] > 4096 || motion[0] * motion[1] > (1u << 27)) return Damaged("motion field out of range");
  for (const LayerSpec& spec : specs_) {
    LayerConfig layer;
    layer.groups = in.U8();
    const uint64_t planes = in.Leb();
    if (planes > uint64_t(spec.channels)) return Damaged("more planes than channels");
    layer.has_matrix = planes != 0;
    layer.planes = layer.has_matrix ? int(planes) : spec.channels;
    if (layer.groups < 1 || layer.groups > std::min(64, layer.planes)) return Damaged("number of groups");
    layer.unit = in.F32();
    if (!(layer.unit > 0) || layer.unit > 1e28f) return Damaged("unit");
    layer.deviation = in.U8();
    if (layer.deviation > 12) return Damaged("deviation");
    layer.mean_unit = in.F32();
    if (!(std::fabs(layer.mean_unit) <= 1e28f)) return Damaged("mean unit");
    const uint64_t numbers = in.Leb();
    FSC_RETURN_IF_ERROR(ReadNumbers(in.Take(numbers), spec.channels, &layer));
    if (layer.has_matrix) {
      const uint64_t size = in.Leb();
      FSC_RETURN_IF_ERROR(ReadMatrix(in.Take(size), spec.channels, &layer));
    }
    if (in.broken()) return Damaged("configuration cut short");
    config_.layers.push_back(std::move(layer));
  }
  if (in.left() > 0) return Damaged("configuration too long");
  return {};
}

Status Decoder::ReadNumbers(std::span<const uint8_t> bytes, int channels, LayerConfig* layer) {
  RangeReader in(bytes);
  struct Models {
    Model zero;
    Model longer[14];
  };
  const auto number = [&](Models& models, int golomb) {
    if (in.Bit(models.zero)) return 0;
    const bool negative = in.Bypass(1) == 1;
    int m = 0;
    while (m < 14 && in.Bit(models.longer[m])) ++m;
    if (m == 14) m += in.Golomb(golomb);
    return negative ? -(m + 1) : m + 1;
  };
  Models means;
  for (int c = 0; c < channels; ++c) {
    layer->means.push_back(number(means, 4));
    if (layer->means.back() < -32768 || layer->means.back() > 32767) return Damaged("mean");
  }
  Models scales;
  for (int k = 0; k < layer->planes; ++k) {
    layer->scales.push_back((k > 0 ? layer->scales[k - 1] : 0) + number(scales, 2));
    if (layer->scales.back() < 0 || layer->scales.back() > 79) return Damaged("scale");
  }
  Models precisions;
  for (int k = 0; layer->has_matrix && k < layer->planes; ++k) {
    layer->precisions.push_back((k > 0 ? layer->precisions[k - 1] : 0) + number(precisions, 2));
    if (layer->precisions.back() < 0 || layer->precisions.back() > 12) return Damaged("precision");
  }
  if (in.cut_short()) return Damaged("numbers cut short");
  return {};
}

Status Decoder::ReadMatrix(std::span<const uint8_t> bytes, int channels, LayerConfig* layer) {
  struct RowModels {
    Model zero;
    Model longer[14];
  };
  RowModels by_precision[13];
  RangeReader in(bytes);
  for (int k = 0; k < layer->planes; ++k) {
    const int b = layer->precisions[k];
    RowModels& models = by_precision[b];
    for (int c = 0; c < channels; ++c) {
      int level = 0;
      if (!in.Bit(models.zero)) {
        const bool negative = in.Bypass(1) == 1;
        const int shift = std::max(0, b - 6);
        int64_t q = 0;
        while (q < 14 && in.Bit(models.longer[q])) ++q;
        if (q == 14) q += in.Golomb(2);
        const int64_t low = in.Bypass(shift);
        level = int(std::min<int64_t>((q << shift) + low + 1, int64_t{1} << b));
        if (negative) level = -level;
      }
      layer->matrix.push_back(float(std::ldexp(level, -b)));
      if (in.cut_short()) return Damaged("matrix cut short");
    }
  }
  return {};
}

// ---- "Frame" ----

// The first array of models of `all` that is left takes its start values from `next`.
void Start(Model& model, const StartState*& next) {
  model = Of(next->one_probability, next->seen);
  ++next;
}
template <class Models, size_t N>
void Start(Models (&models)[N], const StartState*& next) {
  for (Models& m : models) Start(m, next);
}

GroupModels StartOf(int frame_class) {
  GroupModels models;
  const StartState* next = kStartStates[frame_class];
  Start(models.plane, next);
  Start(models.superblock, next);
  Start(models.block, next);
  Start(models.count, next);
  Start(models.skip, next);
  Start(models.significant, next);
  Start(models.above_one, next);
  Start(models.above_two, next);
  Start(models.prefix, next);
  Start(models.gain_same, next);
  Start(models.gain_tree, next);
  Start(models.larger, next);
  Start(models.largest, next);
  Start(models.unit, next);
  Start(models.last, next);
  Start(models.group, next);
  Start(models.unit_count, next);
  Start(models.unit_significant, next);
  Start(models.unit_above_one, next);
  Start(models.unit_above_two, next);
  Start(models.unit_prefix, next);
  return models;
}

void Decoder::Restart() {
  state_ = State();
  for (const LayerConfig& config : config_.layers) {
    LayerState layer;
    for (int c = 0; c < kClasses; ++c) {
      layer.groups[c].assign(config.groups, StartOf(c));
      PlaneState start;
      start.gain = c == 0 ? 8 : 16;
      layer.planes[c].assign(config.planes, start);
    }
    state_.layers.push_back(std::move(layer));
  }
}

Result<Frame> Decoder::DecodeFrame(const Packet& packet) {
  Bytes payload(packet.payload);
  const std::vector<Section>& sections = packet.sections;
  size_t next = 0;
  const auto section = [&](SectionKind kind, int layer) -> std::optional<std::span<const uint8_t>> {
    if (next == sections.size() || sections[next].kind != kind || sections[next].layer != layer) return std::nullopt;
    return payload.Take(sections[next++].size_bytes);
  };

  const auto side_bytes = section(SectionKind::kSideInfo, -1);
  if (!side_bytes) return Damaged("no side information");
  FSC_ASSIGN_OR_RETURN(const SideInfo side, ReadSideInfo(*side_bytes, packet));
  std::vector<Field> fields;
  if (!side.references.empty()) {
    const auto motion_bytes = section(SectionKind::kMotion, -1);
    if (!motion_bytes) return Damaged("no motion");
    FSC_ASSIGN_OR_RETURN(fields, ReadMotion(*motion_bytes, side));
  }

  Frame frame;
  frame.number = packet.frame_number;
  frame.timestamp_ticks = packet.timestamp_ticks;
  for (size_t i = 0; i < specs_.size(); ++i) {
    const auto layer_bytes = section(SectionKind::kResidual, int(i));
    if (!layer_bytes) return Damaged("a layer is missing");
    LayerJob job;
    job.spec = &specs_[i];
    job.config = &config_.layers[i];
    job.state = &state_.layers[i];
    job.side = &side;
    for (size_t r = 0; r < side.references.size(); ++r) {
      job.references.push_back(&state_.stored.at(packet.frame_number + side.references[r])[i]);
      job.fields.push_back(MotionOfLayer(fields[r], specs_[i]));
    }
    FSC_ASSIGN_OR_RETURN(std::vector<Plane<int16_t>> planes, DecodeLayer(*layer_bytes, job));
    frame.layers.push_back(Output(specs_[i], config_.layers[i], state_.layers[i], planes));
    if (!side.escapes.empty()) {
      for (const auto& [element, value] : side.escapes[i]) frame.layers.back().values()[size_t(element)] = value;
    }
    frame.planes.push_back(std::move(planes));
  }
  if (next != sections.size() || payload.broken()) return Damaged("sections");

  for (const int64_t dropped : side.dropped) state_.stored.erase(packet.frame_number + dropped);
  if (side.stored) {
    Picture& picture = state_.stored[packet.frame_number];
    picture.clear();
    for (const std::vector<Plane<int16_t>>& layer : frame.planes) {
      std::vector<Plane<int16_t>> copy;
      for (const Plane<int16_t>& plane : layer) copy.push_back(plane.Clone());
      picture.push_back(std::move(copy));
    }
  }
  if (state_.stored.size() > 8) return Damaged("too many stored pictures");
  return frame;
}

// ---- "Side information" ----

Result<SideInfo> Decoder::ReadSideInfo(std::span<const uint8_t> bytes, const Packet& packet) {
  Bytes in(bytes);
  SideInfo side;
  const int bits = in.U8();
  side.frame_class = bits & 3;
  side.bilinear = bits >> 2 & 1;
  side.stored = bits >> 3 & 1;
  const bool tables = bits >> 4 & 1;
  const int references = bits >> 5 & 3;
  if (references > 2 || (references == 0) != (side.frame_class == 0)) return Damaged("number of references");
  if (packet.random_access != (references == 0)) return Damaged("random access and references");
  if (references == 0) Restart();
  side.qp = in.U8();
  const bool escapes = side.qp >> 6 & 1;
  const bool recentred = side.qp >> 7;
  side.qp &= 63;
  for (int& r : side.recentre) {
    r = recentred ? in.S8() : 0;
    if (std::abs(r) > 31) return Damaged("recentre");
  }
  for (int i = 0; i < references; ++i) {
    const int64_t reference = in.Sleb();
    if (reference == 0 || reference < -1024 || reference > 1024) return Damaged("reference");
    if (!state_.stored.contains(packet.frame_number + reference)) return Damaged("reference is not stored");
    side.references.push_back(reference);
  }
  const int dropped = bits >> 7 ? in.U8() : 0;
  if (dropped > 8) return Damaged("dropped pictures");
  for (int i = 0; i < dropped; ++i) {
    side.dropped.push_back(in.Sleb());
    if (side.dropped.back() < -1024 || side.dropped.back() > 1024) return Damaged("dropped picture");
  }
  if (tables) {
    for (size_t i = 0; i < specs_.size(); ++i) {
      FSC_RETURN_IF_ERROR(ReadOutput(in, specs_[i].channels, &state_.layers[i].output));
    }
  }
  for (size_t i = 0; escapes && i < specs_.size(); ++i) {
    side.escapes.emplace_back();
    const int64_t elements = specs_[i].elements();
    const uint64_t count = in.Leb();
    if (count > uint64_t(std::max<int64_t>(1, elements / 64))) return Damaged("number of escapes");
    int64_t element = -1;
    for (uint64_t k = 0; k < count && !in.broken(); ++k) {
      const uint64_t skipped = in.Leb();
      if (skipped >= uint64_t(elements - element - 1)) return Damaged("place of an escape");
      element += 1 + int64_t(skipped);
      const float value = in.F32();
      if (!std::isfinite(value)) return Damaged("escape");
      side.escapes[i][element] = value;
    }
  }
  if (in.broken() || in.left() > 0) return Damaged("side information");
  return side;
}

// ---- "Motion", with docs/latent-motion.md ----

Result<std::vector<Field>> Decoder::ReadMotion(std::span<const uint8_t> bytes, const SideInfo& side) {
  RangeReader in(bytes);
  std::vector<Field> fields;
  for (size_t r = 0; r < side.references.size(); ++r) {
    std::optional<std::pair<Field, Vector>> hint;  // a field, and num and den
    if (r == 1 && std::abs(side.references[0]) <= 64 && std::abs(side.references[1]) <= 64) {
      Vector fraction = {int(side.references[1]), int(side.references[0])};
      if (fraction.y < 0) fraction = {-fraction.x, -fraction.y};
      hint = std::pair(fields[0], fraction);
    }
    FSC_ASSIGN_OR_RETURN(Field field, ReadField(in, state_.motion[r], hint));
    fields.push_back(std::move(field));
  }
  return fields;
}

// docs/latent-motion.md, "Field"
Result<Field> Decoder::ReadField(RangeReader& in, MotionModels& models,
                                 const std::optional<std::pair<Field, Vector>>& hint) {
  Field field;
  field.columns = (config_.field_width + 15) / 16;
  field.rows = (config_.field_height + 15) / 16;
  field.vectors.resize(size_t(field.columns) * field.rows);
  const auto at = [&](int x, int y) { return size_t(y) * field.columns + x; };

  if (!in.Bit(models.any)) return field;
  int precision = 1;
  if (in.Bit(models.precision[0])) precision = in.Bit(models.precision[1]) ? 4 : 2;
  const int limit = 8191 / precision * precision;

  std::vector<Vector> base(field.vectors.size());
  if (in.Bit(models.base[0])) {
    if (in.Bit(models.base[1])) {
      if (!hint) return Damaged("motion hint that does not exist");
      for (size_t i = 0; i < base.size(); ++i) {
        const Vector v = hint->first.vectors[i];
        const Vector fraction = hint->second;
        base[i].x = int(std::clamp<int64_t>(Round(int64_t{v.x} * fraction.x, fraction.y), -8191, 8191));
        base[i].y = int(std::clamp<int64_t>(Round(int64_t{v.y} * fraction.x, fraction.y), -8191, 8191));
      }
    } else {
      int64_t model[6];  // shift_x, shift_y, xx, xy, yx, yy
      for (int i = 0; i < 6; ++i) {
        const int coded = in.Golomb(i < 2 ? 6 : 5);
        model[i] = coded & 1 ? -int64_t(coded / 2) - 1 : coded / 2;
        if (std::abs(model[i]) > (i < 2 ? 131056 : 16384)) return Damaged("affine model");
      }
      for (int y = 0; y < field.rows; ++y) {
        for (int x = 0; x < field.columns; ++x) {
          const int64_t centre_x = 64 * (x / 2) + 32 - config_.field_width;
          const int64_t centre_y = 64 * (y / 2) + 32 - config_.field_height;
          const int64_t dx = (2048 * model[0] + model[2] * centre_x + model[3] * centre_y + (1 << 14)) >> 15;
          const int64_t dy = (2048 * model[1] + model[4] * centre_x + model[5] * centre_y + (1 << 14)) >> 15;
          base[at(x, y)] = {int(std::clamp<int64_t>(dx, -8191, 8191)), int(std::clamp<int64_t>(dy, -8191, 8191))};
        }
      }
    }
  }
  for (Vector& v : base) {
    v.x = std::clamp(int(Round(v.x, precision)) * precision, -limit, limit);
    v.y = std::clamp(int(Round(v.y, precision)) * precision, -limit, limit);
  }

  std::vector<Vector> difference(field.vectors.size());
  std::vector<bool> moved(field.vectors.size());
  const int block_columns = (field.columns + 1) / 2;
  const int block_rows = (field.rows + 1) / 2;
  std::vector<bool> split(size_t(block_columns) * block_rows);

  // One unit: width x height leaves from (x, y). `leaf` is -1 for a block, 0..3 for a leaf of a split block (raster in
  // the block).
  const auto read_unit = [&](int x, int y, int width, int height, int leaf) -> Status {
    const bool has_left = x > 0;
    const bool has_upper = y > 0;
    const Vector left = has_left ? difference[at(x - 1, y)] : Vector{};
    const Vector upper = has_upper ? difference[at(x, y - 1)] : Vector{};
    Vector prediction;
    int apart = 1;
    if (!has_upper) {
      prediction = left;
    } else if (!has_left) {
      prediction = upper;
    } else {
      const bool has_corner = x + width < field.columns && leaf != 3;
      const Vector corner = difference[has_corner ? at(x + width, y - 1) : at(x - 1, y - 1)];
      const auto median = [](int a, int b, int c) { return std::max(std::min(a, b), std::min(std::max(a, b), c)); };
      prediction = {median(left.x, upper.x, corner.x), median(left.y, upper.y, corner.y)};
      const int distance = std::abs(left.x - upper.x) + std::abs(left.y - upper.y);
      apart = distance == 0 ? 0 : distance <= 4 ? 1 : 2;
    }
    const int moved_neighbours = (has_left && moved[at(x - 1, y)]) + (has_upper && moved[at(x, y - 1)]);
    Model& moved_model = leaf == -1 ? models.moved[moved_neighbours] : models.moved_leaf[leaf == 0 ? 0 : 1];
    const bool unit_moved = in.Bit(moved_model);
    int delta[2] = {0, 0};
    if (unit_moved) {
      for (int component = 0; component < 2; ++component) {
        const bool known_not_zero = component == 1 && delta[0] == 0;
        if (!known_not_zero && in.Bit(models.zero[apart][component])) continue;
        int n = 0;
        while (n < 15 && in.Bit(models.length[component][n])) ++n;
        const int magnitude = (1 << n) + in.Bypass(n);
        delta[component] = in.Bit(models.sign[component]) ? -magnitude : magnitude;
      }
    }
    const Vector d = {prediction.x + delta[0], prediction.y + delta[1]};
    if (std::abs(d.x) > 16382 / precision || std::abs(d.y) > 16382 / precision) return Damaged("motion difference");
    for (int j = y; j < y + height; ++j) {
      for (int i = x; i < x + width; ++i) {
        difference[at(i, j)] = d;
        moved[at(i, j)] = unit_moved;
        field.vectors[at(i, j)] = {std::clamp(base[at(i, j)].x + precision * d.x, -limit, limit),
                                   std::clamp(base[at(i, j)].y + precision * d.y, -limit, limit)};
      }
    }
    return {};
  };

  for (int block_y = 0; block_y < block_rows; ++block_y) {
    for (int block_x = 0; block_x < block_columns; ++block_x) {
      const int x = 2 * block_x;
      const int y = 2 * block_y;
      const int width = std::min(2, field.columns - x);
      const int height = std::min(2, field.rows - y);
      const size_t block = size_t(block_y) * block_columns + block_x;
      const int split_neighbours = (block_x > 0 && split[block - 1]) + (block_y > 0 && split[block - block_columns]);
      if (width * height > 1) split[block] = in.Bit(models.split[split_neighbours]);
      if (!split[block]) {
        FSC_RETURN_IF_ERROR(read_unit(x, y, width, height, -1));
      } else {
        for (int j = 0; j < height; ++j) {
          for (int i = 0; i < width; ++i) FSC_RETURN_IF_ERROR(read_unit(x + i, y + j, 1, 1, 2 * j + i));
        }
      }
      if (in.cut_short()) return Damaged("motion cut short");
    }
  }
  return field;
}

// docs/latent-motion.md, "Motion of a layer"
Field Decoder::MotionOfLayer(const Field& field, const LayerSpec& spec) const {
  Field cells;
  cells.columns = spec.width_cells;
  cells.rows = spec.height_cells;
  const auto leaf = [&](int cell, int leaves) {
    const int64_t centre = spec.phase_px16 + int64_t{16} * spec.stride_px * cell;
    return int(std::clamp<int64_t>(FloorDivide(centre + 8, int64_t{256} * config_.unit_px), 0, leaves - 1));
  };
  const auto scale = [&](int v) {
    return int(std::clamp<int64_t>(Round(int64_t{8} * config_.unit_px * v, spec.stride_px), -32768, 32767));
  };
  for (int y = 0; y < cells.rows; ++y) {
    for (int x = 0; x < cells.columns; ++x) {
      const Vector v = field.vectors[size_t(leaf(y, field.rows)) * field.columns + leaf(x, field.columns)];
      cells.vectors.push_back({scale(v.x), scale(v.y)});
    }
  }
  return cells;
}

// docs/latent-motion.md, "Interpolation"
constexpr int kSixTap[17][6] = {
    // [fraction, 0..16]
    {0, 0, 64, 0, 0, 0},    {0, -2, 64, 2, 0, 0},    {1, -3, 63, 4, -1, 0},  {1, -4, 63, 6, -2, 0},
    {1, -5, 62, 8, -2, 0},  {2, -6, 61, 10, -3, 0},  {2, -7, 60, 12, -3, 0}, {2, -8, 59, 15, -4, 0},
    {2, -9, 57, 17, -4, 1}, {2, -9, 55, 20, -5, 1},  {2, -9, 53, 23, -6, 1}, {2, -9, 51, 25, -6, 1},
    {2, -9, 49, 28, -7, 1}, {2, -10, 47, 31, -7, 1}, {2, -9, 44, 34, -8, 1}, {2, -9, 42, 36, -8, 1},
    {2, -9, 39, 39, -9, 2},
};

int Interpolate(const Plane<int16_t>& plane, int x, int y, Vector v, bool bilinear) {
  const auto tap = [&](int fraction, int k) {
    if (!bilinear) return fraction <= 16 ? kSixTap[fraction][k] : kSixTap[32 - fraction][5 - k];
    return k == 2 ? 64 - 2 * fraction : k == 3 ? 2 * fraction : 0;
  };
  const auto sample = [&](int column, int row) {
    return int{plane.row(std::clamp(row, 0, plane.height() - 1))[std::clamp(column, 0, plane.width() - 1)]};
  };
  const auto finish = [](int sum) { return std::clamp((sum + 32) >> 6, -32768, 32767); };
  const int fx = v.x & 31;
  const int fy = v.y & 31;
  x += v.x >> 5;
  y += v.y >> 5;
  const auto along_row = [&](int row) {
    if (fx == 0) return sample(x, row);
    int sum = 0;
    for (int k = 0; k < 6; ++k) sum += tap(fx, k) * sample(x + k - 2, row);
    return finish(sum);
  };
  if (fy == 0) return along_row(y);
  int sum = 0;
  for (int k = 0; k < 6; ++k) sum += tap(fy, k) * along_row(y + k - 2);
  return finish(sum);
}

// ---- "Layer" ----

int64_t StepOf(int qp, int deviation) {
  constexpr int64_t kSixth[6] = {65536, 73562, 82570, 92682, 104032, 116772};
  const int e = qp + 51;
  const int64_t t = kSixth[e % 6];
  const int o = e / 6 - 12 + deviation;
  if (o >= 16) return t << (o - 16);
  return std::max<int64_t>(1, (t + (int64_t{1} << (15 - o))) >> (16 - o));
}

Result<std::vector<Plane<int16_t>>> Decoder::DecodeLayer(std::span<const uint8_t> bytes, LayerJob& job) {
  job.width = job.spec->width_cells;
  job.height = job.spec->height_cells;
  job.block_columns = (job.width + 3) / 4;
  job.block_rows = (job.height + 3) / 4;
  job.step = StepOf(job.side->qp, job.config->deviation);

  Bytes in(bytes);
  const uint64_t mode_size = in.Leb();
  std::vector<uint64_t> sizes;
  for (int g = 0; g + 1 < job.config->groups; ++g) sizes.push_back(in.Leb());
  RangeReader mode_reader(in.Take(mode_size));
  ReadModes(mode_reader, job);
  if (mode_reader.cut_short()) return Damaged("modes cut short");

  std::vector<Plane<int16_t>> planes;
  for (int k = 0; k < job.config->planes; ++k) planes.emplace_back(job.width, job.height);
  for (int g = 0; g < job.config->groups; ++g) {
    RangeReader reader(in.Take(g + 1 < job.config->groups ? sizes[g] : in.left()));
    GroupModels& models = job.state->groups[job.side->frame_class][g];
    std::vector<int> places(job.modes.size(), 0);
    for (int k = g; k < job.config->planes; k += job.config->groups) {
      DecodePlane(reader, job, k, models, places, &planes[k]);
      if (reader.cut_short()) return Damaged("group cut short");
    }
  }
  if (in.broken()) return Damaged("layer cut short");
  return planes;
}

// "Modes"
enum Mode { kFirst = 0, kSecond, kBoth, kNone, kMean, kHorizontal, kVertical, kPlanar, kFirstDirection };
constexpr int kDirections = 15;

void Decoder::ReadModes(RangeReader& in, LayerJob& job) {
  std::vector<int> existing;
  if (!job.references.empty()) existing.push_back(kFirst);
  if (job.references.size() == 2) {
    existing.push_back(kSecond);
    existing.push_back(kBoth);
  }
  for (int mode = kNone; mode < kFirstDirection + kDirections; ++mode) existing.push_back(mode);

  ModeModels& models = job.state->modes[job.side->frame_class];
  for (int y = 0; y < job.block_rows; ++y) {
    for (int x = 0; x < job.block_columns; ++x) {
      const int left = x > 0 ? job.modes[job.modes.size() - 1] : -1;
      const int upper = y > 0 ? job.modes[job.modes.size() - job.block_columns] : -1;
      const int n = left != -1 ? left : upper;
      if (n != -1 && in.Bit(models.same[left != -1 && left == upper ? 2 : 1])) {
        job.modes.push_back(n);
        continue;
      }
      if (left != -1 && upper != -1 && left != upper && in.Bit(models.up)) {
        job.modes.push_back(upper);
        continue;
      }
      int node = 1;
      for (int i = 0; i < 5; ++i) node = 2 * node + in.Bit(models.tree[node]);
      job.modes.push_back(existing[std::min<size_t>(node - 32, existing.size() - 1)]);
    }
  }
}

// "Group"
void Decoder::DecodePlane(RangeReader& in, LayerJob& job, int k, GroupModels& models, std::vector<int>& places,
                          Plane<int16_t>* plane) {
  int& gain = job.state->planes[job.side->frame_class][k].gain;
  if (!in.Bit(models.gain_same[gain])) {
    int node = 1;
    for (int i = 0; i < 4; ++i) node = 2 * node + in.Bit(models.gain_tree[node]);
    const int v = node - 16;
    gain = v + (v >= gain);
  }
  const int intra_gain = job.state->planes[0][k].gain;
  for (const Unit& unit : ReadLevels(in, job, k, models, places)) {
    for (int y = unit.y; y < std::min(unit.y + unit.blocks, job.block_rows); ++y) {
      for (int x = unit.x; x < std::min(unit.x + unit.blocks, job.block_columns); ++x) {
        PredictBlock(job, k, x, y, gain, intra_gain, plane);
      }
    }
    if (!unit.any) continue;
    const std::vector<int> residual = Residual(unit, job);
    const int cells = 4 * unit.blocks;
    for (int y = 4 * unit.y; y < std::min(4 * unit.y + cells, job.height); ++y) {
      for (int x = 4 * unit.x; x < std::min(4 * unit.x + cells, job.width); ++x) {
        const int value = plane->row(y)[x] + residual[size_t(cells) * (y - 4 * unit.y) + x - 4 * unit.x];
        plane->row(y)[x] = config_.lossless ? int16_t(uint16_t(value)) : int16_t(std::clamp(value, -32767, 32767));
      }
    }
  }
}

void Decoder::PredictBlock(const LayerJob& job, int k, int column, int row, int gain, int intra_gain,
                           Plane<int16_t>* plane) const {
  const int x0 = 4 * column;
  const int y0 = 4 * row;
  const int x1 = std::min(x0 + 4, job.width);
  const int y1 = std::min(y0 + 4, job.height);
  const int mode = job.modes[size_t(row) * job.block_columns + column];

  // The mean of the cells left of the block and above it.
  int64_t sum = 0;
  int64_t n = 0;
  for (int y = y0; x0 > 0 && y < y1; ++y, ++n) sum += plane->row(y)[x0 - 1];
  for (int x = x0; y0 > 0 && x < x1; ++x, ++n) sum += plane->row(y0 - 1)[x];
  const int mean = n > 0 ? int(FloorDivide(2 * sum + n, 2 * n)) : 0;
  const std::vector<int> edges =
      mode >= kPlanar && n > 0 ? EdgePrediction(job, column, row, mode, *plane) : std::vector<int>(16);

  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) {
      int prediction = 0;
      if (mode <= kBoth) {
        const auto moved = [&](int r) {
          return Interpolate((*job.references[r])[k], x, y, job.fields[r].vectors[size_t(y) * job.width + x],
                             job.side->bilinear);
        };
        if (mode == kFirst) prediction = moved(0);
        if (mode == kSecond) prediction = moved(1);
        if (mode == kBoth) prediction = (moved(0) + moved(1) + 1) >> 1;
        prediction = (prediction * gain + 8) >> 4;
      } else if (mode != kNone) {
        prediction = mean;
        if (mode == kHorizontal && x0 > 0) prediction = plane->row(y)[x0 - 1];
        if (mode == kVertical && y0 > 0) prediction = plane->row(y0 - 1)[x];
        if (mode >= kPlanar) prediction = edges[4 * (y - y0) + x - x0];
        prediction = (prediction * intra_gain + 8) >> 4;
      }
      plane->row(y)[x] = int16_t(uint16_t(prediction));
    }
  }
}

// Planar and the directions, of the 4 x 4 cells, from the edges t and l; one of them exists.
std::vector<int> Decoder::EdgePrediction(const LayerJob& job, int column, int row, int mode,
                                         const Plane<int16_t>& plane) const {
  const int x0 = 4 * column;
  const int y0 = 4 * row;
  const int a = column % 4;
  const int b = row % 4;
  const bool above_right = b == 0 || (a < 3 && !(a % 2 == 1 && b % 2 == 1));
  const bool below_left = a == 0 && b < 3;
  int t[9] = {};
  int l[9] = {};
  for (int i = 1; i <= 8; ++i) {
    if (y0 > 0) t[i] = x0 + i - 1 < job.width && (i <= 4 || above_right) ? plane.row(y0 - 1)[x0 + i - 1] : t[i - 1];
    if (x0 > 0) l[i] = y0 + i - 1 < job.height && (i <= 4 || below_left) ? plane.row(y0 + i - 1)[x0 - 1] : l[i - 1];
  }
  t[0] = l[0] = x0 == 0 ? t[1] : y0 == 0 ? l[1] : plane.row(y0 - 1)[x0 - 1];
  for (int i = 1; i <= 8; ++i) {
    if (y0 == 0) t[i] = l[1];
    if (x0 == 0) l[i] = t[1];
  }

  std::vector<int> out(16);
  if (mode == kPlanar) {
    for (int y = 0; y < 4; ++y) {
      for (int x = 0; x < 4; ++x) {
        out[4 * y + x] = ((3 - x) * l[y + 1] + (x + 1) * t[5] + (3 - y) * t[x + 1] + (y + 1) * l[5] + 4) >> 3;
      }
    }
    return out;
  }
  constexpr int kSteps[kDirections] = {32, 21, 13, 5, -5, -13, -21, -32, -21, -13, -5, 5, 13, 21, 32};
  const int direction = mode - kFirstDirection;
  const int a_step = kSteps[direction];
  const int* e = direction < 7 ? l : t;
  const int* other = direction < 7 ? t : l;
  const auto edge = [&](int i) {
    if (i >= 0) return e[i];
    if (a_step == -13) return other[2];
    if (a_step == -21) return other[1 - i];
    return other[-i];
  };
  for (int v = 0; v < 4; ++v) {
    for (int u = 0; u < 4; ++u) {
      const int d = (v + 1) * a_step;
      const int at = u + 1 + (d >> 5);
      const int f = d & 31;
      const int value = f == 0 ? edge(at) : ((32 - f) * edge(at) + f * edge(at + 1) + 16) >> 5;
      out[direction < 7 ? 4 * u + v : 4 * v + u] = value;
    }
  }
  return out;
}

// "Levels of a plane"
std::vector<Unit> Decoder::ReadLevels(RangeReader& in, const LayerJob& job, int k, GroupModels& models,
                                      std::vector<int>& places) {
  const int frame_class = job.side->frame_class;
  PlaneState& state = job.state->planes[frame_class][k];
  int64_t density = 0;
  const bool had_density = state.density.has_value();
  if (had_density) {
    density = *state.density;
  } else if (frame_class == 0) {
    constexpr int64_t kQuarter[4] = {65536, 77936, 92682, 110218};
    const int d = job.config->scales[k];
    const int64_t v = (kQuarter[d & 3] << (d >> 2)) >> 16;
    const int64_t q = 16 * v / job.step;
    density = std::min<int64_t>(16384, 8 * q * q);
  } else {
    int lower = frame_class - 1;
    while (!job.state->planes[lower][k].density) --lower;
    density = *job.state->planes[lower][k].density >> (2 * (frame_class - lower));
  }
  constexpr int kActivityBelow[7] = {8, 24, 64, 160, 400, 1000, 3000};
  int activity = 0;
  while (activity < 7 && density >= kActivityBelow[activity]) ++activity;
  const int lean = state.lean >> 6;

  std::vector<Block> blocks(job.modes.size());
  std::vector<Unit> units;
  const bool plane_has_levels = in.Bit(models.plane[activity]);
  const int super_columns = (job.block_columns + 3) / 4;
  const int super_rows = (job.block_rows + 3) / 4;
  std::vector<bool> coded(size_t(super_columns) * super_rows);
  std::vector<int> sizes(coded.size(), 1);  // u
  for (size_t s = 0; s < coded.size(); ++s) {
    const int super_x = int(s % super_columns);
    const int super_y = int(s / super_columns);
    coded[s] = plane_has_levels;
    if (coded[s] && coded.size() > 1) {
      const int near = (super_x > 0 && coded[s - 1]) + (super_y > 0 && coded[s - super_columns]);
      coded[s] = in.Bit(models.superblock[activity][near]);
    }
    if (coded[s] && !config_.lossless) {
      const int near = (super_x > 0 && sizes[s - 1] > 1) + (super_y > 0 && sizes[s - super_columns] > 1);
      if (in.Bit(models.larger[activity >> 1][near])) sizes[s] = in.Bit(models.largest[activity >> 1]) ? 4 : 2;
    }
    for (int y = 4 * super_y; y < std::min(4 * super_y + 4, job.block_rows); y += sizes[s]) {
      for (int x = 4 * super_x; x < std::min(4 * super_x + 4, job.block_columns); x += sizes[s]) {
        Unit unit;
        unit.x = x;
        unit.y = y;
        unit.blocks = sizes[s];
        unit.level.resize(size_t(16) * sizes[s] * sizes[s]);
        if (!coded[s]) {
          units.push_back(unit);
          continue;
        }
        const size_t b = size_t(y) * job.block_columns + x;
        const Block* left = x > 0 ? &blocks[b - 1] : nullptr;
        const Block* upper = y > 0 ? &blocks[b - job.block_columns] : nullptr;
        const int left_sum = left ? left->sum : upper ? upper->sum : 0;
        const int upper_sum = upper ? upper->sum : left_sum;
        const int m = left_sum + upper_sum;
        const int neighbours = m < 2 ? m : m < 4 ? 2 : m < 9 ? 3 : m < 21 ? 4 : 5;
        const int place = places[b] < 24 ? 0 : places[b] < 72 ? 1 : places[b] < 144 ? 2 : 3;
        if (sizes[s] > 1) {
          unit.any = in.Bit(models.unit[sizes[s] / 4][activity >> 1][neighbours][place]);
          int sum = unit.any ? ReadUnit(in, models, &unit) : 0;
          const int all = sizes[s] * sizes[s];
          if (unit.any) sum = std::clamp((sum + all / 2) / all, 1, 255);
          for (int j = y; j < std::min(y + sizes[s], job.block_rows); ++j) {
            for (int i = x; i < std::min(x + sizes[s], job.block_columns); ++i) {
              blocks[size_t(j) * job.block_columns + i] = {unit.any, false, sum};
            }
          }
          units.push_back(unit);
          continue;
        }
        unit.any = in.Bit(models.block[activity][neighbours][place]);
        if (unit.any) {
          int with_levels = 0;
          int skipped = 0;
          for (const Block* near : {left, upper}) {
            if (near == nullptr || !near->any) continue;
            ++with_levels;
            skipped += near->skip;
          }
          const int skip_neighbours = with_levels == 0 ? 0 : skipped == 0 ? 1 : skipped < with_levels ? 2 : 3;
          unit.skip = config_.lossless || in.Bit(models.skip[lean][skip_neighbours]);
          blocks[b] = {true, unit.skip, std::min(ReadBlock(in, models, activity, neighbours, &unit), 255)};
        }
        units.push_back(unit);
      }
    }
  }

  int64_t levels = 0;
  for (const Unit& unit : units) {
    for (const int level : unit.level) levels += level != 0;
  }
  int with_levels = 0;
  int skipped = 0;
  for (const Block& block : blocks) {
    with_levels += block.any;
    skipped += block.skip;
  }
  const int64_t measured = 1024 * levels / int64_t(blocks.size());
  state.density = had_density || frame_class == 0 ? (density + measured + 1) >> 1 : measured;
  if (with_levels > 0) {
    state.lean = (state.lean + 255 * skipped / with_levels + 1) >> 1;
    for (size_t b = 0; b < blocks.size(); ++b) places[b] = places[b] - (places[b] >> 2) + (blocks[b].any ? 63 : 0);
  }
  return units;
}

constexpr int kCell[16] = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

// The models of one string of 16 positions.
struct LevelModels {
  Model* count;              // [c - 1]
  Model (*significant)[16];  // [min(left, 4) - 1][i]
  Model* above_one[3];       // [class of c][above]
  Model* above_two;          // [above]
  Model* prefix;             // [e]
};

// Levels to level[cell]; returns the sum of their magnitudes.
int ReadPositions(RangeReader& in, const LevelModels& models, int level[16]) {
  int count = 1;
  while (count < 16 && in.Bit(models.count[count - 1])) ++count;
  int left = count;
  int above = 0;
  int sum = 0;
  for (int i = 0; i < 16; ++i) {
    bool significant = left > 0;
    if (left != 0 && left != 16 - i) significant = in.Bit(models.significant[std::min(left, 4) - 1][i]);
    if (!significant) continue;
    --left;
    int magnitude = 1;
    if (in.Bit(models.above_one[count == 1 ? 0 : count <= 3 ? 1 : 2][above])) {
      magnitude = 2;
      if (in.Bit(models.above_two[above])) {
        int e = 0;
        while (e < 15 && in.Bit(models.prefix[e])) ++e;
        magnitude = std::min(3 + (1 << e) + in.Bypass(e) - 1, 32768);
      }
    }
    const bool negative = in.Bypass(1) == 1;
    above = std::min(2, above + (magnitude > 1));
    level[kCell[i]] = int16_t(uint16_t(negative ? -magnitude : magnitude));
    sum += magnitude;
  }
  return sum;
}

int Decoder::ReadBlock(RangeReader& in, GroupModels& models, int activity, int neighbours, Unit* unit) {
  const LevelModels of_block = {
      models.count[activity >> 1][neighbours],
      models.significant[unit->skip],
      {models.above_one[0][neighbours], models.above_one[1][neighbours], models.above_one[2][neighbours]},
      models.above_two[neighbours],
      models.prefix[neighbours]};
  return ReadPositions(in, of_block, unit->level.data());
}

int Decoder::ReadUnit(RangeReader& in, GroupModels& models, Unit* unit) {
  const int u = unit->blocks;
  const int z = u / 4;
  int end = 0;
  while (end < u * u - 1 && in.Bit(models.last[z][end])) ++end;
  bool with_levels[4][4] = {};  // [row][column]
  int sum = 0;
  for (int g = 0; g <= end; ++g) {
    const int column = u == 2 ? g % 2 : kCell[g] % 4;
    const int row = u == 2 ? g / 2 : kCell[g] / 4;
    const int near = (column > 0 && with_levels[row][column - 1]) + (row > 0 && with_levels[row - 1][column]);
    if (g < end && !in.Bit(models.group[z][g == 0 ? 3 : near])) continue;
    with_levels[row][column] = true;
    const int h = g > 0;
    const LevelModels of_group = {
        models.unit_count[z][h],
        models.unit_significant[z][h],
        {models.unit_above_one[z][h][0], models.unit_above_one[z][h][1], models.unit_above_one[z][h][2]},
        models.unit_above_two[z][h],
        models.unit_prefix[z][h]};
    int level[16] = {};
    sum += ReadPositions(in, of_group, level);
    for (int i = 0; i < 16; ++i) unit->level[size_t(4 * row + i / 4) * 4 * u + 4 * column + i % 4] = level[i];
  }
  return sum;
}

// ---- "Residual" ----

constexpr int kOdd4[2][2] = {{83, 36}, {36, -83}};
constexpr int kOdd8[4][4] = {{89, 75, 50, 18}, {75, -18, -89, -50}, {50, -89, 18, 75}, {18, -50, 75, -89}};
constexpr int kOdd16[8][8] = {{90, 87, 80, 70, 57, 43, 25, 9},     {87, 57, 9, -43, -80, -90, -70, -25},
                              {80, 9, -70, -87, -25, 57, 90, 43},  {70, -43, -87, 9, 90, 25, -80, -57},
                              {57, -80, -25, 90, -9, -87, 43, 70}, {43, -90, 57, 25, -87, 70, 9, -80},
                              {25, -70, 90, -80, 43, 9, -57, 87},  {9, -25, 43, -57, 70, -80, 87, -90}};

// M_n[k][i]
int Entry(int n, int k, int i) {
  if (n == 2) return k == 1 && i == 1 ? -64 : 64;
  const int near = std::min(i, n - 1 - i);
  if (k % 2 == 0) return Entry(n / 2, k / 2, near);
  const int odd = n == 4 ? kOdd4[k / 2][near] : n == 8 ? kOdd8[k / 2][near] : kOdd16[k / 2][near];
  return i == near ? odd : -odd;
}

std::vector<int> Decoder::Residual(const Unit& unit, const LayerJob& job) const {
  std::vector<int> residual;
  for (const int level : unit.level) {
    if (config_.lossless || level == 0) {
      residual.push_back(level);
      continue;
    }
    const int64_t magnitude = std::abs(level);
    const int r = job.side->recentre[magnitude == 1 ? 0 : 1];
    const int64_t coefficient = std::min<int64_t>(((64 * magnitude + r) * job.step + 512) >> 10, 1 << 18);
    residual.push_back(int(level < 0 ? -coefficient : coefficient));
  }
  if (config_.lossless || unit.skip) return residual;
  const int n = 4 * unit.blocks;
  const int first_shift = n == 16 ? 8 : 7;
  const int second_shift = n == 4 ? 7 : 8;
  std::vector<int> half(residual.size());
  for (int x = 0; x < n; ++x) {
    for (int i = 0; i < n; ++i) {
      int64_t sum = 0;
      for (int k = 0; k < n; ++k) sum += Entry(n, k, i) * residual[size_t(n) * k + x];
      half[size_t(n) * i + x] = int((sum + (1 << (first_shift - 1))) >> first_shift);
    }
  }
  for (int y = 0; y < n; ++y) {
    for (int i = 0; i < n; ++i) {
      int64_t sum = 0;
      for (int k = 0; k < n; ++k) sum += Entry(n, k, i) * half[size_t(n) * y + k];
      residual[size_t(n) * y + i] = int((sum + (1 << (second_shift - 1))) >> second_shift);
    }
  }
  return residual;
}

// ---- "Output" ----

Status Decoder::ReadOutput(Bytes& in, int channels, OutputStage* current) {
  const int head = in.U8();
  if (head == 128) return {};
  OutputStage stage;
  stage.tables = head & 15;
  const int low = head >> 4 & 3;
  if (head >= 64 || stage.tables > 8 || low == 3) return Damaged("output stage");
  if (low == 1) stage.low = 0.0f;
  if (low == 2) {
    stage.low = in.F32();
    if (!std::isfinite(*stage.low)) return Damaged("output stage");
  }
  if (stage.tables > 0) {
    stage.centres = in.U8();
    stage.width = in.U8();
    stage.start = in.Sleb();
    if (stage.centres < 1 || stage.centres > 64 || stage.width > 127 || stage.start < -(1 << 20) ||
        stage.start > (1 << 20)) {
      return Damaged("output tables");
    }
    struct {
      Model zero;
      Model longer[10];
    } sets[2];
    Model classes[8];
    RangeReader coder(in.Take(in.Leb()));
    for (int t = 0; t < stage.tables; ++t) {
      auto& models = sets[t == 0 ? 0 : 1];
      std::vector<int> table;
      int e = 0;
      for (int i = 0; i < stage.centres; ++i) {
        int difference = 0;
        if (!coder.Bit(models.zero)) {
          const bool negative = coder.Bypass(1) == 1;
          int m = 0;
          while (m < 10 && coder.Bit(models.longer[m])) ++m;
          if (m == 10) m += coder.Golomb(2);
          difference = std::min(m, 507) + 1;
          if (negative) difference = -difference;
        }
        const int base = t == 0 ? 0 : stage.corrections[t - 1][i];
        table.push_back(std::clamp(base + e + difference, -127, 127));
        e = table.back() - base;
      }
      stage.corrections.push_back(table);
    }
    int bits = 0;
    while ((stage.tables - 1) >> bits > 0) ++bits;
    for (int c = 0; c < channels; ++c) {
      int node = 1;
      for (int bit = 0; bit < bits; ++bit) node = 2 * node + (coder.Bit(classes[node]) ? 1 : 0);
      stage.classes.push_back(std::min(node - (1 << bits), stage.tables - 1));
    }
    if (coder.cut_short()) return Damaged("output tables cut short");
  }
  if (in.broken()) return Damaged("output stage cut short");
  *current = stage;
  return {};
}

Tensor Decoder::Output(const LayerSpec& spec, const LayerConfig& config, const LayerState& state,
                       const std::vector<Plane<int16_t>>& planes) const {
  Tensor tensor(spec.channels, spec.height_cells, spec.width_cells);
  for (int c = 0; c < spec.channels; ++c) {
    const double mean = double{config.mean_unit} * config.means[c];
    for (int y = 0; y < spec.height_cells; ++y) {
      for (int x = 0; x < spec.width_cells; ++x) {
        double sum = 0;
        if (config.has_matrix) {
          for (int k = 0; k < config.planes; ++k) {
            sum += double{config.matrix[size_t(k) * spec.channels + c]} * planes[k].row(y)[x];
          }
        } else {
          sum = planes[c].row(y)[x];
        }
        double value = mean + double{config.unit} * sum;
        const OutputStage& stage = state.output;
        const double width = double{config.unit} * std::exp2(stage.width / 4.0 - 12);
        const double x_in = value;
        if (stage.low) value = std::max(value, double{*stage.low});
        if (stage.tables > 0 && width >= 1e-37) {
          const std::vector<int>& q = stage.corrections[stage.classes[c]];
          const double t = std::clamp(x_in / width - double(stage.start), 0.0, double(stage.centres - 1));
          const int i = int(std::floor(t));
          value += width / 8 * (q[i] + (t - i) * (q[std::min(i + 1, stage.centres - 1)] - q[i]));
        }
        if (stage.low) value = std::max(value, double{*stage.low});
        tensor.plane(c)[size_t(y) * spec.width_cells + x] = float(value);
      }
    }
  }
  return tensor;
}

}  // namespace

Decoded Decode(ByteSource* source) {
  Decoded result;
  std::map<int64_t, Frame> waiting;
  const auto give_out_all = [&] {
    for (auto& [number, frame] : waiting) result.frames.push_back(std::move(frame));
    waiting.clear();
  };

  Decoder decoder;
  const auto decode_all = [&]() -> Status {
    FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source, Limits{}));
    if (reader->header().mode != "latent") return Damaged("not a stream of the latent mode");
    // Where the header has none, the first packet brings it.
    bool configured = !reader->header().mode_config.empty();
    if (configured) FSC_RETURN_IF_ERROR(decoder.ReadConfig(reader->header().layers, reader->header().mode_config));
    std::optional<int64_t> next;
    for (;;) {
      FSC_ASSIGN_OR_RETURN(std::optional<Packet> packet, reader->Next());
      if (!packet) return {};
      if (packet->random_access) {
        give_out_all();
        next = packet->frame_number;
      }
      // docs/bitstream.md, "Packet": the first section may be another mode configuration.
      if (packet->configures()) {
        const auto size = ptrdiff_t(packet->sections.front().size_bytes);
        FSC_RETURN_IF_ERROR(
            decoder.ReadConfig(reader->header().layers, std::span(packet->payload).first(size_t(size))));
        packet->payload.erase(packet->payload.begin(), packet->payload.begin() + size);
        packet->sections.erase(packet->sections.begin());
        configured = true;
      }
      if (!configured) return Damaged("no configuration yet");
      if (!next) return Damaged("no random-access frame yet");
      if (packet->frame_number < *next || packet->frame_number > *next + 64) return Damaged("frame number");
      if (waiting.size() >= 8) return Damaged("too many frames wait");
      if (waiting.contains(packet->frame_number)) return Damaged("frame number twice");
      FSC_ASSIGN_OR_RETURN(Frame frame, decoder.DecodeFrame(*packet));
      waiting.emplace(frame.number, std::move(frame));
      for (auto first = waiting.begin(); first != waiting.end() && first->first == *next; first = waiting.begin()) {
        result.frames.push_back(std::move(first->second));
        waiting.erase(first);
        ++*next;
      }
    }
  };
  result.status = decode_all();
  give_out_all();
  return result;
}

}  // namespace fsc::plain
