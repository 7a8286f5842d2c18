// cmd_pack.cc: fsc pack and fsc unpack: tensors into raw pictures and back, with nothing coded.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>

#include "core/parse_number.h"
#include "streams/yuv_file.h"
#include "tiling/picture_packing.h"
#include "tools/command.h"
#include "tools/layer_choice.h"
#include "tools/output_guard.h"
#include "tools/warning_report.h"
#include "tools/yuv_tensors.h"

namespace fsc::tools {
namespace {

struct PackArguments {
  std::string input;
  std::string output;
  std::string format = "gray10le";
  std::vector<std::string> layers;
  std::string range;
  YuvOptions yuv;
  WarningOptions warnings;
};

// Values between low and high are samples from 0 to the largest.
struct ValueRange {
  float low = 0;
  float high = 0;
};

Result<std::optional<ValueRange>> ParseRange(const std::string& text) {
  if (text.empty()) return std::optional<ValueRange>();
  ValueRange range;
  const std::string_view view = text;
  const size_t colon = view.find(':');
  const bool read = colon != std::string_view::npos && ParseNumber(view.substr(0, colon), &range.low) &&
                    ParseNumber(view.substr(colon + 1), &range.high);
  if (read && std::isfinite(range.low) && std::isfinite(range.high) && range.low < range.high) {
    return std::optional<ValueRange>(range);
  }
  return Usage("'" + text + "' is no range", "--range", "give LOW:HIGH, as -4.7222:48.5834");
}

// Samples as they are to be rounded. Without a range, values have to be samples already.
Status ToSamples(const std::optional<ValueRange>& range, int bits, int64_t number, int64_t* clipped,
                 FeatureFrame* frame) {
  const float largest = float((1 << bits) - 1);
  for (Tensor& tensor : frame->layers) {
    for (float& value : tensor.values()) {
      if (range) {
        *clipped += value < range->low || value > range->high ? 1 : 0;
        value = (value - range->low) / (range->high - range->low) * largest;
      } else if (!(value >= 0 && value <= largest) || value != std::floor(value)) {
        return BadInput(fmt::format("{} is no sample of {} bits", value, bits), fmt::format("frame {}", number),
                        "give --range LOW:HIGH, what the smallest and the largest sample stand for");
      }
    }
  }
  return {};
}

void FromSamples(const ValueRange& range, int bits, FeatureFrame* frame) {
  const float largest = float((1 << bits) - 1);
  for (Tensor& tensor : frame->layers) {
    for (float& value : tensor.values()) value = value / largest * (range.high - range.low) + range.low;
  }
}

Status Pack(const PackArguments& options) {
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, {options.input}));
  FSC_ASSIGN_OR_RETURN(const auto range, ParseRange(options.range));
  FSC_ASSIGN_OR_RETURN(const auto source, OpenTensorFile(options.input, Limits{}, options.layers));
  FSC_ASSIGN_OR_RETURN(PackedPicture picture, ParseYuvFormat("1x1:" + options.format));
  FSC_ASSIGN_OR_RETURN(picture, PicturePacking::MpegPicture(picture, source->layers(), Limits{}));
  FSC_ASSIGN_OR_RETURN(const auto sink, CreateYuvFile(options.output, picture, source->layers()));
  int64_t clipped = 0;
  for (int64_t number = 0;; ++number) {
    FSC_ASSIGN_OR_RETURN(auto frame, source->Next());
    if (!frame) break;
    FSC_RETURN_IF_ERROR(ToSamples(range, picture.bits, number, &clipped, &*frame));
    FSC_RETURN_IF_ERROR(sink->Write(*frame));
  }
  Warnings warnings = source->warnings();
  if (clipped > 0) {
    warnings.Add({"clipped-values", fmt::format("{} values are outside the range and were clipped", clipped),
                  options.input, "give a wider --range", clipped});
  }
  FSC_RETURN_IF_ERROR(ReportWarnings(warnings, options.warnings));
  FSC_RETURN_IF_ERROR(sink->Finish());
  if (!options.warnings.quiet) {
    std::string tensors;
    for (const LayerSpec& layer : source->layers()) {
      tensors += fmt::format("{}{}={}x{}x{}", tensors.empty() ? "" : ",", layer.name, layer.channels,
                             layer.height_cells, layer.width_cells);
    }
    fmt::print(stderr, "{}: {} frames, --yuv {}x{}:{} --tensors {}\n", options.output, source->frames(),
               picture.width_px, picture.height_px, options.format, tensors);
  }
  return {};
}

Status Unpack(const PackArguments& options) {
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, {options.input}));
  FSC_ASSIGN_OR_RETURN(const auto range, ParseRange(options.range));
  FSC_ASSIGN_OR_RETURN(const YuvTensors yuv, OpenYuvTensors(options.input, options.yuv));
  const int64_t frames = yuv.source->is_open_ended() ? -1 : yuv.source->frames();
  FSC_ASSIGN_OR_RETURN(const auto sink,
                       CreateTensorFile(options.output, yuv.source->layers(), TensorType::kFloat32, frames));
  for (;;) {
    FSC_ASSIGN_OR_RETURN(auto frame, yuv.source->Next());
    if (!frame) break;
    if (range) FromSamples(*range, yuv.picture.bits, &*frame);
    FSC_RETURN_IF_ERROR(sink->Write(*frame));
  }
  return sink->Finish();
}

}  // namespace

Command AddPack(CLI::App& app) {
  auto options = std::make_shared<PackArguments>();
  CLI::App* command = app.add_subcommand("pack", "Pack tensors into raw pictures as CompressAI-Vision does");
  command->add_option("IN", options->input, "tensors: .npy or .npz")->required();
  command->add_option("-o,--output", options->output, "OUT.yuv; - is standard output")->required();
  command->add_option("--format", options->format, "gray, gray10le .. gray16le, yuv420p, yuv420p10le .. yuv420p16le")
      ->capture_default_str();
  AddLayersOption(*command, &options->layers, "of a .npz: the arrays that are layers, in this order");
  command->add_option("--range", options->range,
                      "LOW:HIGH, what the smallest and the largest sample stand for (default: values are samples)");
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return Pack(*options); }};
}

Command AddUnpack(CLI::App& app) {
  auto options = std::make_shared<PackArguments>();
  CLI::App* command = app.add_subcommand("unpack", "Take the channels out of raw pictures");
  command->add_option("IN", options->input, "raw pictures (.yuv)")->required();
  command->add_option("-o,--output", options->output, "OUT.npy (one layer), OUT.npz, or - for .npy on standard output")
      ->required();
  AddYuvOptions(*command, &options->yuv);
  command->add_option("--range", options->range,
                      "LOW:HIGH, what the smallest and the largest sample stand for (default: values are samples)");
  AddQuietOption(*command, &options->warnings.quiet);
  return {command, [options] { return Unpack(*options); }};
}

}  // namespace fsc::tools
