#include "tools/bench_reference.h"

#include <utility>
#include <vector>

#include "eval/network_run.h"
#include "eval/rate_account.h"
#include "eval/reference_cache.h"
#include "eval/speed_run.h"
#include "tools/progress.h"

namespace fsc::tools {

Status MakeBenchReference(const FeatureInputOptions& options, const std::string& folder, bool quiet) {
  FSC_ASSIGN_OR_RETURN(const auto input, OpenFeatureInput(options));
  std::unique_ptr<OriginalBack> back;
  if (!options.model_path.empty()) {
    FSC_ASSIGN_OR_RETURN(back, OriginalBack::Load(options.model_path, Limits{}));
  }
  ReferenceInfo info;
  info.stream = input->stream();
  FSC_ASSIGN_OR_RETURN(const auto writer, ReferenceWriter::Create(folder, info.stream.layers));
  std::vector<double> front_s;
  int64_t first_ticks = 0, last_ticks = 0;
  Progress progress("reading", input->frames(), quiet);
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto read, input->Next());
    if (!read) break;
    ReferenceFrame frame;
    frame.frame = std::move(read->frame);
    frame.luma = std::move(read->luma);
    frame.source_width_px = read->image.width_px;
    frame.source_height_px = read->image.height_px;
    if (back != nullptr) {
      FSC_ASSIGN_OR_RETURN(frame.result, back->Run(frame, info.stream.layers));
      info.has_results = frame.result.kind != TaskKind::kNone;
    }
    if (read->front_cpu_s > 0) front_s.push_back(read->front_cpu_s);
    if (info.frames++ == 0) first_ticks = frame.frame.timestamp_ticks;
    last_ticks = frame.frame.timestamp_ticks;
    FSC_RETURN_IF_ERROR(writer->Write(frame));
    progress.Step();
  }
  if (info.frames == 0) return BadInput("the input has no frame", options.path);
  if (!front_s.empty()) info.values["front_ms"] = 1000 * Median(front_s);
  info.seconds = ClipSeconds(first_ticks, last_ticks, info.stream.time_base, info.stream.frame_rate);
  info.warnings = input->warnings();
  return writer->Finish(info);
}

}  // namespace fsc::tools
