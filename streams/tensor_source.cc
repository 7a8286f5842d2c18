// Reading .npy and .npz files, frame by frame. Each layer has a cursor of its own into the file.
#include <algorithm>
#include <array>
#include <bit>
#include <filesystem>
#include <set>

#include "core/half_float.h"
#include "streams/npy_header.h"
#include "streams/still_list.h"
#include "streams/tensor_file.h"
#include "streams/zip_entry.h"

namespace fsc {
namespace {

static_assert(std::endian::native == std::endian::little, "values are read straight into memory");

constexpr char kKinds[] = "give a .npy or .npz file that NumPy wrote";

struct LayerCursor {
  std::unique_ptr<ByteSource> source;  // at the first value of the next frame
  NpyHeader header;
};

class FileTensorSource : public TensorSource {
 public:
  FileTensorSource(std::vector<LayerSpec> layers, std::vector<LayerCursor> cursors)
      : layers_(std::move(layers)), cursors_(std::move(cursors)) {}

  const std::vector<LayerSpec>& layers() const override { return layers_; }
  int64_t frames() const override { return cursors_.front().header.frames; }

  Result<std::optional<FeatureFrame>> Next() override {
    if (next_ >= frames()) return std::optional<FeatureFrame>();
    FeatureFrame frame;
    frame.timestamp_ticks = next_;
    for (size_t i = 0; i < layers_.size(); ++i) {
      Tensor tensor(layers_[i].channels, layers_[i].height_cells, layers_[i].width_cells);
      FSC_RETURN_IF_ERROR(ReadValues(cursors_[i], tensor.values()));
      frame.layers.push_back(std::move(tensor));
    }
    ++next_;
    return std::optional<FeatureFrame>(std::move(frame));
  }

  Status SeekToFrame(int64_t frame_number) override {
    if (frame_number < 0 || frame_number > frames()) {
      return Usage("no frame " + std::to_string(frame_number), cursors_.front().source->name(),
                   "there are " + std::to_string(frames()));
    }
    if (frame_number == next_) return {};
    for (LayerCursor& cursor : cursors_) {
      const NpyHeader& header = cursor.header;
      FSC_RETURN_IF_ERROR(cursor.source->Seek(header.size_bytes + uint64_t(frame_number) * header.frame_bytes()));
    }
    next_ = frame_number;
    return {};
  }

 private:
  Status ReadValues(LayerCursor& cursor, std::span<float> values) {
    const std::span<uint8_t> bytes(reinterpret_cast<uint8_t*>(values.data()), values.size_bytes());
    if (cursor.header.type == TensorType::kFloat32) return ReadExactly(cursor, bytes);
    std::array<uint16_t, 4096> halves;
    for (size_t done = 0; done < values.size();) {
      const size_t count = std::min(halves.size(), values.size() - done);
      FSC_RETURN_IF_ERROR(ReadExactly(cursor, {reinterpret_cast<uint8_t*>(halves.data()), count * sizeof(halves[0])}));
      std::transform(halves.begin(), halves.begin() + ptrdiff_t(count), values.begin() + ptrdiff_t(done),
                     FloatFromHalf);
      done += count;
    }
    return {};
  }

  Status ReadExactly(LayerCursor& cursor, std::span<uint8_t> out) {
    while (!out.empty()) {
      FSC_ASSIGN_OR_RETURN(const size_t count, cursor.source->Read(out));
      if (count == 0) {
        return BadInput("the file is cut short", cursor.source->name() + ", frame " + std::to_string(next_),
                        "copy or write it again");
      }
      out = out.subspan(count);
    }
    return {};
  }

  std::vector<LayerSpec> layers_;
  std::vector<LayerCursor> cursors_;
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

Result<std::unique_ptr<TensorSource>> OpenNpy(std::unique_ptr<ByteSource> source, const Limits& limits,
                                              bool one_frame) {
  LayerCursor cursor;
  FSC_ASSIGN_OR_RETURN(cursor.header, ReadNpyHeader(source.get(), limits, source->name(), one_frame));
  cursor.source = std::move(source);
  std::vector<LayerSpec> layers = {SpecOf(cursor.header, "features")};
  std::vector<LayerCursor> cursors;
  cursors.push_back(std::move(cursor));
  return std::unique_ptr<TensorSource>(new FileTensorSource(std::move(layers), std::move(cursors)));
}

Result<std::unique_ptr<TensorSource>> OpenNpz(std::unique_ptr<ByteSource> archive, const std::string& path,
                                              const Limits& limits, bool one_frame) {
  constexpr std::string_view kExtension = ".npy";
  FSC_ASSIGN_OR_RETURN(const std::vector<ZipEntry> entries, ReadZipDirectory(archive.get(), limits.max_layers));
  if (entries.empty()) return BadInput("the archive is empty", path, kKinds);
  std::vector<LayerSpec> layers;
  std::vector<LayerCursor> cursors;
  std::set<std::string> names;
  for (const ZipEntry& entry : entries) {
    if (!entry.name.ends_with(kExtension)) {
      return BadInput("the archive holds '" + entry.name + "', which is no array", path, "write it with numpy.savez");
    }
    const std::string name = entry.name.substr(0, entry.name.size() - kExtension.size());
    if (!names.insert(name).second)
      return BadInput("the archive holds '" + name + "' twice", path, "give each layer its name");
    LayerCursor cursor;
    FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> file, OpenSource(path));
    FSC_ASSIGN_OR_RETURN(cursor.source, OpenZipEntry(std::move(file), entry));
    FSC_ASSIGN_OR_RETURN(cursor.header, ReadNpyHeader(cursor.source.get(), limits, cursor.source->name(), one_frame));
    layers.push_back(SpecOf(cursor.header, name));
    if (!cursors.empty() && cursor.header.frames != cursors.front().header.frames) {
      return BadInput("layer '" + name + "' has " + std::to_string(cursor.header.frames) + " frames and '" +
                          layers.front().name + "' has " + std::to_string(cursors.front().header.frames),
                      path, "all layers must have the same first axis");
    }
    cursors.push_back(std::move(cursor));
  }
  FSC_RETURN_IF_ERROR(CheckLayers(layers, limits, path));
  return std::unique_ptr<TensorSource>(new FileTensorSource(std::move(layers), std::move(cursors)));
}

Result<std::unique_ptr<TensorSource>> OpenFile(const std::string& path, const Limits& limits, bool one_frame) {
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenSource(path));
  if (!source->size_bytes())
    return OpenNpy(std::move(source), limits, one_frame);  // a pipe cannot be an archive: the directory is last
  std::array<uint8_t, 4> front{};
  FSC_ASSIGN_OR_RETURN(const size_t count, source->Read(front));
  FSC_RETURN_IF_ERROR(source->Seek(0));
  if (count == 0) return BadInput("the file is empty", path, kKinds);
  if (front[0] == 0x93) return OpenNpy(std::move(source), limits, one_frame);
  if (front[0] == 'P' && front[1] == 'K') {
    // Each layer opens the archive again; a file on standard input has one position for all who read it there.
    return OpenNpz(std::move(source), path == "-" ? "/dev/stdin" : path, limits, one_frame);
  }
  return BadInput("neither a .npy nor a .npz file", path, kKinds);
}

// A folder or pattern with a file for each frame.
class FolderTensorSource : public TensorSource {
 public:
  FolderTensorSource(std::vector<std::string> files, std::vector<LayerSpec> layers, const Limits& limits)
      : files_(std::move(files)), layers_(std::move(layers)), limits_(limits) {}

  const std::vector<LayerSpec>& layers() const override { return layers_; }
  int64_t frames() const override { return int64_t(files_.size()); }

  Result<std::optional<FeatureFrame>> Next() override {
    if (next_ >= frames()) return std::optional<FeatureFrame>();
    const std::string& file = files_[size_t(next_)];
    FSC_ASSIGN_OR_RETURN(const auto source, OpenFile(file, limits_, true));
    if (source->layers() != layers_) {
      return BadInput("the arrays have another shape than those of the frame before", file,
                      "all frames of a folder must be alike");
    }
    FSC_ASSIGN_OR_RETURN(auto frame, source->Next());
    if (frame) frame->timestamp_ticks = next_++;
    return frame;
  }

  Status SeekToFrame(int64_t frame_number) override {
    if (frame_number < 0 || frame_number > frames()) {
      return Usage("no frame " + std::to_string(frame_number), files_.front(), "there are " + std::to_string(frames()));
    }
    next_ = frame_number;
    return {};
  }

 private:
  std::vector<std::string> files_;
  std::vector<LayerSpec> layers_;
  Limits limits_;
  int64_t next_ = 0;
};

}  // namespace

bool IsTensorFolder(const std::string& path) {
  return !ListTensorFiles(path).empty() && !ListStills(path).ok();
}

Result<std::unique_ptr<TensorSource>> OpenTensorFile(const std::string& path, const Limits& limits) {
  std::error_code error;
  std::vector<std::string> files;
  if (std::filesystem::is_directory(path, error)) {
    files = ListTensorFiles(path);
    if (files.empty()) return BadInput("the folder holds no tensors", path, kKinds);
  } else if (!std::filesystem::exists(path, error) && IsPattern(path)) {
    FSC_ASSIGN_OR_RETURN(files, ListPattern(path));
  } else if (!std::filesystem::exists(path, error) && IsShellPattern(path)) {
    files = ListTensorPattern(path);
    if (files.empty()) return BadInput("no tensor file matches", path, kKinds);
  } else {
    return OpenFile(path, limits, false);
  }
  FSC_ASSIGN_OR_RETURN(const auto first, OpenFile(files[0], limits, true));
  return std::unique_ptr<TensorSource>(new FolderTensorSource(std::move(files), first->layers(), limits));
}

}  // namespace fsc
