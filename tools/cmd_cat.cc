// cmd_cat.cc: fsc cat: joins streams of the same layers and mode, packet by packet; nothing is decoded.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fsc/stream_joiner.h"
#include "tools/command.h"
#include "tools/output_guard.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct CatArguments {
  std::vector<std::string> inputs;
  std::string output;
  bool quiet = false;
};

Status Cat(const CatArguments& options) {
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, options.inputs));
  FSC_ASSIGN_OR_RETURN(auto sink, OpenSink(options.output));
  StreamJoiner joiner(sink.get());
  for (const std::string& input : options.inputs) {
    FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(input));
    FSC_RETURN_IF_ERROR(joiner.Append(source.get()));
  }
  FSC_RETURN_IF_ERROR(joiner.Finish());
  FSC_RETURN_IF_ERROR(sink->Commit());
  if (options.output != "-" && !options.quiet) fmt::print(stderr, "{}: {} frames\n", options.output, joiner.frames());
  return {};
}

}  // namespace

Command AddCat(CLI::App& app) {
  auto options = std::make_shared<CatArguments>();
  CLI::App* command = app.add_subcommand("cat", "Join streams of the same layers, network and mode; decodes nothing");
  command->add_option("IN", options->inputs, "the .fsc streams, in order")->required();
  command->add_option("-o,--output", options->output, "the joined .fsc stream; - is standard output")->required();
  AddQuietOption(*command, &options->quiet);
  return {command, [options] { return Cat(*options); }};
}

}  // namespace fsc::tools
