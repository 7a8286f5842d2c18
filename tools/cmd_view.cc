// cmd_view.cc: fsc view: the channels of decoded or raw feature frames as a grey picture or video, tile by tile.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <memory>

#include "codec/decoder.h"
#include "streams/picture_file.h"
#include "streams/tensor_file.h"
#include "streams/video_writer.h"
#include "tiling/tile_layout.h"
#include "tools/command.h"
#include "tools/feature_input.h"
#include "tools/frame_range.h"
#include "tools/progress.h"

namespace fsc::tools {
namespace {

struct Options {
  std::string input;
  std::string output;
  std::string frames;
  int zoom = 0;
  int threads = 1;
};

// Frames of a stream or of tensors, one after the other.
class FrameSource {
 public:
  static Result<FrameSource> Open(const Options& options, const FrameRange& range) {
    FrameSource self;
    self.left_ = range.last - range.first;
    if (IsTensorFile(options.input)) {
      FSC_ASSIGN_OR_RETURN(self.tensors_, OpenTensorFile(options.input, Limits{}));
      self.layers_ = self.tensors_->layers();
      if (range.first >= self.tensors_->frames())
        return Usage("frame " + std::to_string(range.first) + " is past the end", options.input);
      FSC_RETURN_IF_ERROR(self.tensors_->SeekToFrame(range.first));
      return self;
    }
    FSC_ASSIGN_OR_RETURN(self.bytes_, OpenSource(options.input));
    FSC_ASSIGN_OR_RETURN(self.decoder_, FeatureDecoder::Open(self.bytes_.get(), Limits{}, options.threads));
    self.layers_ = self.decoder_->header().layers;
    self.time_base_ = self.decoder_->header().time_base;
    if (range.first > 0) FSC_RETURN_IF_ERROR(self.decoder_->SeekToFrame(range.first));
    return self;
  }

  const std::vector<LayerSpec>& layers() const { return layers_; }
  TimeBase time_base() const { return time_base_; }

  Result<std::optional<FeatureFrame>> Next() {
    if (left_-- <= 0) return std::optional<FeatureFrame>();
    if (tensors_ != nullptr) return tensors_->Next();
    FSC_ASSIGN_OR_RETURN(auto decoded, decoder_->Next());
    if (!decoded) return std::optional<FeatureFrame>();
    return std::optional<FeatureFrame>(std::move(decoded->frame));
  }

 private:
  std::unique_ptr<TensorSource> tensors_;
  std::unique_ptr<ByteSource> bytes_;
  std::unique_ptr<FeatureDecoder> decoder_;
  std::vector<LayerSpec> layers_;
  TimeBase time_base_{1, 25};
  int64_t left_ = 0;
};

// Black and white of one layer's display, from its first frame: the half percent at either end is clipped.
struct Shades {
  float black = 0;
  float white = 1;

  static Shades Of(std::span<const float> values) {
    std::vector<float> sorted(values.begin(), values.end());
    const size_t tail = sorted.size() / 200;
    std::nth_element(sorted.begin(), sorted.begin() + ptrdiff_t(tail), sorted.end());
    const float black = sorted[tail];
    std::nth_element(sorted.begin(), sorted.end() - 1 - ptrdiff_t(tail), sorted.end());
    const float white = sorted[sorted.size() - 1 - tail];
    return {black, white > black ? white : black + 1};
  }
  uint8_t Grey(float value) const {
    return uint8_t(std::lround(std::clamp((value - black) / (white - black), 0.0f, 1.0f) * 255));
  }
};

Image Draw(const FeatureFrame& frame, const TileLayout& layout, const std::vector<Shades>& shades, int zoom) {
  Image image{layout.content_width_px() * zoom, layout.content_height_px() * zoom, {}};
  image.bgr.assign(size_t(3) * image.width_px * image.height_px, 32);
  for (size_t layer = 0; layer < frame.layers.size(); ++layer) {
    const Tensor& tensor = frame.layers[layer];
    for (int channel = 0; channel < tensor.channels(); ++channel) {
      const Placement place = layout.PlacementOf(int(layer), channel);
      const float* value = tensor.plane(channel).data();
      for (int y = 0; y < tensor.height_cells(); ++y) {
        for (int x = 0; x < tensor.width_cells(); ++x) {
          const uint8_t grey = shades[layer].Grey(*value++);
          for (int v = 0; v < zoom; ++v) {
            uint8_t* out = &image.bgr[3 * (size_t((place.top_px + y) * zoom + v) * image.width_px +
                                           size_t(place.left_px + x) * zoom)];
            std::fill(out, out + 3 * zoom, grey);
          }
        }
      }
    }
  }
  return image;
}

Status View(const Options& options) {
  FSC_ASSIGN_OR_RETURN(FrameRange range, ParseFrameRange(options.frames));
  const bool video = options.output.ends_with(".mp4") || options.output.ends_with(".mkv");
  const bool pattern = options.output.find('%') != std::string::npos;
  if (!video && !options.output.ends_with(".png"))
    return Usage("unknown kind of picture", options.output, "give OUT.png, OUT%04d.png or OUT.mp4");
  if (!video && !pattern) range.last = range.first + 1;
  FSC_ASSIGN_OR_RETURN(FrameSource source, FrameSource::Open(options, range));
  // One cell between the tiles: their borders stay visible.
  std::vector<LayerSpec> spaced = source.layers();
  for (LayerSpec& layer : spaced) ++layer.height_cells, ++layer.width_cells;
  FSC_ASSIGN_OR_RETURN(const TileLayout layout, TileLayout::Create(spaced, TilingConfig{}, Limits{}));
  const int zoom = options.zoom > 0 ? options.zoom : std::max(1, 720 / std::max(1, layout.content_width_px()));

  std::vector<Shades> shades;
  std::unique_ptr<VideoWriter> writer;
  Progress progress("drawing", std::nullopt);
  for (;;) {
    FSC_ASSIGN_OR_RETURN(const auto frame, source.Next());
    if (!frame) break;
    if (shades.empty()) {
      for (const Tensor& tensor : frame->layers) shades.push_back(Shades::Of(tensor.values()));
    }
    const Image image = Draw(*frame, layout, shades, zoom);
    if (!video && !pattern) return WritePng(options.output, image);
    if (writer == nullptr) {
      const TimeBase time_base = source.time_base();
      FSC_ASSIGN_OR_RETURN(writer, CreateVideoWriter(options.output, {.width_px = image.width_px,
                                                                      .height_px = image.height_px,
                                                                      .time_base = time_base,
                                                                      .frame_rate = {time_base.den, time_base.num}}));
    }
    FSC_RETURN_IF_ERROR(writer->Write(image, frame->timestamp_ticks));
    progress.Step();
  }
  if (writer == nullptr) return BadInput("there is no frame", options.input, "see --frames");
  return writer->Finish();
}

}  // namespace

Command AddView(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("view", "Draw the channels of a stream or of tensors, tile by tile");
  command->add_option("IN", options->input, "a .fsc stream, or tensors (.npy, .npz)")->required();
  command->add_option("-o,--output", options->output, "OUT.png (one frame), OUT%04d.png or OUT.mp4 (all frames)")
      ->required();
  command->add_option("--frames", options->frames, "only frames A:B (B not included)");
  command->add_option("--zoom", options->zoom, "screen pixels per cell (default: what fills about 720 pixels)")
      ->check(CLI::Range(1, 32));
  command->add_option("--threads", options->threads, "threads")->capture_default_str()->check(CLI::Range(1, 256));
  return {command, [options] { return View(*options); }};
}

}  // namespace fsc::tools
