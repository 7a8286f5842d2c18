// reconstruction.h: what a decoder will make of packets, while they are made.
#ifndef FSC_TOOLS_VTM_RECONSTRUCTION_H_
#define FSC_TOOLS_VTM_RECONSTRUCTION_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "fsc/packet_decoder.h"
#include "fsc/plane.h"
#include "fsc/status.h"
#include "tiling/picture_packing.h"
#include "tools/vtm/picture_output.h"

namespace fsc::tools {

// Decodes packets, writes their pictures, and compares these with the pictures that the packets were made of.
class Reconstruction {
 public:
  // `path`: empty = nothing is written. `bits`: of the samples that are written.
  static Result<std::unique_ptr<Reconstruction>> Create(const std::string& path, int bits, const StreamHeader& header,
                                                        const PicturePacking& packing, int threads);

  // The next picture, before its packet comes.
  void Expect(Plane<uint16_t> original) { originals_.push_back(std::move(original)); }
  // In decoding order.
  Status Take(const Packet& packet);
  // After the last packet. kInternal where the pictures were not as many as were expected.
  Status Finish();
  Status Commit() { return output_.Commit(); }

  // PictureOutput::Md5.
  Result<std::string> Md5() { return output_.Md5(); }
  double psnr_db() const { return psnr_.mean_db(); }

 private:
  Reconstruction(std::unique_ptr<PacketDecoder> decoder, PictureOutput output, int bits)
      : decoder_(std::move(decoder)), output_(std::move(output)), psnr_(bits) {}
  Status WriteReady();

  std::unique_ptr<PacketDecoder> decoder_;
  PictureOutput output_;
  std::deque<Plane<uint16_t>> originals_;  // of the frames that are still to come
  std::vector<DecodedFrame> frames_;       // that are ready
  LumaPsnr psnr_;
};

}  // namespace fsc::tools

#endif  // FSC_TOOLS_VTM_RECONSTRUCTION_H_
