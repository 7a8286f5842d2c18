// stored_features.h: feature frames of a .fsc stream or of tensor files, one after the other, for commands that take
// either.
#ifndef FSC_TOOLS_STORED_FEATURES_H_
#define FSC_TOOLS_STORED_FEATURES_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fsc/decoder.h"
#include "tools/feature_input.h"
#include "tools/frame_range.h"
#include "tools/stream_file.h"

namespace fsc::tools {

struct StoredFeaturesOptions {
  std::string path;          // tensors by their extension, anything else is a stream; - is a stream on standard input
  std::string profile_path;  // of a stream that names it by hash; empty = none
  std::optional<TimeBase> frame_rate;  // of tensors, frames per second; default 25
  FrameRange frames;
  int threads = 1;
  bool analyse = false;  // fill DecodedFrame::analysis; kUsage where the input has none
};

class StoredFeatures {
 public:
  // kUsage when the range begins past the end.
  static Result<StoredFeatures> Open(const StoredFeaturesOptions& options);

  const std::vector<LayerSpec>& layers() const;
  // What DecodedFrame::analysis is of.
  const std::vector<LayerSpec>& coded_layers() const {
    return stream_.decoder != nullptr ? stream_.decoder->coded_layers() : layers();
  }
  TimeBase time_base() const;
  TimeBase frame_rate() const;  // frames per second
  // Of a stream; null for tensors.
  const StreamHeader* header() const { return stream_.decoder != nullptr ? &stream_.decoder->header() : nullptr; }
  // As far as the input tells.
  std::optional<int64_t> frames() const { return tensors_ != nullptr ? tensors_->frames() : std::nullopt; }

  // Of tensors: what is odd about them.
  Warnings warnings() const { return tensors_ != nullptr ? tensors_->warnings() : Warnings(); }
  // nullopt at the end of the input or of the range. Numbers count from the start of the stream or the tensors.
  Result<std::optional<DecodedFrame>> Next();

 private:
  std::unique_ptr<FeatureInput> tensors_;
  StreamFile stream_;
  FrameRange range_;
  int64_t next_tensor_ = 0;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_STORED_FEATURES_H_
