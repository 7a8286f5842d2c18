// reference_cache.h: the uncompressed run of one clip through one network, kept on disk so that every point of the
// suite compares with the same tensors and results without running the front again.
//
//   meta.json    ReferenceInfo
//   features.npz the front's output, float32, one array a layer
//   frames.bin   per frame: source size, timestamp, luma of the network's input, and the back's TaskResult where there
//   is a back
// A folder is complete when it has its final name; it is written under another, KEY.HOST.PID.part, so that processes on
// several machines may make the same one. These files are the tool's own: they are checked for being whole, not against
// malice.
#ifndef FSC_EVAL_REFERENCE_CACHE_H_
#define FSC_EVAL_REFERENCE_CACHE_H_

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fsc/encoder.h"
#include "fsc/plane.h"
#include "fsc/warning.h"
#include "models/task_result.h"
#include "streams/tensor_file.h"

namespace fsc {

struct ReferenceInfo {
  StreamInfo stream;  // layers with sizes, time base, frame rate, input and source size, model
  int64_t frames = 0;
  double seconds = 0;  // ClipSeconds()
  bool has_results = false;
  std::string accuracy_name;             // empty without labels
  std::map<std::string, double> values;  // accuracies and times of the uncompressed run, by MetricColumn::key
  Warnings warnings;                     // of the clip: what was mended in it or is missing
};

struct ReferenceFrame {
  FeatureFrame frame;
  Plane<uint8_t> luma;  // empty for tensors without a video
  int source_width_px = 0, source_height_px = 0;
  TaskResult result;  // of kind kNone without a back
};

// Of a folder that ReferenceWriter made, without its frames.
Result<ReferenceInfo> ReadReferenceInfo(const std::string& folder);
std::string ReferenceInfoToJson(const ReferenceInfo& info);
Result<ReferenceInfo> ReferenceInfoFromJson(const std::string& text, const std::string& where);

class ReferenceWriter {
 public:
  ReferenceWriter() = default;
  ~ReferenceWriter();  // removes what is not finished
  ReferenceWriter(const ReferenceWriter&) = delete;
  ReferenceWriter& operator=(const ReferenceWriter&) = delete;

  // Removes what processes of this machine left of the same folder when they were killed.
  static Result<std::unique_ptr<ReferenceWriter>> Create(const std::string& folder,
                                                         const std::vector<LayerSpec>& layers);
  Status Write(const ReferenceFrame& frame);
  // Gives the folder its name. Where another process was faster, its folder stays: the key says that they are equal.
  Status Finish(const ReferenceInfo& info);

 private:
  std::string folder_;
  std::string part_;  // until it has its name
  std::unique_ptr<TensorSink> features_;
  std::ofstream frames_;
};

class ReferenceReader {
 public:
  static Result<std::unique_ptr<ReferenceReader>> Open(const std::string& folder, const Limits& limits);
  const ReferenceInfo& info() const { return info_; }
  // nullopt at the end. `with_result` = false skips the back's result.
  Result<std::optional<ReferenceFrame>> Next(bool with_result = true);

 private:
  std::string folder_;
  ReferenceInfo info_;
  std::unique_ptr<TensorSource> features_;
  std::ifstream frames_;
};

bool ReferenceExists(const std::string& folder);

}  // namespace fsc

#endif  // FSC_EVAL_REFERENCE_CACHE_H_
