// Strict JSON: what a reader may ask, and how it complains.
#include "core/json_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

JsonValue Parse(const std::string& text) {
  auto value = JsonValue::Parse(text, "f.json");
  EXPECT_TRUE(value.ok()) << value.error().OneLine();
  return *value;
}

template <class T>
std::string ErrorOf(const Result<T>& result) {
  if (result.ok()) return "no error";
  EXPECT_EQ(result.error().kind, ErrorKind::kBadInput);
  return result.error().OneLine();
}

TEST(JsonValue, ValuesKnowWhereTheyStand) {
  const JsonValue root = Parse(R"({"a": {"b": [1, {"c": "x"}]}, "d": 2.5, "e": true})");
  EXPECT_EQ(root.Where(), "f.json");
  const auto items = root.At("a").At("b").Items();
  ASSERT_TRUE(items.ok());
  EXPECT_EQ((*items)[1].At("c").Where(), "f.json, a.b[1].c");
  EXPECT_EQ(*(*items)[1].At("c").String(1), "x");
  EXPECT_EQ(*(*items)[0].Integer(1, 1), 1);
  EXPECT_EQ(*root.At("d").Number(2.5, 2.5), 2.5);
  EXPECT_TRUE(*root.At("e").Bool());
  EXPECT_THAT(root.Keys(), ElementsAre("a", "d", "e"));
  EXPECT_TRUE(root.Has("d"));
  EXPECT_FALSE(root.Has("b"));
  EXPECT_FALSE(root.At("d").Has("b"));
}

TEST(JsonValue, ValuesOutliveTheirRoot) {
  const JsonValue leaf = Parse(R"({"a": ["text"]})").At("a");
  EXPECT_THAT(*leaf.Strings(4), ElementsAre("text"));
}

TEST(JsonValue, WhatIsNone) {
  for (const char* text : {"", "{", "{\"a\": 1,}", "nul", "[1 2]", "\xff", "{} {}", "NaN"})
    EXPECT_THAT(ErrorOf(JsonValue::Parse(text, "f.json")), HasSubstr("not valid JSON: f.json, byte ")) << text;
  for (const char* text : {R"({"a": 1, "a": 1})", R"([{"b": {"a": 1, "c": 2, "a": 3}}])"})
    EXPECT_THAT(ErrorOf(JsonValue::Parse(text, "f.json")), HasSubstr("key \"a\" appears twice")) << text;
  EXPECT_TRUE(JsonValue::Parse(R"([{"a": 1}, {"a": 1, "b": {"a": 1}}])", "f.json").ok());
}

TEST(JsonValue, TypesAndRanges) {
  const JsonValue root =
      Parse(R"({"n": 3, "f": 3.5, "s": "ab", "e": "", "z": "a\u0000", "l": [1, "x"], "o": {}, "u": null})");
  EXPECT_THAT(ErrorOf(root.At("s").Integer(0, 9)), HasSubstr("expected an integer, found string: f.json, s"));
  EXPECT_THAT(ErrorOf(root.At("f").Integer(0, 9)), HasSubstr("expected an integer"));
  EXPECT_THAT(ErrorOf(root.At("n").Integer(4, 9)),
              HasSubstr("value 3 is out of range: f.json, n: allowed: 4.0 to 9.0"));
  EXPECT_THAT(ErrorOf(root.At("n").Integer(0, 2)), HasSubstr("out of range"));
  EXPECT_THAT(ErrorOf(root.At("u").Number(0, 9)), HasSubstr("expected a number, found null"));
  EXPECT_THAT(ErrorOf(root.At("f").Number(3.6, 9)), HasSubstr("out of range"));
  EXPECT_THAT(ErrorOf(root.At("n").String(9)), HasSubstr("expected a string"));
  EXPECT_THAT(ErrorOf(root.At("s").String(1)), HasSubstr("1..1 bytes"));
  EXPECT_THAT(ErrorOf(root.At("e").String(9)), HasSubstr("1..9 bytes"));
  EXPECT_THAT(ErrorOf(root.At("z").String(9)), HasSubstr("1..9 bytes"));
  EXPECT_THAT(ErrorOf(root.At("n").Bool()), HasSubstr("expected true or false"));
  EXPECT_THAT(ErrorOf(root.At("o").Items()), HasSubstr("expected a list, found object"));
  EXPECT_THAT(ErrorOf(root.At("l").Integers(0, 9)), HasSubstr("f.json, l[1]"));
  EXPECT_THAT(ErrorOf(root.At("l").Strings(9)), HasSubstr("f.json, l[0]"));
  EXPECT_THAT(*Parse("[1, 2]").Integers(1, 2), ElementsAre(1, 2));
  for (const char* number : {"99999999999999999999", "-2147483649", "2147483648", "1e3"})
    EXPECT_NE(ErrorOf(Parse(number).Integer(INT32_MIN, INT32_MAX)), "no error") << number;
}

TEST(JsonValue, KeysAndWords) {
  const JsonValue root = Parse(R"({"a": "two", "b": 1})");
  EXPECT_TRUE(root.CheckKeys({"a"}, {"b", "c"}).ok());
  EXPECT_THAT(root.CheckKeys({"a"}, {"c"}).error().OneLine(),
              HasSubstr("unknown key \"b\": f.json: allowed here: a, c"));
  EXPECT_THAT(root.CheckKeys({"a", "b", "d"}, {}).error().OneLine(), HasSubstr("missing key \"d\""));
  EXPECT_THAT(root.At("b").CheckKeys({}, {}).error().OneLine(), HasSubstr("expected an object, found number"));
  EXPECT_EQ(*root.At("a").Word<int>({{"one", 1}, {"two", 2}}), 2);
  EXPECT_THAT(ErrorOf(root.At("a").Word<int>({{"one", 1}, {"tw", 2}})),
              HasSubstr("unknown value \"two\": f.json, a: allowed: one, tw"));
  EXPECT_THAT(ErrorOf(root.At("b").Word<int>({{"one", 1}})), HasSubstr("expected one of one, found number"));
}

}  // namespace
}  // namespace fsc
