// concealer.h: fills in what of a tensor did not arrive.
//
//   FSC_ASSIGN_OR_RETURN(const auto concealer, CreateConcealer("ajoint", {}));
//   Tensor last;
//   for (...) {
//     ConcealContext context;
//     context.previous = last.size() > 0 ? &last : nullptr;
//     FSC_ASSIGN_OR_RETURN(const ConcealReport report, concealer->Conceal(arrived, context, &tensor));
//     last = tensor.Clone();
//   }
//
// docs/loss.md says what each method does, what it needs and what it is worth.
#ifndef FSC_CONCEALER_H_
#define FSC_CONCEALER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fsc/arrival_map.h"
#include "fsc/completion_statistics.h"
#include "fsc/export.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc {

// Where each cell of a tensor comes from in the one before: cell (x, y) from (x + dx, y + dy). One field for all
// channels.
struct CellMotion {
  std::vector<float> dx_cells;  // [H][W]
  std::vector<float> dy_cells;
};

// What is known of a tensor beside what arrived of it. All of it may be missing.
struct ConcealContext {
  const Tensor* previous = nullptr;      // the layer's last tensor, repaired
  const CellMotion* motion = nullptr;    // from there; null = it is estimated, where a method wants it
  std::span<const float> channel_means;  // [C], sent beside the tensor
};

struct ConcealReport {
  int64_t lost_elements = 0;
  std::string method;  // what filled them in: the concealer's name, or what it fell back to; empty where none was lost
};

struct ConcealerOptions {
  // Of the layer; null = none. Not every method needs them.
  std::shared_ptr<const CompletionStatistics> statistics;
  int iterations = 50;  // of halrtc and silrtc, 1..1000
};

// For one layer. Concealers for video learn from the tensors that they see: give them every frame, also one that
// arrived whole.
class FSC_EXPORT Concealer {
 public:
  virtual ~Concealer();

  virtual const std::string& name() const = 0;
  // What did not arrive is written, whatever it held; all else keeps its bits. Finite where what arrived is. kUsage
  // where the map, a mean, the motion or the last tensor has another shape than the tensor, where the tensor is
  // borrowed, and where statistics are of another layer.
  virtual Result<ConcealReport> Conceal(const ArrivalMap& arrived, const ConcealContext& context, Tensor* tensor) = 0;
  // Forgets what was learnt, as before a new clip.
  virtual void Reset() {}
};

// kUsage for a name that is not in ConcealerNames(), for a method that this build lacks, for one that needs statistics
// or a part of them without these, and for options outside their range.
FSC_EXPORT Result<std::unique_ptr<Concealer>> CreateConcealer(const std::string& name, const ConcealerOptions& options);
FSC_EXPORT std::vector<std::string> ConcealerNames();

}  // namespace fsc

#endif  // FSC_CONCEALER_H_
