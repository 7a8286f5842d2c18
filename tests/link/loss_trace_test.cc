#include "link/channel/loss_trace.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace fsc {
namespace {

std::string Bits(const LossTrace& trace) {
  std::string bits;
  for (const bool lost : trace.lost) bits += lost ? '1' : '0';
  return bits;
}

// The bits of a trace that is good.
std::string BitsOf(const std::string& text) {
  const Result<LossTrace> trace = ParseLossTrace(text, "t");
  EXPECT_TRUE(trace.ok()) << (trace.ok() ? "" : trace.error().OneLine());
  return trace.ok() ? Bits(*trace) : "";
}

TEST(LossTrace, TextOfBits) {
  EXPECT_EQ(BitsOf("0010 11\n\t0\r\n1"), "00101101");
  EXPECT_EQ(BitsOf("# made by hand: 1 is lost\n01 # 11\n10"), "0110");
}

TEST(LossTrace, ColumnOfFlags) {
  EXPECT_EQ(BitsOf("time,lost\n0.1,0\n0.2,1\n0.3,0\n"), "010");
  EXPECT_EQ(BitsOf("\"lost\",\"time\"\r\n\"1\",\"0\"\r\n"), "1");
}

TEST(LossTrace, SequenceNumbersThatArrived) {
  EXPECT_EQ(BitsOf("frame.number,rtp.seq\n1,10\n2,11\n3,14\n"), "00110");
  EXPECT_EQ(BitsOf("rtp.seq\n10\n12\n11\n12\n13\n"), "0000") << "late and double";
  EXPECT_EQ(BitsOf("rtp.seq\n65534\n65535\n1\n2\n"), "00100") << "sixteen bits end";
  EXPECT_EQ(BitsOf("rtp.seq\n1\n65535\n2\n"), "0100") << "late, before the end of the numbers";
}

TEST(LossTrace, OurOwnGoesOutAndBack) {
  LossTrace trace;
  trace.packets = TensorPacketOptions{4, SendingOrder::kInterleaved};
  trace.lost = {false, true, true, false};
  const Result<LossTrace> back = ParseLossTrace(LossTraceJson(trace), "t");
  ASSERT_TRUE(back.ok()) << back.error().OneLine();
  EXPECT_EQ(back->lost, trace.lost);
  EXPECT_TRUE(CheckPacketsOf(*back, *trace.packets, "t").ok());
  const Status other = CheckPacketsOf(*back, {8, SendingOrder::kInterleaved}, "t.json");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().OneLine(),
            "the trace was made of other packets: rows=4,order=interleaved: t.json: cut the tensors so, not as "
            "rows=8,order=interleaved");
}

TEST(LossTrace, OneThatDoesNotSayFitsAllPackets) {
  const Result<LossTrace> trace = ParseLossTrace("0101", "t");
  ASSERT_TRUE(trace.ok());
  EXPECT_TRUE(CheckPacketsOf(*trace, {3, SendingOrder::kChannels}, "t").ok());
}

TEST(LossTrace, SaysHowMuchAndHowLong) {
  const Result<LossTrace> trace = ParseLossTrace("0110100111", "t");
  ASSERT_TRUE(trace.ok());
  EXPECT_DOUBLE_EQ(trace->loss(), 0.6);
  EXPECT_DOUBLE_EQ(trace->mean_burst(), 2);
  EXPECT_EQ(LossTrace().mean_burst(), 0);
}

TEST(LossTrace, DamageIsNamed) {
  const struct {
    const char* text;
    const char* says;
  } cases[] = {
      {"", "empty trace"},
      {" \n", "empty trace"},
      {"# nothing", "without packets"},
      {"01\n02", "line 2"},
      {"time,size\n1,2\n", "no column"},
      {"lost\n0\n2\n", "line 3"},
      {"a,lost\n0\n", "line 2"},
      {"rtp.seq\n70000\n", "line 2"},
      {"rtp.seq\n", "without packets"},
      {"{\"lost\": \"01\"}", "not a loss trace"},
      {"{\"fsc-loss-trace\": 2, \"lost\": \"01\"}", "version 2"},
      {"{\"fsc-loss-trace\": 1, \"lost\": \"0x\"}", "not 'x'"},
      {"{\"fsc-loss-trace\": 1, \"lost\": \"01\", \"packets\": \"tensor\"}", "rows"},
      {"{\"fsc-loss-trace\": 1, \"lost\": \"01\", \"packets\": \"stream\", \"rows\": 8, \"order\": \"channels\"}",
       "unknown kind"},
      {"{\"fsc-loss-trace\": 1, \"lost\": \"01\", \"packets\": \"tensor\", \"rows\": 0, \"order\": \"channels\"}",
       "rows"},
      {"{\"fsc-loss-trace\": 1, \"lost\": \"01\", \"seed\": 3}", "seed"},
      {"{", "not valid JSON"},
  };
  for (const auto& wrong : cases) {
    const Result<LossTrace> trace = ParseLossTrace(wrong.text, "t");
    ASSERT_FALSE(trace.ok()) << wrong.text;
    EXPECT_NE(trace.error().OneLine().find(wrong.says), std::string::npos) << trace.error().OneLine();
  }
}

TEST(LossTrace, IsReadFromFiles) {
  const std::string path = testing::TempDir() + "fsc_loss_trace_test.txt";
  std::ofstream(path) << "0 1 0";
  const Result<LossTrace> trace = ReadLossTrace(path);
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(Bits(*trace), "010");
  std::filesystem::remove(path);
  const Result<LossTrace> missing = ReadLossTrace(path);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::kIo);
}

}  // namespace
}  // namespace fsc
