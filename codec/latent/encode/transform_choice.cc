#include "codec/latent/encode/transform_choice.h"

#include <algorithm>

#include "codec/latent/encode/frame_encoder.h"
#include "codec/latent/transform.h"
#include "core/byte_writer.h"

namespace fsc {
namespace {

// At equal squared error networks make more of components (docs/latent-mode.md, "What each part is worth"), so the
// identity has to be better by some percent.
constexpr double kIdentityWins = 0.95;
constexpr int kIntraQpOffset = -2;  // as in gop.cc

double MatrixBits(const ChannelTransform& transform) {
  ByteWriter bytes;
  WriteChannelTransform(transform, &bytes);
  return 8 * double(bytes.bytes().size());
}

class Trial {
 public:
  Trial(const TransformTrial& trial, const StreamFit& fit, ThreadPool* pool) : trial_(trial), fit_(fit), pool_(pool) {}

  // Squared steps per frame and layer, bits included.
  std::vector<double> Costs() {
    const double intra_share = trial_.later == nullptr ? 1 : 1.0 / trial_.effort->gop.gop_frames;
    std::vector<double> costs(trial_.layers.size());
    LatentState state(fit_.config(), trial_.layers);
    LatentFrameHeader header;
    header.qp = std::clamp(trial_.qp + kIntraQpOffset, 0, kMaxQp);
    EncodedFrame intra = Code(header, *trial_.first, {}, {}, state);
    Add(intra, *trial_.first, intra_share, &costs);
    if (trial_.later != nullptr) {
      intra.picture->luma = LumaOf(trial_.first_luma);
      header.frame_class = FrameClass::kPredicted;
      header.qp = trial_.qp;
      header.references = {-1};
      const LatentPicture* reference = intra.picture.get();
      const EncodedFrame later = Code(header, *trial_.later, trial_.later_luma, {&reference, 1}, intra.state);
      Add(later, *trial_.later, 1 - intra_share, &costs);
    }
    for (size_t i = 0; i < costs.size(); ++i) {
      costs[i] += trial_.effort->quantizer.lambda * MatrixBits(fit_.config().layers[i].transform) / trial_.frames;
    }
    return costs;
  }

 private:
  static Plane<uint8_t> LumaOf(PlaneView<const uint8_t> luma) {
    Plane<uint8_t> copy;
    if (luma.data == nullptr) return copy;
    copy = Plane<uint8_t>(luma.width, luma.height);
    for (int y = 0; y < luma.height; ++y) std::copy_n(luma.row(y), luma.width, copy.row(y));
    return copy;
  }

  EncodedFrame Code(const LatentFrameHeader& header, const FeatureFrame& frame, PlaneView<const uint8_t> luma,
                    std::span<const LatentPicture* const> references, const LatentState& state) const {
    const std::vector<LayerPlanes> planes = fit_.Analyse(frame.layers, pool_);
    auto fields = trial_.motion->Search(header, fit_.config().motion, luma, planes, references, pool_);
    std::vector<MotionField> found;
    if (fields.ok()) found = std::move(*fields);
    if (found.size() != references.size()) found.assign(references.size(), MotionField(fit_.config().motion));
    const FrameInput input{trial_.layers, &fit_.config(), &planes, references, found, &state};
    return EncodeFrame(input, header, *trial_.effort, pool_);
  }

  void Add(const EncodedFrame& coded, const FeatureFrame& frame, double share, std::vector<double>* costs) const {
    for (size_t i = 0; i < costs->size(); ++i) {
      const ChannelTransform& transform = fit_.config().layers[i].transform;
      const double step = double{transform.unit} * StepQ4(trial_.qp, transform.sigma_log2) / 16;
      const Tensor back = fit_.Synthesise(int(i), coded.picture->layers[i], pool_);
      double squares = 0;
      for (size_t k = 0; k < back.size(); ++k) {
        const double error = double{back.values()[k]} - frame.layers[i].values()[k];
        squares += error * error;
      }
      const double bits = 8 * double(coded.layers[i].size());
      (*costs)[i] += share * (squares / (step * step) + trial_.effort->quantizer.lambda * bits);
    }
  }

  const TransformTrial& trial_;
  const StreamFit& fit_;
  ThreadPool* pool_;
};

}  // namespace

std::vector<LatentTransform> ChooseTransforms(const TransformTrial& trial, const StreamFit& components,
                                              const StreamFit& identity, ThreadPool* pool) {
  const std::vector<double> with = Trial(trial, components, pool).Costs();
  const std::vector<double> without = Trial(trial, identity, pool).Costs();
  std::vector<LatentTransform> kinds;
  for (size_t i = 0; i < with.size(); ++i) {
    kinds.push_back(without[i] < kIdentityWins * with[i] ? LatentTransform::kIdentity : LatentTransform::kAuto);
  }
  return kinds;
}

}  // namespace fsc
