// picture_codec.h: single-component pictures through an ordinary video or still-picture codec (libavcodec).
//
// The bit-exact seam of the tiled modes: samples in, the codec's own bitstream out, and back. No colour conversion
// anywhere: codecs without a 4:0:0 format get neutral chroma attached, and only the luma comes back, untouched.
#ifndef FSC_STREAMS_PICTURE_CODEC_H_
#define FSC_STREAMS_PICTURE_CODEC_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/plane.h"
#include "fsc/status.h"

namespace fsc {

struct PictureCodecConfig {
  std::string mode;  // "hevc", "h264", "av1", "ffv1", "jpeg", "jpeg2000", "png", or any libavcodec encoder by name
  int width_px = 0;  // multiples of 8, at least 64
  int height_px = 0;
  int bits = 8;  // per sample: 8, 10 or 12
  // Constant QP of hevc / h264 / av1 and of encoders by name; quantiser scale of jpeg, rate factor of jpeg2000;
  // lossless modes ignore it, and so does every encoder whose `options` choose the rate (ChoosesRate).
  int qp = 32;
  std::string preset;      // of the encoder; empty = medium
  std::string tune;        // of the encoder, e.g. "psnr"; empty = none
  int gop_frames = 32;     // intra period, closed GOPs; 1 = intra only
  bool low_delay = false;  // no reordering and no lookahead: a packet leaves before the next picture comes
  int threads = 1;         // the bytes do not depend on it
  TimeBase time_base;
  TimeBase frame_rate{25, 1};  // num/den frames per second, nominal, for the encoder's headers
  std::map<std::string, std::string>
      options;  // passed to the encoder: x265-params / x264-params keys, or libavcodec options
};

struct CodedPicture {
  int64_t frame_number = 0;  // display order
  bool key = false;          // decoding can start here
  bool bidirectional = false;
  std::vector<uint8_t> bytes;
};

class PictureEncoder {
 public:
  virtual ~PictureEncoder() = default;
  // The next picture begins a closed GOP, and the count to the next one starts anew: where obeys_key_requests(). The
  // others go on as they would.
  virtual void RequestKey() = 0;
  virtual bool obeys_key_requests() const = 0;
  // Takes one picture in display order, frame numbers 0, 1, 2, ...; appends what the encoder is ready to give, in
  // decoding order.
  virtual Status Push(PlaneView<const uint16_t> picture, std::vector<CodedPicture>* out) = 0;
  // Appends all that is left. No Push after it.
  virtual Status Flush(std::vector<CodedPicture>* out) = 0;
  // What the decoder needs beside the pictures (FFV1's configuration record); empty for self-contained bitstreams.
  virtual const std::vector<uint8_t>& codec_private() const = 0;
  // Library and version, for the stream's header.
  virtual std::string description() const = 0;
};

struct DecodedPicture {
  int64_t frame_number = 0;
  Plane<uint16_t> samples;  // width_px x height_px, 0 .. 2^bits - 1
};

struct PictureDecoderConfig {
  std::string mode;
  int width_px = 0;
  int height_px = 0;
  int bits = 8;
  std::vector<uint8_t> codec_private;
  int threads = 1;
};

class PictureDecoder {
 public:
  virtual ~PictureDecoder() = default;
  // Takes one coded picture in decoding order; appends decoded pictures in display order as they become ready.
  // kBadInput when libavcodec refuses it or gives a picture of another size or format than the config's.
  virtual Status Push(std::span<const uint8_t> bytes, int64_t frame_number, std::vector<DecodedPicture>* out) = 0;
  virtual Status Flush(std::vector<DecodedPicture>* out) = 0;
  // Forgets everything before a jump to another random-access point.
  virtual void Reset() = 0;
};

// kUsage when the mode or an option is unknown, or the mode cannot take the size or the bit depth: the message says
// what it can.
Result<std::unique_ptr<PictureEncoder>> CreatePictureEncoder(const PictureCodecConfig& config);
Result<std::unique_ptr<PictureDecoder>> CreatePictureDecoder(const PictureDecoderConfig& config, const Limits& limits);

// The QPs that a mode takes at a bit depth, and the one for who asks for none. kUsage for an unknown mode.
struct QpRange {
  int min = 0;
  int max = 63;
  int usual = 32;
};
Result<QpRange> PictureQpRange(const std::string& mode, int bits);

// Whether options for an encoder choose its rate or quality (crf, bitrate, ...): the QP then has no effect.
bool ChoosesRate(const std::map<std::string, std::string>& options);

// The mean squared error that the codec makes at this QP where it has all the detail to code, in units of the squared
// full range of the samples; about. Lossless modes: that of the rounding to samples alone.
double PictureNoise(const PictureCodecConfig& config);

// kUsage for a name that neither this build nor its libavcodec knows.
Status CheckPictureMode(const std::string& mode);
// The names of the modes that this build and its libavcodec offer, the default first.
std::vector<std::string> AvailablePictureModes();

}  // namespace fsc

#endif  // FSC_STREAMS_PICTURE_CODEC_H_
