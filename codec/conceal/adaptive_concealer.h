// adaptive_concealer.h: completion by the last tensor, moved: `ajoint` and `ajcross`, which learn how the two go
// together from the tensors that they have repaired, and `diff`, which was told.
#ifndef FSC_CODEC_CONCEAL_ADAPTIVE_CONCEALER_H_
#define FSC_CODEC_CONCEAL_ADAPTIVE_CONCEALER_H_

#include <optional>

#include "codec/conceal/moments.h"
#include "codec/conceal/scene_guard.h"
#include "codec/conceal/still_completion.h"

namespace fsc {

// The last tensor, moved by the context's motion or by what the tensors show.
Result<Tensor> MovedPrevious(const LossyTensor& lossy, const Tensor& tensor);

// Variables are a cell's channels and those of the moved tensor there; with `neighbours` also its neighbours' channels.
class AdaptiveConcealer : public RowConcealer {
 public:
  AdaptiveConcealer(const std::string& name, const ConcealerOptions& options, bool neighbours);

  void Reset() override;

 private:
  Result<std::string> Fill(const LossyTensor& lossy, Tensor* tensor) override;
  Status Learn(const LossyTensor& lossy, const Tensor& tensor) override;
  Status CheckChannels(int channels) const override { return CheckCovarianceChannels(name(), channels); }

  void FillJointly(const Moments& moments, const LossyTensor& lossy, Tensor* tensor) const;
  void FillAlone(const LossyTensor& lossy, Tensor* tensor) const;
  Moments Measure(const Tensor& tensor) const;

  bool neighbours_;
  StillCompletion still_;
  Moments moments_;              // empty until two tensors of a scene were seen
  std::optional<Tensor> moved_;  // of the tensor in work
  SceneChange change_ = SceneChange::kNone;
};

class DifferenceConcealer : public RowConcealer {
 public:
  DifferenceConcealer(const std::string& name, const ConcealerOptions& options);

 private:
  Result<std::string> Fill(const LossyTensor& lossy, Tensor* tensor) override;

  StillCompletion still_;
  CompletionModel model_;
};

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_ADAPTIVE_CONCEALER_H_
