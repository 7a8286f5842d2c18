#include "tools/vtm/picture_output.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "fsc/byte_io.h"
#include "tools/vtm/picture_source.h"

namespace fsc::tools {
namespace {

constexpr double kPsnrOfEqualDb = 999.99;  // VTM's word for infinity

// Bytes on their way to a file, if there is one, past a digest.
class HashedSink : public ByteSink {
 public:
  HashedSink(std::unique_ptr<ByteSink> file, Md5Digest* digest) : file_(std::move(file)), digest_(digest) {}
  Status Write(std::span<const uint8_t> bytes) override {
    digest_->Update(bytes);
    return file_ != nullptr ? file_->Write(bytes) : Status();
  }
  Status Commit() override { return file_ != nullptr ? file_->Commit() : Status(); }
  const std::string& name() const override { return file_ != nullptr ? file_->name() : nowhere_; }

 private:
  std::unique_ptr<ByteSink> file_;
  Md5Digest* digest_;
  std::string nowhere_ = "nowhere";
};

}  // namespace

PictureOutput::PictureOutput(YuvWriter writer, std::unique_ptr<Md5Digest> digest, PicturePacking packing, int bits)
    : writer_(std::move(writer)),
      digest_(std::move(digest)),
      packing_(std::move(packing)),
      bits_(bits),
      samples_(packing_.picture().width_px, packing_.picture().height_px) {}

Result<PictureOutput> PictureOutput::Create(const std::string& path, PicturePacking packing, int bits) {
  std::unique_ptr<ByteSink> file;
  if (!path.empty()) {
    FSC_ASSIGN_OR_RETURN(file, OpenSink(path));
  }
  auto digest = std::make_unique<Md5Digest>();
  PackedPicture format = packing.picture();
  format.bits = bits;
  YuvWriter writer(std::make_unique<HashedSink>(std::move(file), digest.get()), format);
  return PictureOutput(std::move(writer), std::move(digest), std::move(packing), bits);
}

Result<PlaneView<const uint16_t>> PictureOutput::Write(const FeatureFrame& frame) {
  packing_.Pack(frame, samples_.view());
  if (bits_ == packing_.picture().bits) {
    FSC_RETURN_IF_ERROR(writer_.Write(std::as_const(samples_).view()));
  } else {
    Plane<uint16_t> shifted = samples_.Clone();
    ChangeDepth(packing_.picture().bits, bits_, shifted.view());
    FSC_RETURN_IF_ERROR(writer_.Write(std::as_const(shifted).view()));
  }
  return std::as_const(samples_).view();
}

Status PictureOutput::Commit() {
  return writer_.Commit();
}

Result<std::string> PictureOutput::Md5() {
  FSC_ASSIGN_OR_RETURN(const fsc::Md5 digest, digest_->Finish());
  return HexText(digest);
}

void LumaPsnr::Add(PlaneView<const uint16_t> original, PlaneView<const uint16_t> decoded) {
  double squares = 0;
  for (int y = 0; y < original.height; ++y) {
    for (int x = 0; x < original.width; ++x) {
      const double error = double(original.row(y)[x]) - decoded.row(y)[x];
      squares += error * error;
    }
  }
  const double samples = double(original.width) * original.height;
  sum_db_ +=
      squares > 0 ? std::min(10 * std::log10(peak_ * peak_ * samples / squares), kPsnrOfEqualDb) : kPsnrOfEqualDb;
  ++frames_;
}

}  // namespace fsc::tools
