// Writing .npy and .npz files, frame by frame.
#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "core/half_float.h"
#include "streams/npy_header.h"
#include "streams/output_file.h"
#include "streams/tensor_file.h"
#include "streams/zip_writer.h"

namespace fsc {
namespace {

Status CheckShapes(const FeatureFrame& frame, const std::vector<LayerSpec>& layers, const std::string& where) {
  bool same = frame.layers.size() == layers.size();
  for (size_t i = 0; same && i < layers.size(); ++i) {
    same = frame.layers[i].channels() == layers[i].channels &&
           frame.layers[i].height_cells() == layers[i].height_cells &&
           frame.layers[i].width_cells() == layers[i].width_cells;
  }
  if (!same) return Usage("a frame of another shape than the file's", where);
  return {};
}

// Calls write(bytes) for the values as they stand in the file, in pieces.
template <class WriteBytes>
Status WriteValues(std::span<const float> values, TensorType type, WriteBytes write) {
  if (type == TensorType::kFloat32) {
    return write(std::span(reinterpret_cast<const uint8_t*>(values.data()), values.size_bytes()));
  }
  std::array<uint16_t, 32768> halves;
  for (size_t done = 0; done < values.size();) {
    const size_t count = std::min(halves.size(), values.size() - done);
    const auto piece = values.subspan(done, count);
    std::transform(piece.begin(), piece.end(), halves.begin(), HalfFromFloat);
    FSC_RETURN_IF_ERROR(write(std::span(reinterpret_cast<const uint8_t*>(halves.data()), count * sizeof(halves[0]))));
    done += count;
  }
  return {};
}

class NpySink : public TensorSink {
 public:
  NpySink(std::unique_ptr<OutputFile> out, std::vector<LayerSpec> layers, TensorType type, int64_t promised)
      : out_(std::move(out)), layers_(std::move(layers)), type_(type), promised_(promised) {}

  Status Begin() { return out_->Write(FormatNpyHeader(layers_[0], type_, std::max<int64_t>(promised_, 0))); }

  Status Write(const FeatureFrame& frame) override {
    FSC_RETURN_IF_ERROR(CheckShapes(frame, layers_, out_->name()));
    if (!out_->can_patch() && written_ >= promised_) {
      return Usage("more frames than the header says, and it is already sent", out_->name(), "write to a file");
    }
    FSC_RETURN_IF_ERROR(WriteValues(frame.layers[0].values(), type_, [&](auto bytes) { return out_->Write(bytes); }));
    ++written_;
    return {};
  }

  Status Finish() override {
    if (written_ != promised_ && !out_->can_patch()) {
      return Usage(
          std::to_string(written_) + " frames where the header, already sent, says " + std::to_string(promised_),
          out_->name(), "write to a file");
    }
    if (written_ != promised_) FSC_RETURN_IF_ERROR(out_->Patch(0, FormatNpyHeader(layers_[0], type_, written_)));
    return out_->Commit();
  }

 private:
  std::unique_ptr<OutputFile> out_;
  std::vector<LayerSpec> layers_;
  TensorType type_;
  int64_t promised_;
  int64_t written_ = 0;
};

// Each layer goes to a spool file of its own; Finish joins them, since a zip entry must be in one piece.
class NpzSink : public TensorSink {
 public:
  NpzSink(std::unique_ptr<OutputFile> out, std::vector<LayerSpec> layers, TensorType type)
      : out_(std::move(out)), layers_(std::move(layers)), type_(type) {}

  Status Begin(const std::string& path) {
    // Beside a pipe or a device there may be no place for files.
    std::string beside = path;
    if (!out_->can_patch()) {
      std::error_code missing;
      beside = (std::filesystem::temp_directory_path(missing) / "fsc").string();
      if (missing) return IoError("no folder for temporary files", path, "set TMPDIR");
    }
    for (size_t i = 0; i < layers_.size(); ++i) {
      Spool spool;
      FSC_ASSIGN_OR_RETURN(spool.file, OutputFile::CreateSpool(beside));
      spools_.push_back(std::move(spool));
    }
    return {};
  }

  Status Write(const FeatureFrame& frame) override {
    FSC_RETURN_IF_ERROR(CheckShapes(frame, layers_, out_->name()));
    for (size_t i = 0; i < layers_.size(); ++i) {
      Spool& spool = spools_[i];
      FSC_RETURN_IF_ERROR(WriteValues(frame.layers[i].values(), type_, [&](auto bytes) {
        spool.crc32 = ZipCrc32(bytes, spool.crc32);
        return spool.file->Write(bytes);
      }));
    }
    ++written_;
    return {};
  }

  Status Finish() override {
    ZipWriter zip(out_.get());
    std::vector<uint8_t> piece(size_t{1} << 18);
    for (size_t i = 0; i < layers_.size(); ++i) {
      const Spool& spool = spools_[i];
      const uint64_t values_bytes = spool.file->bytes_written();
      const std::vector<uint8_t> header = FormatNpyHeader(layers_[i], type_, written_);
      const uint32_t crc32 = ZipCrc32Join(ZipCrc32(header), spool.crc32, values_bytes);
      FSC_RETURN_IF_ERROR(zip.BeginEntry(layers_[i].name + ".npy", header.size() + values_bytes, crc32));
      FSC_RETURN_IF_ERROR(zip.Write(header));
      for (uint64_t at = 0; at < values_bytes;) {
        const auto part = std::span(piece).first(size_t(std::min<uint64_t>(piece.size(), values_bytes - at)));
        FSC_RETURN_IF_ERROR(spool.file->ReadBack(at, part));
        FSC_RETURN_IF_ERROR(zip.Write(part));
        at += part.size();
      }
      spools_[i].file.reset();  // its space is free for the next layer
    }
    FSC_RETURN_IF_ERROR(zip.Finish());
    return out_->Commit();
  }

 private:
  struct Spool {
    std::unique_ptr<OutputFile> file;
    uint32_t crc32 = 0;
  };

  std::unique_ptr<OutputFile> out_;
  std::vector<LayerSpec> layers_;
  TensorType type_;
  std::vector<Spool> spools_;
  int64_t written_ = 0;
};

}  // namespace

Result<std::unique_ptr<TensorSink>> CreateTensorFile(const std::string& path, const std::vector<LayerSpec>& layers,
                                                     TensorType type, int64_t frames) {
  if (type != TensorType::kFloat32 && type != TensorType::kFloat16) {
    return Usage("tensor files are written as float32 or float16", path);
  }
  const bool npz = path.ends_with(".npz");
  if (!npz && path != "-" && !path.ends_with(".npy")) {
    const std::string extension = std::filesystem::path(path).extension().string();
    // A device or a pipe has no extension; anything else without .npy or .npz is a slip of the hand.
    std::error_code ignored;
    if (!std::filesystem::is_other(path, ignored))
      return Usage("unknown kind of tensor file '" + extension + "'", path, "name it .npy or .npz");
  }
  Status valid = CheckLayers(layers, Limits{}, path);
  if (!valid.ok()) return Usage(valid.error().what, valid.error().where, valid.error().advice);
  if (npz) {
    std::set<std::string> names;
    for (const LayerSpec& layer : layers) {
      if (layer.name.empty() || !names.insert(layer.name).second) {
        return Usage("the layers' names are empty or not distinct", path, "each array of a .npz needs its own name");
      }
    }
    FSC_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> out, OutputFile::Create(path));
    auto sink = std::make_unique<NpzSink>(std::move(out), layers, type);
    FSC_RETURN_IF_ERROR(sink->Begin(path));
    return std::unique_ptr<TensorSink>(std::move(sink));
  }
  if (layers.size() != 1) {
    return Usage("a .npy file holds one layer, not " + std::to_string(layers.size()), path,
                 "write .npz, or choose one layer");
  }
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<OutputFile> out, OutputFile::Create(path));
  if (!out->can_patch() && frames < 0) {
    return Usage("the number of frames must be known, for the header comes first", path, "write to a .npy file");
  }
  auto sink = std::make_unique<NpySink>(std::move(out), layers, type, frames);
  FSC_RETURN_IF_ERROR(sink->Begin());
  return std::unique_ptr<TensorSink>(std::move(sink));
}

}  // namespace fsc
