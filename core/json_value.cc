#include "core/json_value.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace fsc {
namespace {

using Json = nlohmann::json;

constexpr size_t kMostShown = 80;  // bytes of a value, in an error

const Json& Of(const void* value) {
  return *static_cast<const Json*>(value);
}

template <class Words>
std::string Join(const Words& words) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ", ";
    text += word;
  }
  return text;
}

}  // namespace

Result<JsonValue> JsonValue::Parse(const std::string& text, const std::string& file) {
  // The library would silently keep the last of two equal keys.
  std::vector<std::set<std::string>> keys;
  std::string duplicate;
  const Json::parser_callback_t note_keys = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second) {
      duplicate = parsed.get<std::string>();
    }
    return true;
  };
  JsonValue root;
  try {
    const auto document = std::make_shared<const Json>(Json::parse(text, note_keys));
    root.value_ = document.get();
    root.document_ = document;
  } catch (const Json::parse_error& e) {
    return BadInput("not valid JSON", file + ", byte " + std::to_string(e.byte),
                    "check the commas and brackets before it");
  }
  if (!duplicate.empty())
    return BadInput("key \"" + duplicate.substr(0, kMostShown) + "\" appears twice in one object", file);
  root.file_ = std::make_shared<const std::string>(file);
  return root;
}

JsonValue JsonValue::Inside(const void* value, std::string path) const {
  JsonValue inside(*this);
  inside.value_ = value;
  inside.path_ = std::move(path);
  return inside;
}

std::string JsonValue::Text() const {
  return Of(value_).dump().substr(0, kMostShown);
}
bool JsonValue::IsObject() const {
  return Of(value_).is_object();
}
bool JsonValue::IsArray() const {
  return Of(value_).is_array();
}
bool JsonValue::IsString() const {
  return Of(value_).is_string();
}
bool JsonValue::IsNumber() const {
  return Of(value_).is_number();
}
bool JsonValue::Has(const std::string& key) const {
  return Of(value_).contains(key);
}
JsonValue JsonValue::At(const std::string& key) const {
  return Inside(&Of(value_).at(key), path_.empty() ? key : path_ + "." + key);
}
std::vector<std::string> JsonValue::Keys() const {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : Of(value_).items()) keys.push_back(key);
  return keys;
}

Error JsonValue::WrongType(const std::string& expected) const {
  return BadInput("expected " + expected + ", found " + Of(value_).type_name(), Where());
}

Status JsonValue::CheckKeys(std::initializer_list<std::string_view> required,
                            std::initializer_list<std::string_view> optional) const {
  if (!IsObject()) return WrongType("an object");
  std::vector<std::string_view> allowed(required);
  allowed.insert(allowed.end(), optional.begin(), optional.end());
  for (const std::string& key : Keys()) {
    if (std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    return BadInput("unknown key \"" + key.substr(0, kMostShown) + "\"", Where(), "allowed here: " + Join(allowed));
  }
  for (const std::string_view key : required) {
    if (!Has(std::string(key))) {
      return BadInput("missing key \"" + std::string(key) + "\"", Where(), "these are needed: " + Join(required));
    }
  }
  return {};
}

Result<std::vector<JsonValue>> JsonValue::Items() const {
  if (!IsArray()) return WrongType("a list");
  std::vector<JsonValue> items;
  for (size_t i = 0; i < Of(value_).size(); ++i) {
    items.push_back(Inside(&Of(value_)[i], path_ + "[" + std::to_string(i) + "]"));
  }
  return items;
}

Result<std::vector<int>> JsonValue::Integers(int low, int high) const {
  std::vector<int> numbers;
  FSC_ASSIGN_OR_RETURN(const std::vector<JsonValue> items, Items());
  for (const JsonValue& item : items) {
    FSC_ASSIGN_OR_RETURN(const int number, item.Integer(low, high));
    numbers.push_back(number);
  }
  return numbers;
}

Result<std::vector<std::string>> JsonValue::Strings(size_t max_bytes) const {
  std::vector<std::string> strings;
  FSC_ASSIGN_OR_RETURN(const std::vector<JsonValue> items, Items());
  for (const JsonValue& item : items) {
    FSC_ASSIGN_OR_RETURN(std::string text, item.String(max_bytes));
    strings.push_back(std::move(text));
  }
  return strings;
}

Result<std::string> JsonValue::String(size_t max_bytes) const {
  if (!IsString()) return WrongType("a string");
  std::string text = Of(value_).get<std::string>();
  if (text.empty() || text.size() > max_bytes || text.find('\0') != std::string::npos) {
    return BadInput("expected a string of 1.." + std::to_string(max_bytes) + " bytes", Where());
  }
  return text;
}

Result<double> JsonValue::Number(double low, double high) const {
  if (!IsNumber()) return WrongType("a number");
  const double number = Of(value_).get<double>();
  if (!(number >= low && number <= high)) {
    return BadInput("value " + Of(value_).dump() + " is out of range", Where(),
                    "allowed: " + Json(low).dump() + " to " + Json(high).dump());
  }
  return number;
}

Result<int> JsonValue::Integer(int low, int high) const {
  if (!Of(value_).is_number_integer()) return WrongType("an integer");
  FSC_ASSIGN_OR_RETURN(const double number, Number(low, high));
  return int(number);
}

Result<bool> JsonValue::Bool() const {
  if (!Of(value_).is_boolean()) return WrongType("true or false");
  return Of(value_).get<bool>();
}

Result<size_t> JsonValue::WordAt(const std::vector<std::string_view>& words) const {
  if (!IsString()) return WrongType("one of " + Join(words));
  const auto found = std::find(words.begin(), words.end(), Of(value_).get_ref<const std::string&>());
  if (found != words.end()) return size_t(found - words.begin());
  return BadInput("unknown value " + Text(), Where(), "allowed: " + Join(words));
}

}  // namespace fsc
