// json_value.h: strict reading of JSON files: whatever is missing, of another type, out of range or unknown is an error
// that names the file and the place in it.
#ifndef FSC_CORE_JSON_VALUE_H_
#define FSC_CORE_JSON_VALUE_H_

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fsc/status.h"

namespace fsc {

// A value, and where it stands: "resnet18.json, input.mean[2]". Copies share the document.
class JsonValue {
 public:
  // kBadInput for what is no JSON, and for an object that names a key twice. `file` is for errors.
  static Result<JsonValue> Parse(const std::string& text, const std::string& file);

  std::string Where() const { return path_.empty() ? *file_ : *file_ + ", " + path_; }
  std::string Text() const;  // as JSON, at most 80 bytes of it

  bool IsObject() const;
  bool IsArray() const;
  bool IsString() const;
  bool IsNumber() const;

  // Of an object. At() needs a key that is there.
  bool Has(const std::string& key) const;
  JsonValue At(const std::string& key) const;
  std::vector<std::string> Keys() const;
  // All of `required` are there, and nothing that neither list has.
  Status CheckKeys(std::initializer_list<std::string_view> required,
                   std::initializer_list<std::string_view> optional) const;

  // Of an array: its items.
  Result<std::vector<JsonValue>> Items() const;
  Result<std::vector<int>> Integers(int low, int high) const;
  Result<std::vector<std::string>> Strings(size_t max_bytes) const;

  // kBadInput for a value of another type, and outside the range. Strings have 1 .. `max_bytes` bytes, none of them 0.
  Result<std::string> String(size_t max_bytes) const;
  Result<double> Number(double low, double high) const;
  Result<int> Integer(int low, int high) const;
  Result<bool> Bool() const;
  // One of the words, as the number beside it.
  template <class Enum>
  Result<Enum> Word(std::initializer_list<std::pair<std::string_view, Enum>> words) const {
    std::vector<std::string_view> names;
    for (const auto& [word, meaning] : words) names.push_back(word);
    FSC_ASSIGN_OR_RETURN(const size_t at, WordAt(names));
    return (words.begin() + at)->second;
  }

  Error WrongType(const std::string& expected) const;

 private:
  JsonValue() = default;
  JsonValue Inside(const void* value, std::string path) const;
  Result<size_t> WordAt(const std::vector<std::string_view>& words) const;

  std::shared_ptr<const void> document_;
  std::shared_ptr<const std::string> file_;
  const void* value_ = nullptr;  // in the document
  std::string path_;
};

}  // namespace fsc

#endif  // FSC_CORE_JSON_VALUE_H_
