#include "learn/profile_judge.h"

#include <algorithm>
#include <utility>

#include "codec/profile/task_map.h"
#include "codec/profile/transform.h"
#include "fsc/byte_io.h"
#include "fsc/decoder.h"
#include "fsc/encoder.h"
#include "learn/frame_likeness.h"
#include "models/stream_sizes.h"

namespace fsc {
namespace {

// The layers of a reduced stream; the original ones without a profile.
Result<std::vector<LayerSpec>> CodedLayers(std::span<const ReducedPart> parts, const CalibrationFrame& frame) {
  if (parts.empty()) return frame.layers;
  return ReducedLayers(parts, frame.layers, Limits{});
}

FeatureFrame Reduced(std::span<const ReducedPart> parts, const CalibrationFrame& frame, ThreadPool* pool) {
  if (!parts.empty()) return ReduceFrame(parts, frame.features, pool);
  FeatureFrame copy;
  for (const Tensor& layer : frame.features.layers) copy.layers.push_back(layer.Clone());
  return copy;
}

// One stream can hold both. Stills of other sizes may have layers of one size.
bool OfOneClip(const CalibrationFrame& a, const CalibrationFrame& b) {
  return a.layers == b.layers && a.luma.width() == b.luma.width() && a.luma.height() == b.luma.height();
}

std::vector<TaskDistortion> Summaries(const std::vector<TaskDistortionSum>& sums) {
  std::vector<TaskDistortion> backs;
  for (const TaskDistortionSum& sum : sums) backs.push_back(sum.Summary());
  return backs;
}

}  // namespace

std::vector<FrameRun> RunsOf(std::span<const CalibrationFrame> frames) {
  std::vector<FrameRun> runs;
  for (const CalibrationFrame& frame : frames) {
    if (runs.empty() || !OfOneClip(*runs.back().back(), frame)) runs.emplace_back();
    runs.back().push_back(&frame);
  }
  return runs;
}

// Not through an encoder with the profile and DecoderOptions::keep_coded: what is judged are mostly bare parts, which a
// stream would carry with rounded weights, so that the figures would be of other ones.
Result<CodedRun> CodeRun(std::span<const ReducedPart> parts, const FrameRun& run, EncoderConfig config) {
  config.latent.profile_planes = !parts.empty();
  ThreadPool pool(config.threads);
  StreamInfo stream;
  FSC_ASSIGN_OR_RETURN(stream.layers, CodedLayers(parts, *run[0]));
  SetSizes(run[0]->geometry, &stream);
  std::vector<uint8_t> bytes;
  const auto sink = MemorySink(&bytes);
  FSC_ASSIGN_OR_RETURN(const auto encoder, FeatureEncoder::Create(config, stream, sink.get()));
  for (size_t t = 0; t < run.size(); ++t) {
    FeatureFrame reduced = Reduced(parts, *run[t], &pool);
    reduced.timestamp_ticks = int64_t(t);
    const std::vector<Tensor> weights = TaskWeights(parts, reduced, &pool);
    FSC_RETURN_IF_ERROR(encoder->Push(reduced, {.luma = run[t]->luma.view(), .weights = weights}));
  }
  FSC_RETURN_IF_ERROR(encoder->Finish());
  CodedRun coded;
  coded.bytes = bytes.size();
  const auto source = MemorySource(bytes);
  FSC_ASSIGN_OR_RETURN(const auto decoder, FeatureDecoder::Open(source.get(), {.threads = config.threads}));
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto frame, decoder->Next());
    if (!frame) break;
    coded.reduced.push_back(std::move(frame->frame));
  }
  if (coded.reduced.size() != run.size()) return Internal("frames were lost in coding");
  return coded;
}

const TaskDistortion& WorstOf(std::span<const TaskDistortion> backs) {
  return *std::min_element(backs.begin(), backs.end(),
                           [](const TaskDistortion& a, const TaskDistortion& b) { return a.agreement < b.agreement; });
}

Result<ProfileJudge> ProfileJudge::Create(std::vector<SplitModel*> models, const CalibrationSet& set) {
  ProfileJudge judge;
  judge.models_ = std::move(models);
  for (const CalibrationClip& clip : set.clips) {
    for (FrameRun& run : RunsOf(clip.held_back)) judge.runs_.push_back(std::move(run));
  }
  const std::vector<const FeatureFrame*> held_back = set.HeldBack();
  const std::vector<int> groups = GroupsOfLikeFrames(held_back);
  size_t first = 0;
  for (const FrameRun& run : judge.runs_) {
    judge.groups_.emplace_back(groups.begin() + ptrdiff_t(first), groups.begin() + ptrdiff_t(first + run.size()));
    first += run.size();
    std::vector<std::vector<TaskResult>> frames;
    for (const CalibrationFrame* frame : run) {
      std::vector<TaskResult>& results = frames.emplace_back();
      for (SplitModel* model : judge.models_) {
        FSC_ASSIGN_OR_RETURN(TaskResult result, model->RunBack(frame->features, frame->geometry));
        results.push_back(std::move(result));
      }
    }
    judge.originals_.push_back(std::move(frames));
  }
  return judge;
}

int ProfileJudge::distinct_frames() const {
  int most = -1;
  for (const std::vector<int>& run : groups_) most = std::max(most, *std::max_element(run.begin(), run.end()));
  return most + 1;
}

Status ProfileJudge::Compare(size_t run, size_t frame, const FeatureFrame& restored,
                             std::vector<TaskDistortionSum>* sums, std::vector<DropEstimate>* drops) const {
  for (size_t back = 0; back < models_.size(); ++back) {
    FSC_ASSIGN_OR_RETURN(const TaskResult result, models_[back]->RunBack(restored, runs_[run][frame]->geometry));
    TaskDistortionSum& sum = (*sums)[back];
    FSC_RETURN_IF_ERROR(sum.Add(originals_[run][frame][back], result));
    if (drops == nullptr) continue;
    (*drops)[back].Add(groups_[run][frame], originals_[run][frame][back], result, sum.last_agreed(),
                       sum.last_compared());
  }
  return {};
}

Result<JudgedPoint> ProfileJudge::Judge(std::span<const ReducedPart> parts, EncoderConfig config, int qp) const {
  config.qp = qp;
  ThreadPool pool(config.threads);
  std::vector<TaskDistortionSum> sums(models_.size());
  std::vector<DropEstimate> drops(models_.size());
  double bits = 0, elements = 0;
  for (size_t r = 0; r < runs_.size(); ++r) {
    FSC_ASSIGN_OR_RETURN(CodedRun coded, CodeRun(parts, runs_[r], config));
    bits += 8.0 * double(coded.bytes);
    for (size_t t = 0; t < runs_[r].size(); ++t) {
      const CalibrationFrame& frame = *runs_[r][t];
      elements += double(TotalElements(frame.layers));
      const FeatureFrame restored =
          parts.empty() ? std::move(coded.reduced[t]) : RestoreFrame(parts, frame.layers, coded.reduced[t], &pool);
      FSC_RETURN_IF_ERROR(Compare(r, t, restored, &sums, &drops));
    }
  }
  std::vector<TaskDistortion> backs = Summaries(sums);
  double drop = 0;
  for (const DropEstimate& estimate : drops) drop = std::max(drop, estimate.UpperPercent());
  return JudgedPoint{qp, bits / elements, WorstOf(backs), std::move(backs), drop};
}

Result<std::vector<TaskDistortion>> ProfileJudge::Uncoded(std::span<const ReducedPart> parts) const {
  std::vector<TaskDistortionSum> sums(models_.size());
  for (size_t r = 0; r < runs_.size(); ++r) {
    for (size_t t = 0; t < runs_[r].size(); ++t) {
      const CalibrationFrame& frame = *runs_[r][t];
      const FeatureFrame reduced = ReduceFrame(parts, frame.features, nullptr);
      FSC_RETURN_IF_ERROR(Compare(r, t, RestoreFrame(parts, frame.layers, reduced, nullptr), &sums, nullptr));
    }
  }
  return Summaries(sums);
}

std::vector<JudgedPoint> OfBack(std::vector<JudgedPoint> points, size_t back) {
  for (JudgedPoint& point : points) point.distortion = point.backs[back];
  return points;
}

}  // namespace fsc
