#include "streams/container_syntax.h"

#include <algorithm>

#include "core/byte_reader.h"
#include "core/crc32c.h"
#include "streams/header_extensions.h"
#include "streams/small_int.h"

namespace fsc {
namespace {

constexpr char kDamaged[] = "the data is damaged: transfer or encode it again";

constexpr uint8_t kFlagTypeMask = 3;
constexpr uint8_t kFlagRandomAccess = 4;
constexpr uint8_t kFlagConfigures = 8;

uint8_t FlagsOf(FrameType type, bool random_access, bool configures) {
  return uint8_t(uint8_t(type) | (random_access ? kFlagRandomAccess : 0) | (configures ? kFlagConfigures : 0));
}

Status ParseFlags(uint8_t flags, FrameType* type, bool* random_access, bool* configures, const std::string& where) {
  if ((flags & kFlagTypeMask) > uint8_t(FrameType::kBidirectional) ||
      (flags & ~(kFlagTypeMask | kFlagRandomAccess | kFlagConfigures)) != 0) {
    return BadInput("unknown frame flags " + std::to_string(flags), where, kPerhapsNewer);
  }
  *type = FrameType(flags & kFlagTypeMask);
  *random_access = (flags & kFlagRandomAccess) != 0;
  *configures = (flags & kFlagConfigures) != 0;
  if (*configures && !*random_access) return BadInput("a configuration where decoding cannot start", where, kDamaged);
  return {};
}

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

std::vector<uint8_t> SerializeStreamHeader(const StreamHeader& header) {
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
  body.Bytes(header.model_sha256);
  body.String(header.mode);
  body.Leb128(header.mode_config.size());
  body.Bytes(header.mode_config);
  body.String(header.encoder);
  WriteHeaderExtensions(header, &body);

  ByteWriter out;
  for (const uint8_t byte : kSignature) out.U8(byte);
  out.U8(kContainerVersion);
  out.U8(0);
  out.U32(uint32_t(body.size()));
  out.U32(uint32_t(header.profile.size()));
  out.Bytes(body.bytes());
  out.Bytes(header.profile);
  return out.Take();
}

Result<HeaderPrefix> ParseHeaderPrefix(std::span<const uint8_t> bytes, const Limits& limits, const std::string& where) {
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
  HeaderPrefix prefix;
  prefix.body_bytes = in.U32();
  prefix.profile_bytes = in.U32();
  if (bytes.size() > kSignature.size() && version != kContainerVersion) {
    return BadInput("stream of version " + std::to_string(version), where,
                    "this fsc reads version " + std::to_string(kContainerVersion) + ": update it");
  }
  FSC_RETURN_IF_ERROR(in.Check("the stream header", where));
  if (flags != 0) return BadInput("unknown header flags " + std::to_string(flags), where, kPerhapsNewer);
  if (prefix.body_bytes > uint64_t(limits.max_header_bytes)) {
    return BadInput("a stream header of " + std::to_string(prefix.body_bytes) + " bytes is over the limit of " +
                        std::to_string(limits.max_header_bytes),
                    where, kDamaged);
  }
  if (prefix.profile_bytes > uint64_t(limits.max_packet_bytes)) {
    return BadInput("a profile of " + std::to_string(prefix.profile_bytes) + " bytes is over the limit of " +
                        std::to_string(limits.max_packet_bytes),
                    where, kDamaged);
  }
  return prefix;
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
  const auto sha256 = in.Bytes(header.model_sha256.size());
  std::copy(sha256.begin(), sha256.end(), header.model_sha256.begin());
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

std::vector<uint8_t> SerializePacketPrefix(uint8_t tag, uint64_t header_bytes, uint64_t payload_bytes) {
  ByteWriter out;
  out.U8(tag);
  out.Leb128(header_bytes);
  out.Leb128(payload_bytes);
  return out.Take();
}

std::vector<uint8_t> SerializeFrameHeader(const Packet& packet) {
  ByteWriter out;
  out.U8(FlagsOf(packet.type, packet.random_access, packet.configures()));
  out.Leb128(uint64_t(packet.frame_number));
  out.SignedLeb128(packet.timestamp_ticks);
  out.Leb128(packet.sections.size());
  for (const Section& section : packet.sections) {
    out.Leb128(uint64_t(section.layer + 1) * 4 + uint64_t(section.kind));
    out.Leb128(section.size_bytes);
  }
  return out.Take();
}

size_t SerializedBytes(const Packet& packet) {
  const size_t header = SerializeFrameHeader(packet).size();
  const size_t prefix = SerializePacketPrefix(kFrameTag, header, packet.payload.size()).size();
  return prefix + header + packet.payload.size() + kCrcBytes;
}

Result<Packet> ParseFrameHeader(std::span<const uint8_t> bytes, uint64_t payload_bytes, size_t layer_count,
                                const std::string& where) {
  ByteReader in(bytes);
  Packet packet;
  bool configures = false;
  FSC_RETURN_IF_ERROR(ParseFlags(in.U8(), &packet.type, &packet.random_access, &configures, where));
  const uint64_t frame_number = in.Leb128();
  packet.timestamp_ticks = in.SignedLeb128();
  if (frame_number > uint64_t(kMaxTicks) || !TicksInRange(packet.timestamp_ticks)) {
    return BadInput("frame number or timestamp of 2^62 or beyond", where, kDamaged);
  }
  packet.frame_number = int64_t(frame_number);
  const uint64_t count = in.Leb128();
  if (count > in.left() / 2) in.MarkBroken();  // a section takes two bytes at least
  uint64_t left = payload_bytes;
  for (uint64_t i = 0; i < count && !in.broken(); ++i) {
    const uint64_t kind_and_layer = in.Leb128();
    Section section;
    section.size_bytes = in.Leb128();
    if (kind_and_layer / 4 > layer_count) {
      return BadInput("section of an unknown layer (" + std::to_string(kind_and_layer) + ")", where, kPerhapsNewer);
    }
    if ((kind_and_layer % 4 == uint64_t(SectionKind::kConfiguration)) != (configures && i == 0)) {
      return BadInput("a configuration section that the flags do not tell of, or the reverse", where, kDamaged);
    }
    if (configures && i == 0 && kind_and_layer / 4 != 0)
      return BadInput("a configuration of one layer", where, kDamaged);
    section.kind = SectionKind(kind_and_layer % 4);
    section.layer = int(kind_and_layer / 4) - 1;
    if (section.size_bytes > left) return BadInput("sections are longer than the payload", where, kDamaged);
    left -= section.size_bytes;
    packet.sections.push_back(section);
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("the packet header", where));
  if (left != 0) return BadInput("sections are shorter than the payload", where, kDamaged);
  if (configures && !packet.configures()) return BadInput("the configuration is missing", where, kDamaged);
  return packet;
}

void IndexWriter::Add(const IndexEntry& entry) {
  entries_.Leb128(entry.offset_bytes - end_bytes_);
  entries_.Leb128(entry.size_bytes);
  entries_.U8(FlagsOf(entry.type, entry.random_access, entry.configures));
  entries_.SignedLeb128(entry.frame_number - frame_number_);
  entries_.SignedLeb128(entry.timestamp_ticks - timestamp_ticks_);
  end_bytes_ = entry.offset_bytes + entry.size_bytes;
  frame_number_ = entry.frame_number;
  timestamp_ticks_ = entry.timestamp_ticks;
  ++count_;
}

std::vector<uint8_t> IndexWriter::Payload() const {
  ByteWriter out;
  out.Leb128(uint64_t(count_));
  out.Bytes(entries_.bytes());
  return out.Take();
}

Result<std::vector<IndexEntry>> ParseIndex(std::span<const uint8_t> payload, uint64_t first_offset_bytes,
                                           uint64_t index_offset_bytes, const Limits& limits,
                                           const std::string& where) {
  constexpr uint64_t kMinEntryBytes = 5;
  ByteReader in(payload);
  const uint64_t count = in.Leb128();
  if (count > uint64_t(limits.max_index_entries) || count > in.left() / kMinEntryBytes) {
    return BadInput("an index of " + std::to_string(count) + " entries does not fit its packet", where, kDamaged);
  }
  std::vector<IndexEntry> entries;
  entries.reserve(count);
  IndexEntry entry;
  uint64_t end = first_offset_bytes;
  for (uint64_t i = 0; i < count && !in.broken(); ++i) {
    const uint64_t gap = in.Leb128();
    entry.size_bytes = in.Leb128();
    if (gap > index_offset_bytes - end || entry.size_bytes > index_offset_bytes - end - gap || entry.size_bytes == 0) {
      return BadInput("an index entry lies outside the stream", where, kDamaged);
    }
    entry.offset_bytes = end + gap;
    end = entry.offset_bytes + entry.size_bytes;
    FSC_RETURN_IF_ERROR(ParseFlags(in.U8(), &entry.type, &entry.random_access, &entry.configures, where));
    // Unsigned: a lying difference wraps instead of overflowing, and is refused just below.
    entry.frame_number = int64_t(uint64_t(entry.frame_number) + uint64_t(in.SignedLeb128()));
    entry.timestamp_ticks = int64_t(uint64_t(entry.timestamp_ticks) + uint64_t(in.SignedLeb128()));
    if (entry.frame_number < 0 || entry.frame_number > kMaxTicks || !TicksInRange(entry.timestamp_ticks)) {
      return BadInput("an index entry has a frame number or timestamp of 2^62 or beyond", where, kDamaged);
    }
    entries.push_back(entry);
  }
  FSC_RETURN_IF_ERROR(in.CheckAtEnd("the index", where));
  std::vector<int64_t> numbers(entries.size());
  std::transform(entries.begin(), entries.end(), numbers.begin(), [](const IndexEntry& e) { return e.frame_number; });
  std::sort(numbers.begin(), numbers.end());
  if (std::adjacent_find(numbers.begin(), numbers.end()) != numbers.end()) {
    return BadInput("the index has a frame twice", where, kDamaged);
  }
  return entries;
}

std::vector<uint8_t> SerializeFooter(uint64_t index_offset_bytes) {
  ByteWriter out;
  out.U64(index_offset_bytes);
  out.U32(Crc32c(out.bytes()));
  for (const uint8_t byte : kEndSignature) out.U8(byte);
  return out.Take();
}

std::optional<uint64_t> ParseFooter(std::span<const uint8_t> bytes) {
  ByteReader in(bytes);
  const uint64_t offset = in.U64();
  const uint32_t crc = in.U32();
  const auto end_signature = in.Bytes(kEndSignature.size());
  if (in.broken() || in.left() != 0 || crc != Crc32c(bytes.first(8)) ||
      !std::equal(end_signature.begin(), end_signature.end(), kEndSignature.begin())) {
    return std::nullopt;
  }
  return offset;
}

}  // namespace fsc
