// decoder.h: the library's front door for reading: a .fsc stream in, feature frames out.
#ifndef FSC_CODEC_DECODER_H_
#define FSC_CODEC_DECODER_H_

#include <deque>
#include <memory>
#include <optional>

#include "codec/mode.h"
#include "codec/profile/profile.h"
#include "core/limits.h"
#include "core/thread_pool.h"
#include "streams/byte_io.h"
#include "streams/container_reader.h"

namespace fsc {

class FeatureDecoder {
 public:
  // Reads the header. `source` is borrowed and must outlive the decoder. kBadInput for what is not a .fsc stream, is
  // damaged, exceeds `limits`, or needs a mode that this build does not have. `profile`, borrowed for the call, is for
  // streams that name theirs by hash; kUsage when it is missing or another one.
  static Result<std::unique_ptr<FeatureDecoder>> Open(ByteSource* source, const Limits& limits = {}, int threads = 1,
                                                      const Profile* profile = nullptr);
  ~FeatureDecoder();

  const StreamHeader& header() const { return reader_->header(); }
  // The layers that the mode codes: the reduced ones where there is a profile, else the header's.
  const std::vector<LayerSpec>& coded_layers() const { return coded_layers_; }
  // Time spent in the profile's restorers so far; part of what Next() took.
  double restore_seconds() const { return restore_s_; }

  // The next frame in display order; nullopt at the end. After damage, every whole frame before it comes first, then
  // the error.
  Result<std::optional<DecodedFrame>> Next();
  // Gives the memory of a frame from Next() back for later ones. Optional: for large frames, fresh memory from the
  // operating system costs more time than decoding into it (bench/bench_quantize_tile.cc).
  void Recycle(DecodedFrame frame) {
    if (parts_.empty()) mode_->Recycle(std::move(frame.frame));
  }
  // Asks for DecodedFrame::analysis (of the reduced layers where there is a profile); before the first Next(). kUsage
  // where the mode has none.
  Status Analyse() { return mode_->Analyse(); }
  // The next frame that Next() gives. Needs a source that can seek. kUsage when the stream has no such frame.
  Status SeekToFrame(int64_t frame_number);

 private:
  FeatureDecoder() = default;
  Status DecodePacket(Packet packet, std::vector<DecodedFrame>* decoded);
  Status Configure(std::span<const uint8_t> mode_config);
  void DecodeMore();  // the next packet, or the end, into `ready_`, `ended_`, `damage_`

  void Restore(DecodedFrame* frame);  // where there is a profile

  std::unique_ptr<ContainerReader> reader_;
  std::vector<ReducedPart> parts_;  // of the profile; empty = none
  std::vector<LayerSpec> coded_layers_;
  std::unique_ptr<ThreadPool> pool_;  // for the profile; null = one thread
  double restore_s_ = 0;
  std::unique_ptr<ModeDecoder> mode_;
  std::vector<uint8_t> mode_config_;  // what `mode_` goes by
  std::deque<DecodedFrame> ready_;
  int64_t skip_before_ = 0;  // frames before it are decoded for reference only, after a seek
  bool ended_ = false;
  Status damage_;  // kept until the frames before it are given out
};

}  // namespace fsc

#endif  // FSC_CODEC_DECODER_H_
