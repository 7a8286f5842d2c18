// quality_watch.h: compares what a decoder will have with what was given, on some cells of each frame, and remembers
// the frames that came out worse than their qp implies. Encoder only.
#ifndef FSC_CODEC_LATENT_ENCODE_QUALITY_WATCH_H_
#define FSC_CODEC_LATENT_ENCODE_QUALITY_WATCH_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "codec/latent/encode/stream_fit.h"
#include "codec/latent/output.h"
#include "fsc/warning.h"

namespace fsc {

// Some cells of each layer, side by side: a tensor of C x 1 x n. The same cells of every tensor of one size.
std::vector<Tensor> ProbesOf(std::span<const Tensor> layers);

// Mean squared errors of a layer on the probed cells.
struct ProbedError {
  double plain = 0;     // before the output stage
  double finished = 0;  // after it
};
// `decoded`: all planes of the layer; `probe`: of the layer as it was.
ProbedError ErrorOf(const StreamFit& fit, int layer, const LayerPlanes& decoded, const OutputStage& stage,
                    const Tensor& probe);

class QualityWatch {
 public:
  // A frame is final: `error` of each layer against `fit` at `qp`.
  void Coded(int64_t frame_number, const StreamFit& fit, int qp, std::span<const ProbedError> errors);
  // A frame repeats its references because there were no bits for it.
  void Starved(int64_t frame_number);
  // Values that even a new fit could not bring into the range of the planes.
  void Clipped(int64_t frame_number, int64_t values);

  // Of a lossless frame: the largest difference that its planes leave.
  void Kept(double largest_error);

  Warnings warnings() const;

 private:
  struct Frames {
    int64_t count = 0;
    int64_t first = 0;
    int64_t last = 0;
    void Add(int64_t frame_number);
    std::string Text() const;
  };

  int64_t coded_ = 0;
  Frames worse_;
  double worst_db_ = 0;
  int64_t worst_frame_ = 0;
  Frames starved_;
  Frames clipped_;
  int64_t clipped_values_ = 0;
  double largest_error_ = 0;  // of lossless frames
};

}  // namespace fsc

#endif  // FSC_CODEC_LATENT_ENCODE_QUALITY_WATCH_H_
