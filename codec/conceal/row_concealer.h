// row_concealer.h: what all concealers have in common: their name, what they were given, and the checks.
#ifndef FSC_CODEC_CONCEAL_ROW_CONCEALER_H_
#define FSC_CODEC_CONCEAL_ROW_CONCEALER_H_

#include <string>
#include <vector>

#include "fsc/concealer.h"

namespace fsc {

// One tensor with losses, as Fill() sees it.
struct LossyTensor {
  const ArrivalMap& arrived;
  const ConcealContext& context;
  // [C]: what a channel is taken to be of which nothing arrived: the means that were sent, else those of the
  // statistics, else 0.
  std::vector<float> otherwise;
};

class RowConcealer : public Concealer {
 public:
  RowConcealer(std::string name, const ConcealerOptions& options) : name_(std::move(name)), options_(options) {}

  const std::string& name() const final { return name_; }
  Result<ConcealReport> Conceal(const ArrivalMap& arrived, const ConcealContext& context, Tensor* tensor) final;

 protected:
  const ConcealerOptions& options() const { return options_; }
  const CompletionStatistics* statistics() const { return options_.statistics.get(); }

  // Fills in what is lost, which is 0 so far; returns the name of what did. Nothing else is written.
  virtual Result<std::string> Fill(const LossyTensor& lossy, Tensor* tensor) = 0;
  // Of a whole tensor, repaired or arrived whole, after Fill().
  virtual Status Learn(const LossyTensor&, const Tensor&) { return {}; }
  // Why tensors of this many channels cannot be repaired.
  virtual Status CheckChannels(int) const { return {}; }

 private:
  Status Check(const ArrivalMap& arrived, const ConcealContext& context, const Tensor& tensor) const;

  std::string name_;
  ConcealerOptions options_;
};

// kUsage above kMaxCompletionChannels.
Status CheckCovarianceChannels(const std::string& name, int channels);

}  // namespace fsc

#endif  // FSC_CODEC_CONCEAL_ROW_CONCEALER_H_
