// cmd_info.cc: fsc info: parses a .fsc stream or a profile and decodes nothing.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "codec/profile/stream_profile.h"
#include "eval/rate_account.h"
#include "streams/container_reader.h"
#include "streams/digest.h"
#include "streams/packet_sections.h"
#include "tools/command.h"
#include "tools/profile_info.h"

namespace fsc::tools {
namespace {

using nlohmann::ordered_json;

struct InfoArguments {
  std::string input;
  bool json = false;
  bool per_frame = false;
  bool quiet = false;
};

const char* TypeName(FrameType type) {
  return std::array{"I", "P", "B"}[size_t(type)];
}

ordered_json LayersJson(const std::vector<LayerSpec>& layers) {
  ordered_json json = ordered_json::array();
  for (const LayerSpec& layer : layers) {
    json.push_back({{"name", layer.name},
                    {"channels", layer.channels},
                    {"height_cells", layer.height_cells},
                    {"width_cells", layer.width_cells},
                    {"stride_px", layer.stride_px},
                    {"phase_px", layer.phase_px16 / 16.0}});
  }
  return json;
}

ordered_json PictureJson(const PackedPicture& picture) {
  const bool mpeg = picture.packing == PackedPicture::Packing::kMpeg;
  return {{"size_px", {picture.width_px, picture.height_px}},
          {"bits", picture.bits},
          {"chroma", picture.chroma},
          {"packing", mpeg ? "mpeg" : "grid"},
          {"fill", picture.fill}};
}

// What the stream says of its profile.
Result<ordered_json> ProfileJson(const StreamHeader& header, const std::vector<LayerSpec>& coded) {
  FSC_ASSIGN_OR_RETURN(const StreamProfile profile, ReadStreamProfile(header.profile, "the stream's profile"));
  ordered_json json = {
      {"kind", profile.kind},         {"sha256", HexText(profile.sha256)},   {"bytes", header.profile.size()},
      {"embedded", !profile.by_hash}, {"reduced_layers", LayersJson(coded)}, {"fit", FitJson(profile.fit)}};
  for (size_t i = 0; i < coded.size(); ++i) {
    ordered_json sources = ordered_json::array();
    for (const ReducedPart::Source& source : profile.shapes[i].sources) {
      sources.push_back(header.layers[size_t(source.layer)].name);
    }
    json["reduced_layers"][i]["from"] = sources;
  }
  return json;
}

// Empty where the stream does not say.
std::string FrameRateText(const StreamHeader& header) {
  return header.frame_rate.num > 0 ? fmt::format("{}/{}", header.frame_rate.num, header.frame_rate.den) : "";
}

ordered_json HeaderJson(const StreamHeader& header) {
  ordered_json json = {{"mode", header.mode},
                       {"layers", LayersJson(header.layers)},
                       {"elements_per_frame", TotalElements(header.layers)},
                       {"time_base", fmt::format("{}/{}", header.time_base.num, header.time_base.den)},
                       {"frame_rate", FrameRateText(header)},
                       {"input_px", {header.input_width_px, header.input_height_px}},
                       {"source_px", {header.source_width_px, header.source_height_px}},
                       {"model", header.model_id}};
  if (header.model_sha256 != Sha256{}) json["model_sha256"] = HexText(header.model_sha256);
  json["mode_config_bytes"] = header.mode_config.size();
  json["profile_bytes"] = header.profile.size();
  json["encoder"] = header.encoder;
  return json;
}

ordered_json FrameJson(const Packet& packet, const StreamHeader& header, const std::vector<LayerSpec>& coded) {
  ordered_json sections = ordered_json::array();
  for (const Section& section : packet.sections) {
    const char* kind = std::array{"side_info", "motion", "residual", "configuration"}[size_t(section.kind)];
    ordered_json entry = {{"kind", kind}, {"bytes", section.size_bytes}};
    if (section.layer >= 0) entry["layer"] = coded.at(size_t(section.layer)).name;
    sections.push_back(entry);
  }
  return {{"frame", packet.frame_number},
          {"type", TypeName(packet.type)},
          {"random_access", packet.random_access},
          {"time_s", double(packet.timestamp_ticks) * header.time_base.num / header.time_base.den},
          {"payload_bytes", packet.payload.size()},
          {"sections", sections}};
}

void PrintText(const ordered_json& info, bool frames) {
  const ordered_json& header = info["header"];
  fmt::print("mode         {}\n", header["mode"].get<std::string>());
  for (const auto& layer : header["layers"]) {
    fmt::print("layer        {}: {} x {} x {}, stride {} px\n", layer["name"].get<std::string>(),
               layer["channels"].get<int>(), layer["height_cells"].get<int>(), layer["width_cells"].get<int>(),
               layer["stride_px"].get<int>());
  }
  const auto size_text = [](const ordered_json& size) {
    return size[0] == 0 ? std::string("unknown") : fmt::format("{}x{}", size[0].get<int>(), size[1].get<int>());
  };
  fmt::print("input        {} (source {})\n", size_text(header["input_px"]), size_text(header["source_px"]));
  if (header.contains("picture")) {
    const ordered_json& picture = header["picture"];
    fmt::print("from         pictures of {}, {} bits, packing {}\n", size_text(picture["size_px"]),
               picture["bits"].get<int>(), picture["packing"].get<std::string>());
  }
  const std::string model = header["model"];
  fmt::print("model        {}\n", model.empty() ? "unknown" : model);
  if (header.contains("profile")) {
    const ordered_json& profile = header["profile"];
    fmt::print("profile      {}, {}, {} bytes, SHA-256 {}\n", profile["kind"].get<std::string>(),
               profile["embedded"].get<bool>() ? "embedded" : "by hash", profile["bytes"].get<size_t>(),
               profile["sha256"].get<std::string>());
    for (const auto& layer : profile["reduced_layers"]) {
      std::string from;
      for (const auto& name : layer["from"]) from += (from.empty() ? "" : " + ") + name.get<std::string>();
      fmt::print("  {:10} {} x {} x {}, stride {} px, from {}\n", layer["name"].get<std::string>(),
                 layer["channels"].get<int>(), layer["height_cells"].get<int>(), layer["width_cells"].get<int>(),
                 layer["stride_px"].get<int>(), from);
    }
    if (profile["embedded"].get<bool>()) PrintFit(profile["fit"]);
  }
  fmt::print("encoder      {}\n", header["encoder"].get<std::string>());
  const std::string rate = header["frame_rate"];
  fmt::print("frames       {} ({:.3f} s from {:.3f} s on, {})\n", info["frames"].get<int64_t>(),
             info["duration_s"].get<double>(), info["start_s"].get<double>(),
             rate.empty() ? "frame rate unknown" : rate + " frames/s");
  fmt::print("bytes        {} = {:.4f} b/el, {:.1f} kbit/s\n", info["bytes"].get<uint64_t>(),
             info["bits_per_element"].get<double>(), info["kbit_per_s"].get<double>());
  const ordered_json& split = info["bytes_by_kind"];
  fmt::print("  residual   {}\n  motion     {}\n  side info  {}\n  container  {}\n", split["residual"].get<uint64_t>(),
             split["motion"].get<uint64_t>(), split["side_info"].get<uint64_t>(), split["container"].get<uint64_t>());
  if (const uint64_t bytes = split["configuration"]; bytes > 0) fmt::print("  transforms {}\n", bytes);
  if (header.contains("profile")) fmt::print("  profile    {}\n", split["profile"].get<uint64_t>());
  for (const auto& [name, bytes] : info["bytes_by_layer"].items())
    fmt::print("  layer {}: {}\n", name, bytes.get<uint64_t>());
  if (!frames) return;
  for (const auto& frame : info["packets"]) {
    fmt::print("frame {:5}  {}{}  {:9.3f} s  {:8} bytes\n", frame["frame"].get<int64_t>(),
               frame["type"].get<std::string>(), frame["random_access"].get<bool>() ? "*" : " ",
               frame["time_s"].get<double>(), frame["payload_bytes"].get<uint64_t>());
  }
}

Status Info(const InfoArguments& options) {
  if (IsProfileFile(options.input)) return ProfileInfo(options.input, options.json, options.quiet);
  FSC_ASSIGN_OR_RETURN(auto source, OpenSource(options.input));
  FSC_ASSIGN_OR_RETURN(auto reader, ContainerReader::Open(source.get(), Limits{}));
  const StreamHeader& header = reader->header();
  FSC_ASSIGN_OR_RETURN(const std::vector<LayerSpec> coded, CodedLayers(header, Limits{}));
  ordered_json header_json = HeaderJson(header);
  if (header.picture) header_json["picture"] = PictureJson(*header.picture);
  if (!header.profile.empty()) {
    FSC_ASSIGN_OR_RETURN(header_json["profile"], ProfileJson(header, coded));
  }

  KindBytes split;
  ordered_json packets = ordered_json::array();
  int64_t frames = 0, first_ticks = 0, last_ticks = 0;
  Status damage;
  for (;;) {
    auto packet = reader->Next();
    if (!packet.ok()) {
      damage = packet.TakeStatus();
      break;
    }
    if (!*packet) break;
    for (const Section& section : (**packet).sections) split.Add(section);
    const int64_t ticks = (**packet).timestamp_ticks;
    first_ticks = frames == 0 ? ticks : std::min(first_ticks, ticks);
    last_ticks = frames == 0 ? ticks : std::max(last_ticks, ticks);
    ++frames;
    if (options.per_frame || options.json) packets.push_back(FrameJson(**packet, header, coded));
  }
  const uint64_t bytes =
      damage.ok() ? source->size_bytes().value_or(reader->position_bytes()) : reader->position_bytes();
  const double duration_s =
      frames > 0 ? ClipSeconds(first_ticks, last_ticks, header.time_base, FrameRateOf(header)) : 0;
  const RateUnits rate = InUnits(bytes, {.elements = frames * TotalElements(header.layers), .seconds = duration_s});
  ordered_json by_layer = ordered_json::object();
  for (size_t i = 0; i < split.by_layer.size(); ++i) by_layer[coded.at(i).name] = split.by_layer[i];
  const ordered_json info = {{"file", options.input},
                             {"header", header_json},
                             {"frames", frames},
                             {"start_s", double(first_ticks) * header.time_base.num / header.time_base.den},
                             {"duration_s", duration_s},
                             {"bytes", bytes},
                             {"bits_per_element", rate.bits_per_element},
                             {"kbit_per_s", rate.kbit_per_s},
                             {"bytes_by_kind",
                              {{"residual", split.residual},
                               {"motion", split.motion},
                               {"side_info", split.side_info},
                               {"configuration", split.configuration},
                               {"profile", header.profile.size()},
                               {"container", bytes - split.total() - header.profile.size()}}},
                             {"bytes_by_layer", by_layer},
                             {"packets", packets}};
  if (options.json) {
    fmt::print("{}\n", info.dump(2));
  } else if (!options.quiet) {
    PrintText(info, options.per_frame);
  }
  return damage;
}

}  // namespace

Command AddInfo(CLI::App& app) {
  auto options = std::make_shared<InfoArguments>();
  CLI::App* command = app.add_subcommand("info", "Show what is in a .fsc stream or a profile (.fscp); decodes nothing");
  command->add_option("IN", options->input, "the .fsc stream or the profile; - is standard input")->required();
  command->add_flag("--per-frame", options->per_frame, "one line a frame");
  command->add_flag("--json", options->json, "everything as JSON, packets included");
  command->add_flag("--quiet", options->quiet, "print no text: the exit code says whether the file is whole");
  return {command, [options] { return Info(*options); }};
}

}  // namespace fsc::tools
