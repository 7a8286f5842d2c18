// Command lines as words: apart and together, and as a shell reads them.
#include "eval/command_words.h"

#include <cstdio>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace fsc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Split(const std::string& text) {
  const auto words = SplitWords(text);
  EXPECT_TRUE(words.ok()) << text;
  return words.ok() ? *words : std::vector<std::string>();
}

TEST(CommandWords, Apart) {
  EXPECT_THAT(Split(""), IsEmpty());
  EXPECT_THAT(Split(" \t "), IsEmpty());
  EXPECT_THAT(Split("--mode hevc  --qp=30\n"), ElementsAre("--mode", "hevc", "--qp=30"));
  EXPECT_THAT(Split("'a b' \"c 'd'\" e''f \"\""), ElementsAre("a b", "c 'd'", "ef", ""));
  EXPECT_THAT(Split(R"(params=a\:b=1 C:\x)"), ElementsAre(R"(params=a\:b=1)", R"(C:\x)"));
  for (const char* text : {"'a", "a \"b'", "--mode 'hevc"}) {
    const auto words = SplitWords(text);
    ASSERT_FALSE(words.ok()) << text;
    EXPECT_THAT(words.error().what, HasSubstr("quote"));
  }
}

TEST(CommandWords, TogetherAsAShellReadsThem) {
  EXPECT_EQ(JoinWords({"fsc", "encode", "/a/b-1.mp4", "--fps", "30000/1001", "--frames", "3:"}),
            "fsc encode /a/b-1.mp4 --fps 30000/1001 --frames 3:");
  EXPECT_EQ(JoinWords({"a b", "", "it's", "*.png"}), R"('a b' '' 'it'\''s' '*.png')");
  std::vector<std::string> words = {"printf", "%s|"};
  std::string expected;
  for (const char* word :
       {"", "a b", "it's", "\"q\"", "$HOME", "`x`", "a\\:b", "*", "~", "!x", "a;b&c|d<e>f(g)#h", "x\ny"}) {
    words.push_back(word);
    expected += std::string(word) + "|";
  }
  std::FILE* const shell = ::popen(JoinWords(words).c_str(), "r");
  ASSERT_NE(shell, nullptr);
  std::string read;
  for (int c; (c = std::fgetc(shell)) != EOF;) read += char(c);
  EXPECT_EQ(::pclose(shell), 0);
  EXPECT_EQ(read, expected);
}

}  // namespace
}  // namespace fsc
