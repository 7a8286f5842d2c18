// outliers.h: single values far away from all others. They would set the steps of a whole stretch of frames, so they
// are taken out before anything is measured, and sent as they are (LatentFrameHeader::escapes). Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_OUTLIERS_H_
#define FSC_CODEC_LATENT_ENCODE_OUTLIERS_H_

#include <vector>

#include "codec/latent/encode/frame_scan.h"
#include "codec/latent/header.h"
#include "fsc/feature_frame.h"

namespace fsc {

// Whether the layer can have outliers at all; most layers have none.
bool MayHaveOutliers(const LayerScan& scan, const Tensor& layer);
// Values over 64 times the root mean square of those that remain, at most one in 4096 and one at least; by rising
// index.
std::vector<Escape> FindOutliers(const Tensor& layer);
// Puts the value before it, or else after it, in each one's place.
void TakeOut(const std::vector<Escape>& outliers, Tensor* layer);

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_OUTLIERS_H_
