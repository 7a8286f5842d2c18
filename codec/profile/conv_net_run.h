// conv_net_run.h: runs a ConvNet (core/conv_net.h) on a tensor. The result is the same to the bit for every number of
// threads and every CPU: each output is a sum in a fixed order, without fused multiply and add.
#ifndef FSC_CODEC_PROFILE_CONV_NET_RUN_H_
#define FSC_CODEC_PROFILE_CONV_NET_RUN_H_

#include "core/conv_net.h"
#include "core/thread_pool.h"
#include "fsc/feature_frame.h"

namespace fsc {

// outputs x H x W. `net` was checked, and `in` has its inputs. `pool` may be null.
Tensor RunConvNet(const ConvNet& net, const Tensor& in, ThreadPool* pool);
// The same by the formula, for tests.
Tensor RunConvNetPlain(const ConvNet& net, const Tensor& in);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_CONV_NET_RUN_H_
