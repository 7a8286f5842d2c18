// lost_rows.h: the rows of a tensor that did not arrive, by channel and by row.
#ifndef FSC_CODEC_CONCEAL_LOST_ROWS_H_
#define FSC_CODEC_CONCEAL_LOST_ROWS_H_

#include <vector>

#include "fsc/arrival_map.h"

namespace fsc {

// Rows of one channel that follow each other, none of which arrived; those around them did.
struct LostRun {
  int channel = 0;
  int first = 0;
  int rows = 0;
};
// In the order of channels, then rows.
std::vector<LostRun> LostRunsOf(const ArrivalMap& arrived);

// Rows that follow each other, of which the same channels arrived.
struct RowGroup {
  int first = 0;
  int rows = 0;
  std::vector<int> lost;      // channels, ascending
  std::vector<int> received;  // the others
};
// All rows, also those of which everything arrived.
std::vector<RowGroup> RowGroupsOf(const ArrivalMap& arrived);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_LOST_ROWS_H_
