#include "tests/codec/plain_latent_decoder.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "codec/latent_start_states.h"
#include "motion/warp.h"

namespace fsc_plain {
namespace {

using Bytes = std::vector<uint8_t>;

// ---- Conventions
// -------------------------------------------------------------------------------------------------------------

struct Reader {
  Bytes data;
  size_t at = 0;
  int U8() { return data.at(at++); }
  int S8() { return int8_t(U8()); }
  float F32() {
    float value;
    std::memcpy(&value, data.data() + at, 4);
    at += 4;
    return value;
  }
  uint64_t Leb() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const int byte = U8();
      value |= uint64_t(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
  int64_t Sleb() {
    const uint64_t v = Leb();
    return v & 1 ? -int64_t((v + 1) / 2) : int64_t(v / 2);
  }
  Bytes Take(size_t n) {
    at += n;
    return Bytes(data.begin() + at - n, data.begin() + at);
  }
  Bytes Rest() { return Take(data.size() - at); }
};

int Clamp(int64_t x, int64_t a, int64_t b) {
  return int(x < a ? a : x > b ? b : x);
}

// ---- Range coder
// -------------------------------------------------------------------------------------------------------------

struct Model {
  int fast = 32768, slow = 32768, n = 0;
  Model() = default;
  Model(int p, int count) : fast(p), slow(p), n(count) {}
};

struct Coder {
  Bytes data;
  size_t at = 0;
  uint32_t range = 0xFFFFFFFF, code = 0;
  explicit Coder(Bytes bytes) : data(std::move(bytes)) {
    for (int i = 0; i < 4; ++i) code = code << 8 | Next();
  }
  uint32_t Next() { return at < data.size() ? data[at++] : 0; }
  void Normalise() {
    while (range < (1u << 24)) {
      range <<= 8;
      code = code << 8 | Next();
    }
  }
  int Bit(Model& m) {
    const uint32_t p = uint32_t(Clamp((m.fast + m.slow) >> 1, 24, 65536 - 24));
    const uint32_t bound = uint32_t(uint64_t(range) * p >> 16);
    const int bit = code < bound;
    if (bit) {
      range = bound;
    } else {
      code -= bound;
      range -= bound;
    }
    const int r = 131072 / (2 * m.n + 3);
    m.fast += int(int64_t(65535 * bit - m.fast) * std::max(4096, r) >> 16);
    m.slow += int(int64_t(65535 * bit - m.slow) * std::max(512, r) >> 16);
    m.n = std::min(m.n + 1, 127);
    Normalise();
    return bit;
  }
  uint32_t Bypass(int n) {
    uint32_t value = 0;
    for (int i = 0; i < n; ++i) {
      range >>= 1;
      const bool bit = code >= range;
      if (bit) code -= range;
      value = value * 2 + bit;
      Normalise();
    }
    return value;
  }
  uint32_t Golomb(int k) {
    int e = 0;
    while (e < 24 && Bypass(1)) ++e;
    const int n = std::min(e + k, 25);
    return (1u << n) + Bypass(n) - (1u << k);
  }
};

// ---- Mode configuration
// ------------------------------------------------------------------------------------------------------

struct Layer {
  int channels, width, height, stride, phase;
  int groups, planes, deviation;
  bool identity;
  float unit;
  std::vector<float> means;
  std::vector<int> scales;
  std::vector<float> matrix;  // [planes][channels]
};

struct Config {
  bool lossless;
  int width, height, unit_px;
  std::vector<Layer> layers;
};

Config ReadConfig(const fsc::StreamHeader& header) {
  Reader in{header.mode_config};
  Config config;
  in.U8();
  config.lossless = in.U8() & 1;
  config.width = int(in.Leb());
  config.height = int(in.Leb());
  config.unit_px = int(in.Leb());
  for (const fsc::LayerSpec& spec : header.layers) {
    Layer layer;
    layer.channels = spec.channels;
    layer.width = spec.width_cells;
    layer.height = spec.height_cells;
    layer.stride = spec.stride_px;
    layer.phase = spec.phase_px16;
    layer.groups = in.U8();
    layer.planes = int(in.Leb());
    layer.identity = layer.planes == 0;
    if (layer.identity) layer.planes = layer.channels;
    layer.unit = in.F32();
    layer.deviation = in.U8();
    const float mean_unit = in.F32();
    for (int c = 0; c < layer.channels; ++c) layer.means.push_back(mean_unit * float(in.Sleb()));
    for (int k = 0; k < layer.planes; ++k) layer.scales.push_back(in.U8());
    if (!layer.identity) {
      std::vector<int> precision;
      for (int k = 0; k < layer.planes; ++k) precision.push_back(in.U8());
      const size_t size = in.Leb();
      Coder coder(in.Take(size));
      std::array<Model, 13> zero;
      std::array<std::array<Model, 14>, 13> longer;
      for (const int b : precision) {
        for (int c = 0; c < layer.channels; ++c) {
          int level = 0;
          if (!coder.Bit(zero[b])) {
            const bool negative = coder.Bypass(1);
            const int k = std::max(0, b - 6);
            int64_t q = 0;
            while (q < 14 && coder.Bit(longer[b][q])) ++q;
            if (q == 14) q += coder.Golomb(2);
            level = int(std::min<int64_t>((q << k) + coder.Bypass(k) + 1, int64_t{1} << b));
            if (negative) level = -level;
          }
          layer.matrix.push_back(std::ldexp(float(level), -b));
        }
      }
    }
    config.layers.push_back(layer);
  }
  return config;
}

// ---- Motion field
// ------------------------------------------------------------------------------------------------------------

struct Vector {
  int x = 0, y = 0;
};

struct Field {
  int leaves_x = 0, leaves_y = 0;
  std::vector<Vector> leaves;
  Vector& at(int x, int y) { return leaves[size_t(y) * leaves_x + x]; }
};

Model Percent(int p) {
  return Model(p * 65536 / 100, 6);
}

struct MotionModels {
  Model any{8192, 2};
  std::array<Model, 2> precision, base, sign;
  std::array<Model, 3> split{Percent(10), Percent(30), Percent(55)};
  std::array<Model, 3> moved{Percent(30), Percent(50), Percent(65)};
  std::array<Model, 2> moved_leaf{Percent(42), Percent(48)};
  Model zero[3][2] = {{Percent(25), Percent(60)}, {Percent(30), Percent(50)}, {Percent(22), Percent(22)}};
  Model length[2][16];
  MotionModels() {
    for (auto& component : length) {
      for (int i = 0; i < 16; ++i) component[i] = Percent(i < 4 ? 35 : 20);
    }
  }
};

// Division with halves away from zero.
int64_t Round(int64_t a, int64_t b) {
  return a < 0 ? -((-2 * a + b) / (2 * b)) : (2 * a + b) / (2 * b);
}

int Median(int a, int b, int c) {
  return std::max(std::min(a, b), std::min(std::max(a, b), c));
}

Field ReadField(const Config& config, const Field* hint, int num, int den, MotionModels& m, Coder& in) {
  Field field;
  field.leaves_x = (config.width + 15) / 16;
  field.leaves_y = (config.height + 15) / 16;
  field.leaves.resize(size_t(field.leaves_x) * field.leaves_y);
  if (!in.Bit(m.any)) return field;
  const int p = !in.Bit(m.precision[0]) ? 1 : !in.Bit(m.precision[1]) ? 2 : 4;
  const int limit = 8191 / p * p;
  std::vector<Vector> base(field.leaves.size());
  if (in.Bit(m.base[0])) {
    if (in.Bit(m.base[1])) {
      for (size_t i = 0; i < base.size(); ++i) {
        base[i] = {Clamp(Round(int64_t{hint->leaves[i].x} * num, den), -8191, 8191),
                   Clamp(Round(int64_t{hint->leaves[i].y} * num, den), -8191, 8191)};
      }
    } else {
      int64_t v[6];
      for (int i = 0; i < 6; ++i) {
        const int64_t code = in.Golomb(i < 2 ? 6 : 5);
        v[i] = code & 1 ? -((code + 1) / 2) : code / 2;
      }
      for (int y = 0; y < field.leaves_y; ++y) {
        for (int x = 0; x < field.leaves_x; ++x) {
          const int64_t bx = 64 * (x / 2) + 32 - config.width;
          const int64_t by = 64 * (y / 2) + 32 - config.height;
          base[size_t(y) * field.leaves_x + x] = {
              Clamp((2048 * v[0] + v[2] * bx + v[3] * by + (1 << 14)) >> 15, -8191, 8191),
              Clamp((2048 * v[1] + v[4] * bx + v[5] * by + (1 << 14)) >> 15, -8191, 8191)};
        }
      }
    }
    for (Vector& v : base) v = {Clamp(p * Round(v.x, p), -limit, limit), Clamp(p * Round(v.y, p), -limit, limit)};
  }
  Field difference = field;
  std::vector<int> moved(field.leaves.size()), split(size_t(field.leaves_x + 1) / 2 * ((field.leaves_y + 1) / 2));
  const int blocks_x = (field.leaves_x + 1) / 2;
  const int blocks_y = (field.leaves_y + 1) / 2;
  for (int by = 0; by < blocks_y; ++by) {
    for (int bx = 0; bx < blocks_x; ++bx) {
      const int x0 = 2 * bx, y0 = 2 * by;
      const int x1 = std::min(x0 + 2, field.leaves_x), y1 = std::min(y0 + 2, field.leaves_y);
      int is_split = 0;
      if ((x1 - x0) * (y1 - y0) > 1) {
        const int n = (bx > 0 && split[by * blocks_x + bx - 1]) + (by > 0 && split[(by - 1) * blocks_x + bx]);
        is_split = in.Bit(m.split[n]);
      }
      split[by * blocks_x + bx] = is_split;
      const auto unit = [&](int ux, int uy, int ux1, int uy1, bool lower_right, Model& flag) {
        Vector prediction;
        int a = 1;
        if (uy == 0) {
          if (ux > 0) prediction = difference.at(ux - 1, uy);
        } else if (ux == 0) {
          prediction = difference.at(ux, uy - 1);
        } else {
          const Vector left = difference.at(ux - 1, uy), up = difference.at(ux, uy - 1);
          const Vector corner =
              ux1 < field.leaves_x && !lower_right ? difference.at(ux1, uy - 1) : difference.at(ux - 1, uy - 1);
          prediction = {Median(left.x, up.x, corner.x), Median(left.y, up.y, corner.y)};
          const int d = std::abs(left.x - up.x) + std::abs(left.y - up.y);
          a = d == 0 ? 0 : d <= 4 ? 1 : 2;
        }
        const int is_moved = in.Bit(flag);
        Vector v = prediction;
        if (is_moved) {
          int delta[2] = {0, 0};
          for (int component = 0; component < 2; ++component) {
            const bool zero = component == 1 && delta[0] == 0 ? false : in.Bit(m.zero[a][component]);
            if (zero) continue;
            int n = 0;
            while (n < 15 && in.Bit(m.length[component][n])) ++n;
            const int magnitude = int((1u << n) + in.Bypass(n));
            delta[component] = in.Bit(m.sign[component]) ? -magnitude : magnitude;
          }
          v = {prediction.x + delta[0], prediction.y + delta[1]};
        }
        for (int y = uy; y < uy1; ++y) {
          for (int x = ux; x < ux1; ++x) {
            const size_t i = size_t(y) * field.leaves_x + x;
            difference.leaves[i] = v;
            moved[i] = is_moved;
            field.leaves[i] = {Clamp(base[i].x + p * v.x, -limit, limit), Clamp(base[i].y + p * v.y, -limit, limit)};
          }
        }
      };
      if (!is_split) {
        const int n =
            (x0 > 0 && moved[y0 * field.leaves_x + x0 - 1]) + (y0 > 0 && moved[(y0 - 1) * field.leaves_x + x0]);
        unit(x0, y0, x1, y1, false, m.moved[n]);
      } else {
        for (int y = y0; y < y1; ++y) {
          for (int x = x0; x < x1; ++x) {
            unit(x, y, x + 1, y + 1, x == x0 + 1 && y == y0 + 1, m.moved_leaf[x == x0 && y == y0 ? 0 : 1]);
          }
        }
      }
    }
  }
  return field;
}

// ---- Motion of a layer, interpolation
// ----------------------------------------------------------------------------------------

Plane Move(const Plane& reference, Field& field, const Config& config, const Layer& layer, int filter) {
  const auto leaf = [&](int cell, int leaves) {
    const int64_t c = layer.phase + 16 * int64_t{layer.stride} * cell + 8;
    const int64_t size = 256 * int64_t{config.unit_px};
    return Clamp(c < 0 ? -((-c + size - 1) / size) : c / size, 0, leaves - 1);
  };
  const auto scaled = [&](int v) { return Clamp(Round(8 * int64_t{config.unit_px} * v, layer.stride), -32768, 32767); };
  const fsc::WarpTaps& taps = fsc::TapsOf(fsc::WarpFilter(filter));
  const auto sample = [&](int x, int y) {
    return reference.z[size_t(Clamp(y, 0, layer.height - 1)) * layer.width + Clamp(x, 0, layer.width - 1)];
  };
  Plane out = reference;
  for (int y = 0; y < layer.height; ++y) {
    for (int x = 0; x < layer.width; ++x) {
      const Vector v = field.at(leaf(x, field.leaves_x), leaf(y, field.leaves_y));
      const int dx = scaled(v.x), dy = scaled(v.y);
      const auto along_row = [&](int row) {
        if ((dx & 31) == 0) return sample(x + (dx >> 5), row);
        int sum = 32;
        for (int k = 0; k < 6; ++k) sum += taps[dx & 31][k] * sample(x + (dx >> 5) + k - 2, row);
        return Clamp(sum >> 6, -32768, 32767);
      };
      if ((dy & 31) == 0) {
        out.at(x, y) = along_row(y + (dy >> 5));
        continue;
      }
      int sum = 32;
      for (int k = 0; k < 6; ++k) sum += taps[dy & 31][k] * along_row(y + (dy >> 5) + k - 2);
      out.at(x, y) = Clamp(sum >> 6, -32768, 32767);
    }
  }
  return out;
}

// ---- State
// -------------------------------------------------------------------------------------------------------------------

struct LevelModels {
  Model plane[8], superblock[8][3], block[8][6][4], count[4][6][15], skip[4][4], significant[2][4][16],
      above_one[3][6][3], above_two[6][3], prefix[6][16], gain_same[17], gain_tree[16];

  explicit LevelModels(int frame_class) {
    int i = 0;
    const auto fill = [&](Model* models, int count_of) {
      for (int j = 0; j < count_of; ++j, ++i) {
        models[j] = Model(fsc::kStartStates[frame_class][i].one_probability, fsc::kStartStates[frame_class][i].seen);
      }
    };
    fill(plane, 8);
    fill(superblock[0], 24);
    fill(block[0][0], 192);
    fill(count[0][0], 360);
    fill(skip[0], 16);
    fill(significant[0][0], 128);
    fill(above_one[0][0], 54);
    fill(above_two[0], 18);
    fill(prefix[0], 96);
    fill(gain_same, 17);
    fill(gain_tree, 16);
  }
};

struct ModeModels {
  Model same[3], tree[8][8];
};

struct LayerState {
  std::vector<std::vector<LevelModels>> levels;  // [group][class]
  ModeModels modes[4];
  std::vector<int> gain[4], lean[4], density[4];
};

struct FrameHeader {
  int frame_class, filter, qp, r[2];
  bool stored;
  std::vector<int64_t> references, dropped;
};

int Step(const Layer& layer, int qp) {
  const int64_t table[6] = {65536, 73562, 82570, 92682, 104032, 116772};
  const int e = qp + 51, o = e / 6 - 12 + layer.deviation;
  const int64_t t = table[e % 6];
  return int(std::max<int64_t>(1, o >= 16 ? t << (o - 16) : (t + (int64_t{1} << (15 - o))) >> (16 - o)));
}

LayerState Restart(const Layer& layer, int qp) {
  LayerState state;
  std::vector<LevelModels> classes;
  for (int c = 0; c < 4; ++c) classes.emplace_back(c);
  state.levels.assign(layer.groups, classes);
  for (int c = 0; c < 4; ++c) {
    state.gain[c].assign(layer.planes, c == 0 ? 8 : 16);
    state.lean[c].assign(layer.planes, 96);
    state.density[c].assign(layer.planes, -1);
  }
  const int64_t f[4] = {65536, 77936, 92682, 110218};
  for (int k = 0; k < layer.planes; ++k) {
    const int64_t v = (f[layer.scales[k] & 3] << (layer.scales[k] >> 2)) >> 16;
    const int64_t q = 16 * v / Step(layer, qp);
    state.density[0][k] = int(std::min<int64_t>(16384, 8 * q * q));
  }
  return state;
}

// ---- Levels of a plane
// -------------------------------------------------------------------------------------------------------

constexpr int kPosition[16] = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};

struct BlockLevels {
  int count = 0, sum = 0, skip = 0;
  int level[16] = {};  // by cell
};

struct Grid {
  int blocks_x, blocks_y;
  std::vector<BlockLevels> blocks;
  BlockLevels& at(int x, int y) { return blocks[size_t(y) * blocks_x + x]; }
};

int ActivityOf(const LayerState& state, int frame_class, int k) {
  int shift = 0, c = frame_class;
  while (state.density[c][k] < 0) --c, shift += 2;
  const int d = state.density[c][k] >> shift;
  return d < 8 ? 0 : d < 24 ? 1 : d < 64 ? 2 : d < 160 ? 3 : d < 400 ? 4 : d < 1000 ? 5 : d < 3000 ? 6 : 7;
}

void ReadLevels(Grid& grid, const std::vector<int>& map, int a, int lean, bool lossless, LevelModels& m, Coder& in) {
  for (BlockLevels& block : grid.blocks) block = {};
  if (!in.Bit(m.plane[a])) return;
  const int sx_count = (grid.blocks_x + 3) / 4, sy_count = (grid.blocks_y + 3) / 4;
  std::vector<int> coded(size_t(sx_count) * sy_count);
  for (int sy = 0; sy < sy_count; ++sy) {
    for (int sx = 0; sx < sx_count; ++sx) {
      int& here = coded[sy * sx_count + sx];
      here = 1;
      if (coded.size() > 1) {
        here = in.Bit(
            m.superblock[a][(sx > 0 && coded[sy * sx_count + sx - 1]) + (sy > 0 && coded[(sy - 1) * sx_count + sx])]);
      }
      if (!here) continue;
      for (int y = 4 * sy; y < std::min(4 * sy + 4, grid.blocks_y); ++y) {
        for (int x = 4 * sx; x < std::min(4 * sx + 4, grid.blocks_x); ++x) {
          BlockLevels& block = grid.at(x, y);
          const BlockLevels* left_block = x > 0 ? &grid.at(x - 1, y) : nullptr;
          const BlockLevels* up_block = y > 0 ? &grid.at(x, y - 1) : nullptr;
          const auto limited = [](const BlockLevels* b) { return std::min(b->sum, 255); };
          const int sum = left_block && up_block ? limited(left_block) + limited(up_block)
                          : left_block           ? 2 * limited(left_block)
                          : up_block             ? 2 * limited(up_block)
                                                 : 0;
          const int n = sum < 2 ? sum : sum < 4 ? 2 : sum < 9 ? 3 : sum < 21 ? 4 : 5;
          const int v = map[size_t(y) * grid.blocks_x + x];
          const int p = v < 24 ? 0 : v < 72 ? 1 : v < 144 ? 2 : 3;
          if (!in.Bit(m.block[a][n][p])) continue;
          int with_levels = 0, without_transform = 0;
          for (const BlockLevels* b : {left_block, up_block}) {
            with_levels += b && b->count > 0;
            without_transform += b && b->count > 0 && b->skip;
          }
          const int s = with_levels == 0 ? 0 : without_transform == 0 ? 1 : without_transform < with_levels ? 2 : 3;
          block.skip = lossless ? 1 : in.Bit(m.skip[lean][s]);
          int c = 1;
          while (c < 16 && in.Bit(m.count[a >> 1][n][c - 1])) ++c;
          block.count = c;
          int left = c, above = 0;
          for (int i = 0; i < 16; ++i) {
            const bool free = left > 0 && left < 16 - i;
            const int significant = free ? in.Bit(m.significant[block.skip][std::min(left, 4) - 1][i]) : left > 0;
            if (!significant) continue;
            --left;
            int magnitude = 1;
            if (in.Bit(m.above_one[c == 1 ? 0 : c <= 3 ? 1 : 2][n][above])) {
              magnitude = 2;
              if (in.Bit(m.above_two[n][above])) {
                int e = 0;
                while (e < 15 && in.Bit(m.prefix[n][e])) ++e;
                magnitude = int(std::min<int64_t>(3 + (int64_t{1} << e) + in.Bypass(e) - 1, 32768));
              }
            }
            block.level[kPosition[i]] = int16_t(in.Bypass(1) ? -magnitude : magnitude);
            above = std::min(2, above + (magnitude > 1));
            block.sum += magnitude;
          }
        }
      }
    }
  }
}

// ---- Residual, reconstruction
// ------------------------------------------------------------------------------------------------

void Inverse(const int64_t in[4], int64_t out[4]) {
  const int64_t e0 = 64 * (in[0] + in[2]), e1 = 64 * (in[0] - in[2]);
  const int64_t o0 = 83 * in[1] + 36 * in[3], o1 = 36 * in[1] - 83 * in[3];
  out[0] = (e0 + o0 + 64) >> 7;
  out[1] = (e1 + o1 + 64) >> 7;
  out[2] = (e1 - o1 + 64) >> 7;
  out[3] = (e0 - o0 + 64) >> 7;
}

void Residual(const BlockLevels& block, int step, const int r[2], bool lossless, int64_t residual[16]) {
  for (int i = 0; i < 16; ++i) {
    const int64_t v = block.level[i], magnitude = std::abs(v);
    residual[i] = v;
    if (lossless || v == 0) continue;
    const int64_t c = std::min<int64_t>(((64 * magnitude + r[magnitude > 1]) * step + 512) >> 10, 1 << 18);
    residual[i] = v < 0 ? -c : c;
  }
  if (lossless || block.skip) return;
  for (int x = 0; x < 4; ++x) {
    int64_t in[4], out[4];
    for (int i = 0; i < 4; ++i) in[i] = residual[4 * i + x];
    Inverse(in, out);
    for (int i = 0; i < 4; ++i) residual[4 * i + x] = out[i];
  }
  for (int y = 0; y < 4; ++y) {
    int64_t out[4];
    Inverse(residual + 4 * y, out);
    for (int i = 0; i < 4; ++i) residual[4 * y + i] = out[i];
  }
}

void PredictIntra(Plane& plane, int x0, int y0, int mode, int gain) {
  const int columns = std::min(4, plane.width - x0), rows = std::min(4, plane.height - y0);
  int64_t sum = 0;
  int n = 0;
  for (int y = 0; x0 > 0 && y < rows; ++y, ++n) sum += plane.at(x0 - 1, y0 + y);
  for (int x = 0; y0 > 0 && x < columns; ++x, ++n) sum += plane.at(x0 + x, y0 - 1);
  const int mean = n == 0 ? 0 : int(std::floor(double(2 * sum + n) / (2 * n)));
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      int p = mean;
      if (mode == 3) p = 0;
      if (mode == 5 && x0 > 0) p = plane.at(x0 - 1, y0 + y);
      if (mode == 6 && y0 > 0) p = plane.at(x0 + x, y0 - 1);
      plane.at(x0 + x, y0 + y) = (p * gain + 8) >> 4;
    }
  }
}

// ---- Layer
// -------------------------------------------------------------------------------------------------------------------

std::vector<Plane> ReadLayer(const Config& config, const Layer& layer, const FrameHeader& header, Bytes bytes,
                             const std::vector<const std::vector<Plane>*>& references, std::vector<Field>& fields,
                             LayerState& state) {
  Reader in{std::move(bytes)};
  const int references_count = int(references.size());
  const int fc = header.frame_class;
  const size_t mode_bytes = in.Leb();
  std::vector<size_t> sizes;
  for (int g = 0; g + 1 < layer.groups; ++g) sizes.push_back(in.Leb());
  Grid grid{(layer.width + 3) / 4, (layer.height + 3) / 4, {}};
  grid.blocks.resize(size_t(grid.blocks_x) * grid.blocks_y);

  Coder mode_coder(in.Take(mode_bytes));
  std::vector<int> exist;
  for (int mode = 0; mode < 7; ++mode) {
    if (mode >= 3 || (mode == 0 && references_count >= 1) || references_count >= 2) exist.push_back(mode);
  }
  std::vector<int> modes(grid.blocks.size());
  ModeModels& mm = state.modes[fc];
  for (int y = 0; y < grid.blocks_y; ++y) {
    for (int x = 0; x < grid.blocks_x; ++x) {
      const size_t i = size_t(y) * grid.blocks_x + x;
      const int near = x > 0 ? modes[i - 1] : y > 0 ? modes[i - grid.blocks_x] : 7;
      if (near != 7) {
        const int c = x > 0 && y > 0 && modes[i - 1] == modes[i - grid.blocks_x] ? 2 : 1;
        if (mode_coder.Bit(mm.same[c])) {
          modes[i] = near;
          continue;
        }
      }
      int node = 1;
      for (int b = 0; b < 3; ++b) node = 2 * node + mode_coder.Bit(mm.tree[near][node]);
      modes[i] = exist[std::min<size_t>(node - 8, exist.size() - 1)];
    }
  }

  std::vector<Plane> planes(layer.planes,
                            Plane{layer.width, layer.height, std::vector<int>(size_t(layer.width) * layer.height)});
  const int step = Step(layer, header.qp);
  for (int g = 0; g < layer.groups; ++g) {
    Coder coder(g + 1 < layer.groups ? in.Take(sizes[g]) : in.Rest());
    LevelModels& m = state.levels[g][fc];
    std::vector<int> map(grid.blocks.size());
    for (int k = g; k < layer.planes; k += layer.groups) {
      int& gain = state.gain[fc][k];
      if (!coder.Bit(m.gain_same[gain])) {
        int node = 1;
        for (int b = 0; b < 4; ++b) node = 2 * node + coder.Bit(m.gain_tree[node]);
        gain = node - 16 + (node - 16 >= gain);
      }
      Plane& plane = planes[k];
      std::vector<Plane> moved;
      for (int i = 0; i < references_count; ++i)
        moved.push_back(Move((*references[i])[k], fields[i], config, layer, header.filter));
      const int activity = ActivityOf(state, fc, k);
      ReadLevels(grid, map, activity, state.lean[fc][k] >> 6, config.lossless, m, coder);
      int levels = 0, blocks = 0, skipped = 0;
      for (int by = 0; by < grid.blocks_y; ++by) {
        for (int bx = 0; bx < grid.blocks_x; ++bx) {
          const int mode = modes[size_t(by) * grid.blocks_x + bx];
          const BlockLevels& block = grid.at(bx, by);
          const int columns = std::min(4, layer.width - 4 * bx), rows = std::min(4, layer.height - 4 * by);
          if (mode >= 3) PredictIntra(plane, 4 * bx, 4 * by, mode, state.gain[0][k]);
          int64_t residual[16] = {};
          if (block.count > 0) Residual(block, step, header.r, config.lossless, residual);
          for (int y = 0; y < rows; ++y) {
            for (int x = 0; x < columns; ++x) {
              int& z = plane.at(4 * bx + x, 4 * by + y);
              if (mode < 3) {
                const auto from = [&](int i) { return moved[i].at(4 * bx + x, 4 * by + y); };
                const int p = mode == 2 ? (from(0) + from(1) + 1) >> 1 : from(mode);
                z = (p * gain + 8) >> 4;
              }
              if (block.count == 0) continue;
              const int64_t sum = z + residual[4 * y + x];
              z = config.lossless ? int(int16_t(uint16_t(sum))) : Clamp(sum, -32767, 32767);
            }
          }
          levels += block.count;
          blocks += block.count > 0;
          skipped += block.count > 0 && block.skip;
        }
      }
      int& density = state.density[fc][k];
      const int now = int(int64_t{1024} * levels / int64_t(grid.blocks.size()));
      // An intra frame's first density is the guess that it started from.
      density = density < 0 ? now : (density + now + 1) >> 1;
      if (blocks > 0) state.lean[fc][k] = (state.lean[fc][k] + 255 * skipped / blocks + 1) >> 1;
      if (levels > 0) {
        for (size_t i = 0; i < map.size(); ++i) map[i] = map[i] - (map[i] >> 2) + (grid.blocks[i].count > 0 ? 63 : 0);
      }
    }
  }
  return planes;
}

// ---- Output
// ------------------------------------------------------------------------------------------------------------------

struct Table {
  float low = -3.0e38f, start = 0, width = 0;
  std::vector<int> q;
};

Table ReadTable(Reader& in) {
  Table table;
  table.low = in.F32();
  const int n = in.U8();
  if (n == 0) return table;
  table.start = in.F32();
  table.width = in.F32();
  const size_t size = in.U8();
  Coder coder(in.Take(size));
  Model zero;
  std::array<Model, 10> longer;
  int last = 0;
  for (int i = 0; i < n; ++i) {
    int d = 0;
    if (!coder.Bit(zero)) {
      const bool negative = coder.Bypass(1);
      uint32_t m = 0;
      while (m < 10 && coder.Bit(longer[m])) ++m;
      if (m == 10) m += coder.Golomb(2);
      d = int(std::min<uint32_t>(m, 254)) + 1;
      if (negative) d = -d;
    }
    last = Clamp(last + d, -127, 127);
    table.q.push_back(last);
  }
  return table;
}

std::vector<float> Features(const Layer& layer, std::vector<Plane>& planes, const Table& table) {
  const size_t cells = size_t(layer.width) * layer.height;
  std::vector<float> out(layer.channels * cells);
  for (int c = 0; c < layer.channels; ++c) {
    for (size_t i = 0; i < cells; ++i) {
      double x = layer.means[c];
      if (layer.identity) {
        x += double(layer.unit) * planes[c].z[i];
      } else {
        for (int k = 0; k < layer.planes; ++k)
          x += double(layer.unit) * layer.matrix[k * layer.channels + c] * planes[k].z[i];
      }
      if (!table.q.empty() && table.width > 0) {
        const double t = std::clamp((x - table.start) / table.width, 0.0, double(table.q.size() - 1));
        const int j = int(t);
        const double a = table.q[j], b = table.q[std::min<size_t>(j + 1, table.q.size() - 1)];
        x += table.width / 32 * (a + (t - j) * (b - a));
      }
      out[c * cells + i] = float(std::max<double>(x, table.low));
    }
  }
  return out;
}

}  // namespace

// ---- Frame
// -------------------------------------------------------------------------------------------------------------------

std::vector<Output> DecodeAll(const fsc::StreamHeader& stream, const std::vector<fsc::Packet>& packets) {
  const Config config = ReadConfig(stream);
  std::vector<LayerState> state(config.layers.size());
  std::array<MotionModels, 2> motion_models;
  std::map<int64_t, std::vector<std::vector<Plane>>> stored;
  std::vector<Table> tables(config.layers.size());
  std::vector<Output> frames;
  for (const fsc::Packet& packet : packets) {
    std::vector<Bytes> parts;
    size_t at = 0;
    for (const fsc::Section& section : packet.sections) {
      parts.emplace_back(packet.payload.begin() + at, packet.payload.begin() + at + section.size_bytes);
      at += section.size_bytes;
    }
    Reader in{parts.at(0)};
    FrameHeader header;
    const int bits = in.U8();
    header.frame_class = bits & 3;
    header.filter = bits >> 2 & 1;
    header.stored = bits >> 3 & 1;
    header.qp = in.U8();
    for (int& r : header.r) r = in.S8();
    for (int i = 0; i < bits >> 5; ++i) header.references.push_back(in.Sleb());
    const int dropped = in.U8();
    for (int i = 0; i < dropped; ++i) header.dropped.push_back(in.Sleb());
    if (header.references.empty()) {
      stored.clear();
      tables.assign(config.layers.size(), {});
      motion_models = {};
      for (size_t i = 0; i < state.size(); ++i) state[i] = Restart(config.layers[i], header.qp);
    }
    if (bits >> 4 & 1) {
      for (Table& table : tables) table = ReadTable(in);
    }
    std::vector<Field> fields;
    if (!header.references.empty()) {
      Coder coder(parts.at(1));
      for (size_t i = 0; i < header.references.size(); ++i) {
        int num = 0, den = 1;
        const bool hinted = i == 1 && std::abs(header.references[0]) <= 64 && std::abs(header.references[1]) <= 64;
        if (hinted) {
          num = int(header.references[1]) * (header.references[0] < 0 ? -1 : 1);
          den = int(std::abs(header.references[0]));
        }
        fields.push_back(ReadField(config, hinted ? &fields[0] : nullptr, num, den, motion_models[i], coder));
      }
    }
    std::vector<std::vector<Plane>> picture;
    Output output{packet.frame_number, {}};
    for (size_t i = 0; i < config.layers.size(); ++i) {
      std::vector<const std::vector<Plane>*> references;
      for (const int64_t reference : header.references)
        references.push_back(&stored.at(packet.frame_number + reference)[i]);
      picture.push_back(ReadLayer(config, config.layers[i], header, parts.at(i + (header.references.empty() ? 1 : 2)),
                                  references, fields, state[i]));
      output.layers.push_back(Features(config.layers[i], picture.back(), tables[i]));
    }
    for (const int64_t d : header.dropped) stored.erase(packet.frame_number + d);
    if (header.stored) stored[packet.frame_number] = std::move(picture);
    frames.push_back(std::move(output));
  }
  std::sort(frames.begin(), frames.end(),
            [](const Output& a, const Output& b) { return a.frame_number < b.frame_number; });
  return frames;
}

}  // namespace fsc_plain
