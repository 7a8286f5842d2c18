// cmd_impair.cc: fsc impair: tensors as they come over a line that loses packets, repaired.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/parse_number.h"
#include "fsc/concealer.h"
#include "link/channel/loss_model.h"
#include "link/channel/loss_trace.h"
#include "link/channel/tensor_packets.h"
#include "streams/tensor_file.h"
#include "tools/command.h"
#include "tools/feature_input.h"
#include "tools/layer_choice.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

using Clock = std::chrono::steady_clock;

struct ImpairArguments {
  std::string input;
  std::string output;
  std::vector<std::string> layers;
  std::string channel;
  uint64_t seed = 1;
  std::string packets;
  std::string trace;
  std::string save_trace;
  std::string concealer = "zero";
  std::string statistics;
  int iterations = 50;
  bool json = false;
  WarningOptions warnings;
};

// "rows=8,order=row-blocks", either alone, or nothing.
Result<TensorPacketOptions> ParsePackets(const std::string& text) {
  TensorPacketOptions packets;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(',', at), text.size());
    const std::string item = text.substr(at, end - at);
    if (item.starts_with("order=")) {
      FSC_ASSIGN_OR_RETURN(packets.order, ParseSendingOrder(item.substr(6)));
    } else if (!item.starts_with("rows=") || !ParseNumber(std::string_view(item).substr(5), &packets.rows) ||
               packets.rows < 1) {
      return Usage("'" + item + "' says nothing of packets", "--packets", "give rows=8,order=row-blocks");
    }
    at = end + 1;
  }
  return packets;
}

// Which packets are lost, from a model or a trace.
class Line {
 public:
  static Result<Line> Open(const ImpairArguments& options, const TensorPacketOptions& packets, size_t wanted) {
    if (options.channel.empty() == options.trace.empty()) {
      return Usage("one of --channel and --trace says what is lost", "", "as --channel ge:loss=.1,burst=4");
    }
    Line line;
    if (options.trace.empty()) {
      FSC_ASSIGN_OR_RETURN(const LossSpec spec, ParseLossSpec(options.channel));
      LossModel model(spec, options.seed);
      for (size_t i = 0; i < wanted; ++i) line.trace_.lost.push_back(model.Next());
      line.text_ = LossSpecText(spec);
    } else {
      FSC_ASSIGN_OR_RETURN(line.trace_, ReadLossTrace(options.trace));
      FSC_RETURN_IF_ERROR(CheckPacketsOf(line.trace_, packets, options.trace));
      if (line.trace_.lost.size() < wanted) {
        return BadInput("the trace is shorter than the stream", options.trace,
                        fmt::format("it has {} packets, the stream {}", line.trace_.lost.size(), wanted));
      }
      line.trace_.lost.resize(wanted);
      line.text_ = "trace " + options.trace;
    }
    line.trace_.packets = packets;
    return line;
  }

  const LossTrace& trace() const { return trace_; }
  const std::string& text() const { return text_; }
  std::vector<bool> Next(size_t packets) {
    const auto first = trace_.lost.begin() + ptrdiff_t(at_);
    at_ += packets;
    return std::vector<bool>(first, first + ptrdiff_t(packets));
  }

 private:
  LossTrace trace_;
  std::string text_;
  size_t at_ = 0;
};

// What a layer is repaired by, and what it last was.
struct LayerRepair {
  std::unique_ptr<Concealer> concealer;
  Tensor last;
};

Result<std::vector<LayerRepair>> OpenRepairs(const ImpairArguments& options, const std::vector<LayerSpec>& layers) {
  std::vector<CompletionStatistics> statistics;
  if (!options.statistics.empty()) {
    FSC_ASSIGN_OR_RETURN(statistics, ReadCompletionStatistics(options.statistics));
    if (statistics.size() != layers.size()) {
      return Usage("the statistics are of other layers", options.statistics,
                   fmt::format("they are of {}, the tensors have {}", statistics.size(), layers.size()));
    }
  }
  std::vector<LayerRepair> repairs(layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    ConcealerOptions concealer;
    if (!statistics.empty()) {
      concealer.statistics = std::make_shared<CompletionStatistics>(std::move(statistics[i]));
    }
    concealer.iterations = options.iterations;
    FSC_ASSIGN_OR_RETURN(repairs[i].concealer, CreateConcealer(options.concealer, concealer));
  }
  return repairs;
}

// What became of the stream.
struct Outcome {
  int64_t elements = 0;
  int64_t lost = 0;
  std::map<std::string, int64_t> by;  // elements
  double repair_s = 0;
  nlohmann::ordered_json frames = nlohmann::ordered_json::array();
};

Status RepairFrame(const std::vector<ArrivalMap>& arrived, std::vector<LayerRepair>* repairs, FeatureFrame* frame,
                   Outcome* outcome) {
  int64_t lost = 0;
  int64_t elements = 0;
  std::map<std::string, int64_t> by;
  for (size_t i = 0; i < frame->layers.size(); ++i) {
    LayerRepair& repair = (*repairs)[i];
    Tensor& tensor = frame->layers[i];
    if (tensor.borrowed()) tensor = tensor.Clone();
    ConcealContext context;
    context.previous = repair.last.size() > 0 ? &repair.last : nullptr;
    const auto start = Clock::now();
    FSC_ASSIGN_OR_RETURN(const ConcealReport report, repair.concealer->Conceal(arrived[i], context, &tensor));
    outcome->repair_s += std::chrono::duration<double>(Clock::now() - start).count();
    repair.last = tensor.Clone();
    if (report.lost_elements > 0) by[report.method] += report.lost_elements;
    lost += report.lost_elements;
    elements += int64_t(tensor.size());
  }
  nlohmann::ordered_json methods = nlohmann::ordered_json::object();
  for (const auto& [method, count] : by) {
    methods[method] = double(count) / double(elements);
    outcome->by[method] += count;
  }
  outcome->frames.push_back(
      {{"frame", outcome->frames.size()}, {"repaired", double(lost) / double(elements)}, {"by", methods}});
  outcome->lost += lost;
  outcome->elements += elements;
  return {};
}

void Report(const ImpairArguments& options, const Line& line, const TensorPacketOptions& packets, int64_t frames,
            size_t tensors, const Outcome& outcome, const Warnings& warnings) {
  const double share = outcome.elements > 0 ? double(outcome.lost) / double(outcome.elements) : 0;
  const double repair_ms = 1e3 * outcome.repair_s / double(std::max<size_t>(1, tensors));
  if (options.json) {
    nlohmann::ordered_json by = nlohmann::ordered_json::object();
    for (const auto& [method, count] : outcome.by) by[method] = double(count) / double(outcome.elements);
    const nlohmann::ordered_json summary = {{"channel", line.text()},
                                            {"packets", line.trace().lost.size()},
                                            {"rows", packets.rows},
                                            {"order", SendingOrderText(packets.order)},
                                            {"loss", line.trace().loss()},
                                            {"mean_burst", line.trace().mean_burst()},
                                            {"frames", frames},
                                            {"repaired", share},
                                            {"by", by},
                                            {"repair_ms", repair_ms},
                                            {"each", outcome.frames},
                                            {"warnings", WarningsJson(warnings)}};
    fmt::print("{}\n", summary.dump(2));
  } else if (!options.warnings.quiet && options.output != "-") {
    std::string by;
    for (const auto& [method, count] : outcome.by) by += (by.empty() ? ", by " : ", ") + method;
    fmt::print(stderr, "{}: {} frames, {:.1f} % of {} packets lost in bursts of {:.1f}, {:.1f} % repaired{}\n",
               options.output, frames, 100 * line.trace().loss(), line.trace().lost.size(), line.trace().mean_burst(),
               100 * share, by);
  }
}

Status Impair(const ImpairArguments& options) {
  if (IsStreamFile(options.input)) {
    return Usage("streams cannot be impaired yet", options.input, "give tensors: fsc decode makes them");
  }
  if (options.json && options.output == "-") {
    return Usage("standard output cannot hold both tensors and JSON", "--json", "give --output a file");
  }
  FSC_RETURN_IF_ERROR(
      CheckOutputs({options.output, options.save_trace}, {options.input, options.trace, options.statistics}));
  FSC_ASSIGN_OR_RETURN(const TensorPacketOptions packing, ParsePackets(options.packets));
  FSC_ASSIGN_OR_RETURN(const auto source, OpenTensorFile(options.input, Limits{}, options.layers));
  const std::vector<LayerSpec>& layers = source->layers();
  FSC_ASSIGN_OR_RETURN(std::vector<LayerRepair> repairs, OpenRepairs(options, layers));
  const std::vector<TensorPacket> packets = TensorPacketsOf(layers, packing);
  const int64_t frames = source->frames();
  FSC_ASSIGN_OR_RETURN(Line line, Line::Open(options, packing, packets.size() * size_t(frames)));
  FSC_ASSIGN_OR_RETURN(const auto sink, CreateTensorFile(options.output, layers, TensorType::kFloat32, frames));
  Outcome outcome;
  {
    Progress progress("impairing", frames, options.warnings.quiet);
    for (int64_t number = 0;; ++number) {
      FSC_ASSIGN_OR_RETURN(auto frame, source->Next());
      if (!frame) break;
      FSC_RETURN_IF_ERROR(CheckFrame(*frame, layers, fmt::format("{}, frame {}", options.input, number)));
      const std::vector<ArrivalMap> arrived = ArrivalOf(layers, packets, line.Next(packets.size()));
      FSC_RETURN_IF_ERROR(RepairFrame(arrived, &repairs, &*frame, &outcome));
      FSC_RETURN_IF_ERROR(sink->Write(*frame));
      progress.Step();
    }
  }
  FSC_RETURN_IF_ERROR(ReportWarnings(source->warnings(), options.warnings));
  if (!options.save_trace.empty()) {
    const std::string json = LossTraceJson(line.trace());
    FSC_ASSIGN_OR_RETURN(const auto trace, OpenSink(options.save_trace));
    FSC_RETURN_IF_ERROR(trace->Write({reinterpret_cast<const uint8_t*>(json.data()), json.size()}));
    FSC_RETURN_IF_ERROR(trace->Commit());
  }
  FSC_RETURN_IF_ERROR(sink->Finish());
  Report(options, line, packing, frames, size_t(frames) * layers.size(), outcome, source->warnings());
  return {};
}

}  // namespace

Command AddImpair(CLI::App& app) {
  auto options = std::make_shared<ImpairArguments>();
  CLI::App* command = app.add_subcommand("impair", "Lose packets of tensors, and repair what is missing");
  command->add_option("IN", options->input, "tensors: .npy or .npz")->required();
  command->add_option("-o,--output", options->output, "OUT.npy (one layer), OUT.npz, or - for .npy on standard output")
      ->required();
  AddLayersOption(*command, &options->layers, "of a .npz: the arrays that are layers, in this order");
  command->add_option("--channel", options->channel, "what the line loses: none, iid:loss=.1, ge:loss=.1,burst=4");
  command->add_option("--seed", options->seed, "of the losses")->capture_default_str();
  command->add_option("--packets", options->packets,
                      "how tensors are cut: rows=8,order=row-blocks (or channels, interleaved)");
  command->add_option("--trace", options->trace, "a trace of losses instead of --channel (JSON, 0 and 1, CSV)");
  command->add_option("--save-trace", options->save_trace, "keep what was lost (JSON), for --trace");
  command->add_option("--concealer", options->concealer, "what repairs")->capture_default_str();
  command->add_option("--statistics", options->statistics, "of the network's tensors (.fscs), which some need");
  command->add_option("--iterations", options->iterations, "of halrtc and silrtc")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_flag("--json", options->json, "print what was lost and repaired as JSON");
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return Impair(*options); }};
}

}  // namespace fsc::tools
