// cmd_cat.cc: fsc cat: joins streams that were coded alike, packet by packet; nothing is decoded.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <optional>

#include "streams/container_reader.h"
#include "streams/container_writer.h"
#include "tools/command.h"

namespace fsc::tools {
namespace {

struct Options {
  std::vector<std::string> inputs;
  std::string output;
};

// What must agree for packets of one stream to follow those of another. Empty when they can.
std::string Difference(const StreamHeader& a, const StreamHeader& b) {
  if (a.mode != b.mode) return "mode " + b.mode + " after " + a.mode;
  if (a.layers != b.layers) return "other layers";
  if (a.time_base != b.time_base) return "another time base";
  if (a.model_id != b.model_id || a.model_sha256 != b.model_sha256) return "another network";
  if (a.input_width_px != b.input_width_px || a.input_height_px != b.input_height_px) return "another input size";
  if (a.source_width_px != b.source_width_px || a.source_height_px != b.source_height_px) return "another source size";
  if (a.profile != b.profile) return "another profile";
  if (a.mode_config != b.mode_config) return "other settings of the mode";
  return {};
}

// Copies packets, continuing frame numbers and timestamps from stream to stream.
class Joiner {
 public:
  explicit Joiner(ByteSink* sink) : sink_(sink) {}

  Status Append(const std::string& path) {
    FSC_ASSIGN_OR_RETURN(auto source, OpenSource(path));
    FSC_ASSIGN_OR_RETURN(auto reader, ContainerReader::Open(source.get(), Limits{}));
    if (writer_ == nullptr) {
      header_ = reader->header();
      FSC_ASSIGN_OR_RETURN(writer_, ContainerWriter::Create(sink_, header_));
    } else if (const std::string difference = Difference(header_, reader->header()); !difference.empty()) {
      return Usage("cannot join: " + difference, path, "join streams that were coded with the same settings");
    }
    return Copy(reader.get(), path);
  }

  Status Finish() { return writer_->Finish(); }
  int64_t frames() const { return next_frame_; }

 private:
  Status Copy(ContainerReader* reader, const std::string& path) {
    const int64_t first_frame = next_frame_;
    std::optional<int64_t> first_ticks;  // of this stream, at its first packet: an intra frame, so the earliest
    const int64_t start_ticks = next_ticks_;
    int64_t last_ticks = 0;
    int64_t frames = 0;
    for (;;) {
      FSC_ASSIGN_OR_RETURN(auto packet, reader->Next());
      if (!packet) break;
      if (!first_ticks) {
        if (!packet->random_access) return BadInput("the stream does not begin with a random-access frame", path);
        first_ticks = packet->timestamp_ticks;
        last_ticks = *first_ticks;
      }
      last_ticks = std::max(last_ticks, packet->timestamp_ticks);
      ++frames;
      if (first_frame > 0) {
        packet->frame_number += first_frame;
        packet->timestamp_ticks += start_ticks - *first_ticks;
      }
      next_frame_ = std::max(next_frame_, packet->frame_number + 1);
      FSC_RETURN_IF_ERROR(writer_->Write(*packet));
    }
    if (frames == 0) return BadInput("the stream has no frame", path);
    // The next stream begins one mean frame duration after the last frame.
    const int64_t duration_ticks = frames > 1 ? std::max<int64_t>((last_ticks - *first_ticks) / (frames - 1), 1) : 1;
    next_ticks_ = last_ticks + duration_ticks + (first_frame > 0 ? start_ticks - *first_ticks : 0);
    return {};
  }

  ByteSink* sink_;
  StreamHeader header_;
  std::unique_ptr<ContainerWriter> writer_;
  int64_t next_frame_ = 0;
  int64_t next_ticks_ = 0;
};

Status Cat(const Options& options) {
  FSC_ASSIGN_OR_RETURN(auto sink, OpenSink(options.output));
  Joiner joiner(sink.get());
  for (const std::string& input : options.inputs) FSC_RETURN_IF_ERROR(joiner.Append(input));
  FSC_RETURN_IF_ERROR(joiner.Finish());
  FSC_RETURN_IF_ERROR(sink->Commit());
  if (options.output != "-") fmt::print(stderr, "{}: {} frames\n", options.output, joiner.frames());
  return {};
}

}  // namespace

Command AddCat(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("cat", "Join streams that were coded with the same settings; decodes nothing");
  command->add_option("IN", options->inputs, "the .fsc streams, in order")->required();
  command->add_option("-o,--output", options->output, "the joined .fsc stream; - is standard output")->required();
  return {command, [options] { return Cat(*options); }};
}

}  // namespace fsc::tools
