#include "eval/speed_run.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/clock.h"
#include "core/cpu_time.h"
#include "eval/clip_coder.h"
#include "eval/feature_comparison.h"
#include "eval/job_pool.h"
#include "eval/network_run.h"
#include "eval/processor.h"
#include "eval/rate_account.h"
#include "eval/reference_cache.h"
#include "eval/whole_files.h"
#include "fsc/decoder.h"
#include "fsc/encoder.h"

namespace fsc {
namespace {

struct Taken {
  double elapsed_s = 0;
  double cpu_s = 0;
};

class Stopwatch {
 public:
  Taken Read() const { return {SecondsSince(start_), ProcessCpuSeconds() - cpu_start_s_}; }

 private:
  Clock::time_point start_ = Clock::now();
  double cpu_start_s_ = ProcessCpuSeconds();
};

Result<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return IoError("cannot read", path);
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

// The parts of a measurement, each for a process of its own.
class SpeedRun {
 public:
  SpeedRun(const SpeedPlan& plan, const Limits& limits) : plan_(plan), limits_(limits), figures_(plan.coders.size()) {}

  Result<std::vector<SpeedFigures>> Run() {
    for (size_t i = 0; i < plan_.coders.size(); ++i) {
      const SpeedCoder& coder = plan_.coders[i];
      const Status coded = RunApart(coder.name, [&] { return Encode(i); });
      if (!coded.ok() && coder.may_lack && coded.error().kind == ErrorKind::kUsage) {
        figures_[i].left_out = coded.error().OneLine();
      } else if (!coded.ok()) {
        return coded.error();
      } else {
        FSC_RETURN_IF_ERROR(RunApart(coder.name, [&] { return Decode(i); }));
      }
      Step(coder.name);
    }
    if (!plan_.model_path.empty()) FSC_RETURN_IF_ERROR(RunApart("the back network", [&] { return RunBack(); }));
    Step("the back network");
    FSC_RETURN_IF_ERROR(RunApart("timing", [&] { return TimeAll(); }));
    FSC_RETURN_IF_ERROR(Collect());
    return std::move(figures_);
  }

 private:
  std::string File(size_t i, const char* kind) const { return fmt::format("{}/{}.{}", plan_.folder, i, kind); }
  std::string TimesFile() const { return plan_.folder + "/times"; }
  bool has(size_t i) const { return figures_[i].left_out.empty(); }

  void Step(const std::string& name) {
    const size_t total = plan_.coders.size() * size_t(1 + plan_.runs) + 1;
    if (plan_.progress) plan_.progress(++done_, int(total), name);
  }

  // From file to file, as a command would: what is in memory is the codec's, and a frame.
  Status Encode(size_t i) {
    EncoderConfig config = plan_.coders[i].config;
    config.threads = plan_.threads;
    FSC_ASSIGN_OR_RETURN(const auto reference, ReferenceReader::Open(plan_.reference_folder, limits_));
    const ReferenceInfo& info = reference->info();
    FSC_ASSIGN_OR_RETURN(const auto sink, OpenSink(File(i, "fsc")));
    FSC_ASSIGN_OR_RETURN(const auto encoder, FeatureEncoder::Create(config, info.stream, sink.get(), limits_));
    for (;;) {
      FSC_ASSIGN_OR_RETURN(const auto frame, reference->Next(false));
      if (!frame) break;
      FSC_RETURN_IF_ERROR(encoder->Push(frame->frame, {.luma = frame->luma.view()}));
    }
    FSC_RETURN_IF_ERROR(encoder->Finish());
    FSC_RETURN_IF_ERROR(sink->Commit());
    EvalPoint point;
    point.values["peak_memory_mib"] = PeakMemoryMib();
    const RateUnits rate =
        InUnits(encoder->bytes_written(),
                {.elements = TotalElements(info.stream.layers) * info.frames, .seconds = info.seconds});
    point.values["bytes"] = double(rate.bytes);
    point.values["bits_per_element"] = rate.bits_per_element;
    point.values["kbit_per_s"] = rate.kbit_per_s;
    return WriteWholeFile(File(i, "encoded"), PointToJson(point));
  }

  Status DecodeFrames(size_t i, const FrameTaker& take) {
    FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(File(i, "fsc")));
    FSC_ASSIGN_OR_RETURN(const auto decoder, Open(source.get(), plan_.coders[i].config, plan_.threads));
    for (;;) {
      FSC_ASSIGN_OR_RETURN(auto frame, decoder->Next());
      if (!frame) return {};
      FSC_RETURN_IF_ERROR(take(frame->frame_number, frame->frame));
      decoder->Recycle(std::move(*frame));
    }
  }

  Result<std::unique_ptr<FeatureDecoder>> Open(ByteSource* source, const EncoderConfig& config, int threads) const {
    return FeatureDecoder::Open(source, {.limits = limits_, .threads = threads, .profile = config.profile.get()});
  }

  Status Decode(size_t i) {
    FSC_RETURN_IF_ERROR(DecodeFrames(i, [](int64_t, const FeatureFrame&) { return Status(); }));
    EvalPoint point;
    point.values["peak_memory_mib"] = PeakMemoryMib();  // before the originals come beside them
    FeatureComparison comparison;
    FSC_RETURN_IF_ERROR(comparison.Open(plan_.reference_folder, limits_));
    FSC_RETURN_IF_ERROR(
        DecodeFrames(i, [&](int64_t number, const FeatureFrame& frame) { return comparison.Add(number, frame); }));
    FSC_RETURN_IF_ERROR(comparison.Finish(&point));
    return WriteWholeFile(File(i, "decoded"), PointToJson(point));
  }

  // All coders in one process: what takes longest is to load LibTorch.
  Status RunBack() {
    SuiteModel model;
    model.path = plan_.model_path;
    FSC_ASSIGN_OR_RETURN(const ReferenceInfo info, ReadReferenceInfo(plan_.reference_folder));
    SuiteClip clip;
    clip.tensors = info.stream.source_width_px == 0;
    for (size_t i = 0; i < plan_.coders.size(); ++i) {
      if (!has(i)) continue;
      FSC_ASSIGN_OR_RETURN(const auto back, BackRun::Create(clip, model, plan_.reference_folder, limits_));
      FSC_RETURN_IF_ERROR(
          DecodeFrames(i, [&](int64_t number, const FeatureFrame& frame) { return back->Add(number, frame); }));
      EvalPoint point;
      FSC_RETURN_IF_ERROR(back->Finish(&point));
      FSC_RETURN_IF_ERROR(WriteWholeFile(File(i, "task"), PointToJson(point)));
    }
    return {};
  }

  Status HoldFrames() {
    FSC_ASSIGN_OR_RETURN(const auto reference, ReferenceReader::Open(plan_.reference_folder, limits_));
    stream_ = reference->info().stream;
    for (;;) {
      FSC_ASSIGN_OR_RETURN(auto frame, reference->Next(false));
      if (!frame) return {};
      frames_.push_back(std::move(*frame));
    }
  }

  Result<std::pair<Taken, Taken>> Time(EncoderConfig config, int threads) const {
    config.threads = threads;
    std::vector<uint8_t> bytes;
    std::pair<Taken, Taken> taken;
    {
      const auto sink = MemorySink(&bytes);
      FSC_ASSIGN_OR_RETURN(const auto encoder, FeatureEncoder::Create(config, stream_, sink.get(), limits_));
      const Stopwatch watch;
      for (const ReferenceFrame& frame : frames_)
        FSC_RETURN_IF_ERROR(encoder->Push(frame.frame, {.luma = frame.luma.view()}));
      FSC_RETURN_IF_ERROR(encoder->Finish());
      taken.first = watch.Read();
    }
    const auto source = MemorySource(bytes);
    FSC_ASSIGN_OR_RETURN(const auto decoder, Open(source.get(), config, threads));
    const Stopwatch watch;
    for (;;) {
      FSC_ASSIGN_OR_RETURN(auto frame, decoder->Next());
      if (!frame) break;
      decoder->Recycle(std::move(*frame));
    }
    taken.second = watch.Read();
    return taken;
  }

  // A line a run and coder: run, coder, one core's encoder and decoder, all cores' (0 where not measured).
  Status TimeAll() {
    FSC_RETURN_IF_ERROR(HoldFrames());
    std::string text;
    for (int run = 0; run < plan_.runs; ++run) {
      for (size_t i = 0; i < plan_.coders.size(); ++i) {
        if (has(i)) {
          FSC_ASSIGN_OR_RETURN(const auto one, Time(plan_.coders[i].config, 1));
          std::pair<Taken, Taken> all;
          if (plan_.threads > 1) {
            FSC_ASSIGN_OR_RETURN(all, Time(plan_.coders[i].config, plan_.threads));
          }
          text += fmt::format("{} {} {:.9f} {:.9f} {:.9f}\n", i, one.first.cpu_s, one.second.cpu_s, all.first.elapsed_s,
                              all.second.elapsed_s);
        }
        Step(plan_.coders[i].name);
      }
    }
    return WriteWholeFile(TimesFile(), text);
  }

  Status Collect() {
    for (size_t i = 0; i < plan_.coders.size(); ++i) {
      if (!has(i)) continue;
      SpeedFigures& figures = figures_[i];
      FSC_ASSIGN_OR_RETURN(figures.point, ReadPoint(File(i, "encoded")));
      figures.encode_peak_mib = figures.point.value("peak_memory_mib");
      FSC_ASSIGN_OR_RETURN(EvalPoint decoded, ReadPoint(File(i, "decoded")));
      figures.decode_peak_mib = decoded.value("peak_memory_mib");
      figures.point.values.erase("peak_memory_mib");
      figures.point.values.merge(decoded.values);
      figures.point.values.erase("peak_memory_mib");
      if (plan_.model_path.empty()) continue;
      FSC_ASSIGN_OR_RETURN(EvalPoint task, ReadPoint(File(i, "task")));
      figures.point.values.merge(task.values);
    }
    std::ifstream times(TimesFile());
    size_t i = 0;
    CoderSeconds one, all;
    while (times >> i >> one.encode_s >> one.decode_s >> all.encode_s >> all.decode_s) {
      if (i >= figures_.size()) return Internal("times of a coder that is not there", TimesFile());
      figures_[i].one_core.push_back(one);
      if (plan_.threads > 1) figures_[i].all_cores.push_back(all);
    }
    return {};
  }

  static Result<EvalPoint> ReadPoint(const std::string& path) {
    FSC_ASSIGN_OR_RETURN(const std::string text, ReadText(path));
    return PointFromJson(text, path);
  }

  const SpeedPlan& plan_;
  const Limits& limits_;
  std::vector<SpeedFigures> figures_;
  int done_ = 0;
  StreamInfo stream_;
  std::vector<ReferenceFrame> frames_;
};

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Result<std::vector<SpeedFigures>> MeasureSpeed(const SpeedPlan& plan, const Limits& limits) {
  return SpeedRun(plan, limits).Run();
}

}  // namespace fsc
