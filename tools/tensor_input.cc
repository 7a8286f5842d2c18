#include "tools/tensor_input.h"

#include <algorithm>
#include <utility>

#include "streams/tensor_file.h"
#include "tools/luma_input.h"
#include "tools/tensor_network.h"
#include "tools/yuv_tensors.h"

namespace fsc::tools {
namespace {

constexpr int64_t kMostFrames = INT64_MAX / 2;  // of a range that has an end

// Strides come from the command line: tensor files do not have them.
Status ApplyStrides(const std::vector<int>& strides_px, std::vector<LayerSpec>* layers) {
  if (strides_px.empty()) return {};
  if (strides_px.size() != 1 && strides_px.size() != layers->size()) {
    return Usage(std::to_string(strides_px.size()) + " strides for " + std::to_string(layers->size()) + " layers",
                 "--stride", "give one for all layers, or one a layer separated by commas");
  }
  for (size_t i = 0; i < layers->size(); ++i) (*layers)[i].stride_px = strides_px[strides_px.size() == 1 ? 0 : i];
  return {};
}

class TensorInput : public FeatureInput {
 public:
  static Result<std::unique_ptr<FeatureInput>> Open(const FeatureInputOptions& options) {
    auto input = std::unique_ptr<TensorInput>(new TensorInput);
    StreamInfo& stream = input->stream_;
    if (AreRawPictures(options)) {
      FSC_ASSIGN_OR_RETURN(YuvTensors yuv, OpenYuvTensors(options.path, options.yuv));
      input->source_ = std::move(yuv.source);
      stream.picture = yuv.picture;
    } else {
      FSC_ASSIGN_OR_RETURN(input->source_, OpenTensorFile(options.path, Limits{}, options.layers));
    }
    FSC_RETURN_IF_ERROR(input->TakeRange(options));
    stream.layers = input->source_->layers();
    FSC_RETURN_IF_ERROR(ApplyStrides(options.strides_px, &stream.layers));
    if (!options.model_path.empty()) FSC_RETURN_IF_ERROR(NameNetwork(options.model_path, options.path, &stream));
    FSC_RETURN_IF_ERROR(CheckLayers(stream.layers, Limits{}, options.path));
    stream.input_width_px = options.input_size.width_px;
    stream.input_height_px = options.input_size.height_px;
    stream.source_width_px = options.source_size.width_px;
    stream.source_height_px = options.source_size.height_px;
    if (!options.video_path.empty() && stream.input_width_px == 0) {
      // The finest layer's cells, times its stride, are the network's input.
      const LayerSpec& finest =
          *std::min_element(stream.layers.begin(), stream.layers.end(),
                            [](const auto& a, const auto& b) { return a.stride_px < b.stride_px; });
      stream.input_width_px = finest.width_cells * finest.stride_px;
      stream.input_height_px = finest.height_cells * finest.stride_px;
    }
    if (!options.video_path.empty()) {
      FSC_ASSIGN_OR_RETURN(input->luma_, OpenLumaInput(options.video_path, stream.input_width_px,
                                                       stream.input_height_px, options.frames.first, options.threads));
    }
    const TimeBase own_rate = input->luma_ != nullptr ? input->luma_->frame_rate() : TimeBase{25, 1};
    stream.frame_rate = options.frame_rate.value_or(own_rate);
    stream.time_base = {stream.frame_rate.den, stream.frame_rate.num};
    input->next_frame_ = options.frames.first;
    return std::unique_ptr<FeatureInput>(std::move(input));
  }

  const StreamInfo& stream() const override { return stream_; }
  std::optional<int64_t> frames() const override {
    if (left_ > kMostFrames) return std::nullopt;
    return frames_given_ + left_;
  }
  Warnings warnings() const override {
    Warnings warnings = source_->warnings();
    if (luma_ != nullptr) warnings.Add(luma_->warnings());
    return warnings;
  }

  Result<std::optional<InputFrame>> Next() override {
    if (left_ == 0) return std::optional<InputFrame>();
    FSC_ASSIGN_OR_RETURN(auto frame, source_->Next());
    if (!frame && source_->is_open_ended()) left_ = 0;
    if (!frame && left_ == 0) return std::optional<InputFrame>();
    if (!frame) return Internal("the tensor file ended before its header said");
    InputFrame result;
    result.frame = std::move(*frame);
    result.frame.timestamp_ticks = next_frame_++;
    if (luma_ != nullptr) {
      FSC_ASSIGN_OR_RETURN(result.luma, luma_->Next());
    }
    --left_;
    ++frames_given_;
    return std::optional<InputFrame>(std::move(result));
  }

 private:
  // Goes to the first frame, and sets how many are left.
  Status TakeRange(const FeatureInputOptions& options) {
    const auto past_the_end = [&](int64_t available) {
      return Usage("frame " + std::to_string(options.frames.first) + " is past the end", options.path,
                   "it has " + std::to_string(available) + " frames");
    };
    if (source_->is_open_ended()) {
      for (int64_t passed = 0; passed < options.frames.first; ++passed) {
        FSC_ASSIGN_OR_RETURN(const auto frame, source_->Next());
        if (!frame) return past_the_end(passed);
      }
      left_ = options.frames.last - options.frames.first;
      return {};
    }
    const int64_t available = source_->frames();
    if (options.frames.first >= available) return past_the_end(available);
    left_ = std::min(available, options.frames.last) - options.frames.first;
    return source_->SeekToFrame(options.frames.first);
  }

  std::unique_ptr<TensorSource> source_;
  std::unique_ptr<LumaInput> luma_;  // null without a video
  StreamInfo stream_;
  int64_t left_ = 0;  // at most, where nobody knows
  int64_t frames_given_ = 0;
  int64_t next_frame_ = 0;
};

}  // namespace

Result<std::unique_ptr<FeatureInput>> OpenTensorInput(const FeatureInputOptions& options) {
  return TensorInput::Open(options);
}

}  // namespace fsc::tools
