// loss_trace.h: which packets of a run were lost, to be saved and played again.
//
// Three kinds of files are read:
// - ours, JSON: {"fsc-loss-trace": 1, "packets": "tensor", "rows": 8, "order": "interleaved", "lost": "00100..."}
// - text: the characters 0 (arrived) and 1 (lost) in the order of sending; spaces and ends of lines are skipped, and so
//   is what follows a # in a line
// - CSV as tshark writes it (-T fields -E header=y -E separator=,): with a column `lost` of 0 and 1, or a column whose
//   name ends in `seq` (rtp.seq) with the 16-bit sequence numbers that arrived; what is missing between the first and
//   the last was lost. Late and double packets count as arrived.
#ifndef FSC_LINK_CHANNEL_LOSS_TRACE_H_
#define FSC_LINK_CHANNEL_LOSS_TRACE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "fsc/status.h"
#include "link/channel/tensor_packets.h"

namespace fsc {

struct LossTrace {
  std::optional<TensorPacketOptions> packets;  // how tensors were cut; only our files say so
  std::vector<bool> lost;                      // in the order of sending

  double loss() const;        // share of the packets, 0 where there are none
  double mean_burst() const;  // packets lost in a row, 0 where none is lost
};

// kIo where the file cannot be read, kBadInput where it is no trace, or longer than 2^28 packets.
Result<LossTrace> ReadLossTrace(const std::string& path);
// Of text in memory; `name` is for errors.
Result<LossTrace> ParseLossTrace(const std::string& text, const std::string& name);
// Ours.
std::string LossTraceJson(const LossTrace& trace);

// kUsage where the trace was made of packets that are cut otherwise.
Status CheckPacketsOf(const LossTrace& trace, const TensorPacketOptions& packets, const std::string& name);

}  // namespace fsc

#endif  // FSC_LINK_CHANNEL_LOSS_TRACE_H_
