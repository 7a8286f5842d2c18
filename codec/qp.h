// qp.h: the scale of quantisers that the encoder's settings and our own modes have. Six qps are a factor of two in the
// step; larger is coarser.
#ifndef FSC_CODEC_QP_H_
#define FSC_CODEC_QP_H_

namespace fsc {

inline constexpr int kMaxQp = 63;  // the least is 0

}  // namespace fsc

#endif  // FSC_CODEC_QP_H_
