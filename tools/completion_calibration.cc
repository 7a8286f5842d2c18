#include "tools/completion_calibration.h"

#include <fmt/format.h>

#include <utility>

#include "fsc/byte_io.h"
#include "fsc/completion_statistics.h"
#include "streams/tensor_file.h"
#include "tools/output_guard.h"
#include "tools/progress.h"

namespace fsc::tools {

Status CalibrateCompletion(const std::vector<std::string>& inputs, const std::string& output, bool altec, bool quiet) {
  FSC_RETURN_IF_ERROR(CheckOutputs({output}, inputs));
  const CompletionParts parts{.cross = !altec, .row_weights = true, .differences = !altec, .mean_map = !altec};
  std::vector<CompletionLearner> learners;
  int64_t frames = 0;
  for (const std::string& input : inputs) {
    FSC_ASSIGN_OR_RETURN(const auto source, OpenTensorFile(input, Limits{}));
    if (learners.empty()) {
      for (size_t i = 0; i < source->layers().size(); ++i) learners.emplace_back(parts);
    }
    if (source->layers().size() != learners.size()) {
      return Usage("tensors of one network have as many layers", input, "calibrate each network by itself");
    }
    Progress progress("learning", source->frames(), quiet);
    for (bool follows = false;; follows = true) {
      FSC_ASSIGN_OR_RETURN(const auto frame, source->Next());
      if (!frame) break;
      for (size_t i = 0; i < learners.size(); ++i) {
        FSC_RETURN_IF_ERROR(learners[i].Add(frame->layers[i], follows));
      }
      ++frames;
      progress.Step();
    }
  }
  std::vector<CompletionStatistics> layers;
  for (const CompletionLearner& learner : learners) {
    FSC_ASSIGN_OR_RETURN(CompletionStatistics layer, learner.Finish());
    layers.push_back(std::move(layer));
  }
  FSC_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes, WriteCompletionStatistics(layers));
  FSC_ASSIGN_OR_RETURN(const auto sink, OpenSink(output));
  FSC_RETURN_IF_ERROR(sink->Write(bytes));
  FSC_RETURN_IF_ERROR(sink->Commit());
  if (!quiet) {
    fmt::print(stderr, "{}: {} layers, {} bytes, learnt from {} frames\n", output, layers.size(), bytes.size(), frames);
  }
  return {};
}

}  // namespace fsc::tools
