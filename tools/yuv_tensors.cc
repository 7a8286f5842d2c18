#include "tools/yuv_tensors.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "streams/yuv_file.h"
#include "tiling/picture_packing.h"

namespace fsc::tools {
namespace {

constexpr int kSearchedPictures = 8;
constexpr char kTilesForm[] = "give HEIGHTxWIDTH, as 20x26";
constexpr char kTensorsForm[] = "give NAME=CxHxW,.. as p2=256x48x64,p3=256x24x32";

// The numbers between the x of "256x48x64", `count` of them; empty where it is another text.
std::vector<int> NumbersOf(const std::string& text, size_t count) {
  std::vector<int> numbers(1);
  for (const char c : text) {
    if (c == 'x') {
      numbers.push_back(0);
    } else if (c < '0' || c > '9' || numbers.back() > 100000) {
      return {};
    } else {
      numbers.back() = 10 * numbers.back() + (c - '0');
    }
  }
  const bool all = numbers.size() == count && std::ranges::all_of(numbers, [](int n) { return n > 0; });
  return all ? numbers : std::vector<int>();
}

Result<std::vector<LayerSpec>> LayersOf(const YuvOptions& options, YuvReader* reader, PackedPicture* picture,
                                        Warnings* warnings) {
  FSC_ASSIGN_OR_RETURN(auto given, GivenLayers(options, picture));
  if (given) return std::move(*given);
  if (!reader->frames()) {
    return Usage("no grid of tiles is searched for in pictures that come through a pipe", "--yuv",
                 "give either --tiles HxW or --tensors NAME=CxHxW,..");
  }
  FSC_ASSIGN_OR_RETURN(const auto size,
                       SearchGrid([&] { return reader->Next(); }, picture->width_px, picture->height_px));
  FSC_RETURN_IF_ERROR(reader->SeekToFrame(0));
  if (!size) {
    return Usage("nothing says where the channels of the picture are, and no grid of tiles shows itself", "--yuv",
                 "give either --tiles HxW, a grid, or --tensors NAME=CxHxW,.., packed as CompressAI-Vision does");
  }
  FSC_ASSIGN_OR_RETURN(const LayerSpec layer, LayerOfGrid(*picture, size->width_px, size->height_px));
  const std::string text = std::to_string(size->height_px) + "x" + std::to_string(size->width_px);
  warnings->Add({"tiles-found", std::to_string(layer.channels) + " channels of " + text + " were found in the pictures",
                 reader->name(), "if they are others, give --tiles or --tensors; else --tiles " + text});
  return std::vector<LayerSpec>{layer};
}

class YuvSource : public TensorSource {
 public:
  // `first`: was read already, of a pipe, which cannot go back.
  YuvSource(YuvReader reader, PicturePacking packing, Warnings warnings, std::optional<Plane<uint16_t>> first)
      : reader_(std::move(reader)),
        packing_(std::move(packing)),
        warnings_(std::move(warnings)),
        first_(std::move(first)) {}

  const std::vector<LayerSpec>& layers() const override { return packing_.layers(); }
  int64_t frames() const override { return reader_.frames().value_or(next_ + (first_ ? 1 : 0)); }
  bool is_open_ended() const override { return !reader_.frames(); }
  Result<std::optional<FeatureFrame>> Next() override {
    std::optional<Plane<uint16_t>> picture = std::exchange(first_, std::nullopt);
    if (!picture) {
      FSC_ASSIGN_OR_RETURN(picture, reader_.Next());
    }
    if (!picture) return std::optional<FeatureFrame>();
    const std::string where = reader_.name() + ", frame " + std::to_string(next_);
    FSC_ASSIGN_OR_RETURN(FeatureFrame frame, packing_.Unpack(std::as_const(*picture).view(), where));
    frame.timestamp_ticks = next_++;
    return std::optional<FeatureFrame>(std::move(frame));
  }
  Status SeekToFrame(int64_t frame_number) override {
    if (frame_number < 0 || frame_number > frames()) {
      return Usage("no frame " + std::to_string(frame_number), reader_.name(), "there are " + std::to_string(frames()));
    }
    next_ = frame_number;
    return reader_.SeekToFrame(frame_number);
  }
  Warnings warnings() const override { return warnings_; }

 private:
  YuvReader reader_;
  PicturePacking packing_;
  Warnings warnings_;
  std::optional<Plane<uint16_t>> first_;
  int64_t next_ = 0;
};

class YuvSink : public TensorSink {
 public:
  YuvSink(YuvWriter writer, PicturePacking packing)
      : writer_(std::move(writer)),
        packing_(std::move(packing)),
        samples_(packing_.picture().width_px, packing_.picture().height_px) {}

  Status Write(const FeatureFrame& frame) override {
    packing_.Pack(frame, samples_.view());
    return writer_.Write(std::as_const(samples_).view());
  }
  Status Finish() override { return writer_.Commit(); }

 private:
  YuvWriter writer_;
  PicturePacking packing_;
  Plane<uint16_t> samples_;
};

}  // namespace

void AddYuvOptions(CLI::App& command, YuvOptions* options) {
  command.add_option("--yuv", options->format,
                     "IN is raw pictures whose tiles are channels: WIDTHxHEIGHT:FORMAT, as 1088x2128:gray10le");
  command.add_option("--tiles", options->tiles, "with --yuv: a grid of tiles of HEIGHTxWIDTH, row by row");
  command
      .add_option("--tensors", options->tensors,
                  "with --yuv: the layers that CompressAI-Vision or FCTM packed, NAME=CxHxW,..")
      ->delimiter(',');
}

Result<std::optional<std::vector<LayerSpec>>> GivenLayers(const YuvOptions& options, PackedPicture* picture) {
  using Layers = std::optional<std::vector<LayerSpec>>;
  if (!options.tiles.empty() && !options.tensors.empty()) {
    return Usage("tiles and tensors are given", "--tiles, --tensors", "give one of them");
  }
  if (options.tiles.empty() && options.tensors.empty()) return Layers();
  if (!options.tiles.empty()) {
    const std::vector<int> size = NumbersOf(options.tiles, 2);
    if (size.empty()) return Usage("'" + options.tiles + "' is no size of tiles", "--tiles", kTilesForm);
    FSC_ASSIGN_OR_RETURN(const LayerSpec layer, LayerOfGrid(*picture, size[1], size[0]));
    return Layers({layer});
  }
  picture->packing = PackedPicture::Packing::kMpeg;
  std::vector<LayerSpec> layers;
  for (const std::string& text : options.tensors) {
    const size_t equals = text.find('=');
    const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
    const std::vector<int> shape = NumbersOf(equals == std::string::npos ? text : text.substr(equals + 1), 3);
    if (shape.empty() || (name.empty() && options.tensors.size() > 1)) {
      return Usage("'" + text + "' is no tensor", "--tensors", kTensorsForm);
    }
    LayerSpec& layer = layers.emplace_back();
    layer.name = name.empty() ? "features" : name;
    layer.channels = shape[0];
    layer.height_cells = shape[1];
    layer.width_cells = shape[2];
  }
  return Layers(std::move(layers));
}

Result<std::optional<TileSize>> SearchGrid(const NextPicture& next, int width_px, int height_px) {
  GridFinder finder(width_px, height_px);
  for (int i = 0; i < kSearchedPictures; ++i) {
    FSC_ASSIGN_OR_RETURN(const auto samples, next());
    if (!samples) break;
    finder.Add(samples->view());
  }
  return finder.Find();
}

Result<YuvTensors> OpenYuvTensors(const std::string& path, const YuvOptions& options) {
  if (options.format.empty()) {
    return Usage("nothing says what the raw pictures are", path, "give --yuv WIDTHxHEIGHT:FORMAT");
  }
  FSC_ASSIGN_OR_RETURN(PackedPicture picture, ParseYuvFormat(options.format));
  FSC_ASSIGN_OR_RETURN(YuvReader reader, YuvReader::Open(path, picture));
  Warnings warnings;
  FSC_ASSIGN_OR_RETURN(const std::vector<LayerSpec> layers, LayersOf(options, &reader, &picture, &warnings));
  FSC_ASSIGN_OR_RETURN(PicturePacking packing, PicturePacking::Create(picture, layers, Limits{}));
  FSC_ASSIGN_OR_RETURN(auto first, reader.Next());
  if (!first) return BadInput("there is no picture", path);
  packing.TakeFill(std::as_const(*first).view());
  if (reader.frames()) {
    FSC_RETURN_IF_ERROR(reader.SeekToFrame(0));
    first.reset();
  }
  YuvTensors result;
  result.picture = packing.picture();
  result.source =
      std::make_unique<YuvSource>(std::move(reader), std::move(packing), std::move(warnings), std::move(first));
  return result;
}

Result<std::unique_ptr<TensorSink>> CreateYuvFile(const std::string& path, const PackedPicture& picture,
                                                  const std::vector<LayerSpec>& layers) {
  auto packing = PicturePacking::Create(picture, layers, Limits{});
  if (!packing.ok()) return BadInput(packing.error().what, path, "the stream does not say truly what it is of");
  FSC_ASSIGN_OR_RETURN(YuvWriter writer, YuvWriter::Create(path, picture));
  return std::unique_ptr<TensorSink>(std::make_unique<YuvSink>(std::move(writer), std::move(*packing)));
}

bool HasYuvName(const std::string& path) {
  constexpr std::string_view kEnding = ".yuv";
  if (path.size() < kEnding.size()) return false;
  return std::ranges::equal(path.substr(path.size() - kEnding.size()), kEnding,
                            [](unsigned char a, char b) { return char(std::tolower(a)) == b; });
}

}  // namespace fsc::tools
