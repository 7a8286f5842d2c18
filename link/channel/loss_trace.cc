#include "link/channel/loss_trace.h"

#include <algorithm>
#include <climits>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "core/json_value.h"
#include "core/parse_number.h"
#include "fsc/byte_io.h"

namespace fsc {
namespace {

constexpr size_t kMostPackets = size_t{1} << 28;
constexpr size_t kMostBytes = size_t{1} << 30;
constexpr int kSequenceNumbers = 1 << 16;  // RFC 3550, section 5.1

Status CheckLength(size_t packets, const std::string& name) {
  if (packets <= kMostPackets) return {};
  return BadInput("a trace of more than 2^28 packets", name, "cut it");
}

// Lines without their ends; the last one may have none.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

Result<LossTrace> FromBits(std::string_view text, const std::string& name) {
  LossTrace trace;
  int number = 0;
  for (const std::string_view line : LinesOf(text)) {
    ++number;
    for (const char c : line.substr(0, line.find('#'))) {
      if (c == ' ' || c == '\t') continue;
      if (c != '0' && c != '1') {
        return BadInput("a trace has 0 and 1 alone, not '" + std::string(1, c) + "'",
                        name + ", line " + std::to_string(number), "1 is a lost packet");
      }
      trace.lost.push_back(c == '1');
    }
    FSC_RETURN_IF_ERROR(CheckLength(trace.lost.size(), name));
  }
  return trace;
}

Result<LossTrace> FromJson(const std::string& text, const std::string& name) {
  FSC_ASSIGN_OR_RETURN(const JsonValue root, JsonValue::Parse(text, name));
  if (!root.IsObject() || !root.Has("fsc-loss-trace"))
    return BadInput("not a loss trace", name, "it has a key \"fsc-loss-trace\"");
  FSC_ASSIGN_OR_RETURN(const int version, root.At("fsc-loss-trace").Integer(0, INT_MAX));
  if (version != 1)
    return BadInput("loss trace of version " + std::to_string(version), name, "this program reads version 1");
  FSC_RETURN_IF_ERROR(root.CheckKeys({"fsc-loss-trace", "lost"}, {"packets", "rows", "order"}));
  FSC_ASSIGN_OR_RETURN(const std::string bits, root.At("lost").String(kMostPackets));
  FSC_ASSIGN_OR_RETURN(LossTrace trace, FromBits(bits, root.At("lost").Where()));
  if (!root.Has("packets")) return trace;
  FSC_RETURN_IF_ERROR(root.CheckKeys({"fsc-loss-trace", "lost", "packets", "rows", "order"}, {}));
  FSC_ASSIGN_OR_RETURN(const std::string packets, root.At("packets").String(32));
  if (packets != "tensor") return BadInput("packets of an unknown kind", root.At("packets").Where(), "tensor is known");
  TensorPacketOptions options;
  FSC_ASSIGN_OR_RETURN(options.rows, root.At("rows").Integer(1, INT_MAX));
  FSC_ASSIGN_OR_RETURN(const std::string order, root.At("order").String(32));
  FSC_ASSIGN_OR_RETURN(options.order, ParseSendingOrder(order));
  trace.packets = options;
  return trace;
}

std::vector<std::string_view> FieldsOf(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const size_t comma = line.find(',');
    std::string_view field = line.substr(0, comma);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') field = field.substr(1, field.size() - 2);
    fields.push_back(field);
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

// Sequence numbers in the order of arrival, as positions that go on where 16 bits end.
std::vector<int64_t> Unwrapped(const std::vector<int>& sequence) {
  std::vector<int64_t> positions;
  int64_t last = 0;
  for (const int number : sequence) {
    int64_t position = number;
    if (!positions.empty()) {
      const int ahead = ((number - int(last & (kSequenceNumbers - 1))) + kSequenceNumbers) % kSequenceNumbers;
      position = last + (ahead < kSequenceNumbers / 2 ? ahead : ahead - kSequenceNumbers);
    }
    last = positions.empty() ? position : std::max(last, position);
    positions.push_back(position);
  }
  return positions;
}

Result<LossTrace> FromSequence(const std::vector<int>& sequence, const std::string& name) {
  LossTrace trace;
  if (sequence.empty()) return trace;
  const std::vector<int64_t> positions = Unwrapped(sequence);
  const auto [first, last] = std::ranges::minmax(positions);
  FSC_RETURN_IF_ERROR(CheckLength(size_t(last - first) + 1, name));
  trace.lost.assign(size_t(last - first) + 1, true);
  for (const int64_t position : positions) trace.lost[size_t(position - first)] = false;
  return trace;
}

Result<LossTrace> FromCsv(std::string_view text, const std::string& name) {
  const std::vector<std::string_view> lines = LinesOf(text);
  const std::vector<std::string_view> names = FieldsOf(lines.front());
  const auto is_lost = std::ranges::find(names, "lost");
  const auto is_sequence = std::ranges::find_if(names, [](std::string_view field) { return field.ends_with("seq"); });
  const bool flags = is_lost != names.end();
  if (!flags && is_sequence == names.end()) {
    return BadInput("no column says what was lost", name + ", line 1",
                    "name one 'lost', with 0 and 1, or one '...seq', with the sequence numbers that arrived");
  }
  const size_t column = size_t((flags ? is_lost : is_sequence) - names.begin());
  std::vector<int> values;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const std::vector<std::string_view> fields = FieldsOf(lines[i]);
    int value = 0;
    const bool read = column < fields.size() && ParseNumber(fields[column], &value);
    if (!read || value < 0 || value >= (flags ? 2 : kSequenceNumbers)) {
      return BadInput(flags ? "'lost' is 0 or 1" : "a sequence number is 0 to 65535",
                      name + ", line " + std::to_string(i + 1), "mend the line");
    }
    values.push_back(value);
    FSC_RETURN_IF_ERROR(CheckLength(values.size(), name));
  }
  if (!flags) return FromSequence(values, name);
  LossTrace trace;
  for (const int value : values) trace.lost.push_back(value == 1);
  return trace;
}

}  // namespace

double LossTrace::loss() const {
  return lost.empty() ? 0 : double(std::ranges::count(lost, true)) / double(lost.size());
}

double LossTrace::mean_burst() const {
  int64_t bursts = 0;
  for (size_t i = 0; i < lost.size(); ++i) bursts += lost[i] && (i == 0 || !lost[i - 1]);
  return bursts == 0 ? 0 : double(std::ranges::count(lost, true)) / double(bursts);
}

Result<LossTrace> ParseLossTrace(const std::string& text, const std::string& name) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return BadInput("an empty trace", name, "give 0 and 1, JSON, or CSV");
  if (text[first] == '{') return FromJson(text, name);
  const char c = text[first];
  FSC_ASSIGN_OR_RETURN(LossTrace trace,
                       c == '0' || c == '1' || c == '#' ? FromBits(text, name) : FromCsv(text.substr(first), name));
  if (trace.lost.empty()) return BadInput("a trace without packets", name, "give 0 and 1, JSON, or CSV");
  return trace;
}

Result<LossTrace> ReadLossTrace(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(path));
  std::string text;
  std::vector<uint8_t> block(1 << 16);
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const size_t read, source->Read(block));
    if (read == 0) break;
    text.append(block.begin(), block.begin() + ptrdiff_t(read));
    if (text.size() > kMostBytes) return BadInput("a trace of more than 2^30 bytes", path, "cut it");
  }
  return ParseLossTrace(text, path);
}

std::string LossTraceJson(const LossTrace& trace) {
  nlohmann::ordered_json json;
  json["fsc-loss-trace"] = 1;
  if (trace.packets) {
    json["packets"] = "tensor";
    json["rows"] = trace.packets->rows;
    json["order"] = SendingOrderText(trace.packets->order);
  }
  std::string bits;
  for (const bool lost : trace.lost) bits += lost ? '1' : '0';
  json["lost"] = bits;
  return json.dump(1) + "\n";
}

Status CheckPacketsOf(const LossTrace& trace, const TensorPacketOptions& packets, const std::string& name) {
  if (!trace.packets) return {};
  const auto text = [](const TensorPacketOptions& options) {
    return "rows=" + std::to_string(options.rows) + ",order=" + SendingOrderText(options.order);
  };
  if (text(*trace.packets) == text(packets)) return {};
  return Usage("the trace was made of other packets: " + text(*trace.packets), name,
               "cut the tensors so, not as " + text(packets));
}

}  // namespace fsc
