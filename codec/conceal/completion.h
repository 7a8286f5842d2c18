// completion.h: lost values as the mean of a Gaussian, given what arrived: with L the inverse of the covariance of all
// variables, U the lost ones and K the known, x_U = m_U - (L_UU)^-1 L_UK (x_K - m_K).
#ifndef FSC_CODEC_CONCEAL_COMPLETION_H_
#define FSC_CODEC_CONCEAL_COMPLETION_H_

#include <span>
#include <vector>

#include "codec/conceal/fills.h"
#include "codec/conceal/lost_rows.h"
#include "codec/conceal/moments.h"
#include "fsc/feature_frame.h"

namespace fsc {

// Over the variables of a cell as in CellVariables.
struct CompletionModel {
  int channels = 0;
  bool neighbours = false;
  bool reference = false;
  std::vector<float> mean;       // [n]
  std::vector<float> precision;  // [n][n]

  bool empty() const { return channels == 0; }
  int variables() const { return channels * (1 + (neighbours ? 4 : 0) + (reference ? 1 : 0)); }
};

CompletionModel ModelOf(const Moments& moments, int channels, bool neighbours, bool reference, float ridge);

enum class CompletedRows { kAll, kEdges };  // kEdges: of each group the first and the last

// Fills in the lost rows. A model with neighbours takes the same channels as lost in the rows around a group, and the
// others as known: they must have been filled in before. `reference`: where the model has one.
void Complete(const CompletionModel& model, const std::vector<RowGroup>& groups, const Tensor* reference,
              const ReceivedRange& range, CompletedRows rows, Tensor* tensor);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_COMPLETION_H_
