#include "codec/latent/encode/transform_choice.h"

#include <algorithm>

#include "codec/latent/encode/frame_encoder.h"
#include "codec/latent/transform.h"
#include "codec/qp.h"
#include "core/byte_writer.h"

namespace fsc {
namespace {

constexpr int kIntraTrialQpOffset = -2;  // as in gop.cc

double DescriptionBits(const ChannelTransform& transform) {
  ByteWriter bytes;
  WriteChannelTransform(transform, &bytes);
  return 8 * double(bytes.bytes().size());
}

class Trial {
 public:
  // `units`: the fit whose steps costs are told in.
  Trial(const TransformTrial& trial, int qp, const StreamFit& fit, const StreamFit& units, ThreadPool* pool)
      : trial_(trial), qp_(qp), fit_(fit), units_(units), pool_(pool) {}

  // Of each layer; the description is not in it.
  std::vector<TrialCost> Costs() {
    const double intra_share = trial_.later == nullptr ? 1 : 1.0 / trial_.effort->gop.gop_frames;
    std::vector<TrialCost> costs(trial_.layers.size());
    LatentState state(fit_.config(), trial_.layers);
    LatentFrameHeader header;
    header.qp = std::clamp(qp_ + kIntraTrialQpOffset, 0, kMaxQp);
    EncodedFrame intra = Code(header, *trial_.first, nullptr, {}, state);
    Add(intra, *trial_.first, intra_share, &costs);
    if (trial_.later != nullptr) {
      intra.picture->luma = trial_.first_luma;
      header.frame_class = FrameClass::kPredicted;
      header.qp = std::clamp(qp_, 0, kMaxQp);
      header.references = {-1};
      const LatentPicture* reference = intra.picture.get();
      const EncodedFrame later = Code(header, *trial_.later, trial_.later_luma.get(), {&reference, 1}, intra.state);
      Add(later, *trial_.later, 1 - intra_share, &costs);
    }
    return costs;
  }

 private:
  EncodedFrame Code(const LatentFrameHeader& header, const FeatureFrame& frame, const MotionLuma* luma,
                    std::span<const LatentPicture* const> references, const LatentState& state) const {
    const std::vector<LayerPlanes> planes = fit_.Analyse(frame.layers, pool_);
    auto fields = trial_.motion->Search(header, fit_.config().motion, luma, planes, references, pool_);
    std::vector<MotionField> found;
    if (fields.ok()) found = std::move(*fields);
    if (found.size() != references.size()) found.assign(references.size(), MotionField(fit_.config().motion));
    const FrameInput input{trial_.layers, &fit_.config(), &planes, references, found, &state};
    return EncodeFrame(input, header, *trial_.effort, pool_);
  }

  void Add(const EncodedFrame& coded, const FeatureFrame& frame, double share, std::vector<TrialCost>* costs) const {
    for (size_t i = 0; i < costs->size(); ++i) {
      const ChannelTransform& transform = units_.config().layers[i].transform;
      const double step = double{transform.unit} * StepQ4(trial_.qp, transform.sigma_log2) / 16;
      const Tensor back = fit_.Synthesise(int(i), coded.picture->layers[i], pool_);
      double squares = 0;
      for (size_t k = 0; k < back.size(); ++k) {
        const double error = double{back.values()[k]} - frame.layers[i].values()[k];
        squares += error * error;
      }
      (*costs)[i].squares += share * squares / (step * step);
      (*costs)[i].bits += share * 8 * double(coded.layers[i].size());
    }
  }

  const TransformTrial& trial_;
  int qp_;
  const StreamFit& fit_;
  const StreamFit& units_;
  ThreadPool* pool_;
};

}  // namespace

std::vector<TrialCost> TrialCosts(const TransformTrial& trial, const StreamFit& fit, int qp, ThreadPool* pool) {
  std::vector<TrialCost> costs = Trial(trial, qp, fit, fit, pool).Costs();
  for (size_t i = 0; i < costs.size(); ++i)
    costs[i].description_bits = DescriptionBits(fit.config().layers[i].transform) / trial.frames;
  return costs;
}

bool PaysForItself(const TransformTrial& trial, const StreamFit& present, int present_qp, const StreamFit& other,
                   ThreadPool* pool) {
  Trial as_before(trial, present_qp, present, other, pool);
  Trial anew(trial, trial.qp, other, other, pool);
  const std::vector<TrialCost> costs_before = as_before.Costs();
  const std::vector<TrialCost> costs_anew = anew.Costs();
  const double lambda = trial.effort->quantizer.lambda;
  double before = 0, after = 0;
  for (size_t i = 0; i < costs_before.size(); ++i) {
    // Layers differ in their steps; each counts by its own.
    before += costs_before[i].At(lambda);
    after += costs_anew[i].At(lambda) + lambda * DescriptionBits(other.config().layers[i].transform) / trial.frames;
  }
  return after < before;
}

}  // namespace fsc
