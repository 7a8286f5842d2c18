#include "tools/stored_features.h"

#include "tools/tensor_input.h"

namespace fsc::tools {
namespace {

// What such an input would not look at is a mistake.
Status CheckOptions(const StoredFeaturesOptions& options) {
  const bool tensors = IsTensorFile(options.path);
  if (tensors && !options.profile_path.empty())
    return Usage("tensors have no profile", "--profile", "leave it out: it is for streams that name theirs by hash");
  if (!tensors && options.frame_rate)
    return Usage("a stream has a frame rate and time stamps of its own", "--fps", "leave it out");
  return {};
}

}  // namespace

Result<StoredFeatures> StoredFeatures::Open(const StoredFeaturesOptions& options) {
  StoredFeatures self;
  self.range_ = options.frames;
  FSC_RETURN_IF_ERROR(CheckOptions(options));
  if (IsTensorFile(options.path)) {
    if (options.analyse) return Usage("tensors are not coded", options.path, "give a latent .fsc stream");
    FeatureInputOptions input;
    input.path = options.path;
    input.frame_rate = options.frame_rate;
    input.frames = options.frames;
    FSC_ASSIGN_OR_RETURN(self.tensors_, OpenTensorInput(input));
    self.next_tensor_ = options.frames.first;
    return self;
  }
  FSC_ASSIGN_OR_RETURN(self.stream_, OpenStreamFile(options.path, options.profile_path, options.threads));
  if (options.analyse) {
    Status status = self.stream_.decoder->Analyse();
    if (!status.ok()) {
      return Usage(status.error().what, options.path + ", mode " + self.stream_.decoder->header().mode,
                   "give a latent stream, or see its channels with --what tiles");
    }
  }
  if (options.frames.first > 0) FSC_RETURN_IF_ERROR(self.stream_.decoder->SeekToFrame(options.frames.first));
  return self;
}

const std::vector<LayerSpec>& StoredFeatures::layers() const {
  return tensors_ != nullptr ? tensors_->stream().layers : stream_.decoder->header().layers;
}

TimeBase StoredFeatures::time_base() const {
  return tensors_ != nullptr ? tensors_->stream().time_base : stream_.decoder->header().time_base;
}

TimeBase StoredFeatures::frame_rate() const {
  return tensors_ != nullptr ? tensors_->stream().frame_rate : FrameRateOf(stream_.decoder->header());
}

Result<std::optional<DecodedFrame>> StoredFeatures::Next() {
  std::optional<DecodedFrame> result;
  if (tensors_ != nullptr) {
    FSC_ASSIGN_OR_RETURN(auto frame, tensors_->Next());
    if (frame) result = DecodedFrame{next_tensor_++, std::move(frame->frame), {}, nullptr};
    return result;
  }
  FSC_ASSIGN_OR_RETURN(result, stream_.decoder->Next());
  if (result && result->frame_number >= range_.last) result.reset();
  return result;
}

}  // namespace fsc::tools
