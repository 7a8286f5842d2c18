// parcat.cc: fsc-parcat: the parts of a sequence that encoders coded side by side, in one stream, with the command line
// of VTM's parcat. Nothing is decoded.
//
// Time stamps are the numbers of the pictures. A part begins with the picture that the part before it ends with: of the
// two the later part's stays, since the pictures that follow it there are predicted from it, and the earlier part's, on
// which nothing depends, goes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "fsc/byte_io.h"
#include "fsc/limits.h"
#include "fsc/stream_joiner.h"
#include "streams/container_reader.h"
#include "tools/output_guard.h"
#include "tools/vtm/app.h"

namespace fsc::tools {
namespace {

struct Part {
  std::string path;
  int64_t first = 0;  // numbers of pictures
  int64_t last = 0;
};

// Which pictures a part has. Of an empty file, none: last < first.
Result<Part> ReadPart(const std::string& path) {
  FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(path));
  if (source->size_bytes() == uint64_t{0}) return Part{path, 0, -1};
  FSC_ASSIGN_OR_RETURN(const auto reader, ContainerReader::Open(source.get(), Limits{}));
  FSC_ASSIGN_OR_RETURN(const StreamIndex index, reader->ReadIndex());
  if (!index.complete) return BadInput(index.damage, path, "encode the part again");
  if (index.entries.empty()) return BadInput("the stream has no frame", path, "encode the part again");
  const StreamHeader& header = reader->header();
  const TimeBase a_picture{header.frame_rate.den, header.frame_rate.num};
  std::set<int64_t> numbers;
  for (const IndexEntry& entry : index.entries) numbers.insert(entry.timestamp_ticks);
  const Part part{path, *numbers.begin(), *numbers.rbegin()};
  if (header.time_base != a_picture || part.last - part.first + 1 != int64_t(index.entries.size()) ||
      numbers.size() != index.entries.size()) {
    return Usage("the stream does not number its pictures", path, "encode the part with fsc-encoderapp");
  }
  return part;
}

std::string Pictures(int64_t first, int64_t last) {
  return first == last ? fmt::format("picture {}", first) : fmt::format("pictures {} to {}", first, last);
}

Status CheckSequence(const std::vector<Part>& parts) {
  for (size_t i = 0; i + 1 < parts.size(); ++i) {
    const Part &part = parts[i], &next = parts[i + 1];
    const std::string both = part.path + " and " + next.path;
    if (next.first == part.first)
      return Usage(fmt::format("two parts begin with picture {}", part.first), both, "give each part once");
    if (next.first > part.last + 1)
      return Usage(Pictures(part.last + 1, next.first - 1) + " are in no part", both, "give all parts");
    if (next.last < part.last)
      return Usage(fmt::format("a part lies within another, which has {}", Pictures(part.first, part.last)), next.path,
                   "leave it out");
  }
  return {};
}

Status Join(std::span<const std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (argument.starts_with('-'))
      return Usage("there is no such option here", argument, "give the parts, then the output");
  }
  if (arguments.size() < 2) return Usage("a part and an output are needed", {}, "fsc-parcat PART.bin.. OUT.bin");
  const std::string& output = arguments.back();
  const std::vector<std::string> inputs(arguments.begin(), arguments.end() - 1);
  FSC_RETURN_IF_ERROR(CheckOutputs({output}, inputs));
  std::vector<Part> parts;
  for (const std::string& input : inputs) {
    FSC_ASSIGN_OR_RETURN(Part part, ReadPart(input));
    if (part.last >= part.first) parts.push_back(std::move(part));
  }
  if (parts.empty()) return BadInput("all parts are empty", inputs.front(), "encode them again");
  std::ranges::stable_sort(parts, {}, &Part::first);
  FSC_RETURN_IF_ERROR(CheckSequence(parts));

  FSC_ASSIGN_OR_RETURN(const auto sink, OpenSink(output));
  StreamJoiner joiner(sink.get());
  for (size_t i = 0; i < parts.size(); ++i) {
    FSC_ASSIGN_OR_RETURN(const auto source, OpenSource(parts[i].path));
    const int64_t end = i + 1 < parts.size() ? parts[i + 1].first : parts[i].last + 1;
    FSC_RETURN_IF_ERROR(joiner.AppendFirst(source.get(), end - parts[i].first));
  }
  FSC_RETURN_IF_ERROR(joiner.Finish());
  FSC_RETURN_IF_ERROR(sink->Commit());
  fmt::print("{}: {} pictures of {} parts\n", output, joiner.frames(), parts.size());
  return {};
}

}  // namespace
}  // namespace fsc::tools

int main(int argc, char** argv) {
  const std::string help =
      "usage: fsc-parcat PART.bin.. OUT.bin\n"
      "Joins the parts of a sequence that fsc-encoderapp coded with --FrameSkip and --FramesToBeEncoded, whatever "
      "their order.\n"
      "Parts overlap by the picture that one ends and the next begins with, or follow one another.\n";
  return fsc::tools::RunApp({"fsc-parcat", help, fsc::tools::Join}, argc, argv);
}
