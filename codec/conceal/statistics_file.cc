// statistics_file.cc: completion statistics as a file (docs/loss.md).
#include <algorithm>
#include <array>
#include <cmath>

#include "core/byte_reader.h"
#include "core/byte_writer.h"
#include "core/crc32c.h"
#include "fsc/byte_io.h"
#include "fsc/completion_statistics.h"
#include "streams/byte_reading.h"

namespace fsc {
namespace {

constexpr std::array<uint8_t, 8> kSignature = {0x89, 'F', 'S', 'S', 0x0d, 0x0a, 0x1a, 0x0a};
constexpr int kVersion = 1;
constexpr int kMaxLayers = 16;
constexpr size_t kMaxBytes = size_t{1} << 30;
constexpr int kMaxSizeCells = 16384;

enum Part : uint8_t { kCross = 1, kDifference = 2, kMeanMap = 4, kRowWeights = 8 };
constexpr uint8_t kAllParts = kCross | kDifference | kMeanMap | kRowWeights;

// A symmetric matrix: row i up to column i.
void WriteTriangle(const std::vector<float>& matrix, size_t n, ByteWriter* out) {
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) out->F32(matrix[i * n + j]);
  }
}

void WriteAll(const std::vector<float>& values, ByteWriter* out) {
  for (const float value : values) out->F32(value);
}

float ReadNumber(ByteReader* in) {
  const float value = in->F32();
  if (!std::isfinite(value)) in->MarkBroken();
  return value;
}

std::vector<float> ReadAll(size_t count, ByteReader* in) {
  if (count > in->left() / sizeof(float)) in->MarkBroken();
  if (in->broken()) return {};
  std::vector<float> values(count);
  for (float& value : values) value = ReadNumber(in);
  return values;
}

std::vector<float> ReadTriangle(size_t n, ByteReader* in) {
  const std::vector<float> packed = ReadAll(n * (n + 1) / 2, in);
  if (in->broken()) return {};
  std::vector<float> matrix(n * n);
  const float* next = packed.data();
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j <= i; ++j) matrix[i * n + j] = matrix[j * n + i] = *next++;
    if (matrix[i * n + i] < 0) in->MarkBroken();
  }
  return matrix;
}

uint8_t PartsOf(const CompletionStatistics& layer) {
  return uint8_t((layer.cross_covariance.empty() ? 0 : kCross) | (layer.difference.empty() ? 0 : kDifference) |
                 (layer.mean_map.empty() ? 0 : kMeanMap) | (layer.row_weights.empty() ? 0 : kRowWeights));
}

bool Fits(const CompletionStatistics& layer) {
  if (layer.channels < 1 || layer.channels > kMaxCompletionChannels) return false;
  const size_t c = size_t(layer.channels);
  const auto fits = [](const std::vector<float>& part, size_t size) { return part.empty() || part.size() == size; };
  const bool map_fits =
      layer.mean_map.empty() || (layer.height_cells > 0 && layer.height_cells <= kMaxSizeCells &&
                                 layer.width_cells > 0 && layer.width_cells <= kMaxSizeCells &&
                                 layer.mean_map.size() == c * size_t(layer.height_cells) * size_t(layer.width_cells));
  return layer.mean.size() == c && layer.covariance.size() == c * c && fits(layer.cross_covariance, 25 * c * c) &&
         fits(layer.difference, c * c) && fits(layer.row_weights, c * (c + 2)) && map_fits;
}

CompletionStatistics ReadLayer(ByteReader* in) {
  CompletionStatistics layer;
  const uint64_t channels = in->Leb128();
  const uint8_t parts = in->U8();
  if (channels < 1 || channels > uint64_t(kMaxCompletionChannels) || (parts & ~kAllParts) != 0) in->MarkBroken();
  if (in->broken()) return {};
  const size_t c = size_t(channels);
  layer.channels = int(channels);
  layer.mean = ReadAll(c, in);
  layer.covariance = ReadTriangle(c, in);
  if ((parts & kCross) != 0) layer.cross_covariance = ReadTriangle(5 * c, in);
  if ((parts & kDifference) != 0) layer.difference = ReadTriangle(c, in);
  if ((parts & kMeanMap) != 0) {
    const uint64_t height = in->Leb128();
    const uint64_t width = in->Leb128();
    if (height < 1 || height > kMaxSizeCells || width < 1 || width > kMaxSizeCells) in->MarkBroken();
    if (in->broken()) return {};
    layer.height_cells = int(height);
    layer.width_cells = int(width);
    layer.mean_map = ReadAll(c * size_t(height) * size_t(width), in);
  }
  if ((parts & kRowWeights) != 0) layer.row_weights = ReadAll(c * (c + 2), in);
  return layer;
}

}  // namespace

Result<std::vector<uint8_t>> WriteCompletionStatistics(std::span<const CompletionStatistics> layers) {
  if (layers.empty() || layers.size() > size_t(kMaxLayers) || !std::ranges::all_of(layers, Fits)) {
    return Usage("statistics that no file can hold", "", "they are of 1 to 16 layers, and their parts fit each other");
  }
  ByteWriter out;
  for (const uint8_t byte : kSignature) out.U8(byte);
  out.U8(kVersion);
  out.U8(uint8_t(layers.size()));
  for (const CompletionStatistics& layer : layers) {
    const size_t c = size_t(layer.channels);
    out.Leb128(c);
    out.U8(PartsOf(layer));
    WriteAll(layer.mean, &out);
    WriteTriangle(layer.covariance, c, &out);
    if (!layer.cross_covariance.empty()) WriteTriangle(layer.cross_covariance, 5 * c, &out);
    if (!layer.difference.empty()) WriteTriangle(layer.difference, c, &out);
    if (!layer.mean_map.empty()) {
      out.Leb128(uint64_t(layer.height_cells));
      out.Leb128(uint64_t(layer.width_cells));
      WriteAll(layer.mean_map, &out);
    }
    WriteAll(layer.row_weights, &out);
  }
  out.U32(Crc32c(out.bytes()));
  return out.Take();
}

Result<std::vector<CompletionStatistics>> ReadCompletionStatistics(std::span<const uint8_t> bytes,
                                                                   const std::string& where) {
  constexpr size_t kChecksumBytes = 4;
  ByteReader in(bytes);
  const auto signature = in.Bytes(kSignature.size());
  if (in.broken() || !std::ranges::equal(signature, kSignature)) {
    return BadInput("not a file of completion statistics", where, "learn them from tensors of the network");
  }
  const int version = in.U8();
  if (!in.broken() && version != kVersion) {
    return BadInput("completion statistics of version " + std::to_string(version), where, "a newer fsc may read them");
  }
  if (in.broken() || in.left() < kChecksumBytes) return BadInput("completion statistics are cut short", where);
  const auto body = bytes.first(bytes.size() - kChecksumBytes);
  ByteReader checksum(bytes.subspan(body.size()));
  if (checksum.U32() != Crc32c(body)) {
    return BadInput("completion statistics are damaged", where, "their checksum is wrong: copy or learn them again");
  }
  ByteReader rest(body.subspan(in.position()));
  const int layers = rest.U8();
  if (layers < 1 || layers > kMaxLayers) rest.MarkBroken();
  std::vector<CompletionStatistics> read;
  for (int i = 0; i < layers && !rest.broken(); ++i) read.push_back(ReadLayer(&rest));
  FSC_RETURN_IF_ERROR(rest.CheckAtEnd("file of completion statistics", where));
  return read;
}

Result<std::vector<CompletionStatistics>> ReadCompletionStatistics(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(path));
  constexpr size_t kPieceBytes = size_t{1} << 20;
  std::vector<uint8_t> bytes;
  for (bool more = true; more;) {
    const size_t size = bytes.size();
    bytes.resize(size + kPieceBytes);
    FSC_ASSIGN_OR_RETURN(const size_t count, ReadFully(source.get(), std::span(bytes).subspan(size)));
    bytes.resize(size + count);
    if (bytes.size() > kMaxBytes) return BadInput("a file too large for completion statistics", path);
    more = count == kPieceBytes;
  }
  return ReadCompletionStatistics(bytes, path);
}

}  // namespace fsc
