// strict_json.h: reads a JSON object key by key; whatever is missing, of another type, out of range or unknown is an
// error that names the file and the path of the key.
#ifndef FSC_EVAL_STRICT_JSON_H_
#define FSC_EVAL_STRICT_JSON_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "fsc/status.h"

namespace fsc {

class StrictObject {
 public:
  // Borrows `json`. `where`: "suite.json, clips[2]".
  StrictObject(const nlohmann::json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json_.is_object()) Fail("not an object", where_);
  }

  bool has(const std::string& key) const { return json_.is_object() && json_.contains(key); }
  const std::string& where() const { return where_; }
  std::string WhereIs(const std::string& key) const { return where_ + ": " + key; }

  std::string String(const std::string& key, const std::string& fallback) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr) return fallback;
    if (!value->is_string()) return Fail("not a string", WhereIs(key)), fallback;
    return value->get<std::string>();
  }
  std::string RequiredString(const std::string& key) {
    if (!has(key)) Fail("missing key", WhereIs(key));
    return String(key, "");
  }
  bool Bool(const std::string& key, bool fallback) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr) return fallback;
    if (!value->is_boolean()) return Fail("not true or false", WhereIs(key)), fallback;
    return value->get<bool>();
  }
  int64_t Integer(const std::string& key, int64_t fallback, int64_t low, int64_t high) {
    const nlohmann::json* value = Find(key);
    return value == nullptr ? fallback : IntegerOf(*value, WhereIs(key), low, high);
  }
  double Number(const std::string& key, double fallback, double low, double high) {
    const nlohmann::json* value = Find(key);
    if (value == nullptr) return fallback;
    if (!value->is_number() || !(value->get<double>() >= low && value->get<double>() <= high)) {
      return Fail("not a number from " + std::to_string(low) + " to " + std::to_string(high), WhereIs(key)), fallback;
    }
    return value->get<double>();
  }
  std::vector<std::string> Strings(const std::string& key) {
    std::vector<std::string> out;
    for (const nlohmann::json& item : List(key)) {
      if (!item.is_string()) return Fail("not a list of strings", WhereIs(key)), out;
      out.push_back(item.get<std::string>());
    }
    return out;
  }
  std::vector<int> Integers(const std::string& key, int64_t low, int64_t high) {
    return IntegersOf(List(key), WhereIs(key), low, high);
  }
  std::vector<int> IntegersOf(const nlohmann::json& list, const std::string& where, int64_t low, int64_t high) {
    std::vector<int> out;
    if (!list.is_array()) return Fail("not a list", where), out;
    for (const nlohmann::json& item : list) out.push_back(int(IntegerOf(item, where, low, high)));
    return out;
  }
  // An empty list when the key is absent.
  const nlohmann::json& List(const std::string& key) {
    static const nlohmann::json empty = nlohmann::json::array();
    const nlohmann::json* value = Find(key);
    if (value == nullptr) return empty;
    if (!value->is_array()) return Fail("not a list", WhereIs(key)), empty;
    return *value;
  }
  // Null when the key is absent; marks it as known.
  const nlohmann::json* Find(const std::string& key) {
    known_.insert(key);
    return has(key) ? &json_[key] : nullptr;
  }

  // Records an error found by the caller; the first one stays.
  void Fail(const std::string& what, const std::string& where, const std::string& advice = {}) {
    if (status_.ok()) status_ = BadInput(what, where, advice);
  }
  // The first error; else an error for the first unknown key; else success. Call when all keys are read.
  Status Finish() {
    if (!status_.ok()) return status_.TakeError();
    for (const auto& [key, value] : json_.items()) {
      if (known_.count(key) != 0) continue;
      std::string list;
      for (const std::string& name : known_) list += (list.empty() ? "" : ", ") + name;
      return BadInput("unknown key \"" + key + "\"", where_, "known here: " + list);
    }
    return {};
  }

 private:
  int64_t IntegerOf(const nlohmann::json& value, const std::string& where, int64_t low, int64_t high) {
    const bool fits =
        value.is_number_integer() && !(value.is_number_unsigned() && value.get<uint64_t>() > uint64_t(INT64_MAX));
    if (!fits || value.get<int64_t>() < low || value.get<int64_t>() > high) {
      return Fail("not an integer from " + std::to_string(low) + " to " + std::to_string(high), where), low;
    }
    return value.get<int64_t>();
  }

  const nlohmann::json& json_;
  std::string where_;
  std::set<std::string> known_;
  Status status_;
};

}  // namespace fsc

#endif  // FSC_EVAL_STRICT_JSON_H_
