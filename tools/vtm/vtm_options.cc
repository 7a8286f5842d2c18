#include "tools/vtm/vtm_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "core/parse_number.h"
#include "fsc/byte_io.h"
#include "streams/byte_reading.h"

namespace fsc::tools {
namespace {

constexpr size_t kMostConfigBytes = size_t{1} << 20;
constexpr size_t kMostShownBytes = 60;  // of a line that is no setting
constexpr std::string_view kSpaces = " \t\r";

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

// The number of "Frame12".
std::optional<int> FrameNumber(std::string_view key) {
  constexpr std::string_view kStem = "Frame";
  int number = 0;
  if (!key.starts_with(kStem) || !ParseNumber(key.substr(kStem.size()), &number)) return std::nullopt;
  return number;
}

}  // namespace

const VtmOption* VtmOptions::Find(std::string_view name) const {
  const auto found = std::ranges::find_if(known_, [&](const VtmOption& option) {
    return option.name == name || (!option.alias.empty() && option.alias == name);
  });
  return found != known_.end() ? &*found : nullptr;
}

Status VtmOptions::ReadLine(std::string_view line, const std::string& where) {
  line = Trimmed(line.substr(0, line.find('#')));
  if (line.empty()) return {};
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || Trimmed(line.substr(0, colon)).empty()) {
    return Usage("not a setting: '" + std::string(line.substr(0, kMostShownBytes)) + "'", where, "write Name : value");
  }
  const std::string key(Trimmed(line.substr(0, colon)));
  std::string_view value = Trimmed(line.substr(colon + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
  if (const VtmOption* option = Find(key); option != nullptr && option->name != kConfigFile) {
    values_[std::string(option->name)] = value;
  } else if (const auto frame = FrameNumber(key)) {
    frames_[*frame] = value;
  } else if (foreign_names_.insert(key).second) {
    foreign_keys_.push_back(key);
  }
  return {};
}

Status VtmOptions::ReadFile(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenSource(path));
  std::string text(kMostConfigBytes + 1, '\0');
  FSC_ASSIGN_OR_RETURN(const size_t size,
                       ReadFully(source.get(), {reinterpret_cast<uint8_t*>(text.data()), text.size()}));
  if (size > kMostConfigBytes) return BadInput("the file is too large for settings", path, "is it another file?");
  text.resize(size);
  if (text.find('\0') != std::string::npos) return BadInput("the file is no text", path, "is it another file?");
  int number = 1;
  for (size_t start = 0; start < size; ++number) {
    const size_t end = std::min(text.find('\n', start), size);
    FSC_RETURN_IF_ERROR(
        ReadLine(std::string_view(text).substr(start, end - start), fmt::format("{}, line {}", path, number)));
    start = end + 1;
  }
  return {};
}

Result<VtmOptions> VtmOptions::Read(std::span<const std::string> arguments, std::span<const VtmOption> known) {
  VtmOptions self;
  self.known_ = known;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const size_t start = argument.find_first_not_of('-');
    if (start == 0 || start == std::string::npos) {
      return Usage("'" + argument + "' belongs to no option", {}, "give -name value or --Name=value");
    }
    const size_t equals = argument.find('=');
    const std::string name = argument.substr(start, equals == std::string::npos ? equals : equals - start);
    const VtmOption* option = self.Find(name);
    if (option == nullptr) {
      return Usage("there is no such option here", argument.substr(0, equals),
                   "leave it out; --help lists those that are");
    }
    std::string value;
    if (equals != std::string::npos) {
      value = argument.substr(equals + 1);
    } else if (i + 1 < arguments.size()) {
      value = arguments[++i];
    } else {
      return Usage("the option has no value", argument, "give one behind it");
    }
    if (option->name == kConfigFile) {
      FSC_RETURN_IF_ERROR(self.ReadFile(value));
      self.files_.push_back(value);
    } else {
      self.values_[std::string(option->name)] = value;
    }
  }
  return self;
}

std::optional<std::string> VtmOptions::Text(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string VtmOptions::TextOr(std::string_view name, const std::string& otherwise) const {
  return Text(name).value_or(otherwise);
}

Result<int64_t> VtmOptions::NumberOr(std::string_view name, int64_t otherwise, int64_t least, int64_t most) const {
  const auto text = Text(name);
  if (!text) return otherwise;
  int64_t number = 0;
  if (ParseNumber(*text, &number) && number >= least && number <= most) return number;
  const std::string range =
      least == most ? fmt::format("only {} is possible", least) : fmt::format("give {} .. {}", least, most);
  return Usage("'" + *text + "' cannot be", fmt::format("--{}", name), range);
}

std::string HelpOf(std::span<const VtmOption> known) {
  std::string text;
  for (const VtmOption& option : known) {
    const std::string names =
        (option.alias.empty() ? std::string() : fmt::format("-{}, ", option.alias)) + fmt::format("--{}", option.name);
    text += fmt::format("  {:<32} {}\n", names, option.help);
  }
  return text;
}

}  // namespace fsc::tools
