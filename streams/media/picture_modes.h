// picture_modes.h: what each picture mode is in libavcodec: encoder, decoder, and the sample format for each bit depth.
//
// Internal to streams/: the format numbers are libav's AVPixelFormat, the codecs its AVCodec.
#ifndef FSC_STREAMS_MEDIA_PICTURE_MODES_H_
#define FSC_STREAMS_MEDIA_PICTURE_MODES_H_

#include <string>
#include <vector>

#include "fsc/status.h"

struct AVCodec;

namespace fsc {

// Which set of settings an encoder understands.
enum class EncoderFamily { kX265, kX264, kSvtAv1, kFfv1, kJpeg, kJpeg2000, kPng, kOther };

struct PictureFormat {
  int bits = 0;           // of the samples that fsc gives
  int pixel_format = -1;  // AVPixelFormat
  int decoded_bits =
      0;  // depth of the format that the decoder gives: 16 where 10 or 12 bits are kept in a 16-bit format
  int decoded_shift = 0;  // how far up the decoder puts the samples in it
};

struct PictureMode {
  std::string name;
  EncoderFamily family = EncoderFamily::kOther;
  const AVCodec* encoder = nullptr;  // null where this libavcodec has none
  const AVCodec* decoder = nullptr;  // null where this libavcodec has none
  bool lossless = false;
  std::vector<PictureFormat> formats;  // that the encoder offers, by bits
};

// kUsage when neither the table nor libavcodec knows `name`.
Result<PictureMode> FindPictureMode(const std::string& name);

// The format for `bits`; kUsage, saying which depths the mode takes, when there is none.
Result<PictureFormat> FormatFor(const PictureMode& mode, int bits);

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_PICTURE_MODES_H_
