// Reading .npy and .npz files, frame by frame. Each layer has a cursor of its own into the file.
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <functional>
#include <set>

#include "streams/gzip_source.h"
#include "streams/npy_array.h"
#include "streams/still_list.h"
#include "streams/tensor_file.h"
#include "streams/zip_entry.h"

namespace fsc {
namespace {

constexpr char kTensorKinds[] = "give a .npy or .npz file that NumPy wrote";
constexpr char kChoose[] = "or choose the arrays that are layers";
constexpr std::string_view kExtension = ".npy";
constexpr int kMostArrays = 65536;  // of an archive, frames of their own and such as are no layer included

using OpenResult = Result<std::unique_ptr<TensorSource>>;

// What may stand behind the last frame of an array, where the size of the source does not say it.
enum class After { kKnown, kNothing, kMoreArrays };

class FileTensorSource : public TensorSource {
 public:
  FileTensorSource(std::vector<LayerSpec> layers, std::vector<NpyArray> arrays, After after, const Limits& limits)
      : layers_(std::move(layers)), arrays_(std::move(arrays)), after_(after), limits_(limits) {}

  const std::vector<LayerSpec>& layers() const override { return layers_; }
  int64_t frames() const override { return arrays_.front().frames_so_far(); }
  bool is_open_ended() const override { return after_ == After::kMoreArrays; }
  Warnings warnings() const override {
    Warnings warnings;
    for (const NpyArray& array : arrays_) {
      if (array.rounded_values() == 0) continue;
      warnings.Add({"rounded-values", "values that float32 does not hold were rounded", array.name(), "",
                    array.rounded_values()});
    }
    return warnings;
  }

  Result<std::optional<FeatureFrame>> Next() override {
    if (next_ >= frames()) {
      if (!is_open_ended()) return std::optional<FeatureFrame>();
      FSC_ASSIGN_OR_RETURN(const bool more, arrays_.front().OpenNext(limits_));
      if (!more) return std::optional<FeatureFrame>();
    }
    FeatureFrame frame;
    frame.timestamp_ticks = next_;
    for (size_t i = 0; i < layers_.size(); ++i) {
      Tensor tensor(layers_[i].channels, layers_[i].height_cells, layers_[i].width_cells);
      FSC_RETURN_IF_ERROR(arrays_[i].Read(tensor.values()));
      frame.layers.push_back(std::move(tensor));
    }
    ++next_;
    if (after_ == After::kNothing && next_ == frames()) FSC_RETURN_IF_ERROR(arrays_.front().CheckEnd());
    return std::optional<FeatureFrame>(std::move(frame));
  }

  Status SeekToFrame(int64_t frame_number) override {
    if (frame_number < 0 || frame_number > frames()) {
      return Usage("no frame " + std::to_string(frame_number), arrays_.front().name(),
                   "there are " + std::to_string(frames()));
    }
    for (NpyArray& array : arrays_) FSC_RETURN_IF_ERROR(array.SeekToFrame(frame_number));
    next_ = frame_number;
    return {};
  }

 private:
  std::vector<LayerSpec> layers_;
  std::vector<NpyArray> arrays_;
  After after_;
  Limits limits_;
  int64_t next_ = 0;
};

// A frame from each of several sources: the files of a folder or pattern, the arrays of an archive.
class SequenceTensorSource : public TensorSource {
 public:
  struct Frame {
    std::string name;
    std::function<OpenResult()> open;  // with one frame
  };
  SequenceTensorSource(std::vector<Frame> frames, std::vector<LayerSpec> layers)
      : frames_(std::move(frames)), layers_(std::move(layers)) {}

  // The layers are those of the first frame.
  static OpenResult Open(std::vector<Frame> frames) {
    FSC_ASSIGN_OR_RETURN(const auto first, frames.front().open());
    return std::unique_ptr<TensorSource>(new SequenceTensorSource(std::move(frames), first->layers()));
  }

  const std::vector<LayerSpec>& layers() const override { return layers_; }
  int64_t frames() const override { return int64_t(frames_.size()); }
  Warnings warnings() const override { return warnings_; }

  Result<std::optional<FeatureFrame>> Next() override {
    if (next_ >= frames()) return std::optional<FeatureFrame>();
    FSC_ASSIGN_OR_RETURN(const auto source, frames_[size_t(next_)].open());
    if (source->layers() != layers_) {
      return BadInput("the arrays have another shape than those of the frame before", frames_[size_t(next_)].name,
                      "all frames must be alike");
    }
    FSC_ASSIGN_OR_RETURN(auto frame, source->Next());
    if (frame) frame->timestamp_ticks = next_++;
    warnings_.Add(source->warnings());
    return frame;
  }

  Status SeekToFrame(int64_t frame_number) override {
    if (frame_number < 0 || frame_number > frames()) {
      return Usage("no frame " + std::to_string(frame_number), frames_.front().name,
                   "there are " + std::to_string(frames()));
    }
    next_ = frame_number;
    return {};
  }

 private:
  std::vector<Frame> frames_;
  std::vector<LayerSpec> layers_;
  Warnings warnings_;
  int64_t next_ = 0;
};

LayerSpec SpecOf(const NpyHeader& header, std::string name) {
  LayerSpec layer;
  layer.name = std::move(name);
  layer.channels = header.channels;
  layer.height_cells = header.height_cells;
  layer.width_cells = header.width_cells;
  return layer;
}

OpenResult OpenNpy(std::unique_ptr<ByteSource> source, const Limits& limits, bool one_frame,
                   After after = After::kKnown) {
  FSC_ASSIGN_OR_RETURN(NpyArray array, NpyArray::Open(std::move(source), limits, one_frame));
  std::vector<LayerSpec> layers = {SpecOf(array.header(), "features")};
  std::vector<NpyArray> arrays;
  arrays.push_back(std::move(array));
  return std::unique_ptr<TensorSource>(new FileTensorSource(std::move(layers), std::move(arrays), after, limits));
}

std::string LayerNameOf(const ZipEntry& entry) {
  return entry.name.substr(0, entry.name.size() - kExtension.size());
}

Result<std::unique_ptr<ByteSource>> OpenEntry(const std::string& path, const ZipEntry& entry) {
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, OpenSource(path));
  return OpenZipEntry(std::move(file), entry);
}

// Those that were asked for, in that order; all where none was.
Result<std::vector<ZipEntry>> ChosenEntries(std::vector<ZipEntry> entries, const std::string& path,
                                            const std::vector<std::string>& chosen) {
  std::set<std::string> names;
  std::string list;
  for (const ZipEntry& entry : entries) {
    if (!entry.name.ends_with(kExtension)) {
      if (!chosen.empty()) continue;
      return BadInput("the archive holds '" + entry.name + "', which is no array", path, "write it with numpy.savez");
    }
    const std::string name = LayerNameOf(entry);
    if (!names.insert(name).second) {
      return BadInput("the archive holds '" + name + "' twice", path, "give each layer its name");
    }
    list += (list.empty() ? "" : ", ") + name;
  }
  if (chosen.empty()) return entries;
  std::vector<ZipEntry> result;
  for (const std::string& name : chosen) {
    const auto found = std::ranges::find(entries, name + std::string(kExtension), &ZipEntry::name);
    if (found == entries.end()) return Usage("no array '" + name + "'", path, "the archive has " + list);
    result.push_back(*found);
  }
  return result;
}

// Arrays [C, H, W] of one shape, whose names differ by a number alone: one a frame, as numpy.savez(f, *frames) writes.
bool AreFrames(const std::string& path, const std::vector<ZipEntry>& entries) {
  const auto stem = [](std::string name) {
    std::erase_if(name, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
    return name;
  };
  if (entries.size() < 2) return false;
  for (const ZipEntry& entry : entries) {
    if (stem(entry.name) != stem(entries[0].name)) return false;
  }
  auto first = OpenEntry(path, entries[0]);
  return first.ok() && NpyAxes(first->get()) == 3;
}

OpenResult OpenFrames(const std::string& path, std::vector<ZipEntry> entries, const Limits& limits) {
  std::ranges::sort(entries, NaturalLess, &ZipEntry::name);
  std::vector<SequenceTensorSource::Frame> frames;
  for (const ZipEntry& entry : entries) {
    frames.push_back({path + ", entry '" + entry.name + "'", [path, entry, limits]() -> OpenResult {
                        FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenEntry(path, entry));
                        return OpenNpy(std::move(source), limits, true);
                      }});
  }
  return SequenceTensorSource::Open(std::move(frames));
}

OpenResult OpenNpz(std::unique_ptr<ByteSource> archive, const std::string& path, const Limits& limits,
                   const std::vector<std::string>& chosen, bool one_frame) {
  FSC_ASSIGN_OR_RETURN(std::vector<ZipEntry> entries, ReadZipDirectory(archive.get(), kMostArrays));
  if (entries.empty()) return BadInput("the archive is empty", path, kTensorKinds);
  FSC_ASSIGN_OR_RETURN(entries, ChosenEntries(std::move(entries), path, chosen));
  if (!one_frame && chosen.empty() && AreFrames(path, entries)) return OpenFrames(path, std::move(entries), limits);
  if (entries.size() > size_t(limits.max_layers)) {
    return BadInput(std::to_string(entries.size()) + " arrays in the archive", path,
                    "at most " + std::to_string(limits.max_layers) + " layers are read: choose some");
  }
  std::vector<LayerSpec> layers;
  std::vector<NpyArray> arrays;
  for (const ZipEntry& entry : entries) {
    FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenEntry(path, entry));
    auto array = NpyArray::Open(std::move(source), limits, one_frame);
    if (!array.ok()) {
      Error error = array.TakeStatus().TakeError();
      if (entries.size() > 1) error.advice += (error.advice.empty() ? "" : ", ") + std::string(kChoose);
      return error;
    }
    const std::string name = LayerNameOf(entry);
    layers.push_back(SpecOf(array->header(), name));
    if (!arrays.empty() && array->header().frames != arrays.front().header().frames) {
      return BadInput("layer '" + name + "' has " + std::to_string(array->header().frames) + " frames and '" +
                          layers.front().name + "' has " + std::to_string(arrays.front().header().frames),
                      path, "all layers must have the same first axis");
    }
    arrays.push_back(std::move(*array));
  }
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, path));
  return std::unique_ptr<TensorSource>(
      new FileTensorSource(std::move(layers), std::move(arrays), After::kKnown, limits));
}

OpenResult OpenFile(const std::string& path, const Limits& limits, const std::vector<std::string>& chosen,
                    bool one_frame) {
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenSource(path));
  const auto only_array = [&](std::unique_ptr<ByteSource> npy, After after) -> OpenResult {
    if (!chosen.empty()) return Usage("layers are chosen of a single array", path, "only a .npz archive has several");
    return OpenNpy(std::move(npy), limits, one_frame, after);
  };
  // A pipe cannot be an archive: the directory is last.
  if (!source->size_bytes()) return only_array(std::move(source), one_frame ? After::kKnown : After::kMoreArrays);
  std::array<uint8_t, 4> front{};
  FSC_ASSIGN_OR_RETURN(const size_t count, source->Read(front));
  FSC_RETURN_IF_ERROR(source->Seek(0));
  if (count == 0) return BadInput("the file is empty", path, kTensorKinds);
  if (IsGzip(front[0], front[1])) {
    FSC_ASSIGN_OR_RETURN(source, OpenGzip(std::move(source)));
    return only_array(std::move(source), After::kNothing);
  }
  if (front[0] == 0x93) return only_array(std::move(source), After::kKnown);
  if (front[0] == 'P' && front[1] == 'K') {
    // Each layer opens the archive again; a file on standard input has one position for all who read it there.
    return OpenNpz(std::move(source), path == "-" ? "/dev/stdin" : path, limits, chosen, one_frame);
  }
  return BadInput("neither a .npy nor a .npz file", path, kTensorKinds);
}

}  // namespace

bool IsTensorFolder(const std::string& path) {
  return !ListTensorFiles(path).empty() && !ListStills(path).ok();
}

Result<std::unique_ptr<TensorSource>> OpenTensorFile(const std::string& path, const Limits& limits,
                                                     const std::vector<std::string>& layers) {
  std::error_code error;
  std::vector<std::string> files;
  if (std::filesystem::is_directory(path, error)) {
    files = ListTensorFiles(path);
    if (files.empty()) return BadInput("the folder holds no tensors", path, kTensorKinds);
  } else if (!std::filesystem::exists(path, error) && IsPattern(path)) {
    FSC_ASSIGN_OR_RETURN(files, ListPattern(path));
  } else if (!std::filesystem::exists(path, error) && IsShellPattern(path)) {
    files = ListTensorPattern(path);
    if (files.empty()) return BadInput("no tensor file matches", path, kTensorKinds);
  } else {
    return OpenFile(path, limits, layers, false);
  }
  std::vector<SequenceTensorSource::Frame> frames;
  for (const std::string& file : files) {
    frames.push_back({file, [file, limits, layers] { return OpenFile(file, limits, layers, true); }});
  }
  return SequenceTensorSource::Open(std::move(frames));
}

}  // namespace fsc
