// Errors as values, and the line that a tool prints.
#include "fsc/status.h"

#include <gtest/gtest.h>

namespace fsc {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return BadInput("odd", std::to_string(value), "give an even number");
  return value / 2;
}

Result<int> Quarter(int value) {
  FSC_ASSIGN_OR_RETURN(const int half, Half(value));
  FSC_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status IsEven(int value) {
  FSC_RETURN_IF_ERROR(Quarter(2 * value).TakeStatus());
  return {};
}

TEST(Status, ErrorsTravel) {
  EXPECT_EQ(*Quarter(12), 3);
  ASSERT_FALSE(Quarter(6).ok());
  EXPECT_EQ(Quarter(6).error().OneLine(), "odd: 3: give an even number");
  EXPECT_EQ(Quarter(5).error().where, "5");
  EXPECT_TRUE(IsEven(4).ok());
  EXPECT_FALSE(IsEven(3).ok());
}

TEST(Status, ExitCodes) {
  EXPECT_EQ(int(Internal("x").kind), 1);
  EXPECT_EQ(int(Usage("x").kind), 2);
  EXPECT_EQ(int(BadInput("x").kind), 3);
  EXPECT_EQ(int(IoError("x").kind), 4);
}

TEST(Status, OneLineIsOneLine) {
  EXPECT_EQ(BadInput("what").OneLine(), "what");
  EXPECT_EQ(BadInput("what", "", "advice").OneLine(), "what: advice");
  EXPECT_EQ(BadInput("two\nlines", "x\r\ny").OneLine(), "two lines: x  y");
}

TEST(Status, AResultNeverHoldsNothing) {
  const Result<int> odd = Status();
  ASSERT_FALSE(odd.ok());
  EXPECT_EQ(odd.error().kind, ErrorKind::kInternal);
  Result<std::unique_ptr<int>> pointer = std::make_unique<int>(3);
  EXPECT_EQ(*std::move(pointer).value(), 3);
}

}  // namespace
}  // namespace fsc
