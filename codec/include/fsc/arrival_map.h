// arrival_map.h: which rows of a tensor arrived, where it travelled in pieces.
#ifndef FSC_ARRIVAL_MAP_H_
#define FSC_ARRIVAL_MAP_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace fsc {

// For each channel and row of a C x H x W tensor: whether it arrived. A row arrives whole or not at all.
class ArrivalMap {
 public:
  ArrivalMap() = default;
  // Everything arrived. `channels` and `rows` are 1 or more.
  ArrivalMap(int channels, int rows) : channels_(channels), rows_(rows), lost_(size_t(channels) * size_t(rows)) {}

  int channels() const { return channels_; }
  int rows() const { return rows_; }
  bool arrived(int channel, int row) const { return lost_[Index(channel, row)] == 0; }
  // Rows `first` to `first + count - 1` of a channel did not arrive. They lie in the tensor.
  void Lose(int channel, int first, int count) {
    std::fill_n(lost_.begin() + ptrdiff_t(Index(channel, first)), count, uint8_t{1});
  }

  int64_t lost_rows() const { return std::count(lost_.begin(), lost_.end(), uint8_t{1}); }
  bool complete() const { return lost_rows() == 0; }
  bool operator==(const ArrivalMap&) const = default;

 private:
  size_t Index(int channel, int row) const { return size_t(channel) * size_t(rows_) + size_t(row); }

  int channels_ = 0;
  int rows_ = 0;
  std::vector<uint8_t> lost_;  // [channel][row]
};

}  // namespace fsc

#endif  // FSC_ARRIVAL_MAP_H_
