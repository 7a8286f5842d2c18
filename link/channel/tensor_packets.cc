#include "link/channel/tensor_packets.h"

#include <algorithm>
#include <numeric>

namespace fsc {
namespace {

constexpr double kGoldenShare = 0.6180339887498949;  // of the packets, between one that is sent and the next
constexpr size_t kTried = 16;                        // steps on either side of it
constexpr size_t kBurst = 64;                        // packets that are to lie apart

void AddLayer(int index, const LayerSpec& layer, const TensorPacketOptions& options,
              std::vector<TensorPacket>* packets) {
  const int blocks = (layer.height_cells + options.rows - 1) / options.rows;
  const auto add = [&](int channel, int block) {
    const int first = block * options.rows;
    packets->push_back({index, channel, first, std::min(options.rows, layer.height_cells - first)});
  };
  if (options.order == SendingOrder::kChannels) {
    for (int channel = 0; channel < layer.channels; ++channel) {
      for (int block = 0; block < blocks; ++block) add(channel, block);
    }
    return;
  }
  for (int block = 0; block < blocks; ++block) {
    for (int channel = 0; channel < layer.channels; ++channel) add(channel, block);
  }
}

// How near to a packet the `kBurst` packets after it come, in the order that is spread by `step`.
size_t NearestIn(size_t step, size_t packets) {
  size_t nearest = packets;
  for (size_t i = 1, at = step % packets; i < std::min(kBurst, packets); ++i, at = (at + step) % packets) {
    nearest = std::min({nearest, at, packets - at});
  }
  return nearest;
}

// Multiples of the golden share keep away from each other. Of the whole numbers near it, the one that does so best; it
// has no divisor in common with the packets, so that every packet is sent once.
size_t StepOf(size_t packets) {
  const size_t golden = std::max<size_t>(1, size_t(kGoldenShare * double(packets)));
  size_t best = 1;
  size_t farthest = 0;
  for (size_t step = golden > kTried ? golden - kTried : 1; step <= golden + kTried; ++step) {
    if (std::gcd(step, packets) != 1) continue;
    const size_t nearest = NearestIn(step, packets);
    if (nearest <= farthest) continue;
    farthest = nearest;
    best = step;
  }
  return best;
}

}  // namespace

Result<SendingOrder> ParseSendingOrder(const std::string& text) {
  for (const SendingOrder order : {SendingOrder::kRowBlocks, SendingOrder::kChannels, SendingOrder::kInterleaved}) {
    if (text == SendingOrderText(order)) return order;
  }
  return Usage("unknown order of sending", "'" + text + "'", "give row-blocks, channels or interleaved");
}

std::string SendingOrderText(SendingOrder order) {
  switch (order) {
    case SendingOrder::kRowBlocks:
      return "row-blocks";
    case SendingOrder::kChannels:
      return "channels";
    case SendingOrder::kInterleaved:
      break;
  }
  return "interleaved";
}

std::vector<TensorPacket> TensorPacketsOf(std::span<const LayerSpec> layers, const TensorPacketOptions& options) {
  std::vector<TensorPacket> packets;
  for (size_t i = 0; i < layers.size(); ++i) AddLayer(int(i), layers[i], options, &packets);
  if (options.order != SendingOrder::kInterleaved || packets.size() < 2) return packets;
  const size_t step = StepOf(packets.size());
  std::vector<TensorPacket> spread;
  spread.reserve(packets.size());
  for (size_t i = 0, at = 0; i < packets.size(); ++i, at = (at + step) % packets.size()) spread.push_back(packets[at]);
  return spread;
}

std::vector<ArrivalMap> ArrivalOf(std::span<const LayerSpec> layers, std::span<const TensorPacket> packets,
                                  const std::vector<bool>& lost) {
  std::vector<ArrivalMap> maps;
  for (const LayerSpec& layer : layers) maps.emplace_back(layer.channels, layer.height_cells);
  for (size_t i = 0; i < packets.size(); ++i) {
    if (lost[i]) maps[size_t(packets[i].layer)].Lose(packets[i].channel, packets[i].first_row, packets[i].rows);
  }
  return maps;
}

}  // namespace fsc
