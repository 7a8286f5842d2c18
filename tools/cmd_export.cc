// cmd_export.cc: fsc export: the pictures of a tiled stream as an ordinary, playable video file, without coding them
// again.
#include <CLI/CLI.hpp>
#include <memory>

#include "codec/profile/stream_profile.h"
#include "codec/tiled/syntax.h"
#include "streams/container_reader.h"
#include "streams/export_muxer.h"
#include "streams/packet_sections.h"
#include "tools/command.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct ExportArguments {
  std::string input;
  std::string output;
  bool quiet = false;
};

// What a player needs to know of the pictures; kUsage where the stream has none.
Result<ExportConfig> PicturesOf(const StreamHeader& header, std::span<const uint8_t> mode_config,
                                const std::string& path) {
  if (header.mode == "latent" || header.mode == "float") {
    return Usage("a " + header.mode + " stream holds no pictures", path,
                 "see its tensors with fsc view, or code with --mode hevc");
  }
  FSC_ASSIGN_OR_RETURN(const std::vector<LayerSpec> layers, CodedLayers(header, Limits{}));
  FSC_ASSIGN_OR_RETURN(TiledConfig tiled, ReadTiledConfig(mode_config, layers, Limits{}));
  ExportConfig config;
  config.mode = header.mode;
  config.width_px = tiled.tiles.layout.picture_width_px();
  config.height_px = tiled.tiles.layout.picture_height_px();
  config.bits = tiled.bits;
  config.codec_private = std::move(tiled.codec_private);
  config.time_base = header.time_base;
  config.frame_rate = FrameRateOf(header);
  return config;
}

// The coded picture in a packet: its one residual section.
Result<std::span<const uint8_t>> PictureIn(const Packet& packet) {
  FSC_ASSIGN_OR_RETURN(const auto sections, SectionsOf(packet, "frame " + std::to_string(packet.frame_number)));
  for (const SectionView& section : sections) {
    if (section.kind == SectionKind::kResidual) return section.bytes;
  }
  return std::span<const uint8_t>();
}

Status Export(const ExportArguments& options) {
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, {options.input}));
  FSC_ASSIGN_OR_RETURN(auto source, OpenSource(options.input));
  FSC_ASSIGN_OR_RETURN(auto reader, ContainerReader::Open(source.get(), Limits{}));
  // The first packet brings the configuration where the header has none.
  FSC_ASSIGN_OR_RETURN(auto packet, reader->Next());
  FSC_ASSIGN_OR_RETURN(const ExportConfig config, PicturesOf(reader->header(), reader->mode_config(), options.input));
  FSC_ASSIGN_OR_RETURN(auto muxer, CreateExportMuxer(options.output, config));
  Progress progress("exporting", std::nullopt, options.quiet);
  while (packet) {
    FSC_ASSIGN_OR_RETURN(const auto picture, PictureIn(*packet));
    FSC_RETURN_IF_ERROR(muxer->Write(picture, packet->timestamp_ticks, packet->random_access));
    progress.Step();
    FSC_ASSIGN_OR_RETURN(packet, reader->Next());
  }
  return muxer->Finish();
}

}  // namespace

Command AddExport(CLI::App& app) {
  auto options = std::make_shared<ExportArguments>();
  CLI::App* command = app.add_subcommand("export", "Write the pictures of a tiled stream as a playable video");
  command->add_option("IN", options->input, "the .fsc stream")->required();
  command->add_option("-o,--output", options->output, "OUT.mkv or OUT.mp4")->required();
  AddQuietOption(*command, &options->quiet);
  return {command, [options] { return Export(*options); }};
}

}  // namespace fsc::tools
