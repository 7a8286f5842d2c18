// completion_statistics.h: what repair of a layer's tensors knows of them beforehand, learnt from tensors of the same
// network, and its file (.fscs, docs/loss.md).
#ifndef FSC_COMPLETION_STATISTICS_H_
#define FSC_COMPLETION_STATISTICS_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fsc/export.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

// Covariances are of the values of all channels at one cell.
inline constexpr int kMaxCompletionChannels = 1024;

// Of one layer with C channels. Matrices are symmetric, in C order. What is empty was not learnt.
struct CompletionStatistics {
  int channels = 0;               // C
  std::vector<float> mean;        // [C]
  std::vector<float> covariance;  // [C][C]
  // [5C][5C], of a cell's channels, then those of its neighbours left, right, above and below.
  std::vector<float> cross_covariance;
  // [C][C], E[d d^T] of the difference to the last tensor, moved by the motion between them.
  std::vector<float> difference;
  // A mean for each cell, of tensors of one size alone.
  int height_cells = 0;
  int width_cells = 0;
  std::vector<float> mean_map;  // [C][H][W]
  // Row c: what a value of channel c is as a sum of the others' there and of its own above and below (ALTeC).
  std::vector<float> row_weights;  // [C][C + 2]; the weight of c itself is 0; then above, below
};

// Which parts are learnt beside mean and covariance.
struct CompletionParts {
  bool cross = true;        // cross_covariance
  bool row_weights = true;  // row_weights
  bool differences = true;  // difference, where tensors follow each other
  bool mean_map = false;    // where all tensors have one size
  bool operator==(const CompletionParts&) const = default;
};

class FSC_EXPORT CompletionLearner {
 public:
  explicit CompletionLearner(const CompletionParts& parts = {});
  ~CompletionLearner();
  CompletionLearner(CompletionLearner&&) noexcept;
  CompletionLearner& operator=(CompletionLearner&&) noexcept;

  // A tensor of the layer. `follows`: it is the frame after the one that was added last. kUsage for another number of
  // channels, or more than kMaxCompletionChannels.
  Status Add(const Tensor& tensor, bool follows);
  // kUsage where no tensor was added.
  Result<CompletionStatistics> Finish() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The file: one layer after the other. kUsage for what no file can hold.
FSC_EXPORT Result<std::vector<uint8_t>> WriteCompletionStatistics(std::span<const CompletionStatistics> layers);
// kBadInput for what is damaged, of another version, or holds numbers that are none; `where` names the source.
FSC_EXPORT Result<std::vector<CompletionStatistics>> ReadCompletionStatistics(std::span<const uint8_t> bytes,
                                                                              const std::string& where);
// The same from a file; kIo when it cannot be read.
FSC_EXPORT Result<std::vector<CompletionStatistics>> ReadCompletionStatistics(const std::string& path);

}  // namespace fsc

#endif  // FSC_COMPLETION_STATISTICS_H_
