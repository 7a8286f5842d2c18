#include "streams/container_syntax.h"

#include <algorithm>

#include "core/byte_reader.h"
#include "streams/header_extensions.h"
#include "streams/packet_envelope.h"
#include "streams/small_int.h"

namespace fsc {
namespace {

constexpr char kDamaged[] = "the data is damaged: transfer or encode it again";

// Names reach terminals: no control characters.
bool IsPrintable(const std::string& text) {
  return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool TicksInRange(int64_t ticks) {
  return ticks >= -kMaxTicks && ticks <= kMaxTicks;
}

Status CheckName(const std::string& what, const std::string& name, const Limits& limits, const std::string& where) {
  if (name.size() > size_t(limits.max_name_bytes)) {
    return BadInput(what + " is longer than " + std::to_string(limits.max_name_bytes) + " bytes", where);
  }
  if (!IsPrintable(name)) return BadInput(what + " holds control characters", where);
  return {};
}

Status CheckSize(const std::string& what, int width_px, int height_px, const Limits& limits, const std::string& where) {
  for (const int size : {width_px, height_px}) {
    if (size < 0 || size > limits.max_picture_size_px) {
      return BadInput(what + " size " + std::to_string(width_px) + " x " + std::to_string(height_px) +
                          " is outside 0.." + std::to_string(limits.max_picture_size_px),
                      where);
    }
  }
  return {};
}

}  // namespace

Status CheckStreamHeader(const StreamHeader& header, const Limits& limits, const std::string& where) {
  FSC_RETURN_IF_ERROR(CheckLayers(header.layers, limits, where));
  for (const LayerSpec& layer : header.layers)
    FSC_RETURN_IF_ERROR(CheckName("a layer's name", layer.name, limits, where));
  if (header.time_base.num <= 0 || header.time_base.den <= 0) {
    return BadInput("time base " + std::to_string(header.time_base.num) + "/" + std::to_string(header.time_base.den) +
                        " is not positive",
                    where);
  }
  if (header.frame_rate.num < 0 || header.frame_rate.den <= 0) {
    return BadInput("frame rate " + std::to_string(header.frame_rate.num) + "/" +
                        std::to_string(header.frame_rate.den) + " is not positive",
                    where);
  }
  FSC_RETURN_IF_ERROR(CheckSize("network input", header.input_width_px, header.input_height_px, limits, where));
  FSC_RETURN_IF_ERROR(CheckSize("source video", header.source_width_px, header.source_height_px, limits, where));
  if (header.picture) FSC_RETURN_IF_ERROR(CheckPackedPicture(*header.picture, limits, where));
  FSC_RETURN_IF_ERROR(CheckName("the model's name", header.model_id, limits, where));
  FSC_RETURN_IF_ERROR(CheckName("the mode", header.mode, limits, where));
  FSC_RETURN_IF_ERROR(CheckName("the encoder's name", header.encoder, limits, where));
  if (header.profile.size() > uint64_t(limits.max_packet_bytes)) return BadInput("the profile is too large", where);
  return {};
}

std::vector<uint8_t> SerializeHeaderBody(const StreamHeader& header) {
  ByteWriter body;
  body.Leb128(header.layers.size());
  for (const LayerSpec& layer : header.layers) {
    body.String(layer.name);
    for (const int value : {layer.channels, layer.height_cells, layer.width_cells, layer.stride_px})
      body.Leb128(uint64_t(value));
    body.SignedLeb128(layer.phase_px16);
  }
  for (const int value : {int(header.time_base.num), int(header.time_base.den), header.input_width_px,
                          header.input_height_px, header.source_width_px, header.source_height_px}) {
    body.Leb128(uint64_t(value));
  }
  body.String(header.model_id);
  body.String(header.mode);
  body.Leb128(header.mode_config.size());
  body.Bytes(header.mode_config);
  body.String(header.encoder);
  WriteHeaderExtensions(header, &body);

  return body.Take();
}

std::vector<uint8_t> SerializeStreamHeader(const StreamHeader& header) {
  const std::vector<uint8_t> body = SerializeHeaderBody(header);
  ByteWriter out;
  for (const uint8_t byte : kSignature) out.U8(byte);
  out.U8(kContainerVersion);
  out.U8(0);
  out.Leb128(body.size());
  out.Leb128(header.profile.size());
  out.Bytes(body);
  out.Bytes(header.profile);
  return out.Take();
}

Status CheckHeaderStart(std::span<const uint8_t> bytes, const std::string& where) {
  const size_t signature_bytes = std::min(bytes.size(), kSignature.size());
  if (bytes.empty()) return BadInput("the stream is empty", where, "was it written to the end?");
  if (!std::equal(kSignature.begin(), kSignature.begin() + ptrdiff_t(signature_bytes), bytes.begin())) {
    const bool text_mode =
        bytes.size() >= 5 && std::equal(kSignature.begin() + 1, kSignature.begin() + 4, bytes.begin() + 1);
    if (text_mode) {
      return BadInput("the stream's signature is damaged", where,
                      "it was transferred as text: transfer it again as binary");
    }
    return BadInput("not a .fsc stream", where, "give a file that fsc encode wrote");
  }
  ByteReader in(bytes.subspan(signature_bytes));
  const uint8_t version = in.U8();
  const uint8_t flags = in.U8();
  if (bytes.size() > kSignature.size() && version < kContainerVersion) {
    return BadInput("stream of version " + std::to_string(version), where,
                    "this fsc reads version " + std::to_string(kContainerVersion) + ": encode it again");
  }
  if (bytes.size() > kSignature.size() && version > kContainerVersion) {
    return BadInput("stream of version " + std::to_string(version), where,
                    "this fsc reads version " + std::to_string(kContainerVersion) + ": update it");
  }
  FSC_RETURN_IF_ERROR(in.Check("the stream header", where));
  if (flags != 0) return BadInput("unknown header flags " + std::to_string(flags), where, kPerhapsNewer);
  return {};
}

Status CheckHeaderLengths(uint64_t body_bytes, uint64_t profile_bytes, const Limits& limits, const std::string& where) {
  if (body_bytes > uint64_t(limits.max_header_bytes)) {
    return BadInput("a stream header of " + std::to_string(body_bytes) + " bytes is over the limit of " +
                        std::to_string(limits.max_header_bytes),
                    where, kDamaged);
  }
  if (profile_bytes > uint64_t(limits.max_packet_bytes)) {
    return BadInput("a profile of " + std::to_string(profile_bytes) + " bytes is over the limit of " +
                        std::to_string(limits.max_packet_bytes),
                    where, kDamaged);
  }
  return {};
}

Result<StreamHeader> ParseHeaderBody(std::span<const uint8_t> body, std::span<const uint8_t> profile,
                                     const Limits& limits, const std::string& where) {
  const size_t max_name = size_t(limits.max_name_bytes);
  ByteReader in(body);
  StreamHeader header;
  const uint64_t layers = in.Leb128();
  if (layers > uint64_t(limits.max_layers)) {
    return BadInput(std::to_string(layers) + " layers are over the limit of " + std::to_string(limits.max_layers),
                    where, kDamaged);
  }
  for (uint64_t i = 0; i < layers && !in.broken(); ++i) {
    LayerSpec layer;
    layer.name = in.String(max_name);
    layer.channels = SmallInt(in);
    layer.height_cells = SmallInt(in);
    layer.width_cells = SmallInt(in);
    layer.stride_px = SmallInt(in);
    layer.phase_px16 = int(std::clamp<int64_t>(in.SignedLeb128(), -65537, 65537));  // the ends fail CheckLayers
    header.layers.push_back(std::move(layer));
  }
  header.time_base.num = SmallInt(in);
  header.time_base.den = SmallInt(in);
  header.input_width_px = SmallInt(in);
  header.input_height_px = SmallInt(in);
  header.source_width_px = SmallInt(in);
  header.source_height_px = SmallInt(in);
  header.model_id = in.String(max_name);
  header.mode = in.String(max_name);
  const auto mode_config = in.Bytes(in.Leb128());
  header.mode_config.assign(mode_config.begin(), mode_config.end());
  header.encoder = in.String(max_name);
  FSC_RETURN_IF_ERROR(ReadHeaderExtensions(&in, &header, where));
  FSC_RETURN_IF_ERROR(in.Check("the stream header", where));
  header.profile.assign(profile.begin(), profile.end());
  FSC_RETURN_IF_ERROR(CheckStreamHeader(header, limits, where));
  return header;
}

void IndexWriter::Add(const IndexEntry& entry) {
  if (entry.random_access) {
    const int64_t between = packets_ - packets_at_point_;
    const int64_t expected = std::min(last_number_ + between, kMaxTicks);
    const int64_t ticks = forecast_.Ticks(entry.frame_number).value_or(0);
    points_.Leb128(entry.offset_bytes - last_offset_bytes_);
    points_.Leb128(uint64_t(between));
    points_.U8(entry.configures ? 1 : 0);
    points_.SignedLeb128(entry.frame_number - expected);
    points_.SignedLeb128(entry.timestamp_ticks - ticks);
    last_offset_bytes_ = entry.offset_bytes;
    last_number_ = entry.frame_number;
    packets_at_point_ = packets_;
    forecast_.NoteTime(entry.frame_number, entry.timestamp_ticks);
    ++point_count_;
  }
  ++packets_;
}

std::vector<uint8_t> IndexWriter::Payload() const {
  ByteWriter out;
  out.Leb128(uint64_t(packets_));
  out.Leb128(uint64_t(point_count_));
  out.Bytes(points_.bytes());
  return out.Take();
}

Result<PointIndex> ParseIndex(std::span<const uint8_t> payload, const StreamHeader& header, uint64_t first_offset_bytes,
                              uint64_t index_offset_bytes, const Limits& limits, const std::string& where) {
  constexpr uint64_t kMinPointBytes = 5;
  ByteReader in(payload);
  PacketForecast forecast(header);
  PointIndex index;
  const uint64_t packets = in.Leb128();
  const uint64_t count = in.Leb128();
  if (packets > uint64_t(limits.max_index_entries) || count > packets || count > in.left() / kMinPointBytes) {
    return BadInput("an index of " + std::to_string(packets) + " packets does not fit its packet", where, kDamaged);
  }
  index.packets = int64_t(packets);
  index.points.reserve(count);
  uint64_t offset = first_offset_bytes;
  uint64_t before = 0;
  int64_t number = 0;
  for (uint64_t i = 0; i < count && !in.broken(); ++i) {
    const uint64_t distance = in.Leb128();
    const uint64_t between = in.Leb128();
    const uint8_t flags = in.U8();
    if (flags > 1) return BadInput("unknown flags in the index", where, kPerhapsNewer);
    if (distance >= index_offset_bytes - offset || between >= packets - before || (i > 0 && between == 0)) {
      return BadInput("an index entry lies outside the stream", where, kDamaged);
    }
    offset += distance;
    before += between;
    // Unsigned: a lying difference wraps instead of overflowing, and is refused just below.
    number = int64_t(uint64_t(std::min(number + int64_t(between), kMaxTicks)) + uint64_t(in.SignedLeb128()));
    const bool numbered = number >= 0 && number <= kMaxTicks;
    const int64_t expected = numbered ? forecast.Ticks(number).value_or(0) : 0;
    const int64_t ticks = int64_t(uint64_t(expected) + uint64_t(in.SignedLeb128()));
    if (!numbered || !TicksInRange(ticks)) {
      return BadInput("an index entry has a frame number or timestamp of 2^62 or beyond", where, kDamaged);
    }
    forecast.NoteTime(number, ticks);
    index.points.push_back({{.offset_bytes = offset,
                             .random_access = true,
                             .frame_number = number,
                             .timestamp_ticks = ticks,
                             .configures = flags == 1},
                            int64_t(before)});
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("the index", where));
  return index;
}

std::vector<uint8_t> SerializeFooter(uint64_t index_packet_bytes) {
  ByteWriter out;
  out.U32(uint32_t(index_packet_bytes));
  for (const uint8_t byte : kEndSignature) out.U8(byte);
  return out.Take();
}

std::optional<uint64_t> ParseFooter(std::span<const uint8_t> bytes) {
  ByteReader in(bytes);
  const uint64_t size = in.U32();
  const auto end_signature = in.Bytes(kEndSignature.size());
  if (in.broken() || in.left() != 0 || !std::equal(end_signature.begin(), end_signature.end(), kEndSignature.begin())) {
    return std::nullopt;
  }
  return size;
}

}  // namespace fsc
