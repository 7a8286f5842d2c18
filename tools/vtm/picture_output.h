// picture_output.h: decoded frames as the raw pictures that they came from: written, hashed, compared.
#ifndef FSC_TOOLS_VTM_PICTURE_OUTPUT_H_
#define FSC_TOOLS_VTM_PICTURE_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "fsc/feature_frame.h"
#include "fsc/plane.h"
#include "fsc/status.h"
#include "streams/digest.h"
#include "streams/yuv_file.h"
#include "tiling/picture_packing.h"

namespace fsc::tools {

class PictureOutput {
 public:
  // `path`: empty = nothing is written, "-" = standard output. `bits`: of the samples that are written, 8..16.
  static Result<PictureOutput> Create(const std::string& path, PicturePacking packing, int bits);

  // Packs and writes one frame. Gives its samples at the packing's depth, good until the next call.
  Result<PlaneView<const uint16_t>> Write(const FeatureFrame& frame);
  Status Commit();
  // Of all bytes that were written, or would have been: what md5sum says of the file. Once, last.
  Result<std::string> Md5();

 private:
  PictureOutput(YuvWriter writer, std::unique_ptr<Md5Digest> digest, PicturePacking packing, int bits);

  YuvWriter writer_;
  std::unique_ptr<Md5Digest> digest_;
  PicturePacking packing_;
  int bits_;
  Plane<uint16_t> samples_;
};

// As VTM's encoder prints it: the mean over frames, the peak being 255 at 8 bits, 1020 at 10, ...
class LumaPsnr {
 public:
  explicit LumaPsnr(int bits) : peak_(double(255 << (bits - 8))) {}
  void Add(PlaneView<const uint16_t> original, PlaneView<const uint16_t> decoded);
  double mean_db() const { return frames_ > 0 ? sum_db_ / double(frames_) : 0; }

 private:
  double peak_;
  double sum_db_ = 0;
  int64_t frames_ = 0;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_PICTURE_OUTPUT_H_
