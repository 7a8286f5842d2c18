// tensor_packets.h: feature tensors cut into packets as the literature does it: r rows of one channel each.
//
// The order of sending decides what a burst takes (I. V. Bajic et al., DFTS2, sends row-block major, which takes the
// same rows of neighbouring channels, the worst case for repair between channels):
// - row blocks: all channels of the first r rows, then of the next; channels fastest
// - channels: all rows of the first channel, then of the next
// - interleaved: row blocks, of which each packet lies about .618 of the frame behind the one before it, so that a
// burst
//   is spread over rows and channels
#ifndef FSC_LINK_CHANNEL_TENSOR_PACKETS_H_
#define FSC_LINK_CHANNEL_TENSOR_PACKETS_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fsc/arrival_map.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

enum class SendingOrder { kRowBlocks, kChannels, kInterleaved };

// "row-blocks", "channels", "interleaved", and back. kUsage for other words.
Result<SendingOrder> ParseSendingOrder(const std::string& text);
std::string SendingOrderText(SendingOrder order);

struct TensorPacketOptions {
  int rows = 8;  // of a packet, 1 or more; the last of a channel may have fewer
  SendingOrder order = SendingOrder::kRowBlocks;
};

struct TensorPacket {
  int layer = 0;
  int channel = 0;
  int first_row = 0;
  int rows = 0;

  bool operator==(const TensorPacket&) const = default;
};

// The packets of a frame in the order of sending; of several layers one after the other, or all interleaved.
std::vector<TensorPacket> TensorPacketsOf(std::span<const LayerSpec> layers, const TensorPacketOptions& options);

// What arrives of each layer where lost[i] says whether packet i is lost. As many flags as packets.
std::vector<ArrivalMap> ArrivalOf(std::span<const LayerSpec> layers, std::span<const TensorPacket> packets,
                                  const std::vector<bool>& lost);

}  // namespace fsc

#endif  // FSC_LINK_CHANNEL_TENSOR_PACKETS_H_
