#include "codec/latent/channel_transform.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "codec/latent/channel_kernels.h"
#include "codec/latent/number_syntax.h"

namespace fsc {
namespace {

constexpr size_t kPrefix = 14;
constexpr int kOrder = 2;  // of Golomb ..
constexpr int kMeanOrder = 4;
using Models = NumberModels<kPrefix>;

// Levels of the matrix: zero flag, sign, unary length of the magnitude in adaptive bits, then Golomb. One set of models
// per row_bits, so that rows of like precision share what they learn.
using RowModelSet = std::array<Models, ChannelTransform::kMaxRowBits + 1>;

void WriteLevel(int level, int bits, Models* models, RangeEncoder* out) {
  out->Bit(models->zero, level == 0);
  if (level == 0) return;
  out->Bypass(level < 0, 1);
  // In units of 2^k so that the unary part stays short for fine rows.
  const int k = std::max(0, bits - 6);
  const int magnitude = (level < 0 ? -level : level) - 1;
  WriteLength(uint32_t(magnitude >> k), kOrder, &models->longer, out);
  out->Bypass(uint32_t(magnitude) & ((1u << k) - 1), k);
}

int ReadLevel(int bits, Models* models, RangeDecoder* in) {
  if (in->Bit(models->zero)) return 0;
  const bool negative = in->Bypass(1) != 0;
  const int k = std::max(0, bits - 6);
  const uint32_t coarse = ReadLength(kOrder, &models->longer, in);
  const uint64_t magnitude = (uint64_t{coarse} << k) + in->Bypass(k) + 1;
  const int limited = int(std::min<uint64_t>(magnitude, uint64_t{1} << bits));
  return negative ? -limited : limited;
}

bool IsUsable(float value) {
  return std::fabs(value) <= ChannelTransform::kMaxUnit;  // no NaN either
}

// Cells handled by one task: long enough to vectorise, short enough to stay in cache.
constexpr int64_t kCellsPerTask = 512;

// Means, scales and row precisions.
struct NumberModelSet {
  Models means;
  Models scales;
  Models row_bits;
};

std::vector<uint8_t> WriteNumbers(const ChannelTransform& transform) {
  RangeEncoder coder;
  NumberModelSet models;
  for (const int16_t level : transform.mean_levels) WriteNumber(level, kMeanOrder, &models.means, &coder);
  const auto write_steps = [&](const std::vector<uint8_t>& numbers, Models* step_models) {
    int last = 0;
    for (const uint8_t number : numbers) {
      WriteNumber(number - last, kOrder, step_models, &coder);
      last = number;
    }
  };
  write_steps(transform.plane_scale, &models.scales);
  write_steps(transform.row_bits, &models.row_bits);
  return coder.Finish();
}

Status ReadNumbers(std::span<const uint8_t> bytes, const std::string& where, ChannelTransform* transform) {
  const std::string advice = "the stream is damaged";
  RangeDecoder coder(bytes);
  NumberModelSet models;
  for (int c = 0; c < transform->channels; ++c) {
    const int level = ReadNumber(kMeanOrder, &models.means, &coder);
    if (level < INT16_MIN || level > INT16_MAX) return BadInput("channel mean out of range", where, advice);
    transform->mean_levels.push_back(int16_t(level));
  }
  const auto read_steps = [&](int highest, Models* step_models, std::vector<uint8_t>* numbers) {
    int last = 0;
    for (int k = 0; k < transform->planes; ++k) {
      last += ReadNumber(kOrder, step_models, &coder);
      if (last < 0 || last > highest) return false;
      numbers->push_back(uint8_t(last));
    }
    return true;
  };
  if (!read_steps(ChannelTransform::kMaxPlaneScale, &models.scales, &transform->plane_scale)) {
    return BadInput("plane scale out of range", where, advice);
  }
  if (!transform->identity && !read_steps(ChannelTransform::kMaxRowBits, &models.row_bits, &transform->row_bits)) {
    return BadInput("row precision out of range", where, advice);
  }
  if (coder.overrun()) return BadInput("channel transform is cut short", where, advice);
  return {};
}

}  // namespace

void WriteChannelTransform(const ChannelTransform& transform, ByteWriter* out) {
  out->Leb128(transform.identity ? 0 : transform.planes);
  out->F32(transform.unit);
  out->U8(uint8_t(transform.sigma_log2));
  out->F32(transform.mean_unit);
  const std::vector<uint8_t> numbers = WriteNumbers(transform);
  out->Leb128(numbers.size());
  out->Bytes(numbers);
  if (transform.identity) return;
  RangeEncoder coder;
  RowModelSet models;
  for (int k = 0; k < transform.planes; ++k) {
    for (int c = 0; c < transform.channels; ++c) {
      const int bits = transform.row_bits[k];
      WriteLevel(transform.row_levels[size_t(k) * transform.channels + c], bits, &models[bits], &coder);
    }
  }
  const std::vector<uint8_t> bytes = coder.Finish();
  out->Leb128(bytes.size());
  out->Bytes(bytes);
}

Result<ChannelTransform> ReadChannelTransform(const LayerSpec& layer, ByteReader* in) {
  const std::string where = "latent configuration, layer '" + layer.name + "'";
  const std::string advice = "the stream is damaged";
  ChannelTransform transform;
  transform.channels = layer.channels;
  const uint64_t planes = in->Leb128();
  transform.identity = planes == 0;
  if (planes > uint64_t(layer.channels)) return BadInput("more planes than channels", where, advice);
  transform.planes = transform.identity ? layer.channels : int(planes);
  transform.unit = in->F32();
  transform.sigma_log2 = in->U8();
  transform.mean_unit = in->F32();
  const std::span<const uint8_t> numbers = in->Bytes(in->Leb128());
  FSC_RETURN_IF_ERROR(in->Check("channel transform", where));
  if (!IsUsable(transform.unit) || transform.unit <= 0 || !IsUsable(transform.mean_unit)) {
    return BadInput("channel transform has an impossible unit", where, advice);
  }
  if (transform.sigma_log2 > 12) return BadInput("channel transform has an impossible deviation", where, advice);
  FSC_RETURN_IF_ERROR(ReadNumbers(numbers, where, &transform));
  if (transform.identity) return transform;

  const std::span<const uint8_t> bytes = in->Bytes(in->Leb128());
  FSC_RETURN_IF_ERROR(in->Check("channel transform", where));
  // The cheapest level costs 1/1800 bit, so a matrix that the bytes cannot pay for is refused before it is allocated.
  const uint64_t levels = uint64_t(transform.planes) * transform.channels;
  if (levels > (uint64_t(bytes.size()) + 8) * 8 * 2048)
    return BadInput("matrix is larger than its data", where, advice);
  RangeDecoder coder(bytes);
  RowModelSet models;
  transform.row_levels.resize(levels);
  for (int k = 0; k < transform.planes; ++k) {
    const int bits = transform.row_bits[k];
    for (int c = 0; c < transform.channels; ++c) {
      transform.row_levels[size_t(k) * transform.channels + c] = int16_t(ReadLevel(bits, &models[bits], &coder));
    }
  }
  if (coder.overrun()) return BadInput("matrix is cut short", where, advice);
  return transform;
}

namespace {

std::vector<float> MeansOf(const ChannelTransform& transform) {
  std::vector<float> means;
  for (const int16_t level : transform.mean_levels) means.push_back(transform.mean_unit * float(level));
  return means;
}

std::vector<float> RowsOf(const ChannelTransform& transform) {
  std::vector<float> rows(transform.row_levels.size());
  if (transform.identity) return rows;
  for (int k = 0; k < transform.planes; ++k) {
    const float scale = std::ldexp(1.0f, -int(transform.row_bits[k]));
    for (int c = 0; c < transform.channels; ++c) {
      const size_t i = size_t(k) * transform.channels + c;
      rows[i] = scale * float(transform.row_levels[i]);
    }
  }
  return rows;
}

std::vector<int> AllColumns(int count) {
  std::vector<int> columns(count);
  std::iota(columns.begin(), columns.end(), 0);
  return columns;
}

}  // namespace

PlaneAnalysis::PlaneAnalysis(const ChannelTransform& transform)
    : channels_(transform.channels),
      planes_(transform.planes),
      identity_(transform.identity),
      scale_(1.0f / transform.unit),
      mean_(MeansOf(transform)) {
  if (identity_) return;
  forward_ = LeastSquaresAnalysis(RowsOf(transform), planes_, channels_);
  for (float& value : forward_) value *= scale_;
}

LayerPlanes PlaneAnalysis::Analyse(const Tensor& tensor, ThreadPool* pool) const {
  LayerPlanes out(planes_, tensor.width_cells(), tensor.height_cells());
  const int64_t cells = int64_t(tensor.width_cells()) * tensor.height_cells();
  if (identity_) {
    RunOnPool(pool, planes_, [&](int k) {
      const std::span<const float> in = tensor.plane(k);
      const PlaneView<int16_t> plane = out.plane(k);
      QuantiseRow(in, mean_[k], scale_, plane.data);
    });
    return out;
  }
  const int tasks = int((cells + kCellsPerTask - 1) / kCellsPerTask);
  const std::vector<int> columns = AllColumns(channels_);
  const std::vector<float> zeros(planes_);
  RunOnPool(pool, tasks, [&](int task) {
    const int64_t begin = task * kCellsPerTask;
    const int count = int(std::min(kCellsPerTask, cells - begin));
    std::vector<float> centred(size_t(channels_) * count);
    for (int c = 0; c < channels_; ++c) {
      const float* in = tensor.plane(c).data() + begin;
      float* to = centred.data() + size_t(c) * count;
      for (int i = 0; i < count; ++i) to[i] = in[i] - mean_[c];
    }
    std::vector<float> sums(size_t(planes_) * count);
    MixRows(RowMix{forward_.data(), size_t(channels_), columns, zeros.data(), planes_, centred.data(), sums.data(),
                   size_t(count), size_t(count)});
    for (int k = 0; k < planes_; ++k) {
      QuantiseRow({sums.data() + size_t(k) * count, size_t(count)}, 0.0f, 1.0f, out.plane(k).data + begin);
    }
  });
  return out;
}

PlaneSynthesis::PlaneSynthesis(const ChannelTransform& transform)
    : channels_(transform.channels),
      planes_(transform.planes),
      identity_(transform.identity),
      unit_(transform.unit),
      mean_(MeansOf(transform)) {
  if (identity_) return;
  const std::vector<float> rows = RowsOf(transform);
  inverse_.resize(rows.size());
  for (int k = 0; k < planes_; ++k) {
    for (int c = 0; c < channels_; ++c) {
      inverse_[size_t(c) * planes_ + k] = unit_ * rows[size_t(k) * channels_ + c];
    }
  }
}

Tensor PlaneSynthesis::Synthesise(const LayerPlanes& planes, ThreadPool* pool) const {
  Tensor out(channels_, planes.height(), planes.width());
  const int64_t cells = int64_t(planes.plane_size());
  if (identity_) {
    RunOnPool(pool, channels_, [&](int c) {
      const PlaneView<const int16_t> plane = planes.plane(c);
      float* to = out.plane(c).data();
      for (int64_t i = 0; i < cells; ++i) to[i] = mean_[c] + unit_ * float(plane.data[i]);
    });
    return out;
  }
  const int tasks = int((cells + kCellsPerTask - 1) / kCellsPerTask);
  RunOnPool(pool, tasks, [&](int task) {
    const int64_t begin = task * kCellsPerTask;
    const int count = int(std::min(kCellsPerTask, cells - begin));
    std::vector<float> values;
    std::vector<int> columns;
    for (int k = 0; k < planes_; ++k) {
      const int16_t* in = planes.plane(k).data + begin;
      // Planes that are zero here add nothing, exactly.
      if (std::all_of(in, in + count, [](int16_t z) { return z == 0; })) continue;
      columns.push_back(k);
      values.insert(values.end(), in, in + count);
    }
    MixRows(RowMix{inverse_.data(), size_t(planes_), columns, mean_.data(), channels_, values.data(),
                   out.plane(0).data() + begin, size_t(cells), size_t(count)});
  });
  return out;
}

}  // namespace fsc
