// cmd_decode.cc: fsc decode: a .fsc stream back into tensors.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/clock.h"
#include "streams/digest.h"
#include "streams/tensor_file.h"
#include "tools/command.h"
#include "tools/frame_range.h"
#include "tools/layer_choice.h"
#include "tools/machine_threads.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/stream_file.h"
#include "tools/warning_report.h"
#include "tools/yuv_tensors.h"

namespace fsc::tools {
namespace {

struct DecodeArguments {
  std::string input;
  std::string output;
  std::string frames;
  std::string type = "float32";
  std::string profile;
  std::vector<std::string> layers;
  bool md5 = false;
  bool json = false;
  bool quiet = false;
  int threads = 1;
};

// What the decoded frames go to: a tensor file, a digest, or both.
class Output {
 public:
  static Result<Output> Create(const DecodeArguments& options, const StreamHeader& header,
                               const std::vector<LayerSpec>& layers, int64_t frames) {
    Output output;
    if (HasYuvName(options.output)) {
      if (!header.picture || layers != header.layers) {
        return Usage(header.picture ? "a picture is made of all layers" : "the stream did not come from raw pictures",
                     options.output, "write a .npy or .npz, and pack that");
      }
      FSC_ASSIGN_OR_RETURN(output.file_, CreateYuvFile(options.output, *header.picture, layers));
    } else if (!options.output.empty()) {
      const TensorType type = options.type == "float16" ? TensorType::kFloat16 : TensorType::kFloat32;
      FSC_ASSIGN_OR_RETURN(output.file_, CreateTensorFile(options.output, layers, type, frames));
    }
    if (options.md5) output.md5_.emplace();
    return output;
  }

  Status Write(const FeatureFrame& frame) {
    if (md5_) {
      for (const Tensor& tensor : frame.layers) {
        const auto values = tensor.values();
        md5_->Update({reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()});
      }
    }
    return file_ != nullptr ? file_->Write(frame) : Status();
  }

  Status Finish() { return file_ != nullptr ? file_->Finish() : Status(); }
  // The digest in hexadecimal. Only with --md5, once.
  Result<std::string> Digest() {
    FSC_ASSIGN_OR_RETURN(const Md5 digest, md5_->Finish());
    return HexText(digest);
  }

 private:
  std::unique_ptr<TensorSink> file_;
  std::optional<Md5Digest> md5_;
};

// Keeps the chosen layers only.
void Select(const std::vector<size_t>& chosen, FeatureFrame* frame) {
  if (chosen.size() == frame->layers.size() && std::is_sorted(chosen.begin(), chosen.end())) return;
  std::vector<Tensor> layers;
  for (const size_t i : chosen) layers.push_back(std::move(frame->layers[i]));
  frame->layers = std::move(layers);
}

// The number of frames in `range`, where the source can tell before decoding; -1 otherwise.
Result<int64_t> CountFrames(const StreamFile& stream, const FrameRange& range) {
  if (!stream.bytes->size_bytes()) return int64_t{-1};
  FSC_ASSIGN_OR_RETURN(const StreamIndex index, stream.decoder->Index());
  if (!index.complete) return int64_t{-1};
  int64_t count = 0;
  for (const IndexEntry& entry : index.entries)
    count += entry.frame_number >= range.first && entry.frame_number < range.last;
  return count;
}

Status Decode(const DecodeArguments& options) {
  if (options.output.empty() && !options.md5)
    return Usage("nothing to do with the frames", {}, "give -o OUT.npy, OUT.npz or -, or --md5");
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, {options.input, options.profile}));
  FSC_ASSIGN_OR_RETURN(const FrameRange range, ParseFrameRange(options.frames));
  FSC_ASSIGN_OR_RETURN(const StreamFile stream, OpenStreamFile(options.input, options.profile, options.threads));
  FSC_ASSIGN_OR_RETURN(const int64_t expected, CountFrames(stream, range));
  FeatureDecoder* decoder = stream.decoder.get();
  FSC_ASSIGN_OR_RETURN(const auto chosen, ChooseLayers(decoder->header().layers, options.layers));
  std::vector<LayerSpec> layers;
  for (const size_t i : chosen) layers.push_back(decoder->header().layers[i]);
  if (range.first > 0) FSC_RETURN_IF_ERROR(decoder->SeekToFrame(range.first));
  FSC_ASSIGN_OR_RETURN(Output output, Output::Create(options, decoder->header(), layers, expected));

  Status damage;
  double decode_s = 0;
  int64_t frames = 0;
  {
    Progress progress("decoding", expected >= 0 ? std::optional(expected) : std::nullopt, options.quiet);
    for (;;) {
      const auto start = Clock::now();
      auto decoded = decoder->Next();
      decode_s += SecondsSince(start);
      if (!decoded.ok()) {
        damage = decoded.TakeStatus();
        break;
      }
      if (!*decoded || (**decoded).frame_number >= range.last) break;
      // Damage can leave a gap in display order; a tensor file has no frame numbers, so what is behind the gap is not
      // written.
      if ((**decoded).frame_number != range.first + frames) continue;
      Select(chosen, &(**decoded).frame);
      FSC_RETURN_IF_ERROR(output.Write((**decoded).frame));
      decoder->Recycle(std::move(**decoded));
      ++frames;
      progress.Step();
    }
  }
  // After damage the whole frames before it are kept, and the error is still reported.
  if (frames == 0)
    return damage.ok() ? Status(BadInput("the stream has no frame in the range", options.input)) : std::move(damage);
  FSC_RETURN_IF_ERROR(output.Finish());
  if (options.md5) {
    FSC_ASSIGN_OR_RETURN(const std::string digest, output.Digest());
    fmt::print("{}\n", digest);
  }
  const double elements = double(frames) * TotalElements(decoder->header().layers);
  if (options.json) {
    const nlohmann::ordered_json summary = {{"frames", frames},
                                            {"decode_s", decode_s},
                                            {"decode_mel_per_s", elements / 1e6 / std::max(decode_s, 1e-9)},
                                            {"restore_s", decoder->restore_seconds()}};
    fmt::print("{}\n", summary.dump(2));
  } else if (!options.quiet && !options.md5 && options.output != "-") {
    fmt::print(stderr, "{}: {} frames, {:.1f} Mel/s\n", options.output, frames,
               elements / 1e6 / std::max(decode_s, 1e-9));
  }
  return damage;
}

}  // namespace

Command AddDecode(CLI::App& app) {
  auto options = std::make_shared<DecodeArguments>();
  CLI::App* command = app.add_subcommand("decode", "Decode a .fsc stream into tensors");
  command->add_option("IN", options->input, "the .fsc stream; - is standard input")->required();
  command->add_option(
      "-o,--output", options->output,
      "OUT.npy (one layer), OUT.npz, - for .npy on standard output, or OUT.yuv where the stream came from one");
  command->add_flag("--md5", options->md5,
                    "print the MD5 of the decoded values (float32, little-endian, frame by frame, layer by layer)");
  command->add_option("--frames", options->frames, "only frames A:B (B not included); seeks");
  AddLayersOption(*command, &options->layers, "only these layers, by name or number");
  command->add_option("--type", options->type, "float32 or float16")
      ->capture_default_str()
      ->check(CLI::IsMember({"float32", "float16"}));
  AddProfileOption(*command, &options->profile);
  options->threads = MachineThreads();
  command->add_option("--threads", options->threads, "threads; the result does not depend on it")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  command->add_flag("--json", options->json, "print the summary as JSON");
  AddQuietOption(*command, &options->quiet);
  return {command, [options] { return Decode(*options); }};
}

}  // namespace fsc::tools
