#include "streams/npy_header.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "streams/byte_reading.h"

namespace fsc {
namespace {

constexpr std::array<uint8_t, 6> kMagic = {0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr uint64_t kMaxDictBytes = 65536;
constexpr char kNotNpy[] = "write the file with numpy.save";

// A Python literal of three known keys, read with one character of look-ahead and no recursion.
class DictParser {
 public:
  explicit DictParser(std::string_view text) : text_(text) {}

  bool Take(char c) {
    SkipSpace();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool TakeWord(std::string_view word) {
    SkipSpace();
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  // Quoted, without escapes.
  std::optional<std::string> TakeString() {
    SkipSpace();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) return std::nullopt;
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string result(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return result;
  }
  std::optional<int64_t> TakeInteger() {
    SkipSpace();
    const bool negative = at_ < text_.size() && text_[at_] == '-';
    size_t digit = at_ + (negative ? 1 : 0);
    const size_t first = digit;
    int64_t value = 0;
    for (; digit < text_.size() && text_[digit] >= '0' && text_[digit] <= '9'; ++digit) {
      if (digit - first >= 18) return std::nullopt;
      value = value * 10 + (text_[digit] - '0');
    }
    if (digit == first) return std::nullopt;
    at_ = digit;
    TakeLong();
    return negative ? -value : value;
  }
  bool AtEnd() {
    SkipSpace();
    return at_ == text_.size();
  }

 private:
  void SkipSpace() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  // Python 2 wrote 5L.
  void TakeLong() {
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
};

struct Dict {
  std::optional<std::string> descr;
  std::optional<bool> fortran_order;
  std::optional<std::vector<int64_t>> shape;
};

std::optional<std::vector<int64_t>> TakeShape(DictParser& in) {
  std::vector<int64_t> shape;
  if (!in.Take('(')) return std::nullopt;
  bool more = true;  // a comma, or nothing yet
  while (!in.Take(')')) {
    const auto size = in.TakeInteger();
    if (!more || !size || shape.size() >= 32) return std::nullopt;
    shape.push_back(*size);
    more = in.Take(',');
  }
  return shape;
}

std::optional<Dict> TakeDict(std::string_view text) {
  DictParser in(text);
  Dict dict;
  if (!in.Take('{')) return std::nullopt;
  bool more = true;
  while (!in.Take('}')) {
    const auto key = in.TakeString();
    if (!more || !key || !in.Take(':')) return std::nullopt;
    if (*key == "descr" && !dict.descr) {
      dict.descr = in.TakeString();
      if (!dict.descr) return std::nullopt;
    } else if (*key == "fortran_order" && !dict.fortran_order) {
      if (in.TakeWord("True"))
        dict.fortran_order = true;
      else if (in.TakeWord("False"))
        dict.fortran_order = false;
      else
        return std::nullopt;
    } else if (*key == "shape" && !dict.shape) {
      dict.shape = TakeShape(in);
      if (!dict.shape) return std::nullopt;
    } else {
      return std::nullopt;
    }
    more = in.Take(',');
  }
  if (!in.AtEnd() || !dict.descr || !dict.fortran_order || !dict.shape) return std::nullopt;
  return dict;
}

std::string ShapeText(const std::vector<int64_t>& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + ")";
}

std::string RankAdvice(size_t rank) {
  if (rank == 3) return "[T, C, H, W] is needed: save a[None] for one frame of [C, H, W], a[:, None] for [T, H, W]";
  if (rank == 2) return "[T, C, H, W] is needed: save a[:, :, None, None] for vectors of [T, C]";
  if (rank == 5) return "[T, C, H, W] is needed: save a.reshape(-1, *a.shape[2:]) to join the first two axes";
  return "[T, C, H, W] is needed: reshape the array before saving it";
}

// The shape, the sizes and the limits.
Result<NpyHeader> CheckedHeader(const Dict& dict, const Limits& limits, const std::string& where, bool one_frame) {
  NpyHeader header;
  const auto value = NpyValueOf(*dict.descr);
  if (!value) {
    return BadInput("values of type '" + *dict.descr + "'", where, "real numbers are needed: save a.astype('<f4')");
  }
  header.value = *value;
  header.fortran_order = *dict.fortran_order;
  std::vector<int64_t> shape = *dict.shape;
  if (one_frame && shape.size() == 3) shape.insert(shape.begin(), 1);
  if (one_frame && (shape.size() != 4 || shape[0] != 1)) {
    return BadInput("an array of shape " + ShapeText(shape) + " among those of one frame each", where,
                    "[C, H, W] or [1, C, H, W] is needed in a folder of frames");
  }
  if (shape.size() != 4) {
    return BadInput("an array of " + std::to_string(shape.size()) + " axes " + ShapeText(shape), where,
                    RankAdvice(shape.size()));
  }
  if (shape[0] == 0) return BadInput("the array has no frames", where, "its first axis is the time");
  for (const int64_t size : shape) {
    if (size < 0) return BadInput("negative size in the shape " + ShapeText(shape), where, kNotNpy);
  }
  LayerSpec layer;
  layer.channels = header.channels = int(std::min<int64_t>(shape[1], INT32_MAX));
  layer.height_cells = header.height_cells = int(std::min<int64_t>(shape[2], INT32_MAX));
  layer.width_cells = header.width_cells = int(std::min<int64_t>(shape[3], INT32_MAX));
  FSC_RETURN_IF_ERROR(CheckLayers({&layer, 1}, limits, where));
  header.frames = shape[0];
  if (uint64_t(header.frames) > (uint64_t{1} << 59) / header.frame_elements()) {
    return BadInput("the shape " + ShapeText(shape) + " is larger than any file", where, kNotNpy);
  }
  return header;
}

Error CutShort(const std::string& where) {
  return BadInput("the .npy header is cut short", where, kNotNpy);
}

Status ReadExactly(ByteSource* source, std::span<uint8_t> out, const std::string& where) {
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadFully(source, out));
  if (count < out.size()) return CutShort(where);
  return {};
}

// Everything before the first value, but the dict alone; nothing at all where the source has ended.
Result<std::vector<uint8_t>> ReadDictTextOrEnd(ByteSource* source, const std::string& where, uint64_t* size_bytes) {
  std::array<uint8_t, 12> front{};
  FSC_ASSIGN_OR_RETURN(const size_t count, ReadFully(source, std::span(front).first(8)));
  if (count == 0) return std::vector<uint8_t>();
  if (count < 8) return CutShort(where);
  if (front[0] == 'P' && front[1] == 'K') {
    return BadInput("a .npz archive where a .npy array is needed", where,
                    "an archive cannot come through a pipe, its directory is at its end: give its name, or a .npy");
  }
  if (!std::equal(kMagic.begin(), kMagic.end(), front.begin())) return BadInput("not a .npy array", where, kNotNpy);
  const uint8_t major = front[6];
  if (major < 1 || major > 3 || front[7] != 0) {
    return BadInput(".npy version " + std::to_string(major) + "." + std::to_string(front[7]), where,
                    "versions 1 to 3 are read");
  }
  const size_t length_bytes = major == 1 ? 2 : 4;
  const auto length_field = std::span(front).subspan(8, length_bytes);
  FSC_RETURN_IF_ERROR(ReadExactly(source, length_field, where));
  uint64_t dict_bytes = 0;
  for (size_t i = 0; i < length_bytes; ++i) dict_bytes |= uint64_t(length_field[i]) << (8 * i);
  if (dict_bytes == 0 || dict_bytes > kMaxDictBytes) {
    return BadInput("a .npy header of " + std::to_string(dict_bytes) + " bytes", where, kNotNpy);
  }
  std::vector<uint8_t> text(dict_bytes);
  FSC_RETURN_IF_ERROR(ReadExactly(source, text, where));
  *size_bytes = 8 + length_bytes + dict_bytes;
  return text;
}

Result<std::vector<uint8_t>> ReadDictText(ByteSource* source, const std::string& where, uint64_t* size_bytes) {
  FSC_ASSIGN_OR_RETURN(std::vector<uint8_t> text, ReadDictTextOrEnd(source, where, size_bytes));
  if (text.empty()) return CutShort(where);
  return text;
}

// What the shape claims against what is there.
Status CheckExtent(const NpyHeader& header, ByteSource* source, const std::string& where) {
  const auto size = source->size_bytes();
  if (!size) return {};
  const uint64_t claimed = header.frame_elements() * uint64_t(header.frames) * uint64_t(header.value.bytes);
  const uint64_t present = *size - std::min(*size, header.size_bytes);
  if (claimed == present) return {};
  const std::string what =
      "the shape needs " + std::to_string(claimed) + " bytes and the file has " + std::to_string(present);
  if (claimed > present) return BadInput(what, where, "the file is cut short: copy or write it again");
  std::array<uint8_t, kMagic.size()> next{};
  const bool more = source->Seek(header.size_bytes + claimed).ok() && ReadExactly(source, next, where).ok();
  if (more && next == kMagic) {
    return BadInput("the file holds several arrays one after another", where,
                    "save one a file, or layers together with numpy.savez");
  }
  return BadInput(what, where, "the header is damaged: write it again");
}

}  // namespace

Result<NpyHeader> ParseNpyDict(std::span<const uint8_t> text, const Limits& limits, const std::string& where,
                               bool one_frame) {
  const auto dict = TakeDict({reinterpret_cast<const char*>(text.data()), text.size()});
  if (!dict) return BadInput("the .npy header is malformed", where, kNotNpy);
  return CheckedHeader(*dict, limits, where, one_frame);
}

Result<NpyHeader> ReadNpyHeader(ByteSource* source, const Limits& limits, const std::string& where, bool one_frame) {
  uint64_t size_bytes = 0;
  FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> text, ReadDictText(source, where, &size_bytes));
  FSC_ASSIGN_OR_RETURN(NpyHeader header, ParseNpyDict(text, limits, where, one_frame));
  header.size_bytes = size_bytes;
  FSC_RETURN_IF_ERROR(CheckExtent(header, source, where));
  return header;
}

Result<std::optional<NpyHeader>> ReadNextNpyHeader(ByteSource* source, const Limits& limits, const std::string& where) {
  uint64_t size_bytes = 0;
  FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> text, ReadDictTextOrEnd(source, where, &size_bytes));
  if (text.empty()) return std::optional<NpyHeader>();
  FSC_ASSIGN_OR_RETURN(NpyHeader header, ParseNpyDict(text, limits, where));
  header.size_bytes = size_bytes;
  return std::optional<NpyHeader>(header);
}

int NpyAxes(ByteSource* source) {
  uint64_t size_bytes = 0;
  const auto text = ReadDictText(source, source->name(), &size_bytes);
  if (!text.ok()) return 0;
  const auto dict = TakeDict({reinterpret_cast<const char*>(text->data()), text->size()});
  return dict ? int(dict->shape->size()) : 0;
}

std::vector<uint8_t> FormatNpyHeader(const LayerSpec& layer, TensorType type, int64_t frames) {
  std::string text = "{'descr': '";
  text += type == TensorType::kFloat16 ? "<f2" : "<f4";
  text += "', 'fortran_order': False, 'shape': (" + std::to_string(frames) + ", " + std::to_string(layer.channels) +
          ", " + std::to_string(layer.height_cells) + ", " + std::to_string(layer.width_cells) + "), }";
  constexpr size_t kFront = kMagic.size() + 4;
  text.resize(kNpyHeaderBytes - kFront - 1, ' ');  // four numbers of at most 19 + 3 * 10 digits leave room
  text += '\n';
  std::vector<uint8_t> bytes(kMagic.begin(), kMagic.end());
  for (const size_t byte : {size_t{1}, size_t{0}, text.size() & 0xff, text.size() >> 8}) bytes.push_back(uint8_t(byte));
  bytes.insert(bytes.end(), text.begin(), text.end());
  return bytes;
}

}  // namespace fsc
