#include "tools/vtm/reconstruction.h"

#include <utility>

namespace fsc::tools {

Result<std::unique_ptr<Reconstruction>> Reconstruction::Create(const std::string& path, int bits,
                                                               const StreamHeader& header,
                                                               const PicturePacking& packing, int threads) {
  FSC_ASSIGN_OR_RETURN(auto decoder, PacketDecoder::Create(header, {.threads = threads}));
  FSC_ASSIGN_OR_RETURN(PicturePacking again, PicturePacking::Create(packing.picture(), packing.layers(), Limits{}));
  FSC_ASSIGN_OR_RETURN(PictureOutput output, PictureOutput::Create(path, std::move(again), bits));
  return std::unique_ptr<Reconstruction>(
      new Reconstruction(std::move(decoder), std::move(output), packing.picture().bits));
}

Status Reconstruction::Take(const Packet& packet) {
  FSC_RETURN_IF_ERROR(decoder_->Push(packet, &frames_));
  return WriteReady();
}

Status Reconstruction::Finish() {
  FSC_RETURN_IF_ERROR(decoder_->Flush(&frames_));
  FSC_RETURN_IF_ERROR(WriteReady());
  if (!originals_.empty()) return Internal("not every picture came back from the decoder");
  return {};
}

Status Reconstruction::WriteReady() {
  for (DecodedFrame& decoded : frames_) {
    if (originals_.empty()) return Internal("the decoder gives more pictures than there were");
    FSC_ASSIGN_OR_RETURN(const auto samples, output_.Write(decoded.frame));
    psnr_.Add(std::as_const(originals_.front()).view(), samples);
    originals_.pop_front();
    decoder_->Recycle(std::move(decoded));
  }
  frames_.clear();
  return {};
}

}  // namespace fsc::tools
