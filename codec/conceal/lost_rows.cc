#include "codec/conceal/lost_rows.h"

namespace fsc {

std::vector<LostRun> LostRunsOf(const ArrivalMap& arrived) {
  std::vector<LostRun> runs;
  for (int c = 0; c < arrived.channels(); ++c) {
    for (int y = 0; y < arrived.rows(); ++y) {
      if (arrived.arrived(c, y)) continue;
      const bool goes_on = !runs.empty() && runs.back().channel == c && runs.back().first + runs.back().rows == y;
      if (goes_on) {
        ++runs.back().rows;
      } else {
        runs.push_back({c, y, 1});
      }
    }
  }
  return runs;
}

std::vector<RowGroup> RowGroupsOf(const ArrivalMap& arrived) {
  std::vector<RowGroup> groups;
  for (int y = 0; y < arrived.rows(); ++y) {
    RowGroup group{y, 1, {}, {}};
    for (int c = 0; c < arrived.channels(); ++c) {
      (arrived.arrived(c, y) ? group.received : group.lost).push_back(c);
    }
    if (!groups.empty() && groups.back().lost == group.lost) {
      ++groups.back().rows;
    } else {
      groups.push_back(std::move(group));
    }
  }
  return groups;
}

}  // namespace fsc
