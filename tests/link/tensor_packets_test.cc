#include "link/channel/tensor_packets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <tuple>
#include <vector>

namespace fsc {
namespace {

LayerSpec Layer(int channels, int height, int width) {
  LayerSpec layer;
  layer.channels = channels;
  layer.height_cells = height;
  layer.width_cells = width;
  return layer;
}

std::vector<std::tuple<int, int, int>> ChannelsAndRows(const std::vector<TensorPacket>& packets) {
  std::vector<std::tuple<int, int, int>> list;
  for (const TensorPacket& packet : packets) list.emplace_back(packet.channel, packet.first_row, packet.rows);
  return list;
}

TEST(TensorPackets, RowBlocksHaveChannelsFastest) {
  const std::vector<LayerSpec> layers = {Layer(2, 5, 3)};
  using List = std::vector<std::tuple<int, int, int>>;
  EXPECT_EQ(ChannelsAndRows(TensorPacketsOf(layers, {2, SendingOrder::kRowBlocks})),
            (List{{0, 0, 2}, {1, 0, 2}, {0, 2, 2}, {1, 2, 2}, {0, 4, 1}, {1, 4, 1}}));
  EXPECT_EQ(ChannelsAndRows(TensorPacketsOf(layers, {2, SendingOrder::kChannels})),
            (List{{0, 0, 2}, {0, 2, 2}, {0, 4, 1}, {1, 0, 2}, {1, 2, 2}, {1, 4, 1}}));
}

TEST(TensorPackets, EveryRowIsSentOnceInEveryOrder) {
  const std::vector<LayerSpec> layers = {Layer(3, 7, 2), Layer(1, 1, 1), Layer(5, 16, 4)};
  for (const SendingOrder order : {SendingOrder::kRowBlocks, SendingOrder::kChannels, SendingOrder::kInterleaved}) {
    for (const int rows : {1, 3, 8, 100}) {
      std::set<std::tuple<int, int, int>> seen;
      for (const TensorPacket& packet : TensorPacketsOf(layers, {rows, order})) {
        for (int row = packet.first_row; row < packet.first_row + packet.rows; ++row) {
          EXPECT_TRUE(seen.emplace(packet.layer, packet.channel, row).second);
          EXPECT_LT(row, layers[size_t(packet.layer)].height_cells);
        }
      }
      EXPECT_EQ(seen.size(), 3u * 7 + 1 + 5 * 16) << SendingOrderText(order) << " " << rows;
    }
  }
}

// A burst of a sixteenth of the packets: no two of it have the same rows in neighbouring channels.
TEST(TensorPackets, InterleavingSpreadsABurst) {
  const std::vector<LayerSpec> layers = {Layer(64, 64, 8)};
  const std::vector<TensorPacket> packets = TensorPacketsOf(layers, {8, SendingOrder::kInterleaved});
  const size_t burst = packets.size() / 16;
  for (size_t first = 0; first + burst <= packets.size(); first += 7) {
    for (size_t i = first; i < first + burst; ++i) {
      for (size_t k = i + 1; k < first + burst; ++k) {
        const int rows_apart = std::abs(packets[i].first_row - packets[k].first_row);
        const int channels_apart = std::abs(packets[i].channel - packets[k].channel);
        EXPECT_FALSE(rows_apart == 0 && channels_apart <= 2) << i << " " << k;
      }
    }
  }
}

TEST(TensorPackets, LostPacketsBecomeLostRows) {
  const std::vector<LayerSpec> layers = {Layer(2, 5, 3), Layer(1, 2, 2)};
  const std::vector<TensorPacket> packets = TensorPacketsOf(layers, {2, SendingOrder::kRowBlocks});
  std::vector<bool> lost(packets.size());
  lost[3] = true;  // rows 2 and 3 of channel 1
  lost[4] = true;  // row 4 of channel 0
  const std::vector<ArrivalMap> maps = ArrivalOf(layers, packets, lost);
  ASSERT_EQ(maps.size(), 2u);
  EXPECT_EQ(maps[0].lost_rows(), 3);
  EXPECT_FALSE(maps[0].arrived(1, 2));
  EXPECT_FALSE(maps[0].arrived(1, 3));
  EXPECT_FALSE(maps[0].arrived(0, 4));
  EXPECT_TRUE(maps[0].arrived(1, 4));
  EXPECT_TRUE(maps[1].complete());
}

TEST(SendingOrderTest, GoesToTextAndBack) {
  for (const SendingOrder order : {SendingOrder::kRowBlocks, SendingOrder::kChannels, SendingOrder::kInterleaved}) {
    const Result<SendingOrder> back = ParseSendingOrder(SendingOrderText(order));
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(*back, order);
  }
  EXPECT_FALSE(ParseSendingOrder("rows").ok());
}

}  // namespace
}  // namespace fsc
