// cmd_encode.cc: fsc encode: a video through a front, or tensors, into a .fsc stream.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/clock.h"
#include "eval/rate_account.h"
#include "fsc/encoder.h"
#include "tools/command.h"
#include "tools/encode_options.h"
#include "tools/feature_input.h"
#include "tools/frame_rate_option.h"
#include "tools/layer_choice.h"
#include "tools/machine_threads.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct EncodeArguments {
  FeatureInputOptions input;
  EncodeOptions encode;
  std::string output;
  std::string frames;
  bool json = false;
  WarningOptions warnings;
};

struct Totals {
  int64_t frames = 0;
  int64_t elements_per_frame = 0;
  uint64_t bytes = 0;
  int64_t first_ticks = 0;
  int64_t last_ticks = 0;
  double front_s = 0;
  double encode_s = 0;  // reducing included
  double reduce_s = 0;  // in the profile's reducers

  RateUnits rate(const StreamInfo& stream) const {
    return InUnits(bytes, {.elements = frames * elements_per_frame,
                           .seconds = ClipSeconds(first_ticks, last_ticks, stream.time_base, stream.frame_rate)});
  }
};

void Report(const EncodeArguments& options, const StreamInfo& stream, const Totals& totals, const Warnings& warnings) {
  const RateUnits rate = totals.rate(stream);
  const double encode_mel_s = totals.frames * totals.elements_per_frame / 1e6 / std::max(totals.encode_s, 1e-9);
  if (options.json) {
    const nlohmann::ordered_json summary = {
        {"output", options.output},      {"frames", totals.frames},
        {"bytes", totals.bytes},         {"bits_per_element", rate.bits_per_element},
        {"kbit_per_s", rate.kbit_per_s}, {"front_s", totals.front_s},
        {"encode_s", totals.encode_s},   {"encode_mel_per_s", encode_mel_s},
        {"reduce_s", totals.reduce_s},   {"warnings", WarningsJson(warnings)}};
    fmt::print("{}\n", summary.dump(2));
  } else if (!options.warnings.quiet) {
    fmt::print(stderr, "{}: {} frames, {} bytes, {:.4f} b/el, {:.1f} kbit/s, {:.1f} Mel/s\n", options.output,
               totals.frames, totals.bytes, rate.bits_per_element, rate.kbit_per_s, encode_mel_s);
  }
}

// A stream has one source size in its header; boxes found later are mapped back with it.
Status CheckSourceSize(const StreamInfo& stream, const InputFrame& frame, const std::string& path) {
  if (stream.source_width_px == 0 || frame.image.width_px == 0) return {};  // tensors come without pictures
  if (frame.image.width_px == stream.source_width_px && frame.image.height_px == stream.source_height_px) return {};
  return BadInput("the picture's size changes to " + fmt::format("{}x{}", frame.image.width_px, frame.image.height_px),
                  path, "code pictures of one size at a time");
}

Status Encode(EncodeArguments options) {
  std::vector<std::string> inputs = NetworkFiles(options.input.model_path);
  inputs.insert(inputs.end(), {options.input.path, options.input.video_path, options.encode.profile});
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, inputs));
  FSC_ASSIGN_OR_RETURN(EncoderConfig config, ConfigFrom(options.encode));
  config.threads = options.input.threads;
  options.input.read_ahead = !config.low_delay;
  FSC_ASSIGN_OR_RETURN(options.input.frames, ParseFrameRange(options.frames));
  FSC_ASSIGN_OR_RETURN(auto input, OpenFeatureInput(options.input));
  const StreamInfo& stream = input->stream();
  FSC_ASSIGN_OR_RETURN(auto sink, OpenSink(options.output));
  FSC_ASSIGN_OR_RETURN(auto encoder, FeatureEncoder::Create(config, stream, sink.get()));

  Status damage;
  Totals totals;
  totals.elements_per_frame = TotalElements(stream.layers);
  {
    Progress progress("encoding", input->frames(), options.warnings.quiet);
    for (;;) {
      auto next = input->Next();
      if (!next.ok() && input->broke_off() && totals.frames > 0 && !options.warnings.strict) {
        damage = next.TakeStatus();
        break;
      }
      FSC_ASSIGN_OR_RETURN(const auto frame, std::move(next));
      if (!frame) break;
      FSC_RETURN_IF_ERROR(CheckSourceSize(stream, *frame, options.input.path));
      const auto start = Clock::now();
      FSC_RETURN_IF_ERROR(encoder->Push(frame->frame, {.luma = frame->luma.view()}));
      totals.encode_s += SecondsSince(start);
      totals.front_s += frame->front_s;
      if (totals.frames++ == 0) totals.first_ticks = frame->frame.timestamp_ticks;
      totals.last_ticks = frame->frame.timestamp_ticks;
      totals.bytes = encoder->bytes_written();
      progress.Step(fmt::format("{:.0f} kbit/s", totals.rate(stream).kbit_per_s));
    }
  }
  const auto start = Clock::now();
  FSC_RETURN_IF_ERROR(encoder->Finish());
  Warnings warnings = input->warnings();
  warnings.Add(encoder->warnings());
  FSC_RETURN_IF_ERROR(ReportWarnings(warnings, options.warnings));
  FSC_RETURN_IF_ERROR(sink->Commit());
  totals.encode_s += SecondsSince(start);
  totals.bytes = encoder->bytes_written();
  totals.reduce_s = encoder->reduce_seconds();
  Report(options, stream, totals, warnings);
  return damage;  // after damage the frames before it are kept, and the error is still reported
}

}  // namespace

Command AddEncode(CLI::App& app) {
  auto options = std::make_shared<EncodeArguments>();
  CLI::App* command =
      app.add_subcommand("encode", "Encode a video (through a network's front) or tensors into a .fsc stream");
  command
      ->add_option(
          "IN", options->input.path,
          "a video, a folder or pattern of stills, or tensors: .npy [T,C,H,W], .npz (one such array a layer), a "
          "folder with one of them a frame, - (.npy on standard input); raw pictures (.yuv, --yuv)")
      ->required();
  command->add_option("-o,--output", options->output, "the .fsc stream; - is standard output")->required();
  command->add_option("--model", options->input.model_path,
                      "the split network (JSON): needed for videos; of tensors, it says strides and name");
  command->add_option("--video", options->input.video_path, "with tensors: the clip they belong to, for motion");
  AddLayersOption(*command, &options->input.layers,
                  "of a .npz: the arrays that are layers, in this order, separated by commas (default: all)");
  AddYuvOptions(*command, &options->input.yuv);
  command
      ->add_option("--stride", options->input.strides_px,
                   "with tensors: input pixels per cell, one for all layers or one a layer")
      ->delimiter(',');
  AddTensorSizeOptions(*command, &options->input.input_size, &options->input.source_size);
  AddFrameRateOption(*command, &options->input.frame_rate);
  AddSizeOption(*command, &options->input.size);
  command->add_option("--frames", options->frames, "only frames A:B (B not included)");
  options->input.threads = MachineThreads();
  command->add_option("--threads", options->input.threads, "threads; the stream does not depend on it")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command->add_flag("--json", options->json, "print the summary as JSON");
  AddWarningOptions(*command, &options->warnings);
  AddEncodeOptions(*command, &options->encode);
  return {command, [options] { return Encode(*options); }};
}

}  // namespace fsc::tools
