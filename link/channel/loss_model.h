// loss_model.h: which packets a line loses.
//
// - iid: every packet with the same probability, whatever became of the others. The mean burst is 1 / (1 - loss).
// - Gilbert-Elliott: a Markov chain with a good state, in which packets arrive, and a bad one, in which they are lost
//   (E. N. Gilbert, "Capacity of a burst-noise channel", Bell System Technical Journal 39, 1960). It starts good, and
//   changes after each packet: bad to good with probability 1 / burst, good to bad with loss / (burst (1 - loss)), so
//   that the share of lost packets is `loss` and a burst has `burst` of them on average. A burst of 1 is not iid: no
//   two packets in a row are lost.
#ifndef FSC_LINK_CHANNEL_LOSS_MODEL_H_
#define FSC_LINK_CHANNEL_LOSS_MODEL_H_

#include <cstdint>
#include <random>
#include <string>

#include "fsc/status.h"

namespace fsc {

enum class LossKind { kNone, kIid, kGilbertElliott };

struct LossSpec {
  LossKind kind = LossKind::kNone;
  double loss = 0;   // share of packets, 0..1; of Gilbert-Elliott below 1
  double burst = 1;  // packets, mean; of Gilbert-Elliott, 1 or more, and loss / (1 - loss) or more

  bool operator==(const LossSpec&) const = default;
};

// "none", "iid:loss=.1", "ge:loss=.1,burst=4", and back. kUsage for everything else, and for what is out of range.
Result<LossSpec> ParseLossSpec(const std::string& text);
std::string LossSpecText(const LossSpec& spec);

// The packets of a line in the order in which they are sent. Equal seeds give equal losses, on every machine.
class LossModel {
 public:
  LossModel(const LossSpec& spec, uint64_t seed);

  // Whether the next packet is lost.
  bool Next();

 private:
  double Uniform();  // 0 <= x < 1

  LossSpec spec_;
  std::mt19937_64 random_;
  double to_good_ = 1;  // probabilities of Gilbert-Elliott, after a packet
  double to_bad_ = 0;
  bool bad_ = false;
};

}  // namespace fsc

#endif  // FSC_LINK_CHANNEL_LOSS_MODEL_H_
