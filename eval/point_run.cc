#include "eval/point_run.h"

#include <cmath>

#include <fmt/format.h>

#include "core/frame_rate.h"
#include "eval/clip_coder.h"
#include "eval/command_words.h"
#include "eval/feature_comparison.h"
#include "eval/feature_values.h"
#include "eval/network_run.h"
#include "eval/processor.h"
#include "eval/suite_files.h"
#include "eval/tensor_sizes.h"
#include "eval/whole_files.h"
#include "streams/digest.h"
#include "streams/picture_codec.h"

namespace fsc {
namespace {

// With the profile, which is read for every point: kIo when its file is not there.
Result<EncoderConfig> ConfigOf(const PointPlan& plan, const Limits& limits) {
  EncoderConfig config = plan.config->encoder;
  if (!plan.ProfilePath().empty()) {
    FSC_ASSIGN_OR_RETURN(config.profile, LoadProfile(plan.ProfilePath(), limits));
  }
  config.qp = plan.qp;
  config.threads = 1;
  if (plan.clip->gop_frames > 0) config.gop_frames = plan.clip->gop_frames;
  return config;
}

// Encode and decode times on many threads; the numbers do not depend on them.
Status TimeOn(int threads, EncoderConfig config, const std::string& folder, int64_t frames, const Limits& limits,
              EvalPoint* point) {
  config.threads = threads;
  FSC_ASSIGN_OR_RETURN(const CodedClip clip, EncodeStream(folder, config, limits));
  FSC_ASSIGN_OR_RETURN(const DecodeSeconds decode_s,
                       DecodeStream(clip.bytes, threads, config.profile.get(), limits,
                                    [](int64_t, const FeatureFrame&) { return Status(); }));
  point->values["encode_n_ms"] = 1000 * (clip.encode_s - clip.reduce_s) / double(frames);
  point->values["decode_n_ms"] = 1000 * (decode_s.all - decode_s.restoring) / double(frames);
  return {};
}

// `file`.0.png, `file`.1.png, ... and their captions, one a line, in `file`, which comes last.
Status WriteExamples(const PointPlan& plan, const std::string& folder, const CodedClip& clip, const Profile* profile,
                     const std::string& file, const Limits& limits) {
  const std::string name = fmt::format("{}, QP {}", plan.config->name, plan.qp);
  FSC_ASSIGN_OR_RETURN(const auto pictures,
                       MakeExamples(*plan.clip, *plan.model, folder, clip.bytes, profile, name, limits));
  std::string captions;
  WholeFiles files;
  for (size_t i = 0; i < pictures.size(); ++i) {
    const std::vector<uint8_t>& png = pictures[i].png;
    FSC_RETURN_IF_ERROR(
        files.Add(fmt::format("{}.{}.png", file, i), {reinterpret_cast<const char*>(png.data()), png.size()}));
    captions += pictures[i].caption + "\n";
  }
  FSC_RETURN_IF_ERROR(files.Add(file, captions));
  return files.Commit();
}

Status MakeTensorReference(const SuiteClip& clip, const std::string& folder, const Limits& limits) {
  FSC_ASSIGN_OR_RETURN(const auto tensors, OpenTensorFile(clip.path, limits));
  ReferenceInfo info;
  info.stream.layers = tensors->layers();
  for (size_t i = 0; i < clip.strides_px.size() && i < info.stream.layers.size(); ++i)
    info.stream.layers[i].stride_px = clip.strides_px[i];
  const TimeBase rate = clip.frame_rate.value_or(TimeBase{25, 1});
  info.stream.frame_rate = rate;
  info.stream.time_base = {rate.den, rate.num};
  TellSizes(clip, &info.stream);
  FSC_ASSIGN_OR_RETURN(const auto writer, ReferenceWriter::Create(folder, info.stream.layers));
  FSC_RETURN_IF_ERROR(tensors->SeekToFrame(std::min(clip.first_frame, tensors->frames())));
  for (int64_t t = clip.first_frame; t < clip.end_frame; ++t) {
    FSC_ASSIGN_OR_RETURN(auto features, tensors->Next());
    if (!features) break;
    ReferenceFrame frame;
    frame.frame = std::move(*features);
    frame.source_width_px = clip.source_width_px;
    frame.source_height_px = clip.source_height_px;
    FSC_RETURN_IF_ERROR(writer->Write(frame));
    ++info.frames;
  }
  if (info.frames == 0) return BadInput("clip without frames", clip.path);
  info.warnings = tensors->warnings();
  info.seconds = double(info.frames) * rate.den / rate.num;
  return writer->Finish(info);
}

// Without an option of this name and its value.
std::vector<std::string> Without(const std::string& option, const std::vector<std::string>& words) {
  std::vector<std::string> kept;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == option) {
      ++i;
    } else if (!words[i].starts_with(option + "=")) {
      kept.push_back(words[i]);
    }
  }
  return kept;
}

// The command that makes the same bytes.
std::string CommandOf(const PointPlan& plan) {
  const SuiteClip& clip = *plan.clip;
  std::vector<std::string> words = {"fsc", "encode", clip.path};
  const auto add = [&](const char* option, std::string value) {
    words.insert(words.end(), {option, std::move(value)});
  };
  if (plan.model != nullptr) add("--model", plan.model->path);
  if (clip.width_px > 0) add("--size", fmt::format("{}x{}", clip.width_px, clip.height_px));
  if (clip.input_width_px > 0) add("--input-size", fmt::format("{}x{}", clip.input_width_px, clip.input_height_px));
  if (clip.source_width_px > 0) add("--source-size", fmt::format("{}x{}", clip.source_width_px, clip.source_height_px));
  if (!clip.strides_px.empty()) add("--stride", fmt::format("{}", fmt::join(clip.strides_px, ",")));
  if (clip.frame_rate) add("--fps", FrameRateText(*clip.frame_rate));
  if (clip.first_frame > 0 || clip.end_frame != INT64_MAX) {
    const std::string end = clip.end_frame == INT64_MAX ? "" : std::to_string(clip.end_frame);
    add("--frames", fmt::format("{}:{}", clip.first_frame, end));
  }
  const auto given = SplitWords(plan.config->options);
  std::vector<std::string> options = given.ok() ? *given : std::vector<std::string>();
  if (clip.gop_frames > 0) options = Without("--gop", options);
  words.insert(words.end(), options.begin(), options.end());
  if (clip.gop_frames > 0) add("--gop", std::to_string(clip.gop_frames));
  if (!plan.ProfilePath().empty()) add("--profile", plan.ProfilePath());
  if (!ChoosesRate(plan.config->encoder.codec_options)) add("--qp", std::to_string(plan.qp));
  add("-o", FileNameOf(fmt::format("{} {} {} {}", plan.ModelName(), clip.name, plan.config->name, plan.qp)) + ".fsc");
  return JoinWords(words);
}

}  // namespace

EvalPoint NamePoint(const PointPlan& plan) {
  EvalPoint point;
  point.model = plan.ModelName();
  point.clip = plan.clip->name;
  point.config = plan.config->name;
  point.mode = plan.config->kind == CoderKind::kRaw      ? "raw"
               : plan.config->kind == CoderKind::kRemote ? "remote " + plan.config->encoder.mode
                                                         : plan.config->encoder.mode;
  point.preset = plan.config->encoder.preset;
  point.qp = plan.qp;
  if (plan.config->kind == CoderKind::kStream) point.command = CommandOf(plan);
  return point;
}

Result<EvalPoint> RunPoint(const PointPlan& plan, const std::string& reference_folder, int many_threads,
                           const std::string& example_file, const Limits& limits) {
  EvalPoint point = NamePoint(plan);
  point.processor = ProcessorName();
  FSC_ASSIGN_OR_RETURN(const auto reference, ReferenceReader::Open(reference_folder, limits));
  const ReferenceInfo& info = reference->info();
  for (const char* key : {"front_ms", "front_n_ms", "back_n_ms"}) {
    const auto found = info.values.find(key);
    if (found != info.values.end()) point.values[key] = found->second;
  }
  FSC_ASSIGN_OR_RETURN(const EncoderConfig config, ConfigOf(plan, limits));
  if (plan.config->kind == CoderKind::kRemote) {
    FSC_RETURN_IF_ERROR(RunRemote(*plan.clip, *plan.model, config, reference_folder, limits, &point));
    return point;
  }
  const bool raw = plan.config->kind == CoderKind::kRaw;
  FSC_ASSIGN_OR_RETURN(const CodedClip clip,
                       raw ? EncodeRaw(reference_folder, limits) : EncodeStream(reference_folder, config, limits));
  const auto decode = [&](const FrameTaker& take) {
    return raw ? DecodeRaw(clip.bytes, info.stream.layers, take)
               : DecodeStream(clip.bytes, 1, config.profile.get(), limits, take);
  };
  FeatureComparison comparison;
  FSC_RETURN_IF_ERROR(comparison.Open(reference_folder, limits));
  FSC_ASSIGN_OR_RETURN(const DecodeSeconds decode_s, decode([&](int64_t number, const FeatureFrame& frame) {
                         return comparison.Add(number, frame);
                       }));
  point.values["peak_memory_mib"] = PeakMemoryMib();  // before the network is loaded
  FSC_RETURN_IF_ERROR(comparison.Finish(&point));
  FillRate(clip.split, info, &point);
  FillCoderTimes(clip.encode_s - clip.reduce_s, decode_s.all - decode_s.restoring, info, &point);
  point.profile = clip.profile_kind;
  if (clip.profile_bytes > 0) {
    point.values["profile_bytes"] = double(clip.profile_bytes);
    point.values["transform_ms"] = 1000 * clip.reduce_s / double(info.frames);
    point.values["restore_ms"] = 1000 * decode_s.restoring / double(info.frames);
  }
  point.frame_bits = clip.frame_bits;
  if (!clip.one_size) point.command.clear();  // the tool codes pictures of one size at a time
  if (!raw) {
    FSC_ASSIGN_OR_RETURN(const Sha256 digest, Sha256OfBytes(clip.bytes));
    point.stream_sha256 = HexText(digest);
  }
  if (many_threads > 1 && !raw) {
    point.values["threads_n"] = many_threads;
    FSC_RETURN_IF_ERROR(TimeOn(many_threads, config, reference_folder, info.frames, limits, &point));
  }
  if (info.has_results) {
    FSC_ASSIGN_OR_RETURN(const auto back, BackRun::Create(*plan.clip, *plan.model, reference_folder, limits));
    FSC_ASSIGN_OR_RETURN(const DecodeSeconds again_s,
                         decode([&](int64_t number, const FeatureFrame& frame) { return back->Add(number, frame); }));
    (void)again_s;
    FSC_RETURN_IF_ERROR(back->Finish(&point));
  }
  if (!example_file.empty() && !raw && plan.model != nullptr && !plan.clip->tensors) {
    FSC_RETURN_IF_ERROR(WriteExamples(plan, reference_folder, clip, config.profile.get(), example_file, limits));
  }
  return point;
}

Status MakeReference(const SuiteClip& clip, const SuiteModel* model, int many_threads, const std::string& folder,
                     const Limits& limits) {
  if (model == nullptr) return MakeTensorReference(clip, folder, limits);
  return MakeNetworkReference(clip, *model, many_threads, folder, limits);
}

Status CheckClip(const SuiteClip& clip, const SuiteModel* model, const Limits& limits) {
  if (model != nullptr) return CheckNetworkClip(clip, *model, limits);
  FSC_ASSIGN_OR_RETURN(const auto tensors, OpenTensorFile(clip.path, limits));
  if (!clip.strides_px.empty() && clip.strides_px.size() != tensors->layers().size()) {
    return BadInput(fmt::format("{} strides for {} layers", clip.strides_px.size(), tensors->layers().size()),
                    clip.path);
  }
  if (tensors->frames() <= clip.first_frame) return BadInput("the range starts past the end of the tensors", clip.path);
  return {};
}

}  // namespace fsc
