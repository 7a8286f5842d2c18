// cmd_view.cc: fsc view: the channels of a stream or of tensors as pictures, and how a latent stream was coded: motion,
// block modes, bits per block.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>

#include "streams/picture_file.h"
#include "streams/video_writer.h"
#include "tools/clip_pictures.h"
#include "tools/command.h"
#include "tools/layer_choice.h"
#include "tools/machine_threads.h"
#include "tools/output_guard.h"
#include "tools/progress.h"
#include "tools/stored_features.h"
#include "tools/view_coding.h"
#include "tools/view_tiles.h"
#include "tools/warning_report.h"

namespace fsc::tools {
namespace {

struct ViewArguments {
  StoredFeaturesOptions source;
  std::string output;
  std::string frames;
  std::vector<std::string> what = {"tiles"};
  std::string video;
  std::string model;
  std::string against;
  std::vector<std::string> layers;
  int zoom = 0;
  WarningOptions warnings;
};

// Draws the pictures of one command, frame after frame.
class Viewer {
 public:
  // `steady`: all pages have the same size, for a video.
  static Result<Viewer> Open(const ViewArguments& options, bool steady) {
    FSC_ASSIGN_OR_RETURN(StoredFeatures source, StoredFeatures::Open(options.source));
    FSC_ASSIGN_OR_RETURN(TileView tiles, TileView::Create(source.layers(), options.zoom));
    Viewer self(options, std::move(source), std::move(tiles));
    self.steady_ = steady;
    FSC_ASSIGN_OR_RETURN(self.shown_layers_, ChooseLayers(self.features_.coded_layers(), options.layers));
    if (self.features_.header() != nullptr) self.world_.emplace(*self.features_.header(), options.zoom);
    FSC_ASSIGN_OR_RETURN(self.pictures_, ClipPictures::Open(options.video, self.features_, options.source.threads));
    if (!options.against.empty()) FSC_RETURN_IF_ERROR(self.OpenOriginals());
    return self;
  }

  TimeBase time_base() const { return features_.time_base(); }
  TimeBase frame_rate() const { return features_.frame_rate(); }
  Warnings warnings() const {
    Warnings warnings = features_.warnings();
    warnings.Add(pictures_.warnings());
    return warnings;
  }

  struct Page {
    Image image;
    int64_t timestamp_ticks = 0;
  };
  // nullopt at the end.
  Result<std::optional<Page>> Next() {
    FSC_ASSIGN_OR_RETURN(const auto decoded, features_.Next());
    if (!decoded) return std::optional<Page>();
    Page page{{}, decoded->frame.timestamp_ticks};
    if (options_.what == std::vector<std::string>{"tiles"}) {
      page.image = tiles_.DrawChannels(decoded->frame);
      return std::optional<Page>(std::move(page));
    }
    Image backdrop;
    if (options_.source.analyse) {
      FSC_ASSIGN_OR_RETURN(backdrop, Backdrop(decoded->frame));
    }
    std::vector<Panel> panels;
    for (const std::string& what : options_.what) FSC_RETURN_IF_ERROR(AddPanels(what, *decoded, backdrop, &panels));
    std::string heading = std::filesystem::path(options_.source.path).filename().string();
    heading += fmt::format(", frame {}", decoded->frame_number);
    if (decoded->analysis != nullptr) heading += ": " + DescribeCoding(*decoded->analysis);
    page.image = ComposePage(heading, panels);
    return std::optional<Page>(std::move(page));
  }

 private:
  Viewer(const ViewArguments& options, StoredFeatures features, TileView tiles)
      : options_(options), features_(std::move(features)), tiles_(std::move(tiles)) {}

  Status OpenOriginals() {
    StoredFeaturesOptions options = options_.source;
    options.path = options_.against;
    if (IsTensorFile(options.path)) options.profile_path.clear();
    options.analyse = false;
    FSC_ASSIGN_OR_RETURN(StoredFeatures originals, StoredFeatures::Open(options));
    const auto same_shape = [](const LayerSpec& a, const LayerSpec& b) {
      return a.channels == b.channels && a.height_cells == b.height_cells && a.width_cells == b.width_cells;
    };
    if (!std::ranges::equal(originals.layers(), features_.layers(), same_shape)) {
      return BadInput("the tensors have other shapes than " + options_.source.path, options_.against,
                      "give the features that the stream was made from");
    }
    originals_.emplace(std::move(originals));
    return {};
  }

  Result<Image> Backdrop(const FeatureFrame& frame) {
    if (options_.video.empty()) return world_->Show(frame, features_.layers());
    FSC_ASSIGN_OR_RETURN(const Image source, pictures_.At(frame.timestamp_ticks));
    if (!options_.model.empty() && (source.width_px != laid_width_px_ || source.height_px != laid_height_px_)) {
      FSC_ASSIGN_OR_RETURN(layout_, SourceLayoutOf(options_.model, source.width_px, source.height_px));
      laid_width_px_ = source.width_px;
      laid_height_px_ = source.height_px;
    }
    return world_->Show(source, layout_);
  }

  Status AddPanels(const std::string& what, const DecodedFrame& decoded, const Image& backdrop,
                   std::vector<Panel>* panels) {
    if (what == "tiles") {
      panels->push_back({"channels", tiles_.DrawChannels(decoded.frame), {}, {}, {}});
      return {};
    }
    if (what == "errors") {
      FSC_ASSIGN_OR_RETURN(const auto original, originals_->Next());
      if (!original) return BadInput("the original ends before the stream does", options_.against);
      panels->push_back(tiles_.DrawErrors(decoded.frame, original->frame));
      return {};
    }
    const FrameAnalysis& analysis = *decoded.analysis;
    const CodedView view{analysis, features_.coded_layers(), *world_, backdrop, decoded.frame_number};
    if (what == "motion") {
      const int fields = steady_ ? 2 : std::max(1, int(analysis.motion.size()));
      for (int i = 0; i < fields; ++i) panels->push_back(DrawMotion(view, i));
      return {};
    }
    top_bits_ = std::max(top_bits_, TopBits(analysis));
    for (const size_t layer : shown_layers_)
      panels->push_back(what == "modes" ? DrawModes(view, int(layer)) : DrawBits(view, int(layer), top_bits_));
    return {};
  }

  ViewArguments options_;
  StoredFeatures features_;
  TileView tiles_;
  bool steady_ = false;
  std::vector<size_t> shown_layers_;  // of modes and bits
  std::optional<ViewWorld> world_;
  ClipPictures pictures_;
  std::optional<SourceLayout> layout_;  // of pictures of this size; nullopt = no model was given
  int laid_width_px_ = 0;
  int laid_height_px_ = 0;
  std::optional<StoredFeatures> originals_;
  double top_bits_ = 0;
};

// An option that nothing drawn would look at is a mistake.
Status CheckWhat(ViewArguments* options) {
  const auto draws = [&](std::initializer_list<const char*> kinds) {
    return std::any_of(kinds.begin(), kinds.end(),
                       [&](const char* kind) { return std::ranges::count(options->what, kind) > 0; });
  };
  options->source.analyse = draws({"motion", "modes", "bits"});
  if (draws({"errors"}) && options->against.empty())
    return Usage("errors need something to compare with", "--what errors", "give the original with --against");
  if (!draws({"errors"}) && !options->against.empty())
    return Usage("nothing is compared", "--against", "leave it out, or add errors to --what");
  if (!options->source.analyse && !options->video.empty())
    return Usage("tiles and errors are not drawn over a clip", "--video",
                 "leave it out, or add motion, modes or bits to --what");
  if (options->video.empty() && !options->model.empty())
    return Usage("the network says how a clip was cropped, and there is none", "--model",
                 "leave it out, or give the clip with --video");
  if (!draws({"modes", "bits"}) && !options->layers.empty())
    return Usage("only modes and bits are drawn by layer", "--layers", "leave it out, or add modes or bits to --what");
  return {};
}

Status View(ViewArguments options) {
  FSC_ASSIGN_OR_RETURN(FrameRange range, ParseFrameRange(options.frames));
  const bool video = options.output.ends_with(".mp4") || options.output.ends_with(".mkv");
  const bool pattern = options.output.find('%') != std::string::npos;
  if (!video && !options.output.ends_with(".png"))
    return Usage("unknown kind of picture", options.output, "give OUT.png, OUT%04d.png or OUT.mp4");
  FSC_RETURN_IF_ERROR(CheckWhat(&options));
  std::vector<std::string> inputs = NetworkFiles(options.model);
  inputs.insert(inputs.end(), {options.source.path, options.source.profile_path, options.video, options.against});
  FSC_RETURN_IF_ERROR(CheckOutputs({options.output}, inputs));
  if (!video && !pattern) range.last = range.first + 1;
  options.source.frames = range;
  FSC_ASSIGN_OR_RETURN(Viewer viewer, Viewer::Open(options, video || pattern));
  std::unique_ptr<VideoWriter> writer;
  Progress progress("drawing", std::nullopt, options.warnings.quiet);
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto page, viewer.Next());
    if (!page) break;
    if (!video && !pattern) {
      FSC_RETURN_IF_ERROR(ReportWarnings(viewer.warnings(), options.warnings));
      return WritePng(options.output, page->image);
    }
    if (writer == nullptr) {
      FSC_ASSIGN_OR_RETURN(writer, CreateVideoWriter(options.output, {.width_px = page->image.width_px,
                                                                      .height_px = page->image.height_px,
                                                                      .time_base = viewer.time_base(),
                                                                      .frame_rate = viewer.frame_rate()}));
    }
    FSC_RETURN_IF_ERROR(writer->Write(page->image, page->timestamp_ticks));
    progress.Step();
  }
  if (writer == nullptr) return BadInput("there is no frame", options.source.path, "see --frames");
  FSC_RETURN_IF_ERROR(ReportWarnings(viewer.warnings(), options.warnings));
  return writer->Finish();
}

}  // namespace

Command AddView(CLI::App& app) {
  auto options = std::make_shared<ViewArguments>();
  CLI::App* command = app.add_subcommand(
      "view", "Draw channels and errors; of a latent stream also motion, block modes, bits per block");
  command->add_option("IN", options->source.path, "a .fsc stream, or tensors (.npy, .npz)")->required();
  command->add_option("-o,--output", options->output, "OUT.png (one frame), OUT%04d.png or OUT.mp4 (all frames)")
      ->required();
  command
      ->add_option("--what", options->what,
                   "tiles (channels side by side), errors (needs --against); of a latent stream motion, modes (of "
                   "blocks), bits (per block); several with commas")
      ->delimiter(',')
      ->check(CLI::IsMember({"tiles", "errors", "motion", "modes", "bits"}))
      ->capture_default_str();
  command->add_option("--video", options->video, "the clip that the features were made from, to draw over");
  command->add_option("--model", options->model, "the split network (JSON): says how the clip was cropped and padded");
  command->add_option("--against", options->against, "for errors: the original tensors, or a stream");
  AddLayersOption(*command, &options->layers, "modes and bits of these layers only, by name or number");
  command->add_option("--frames", options->frames, "only frames A:B (B not included)");
  command
      ->add_option("--zoom", options->zoom,
                   "screen pixels per cell (tiles, errors) or input pixel (default: what fills about 720 pixels)")
      ->check(CLI::Range(1, 32));
  AddProfileOption(*command, &options->source.profile_path);
  options->source.threads = MachineThreads();
  command->add_option("--threads", options->source.threads, "threads; the pictures do not depend on it")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  AddWarningOptions(*command, &options->warnings);
  return {command, [options] { return View(*options); }};
}

}  // namespace fsc::tools
