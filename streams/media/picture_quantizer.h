// picture_quantizer.h: how each encoder is told a QP, which QPs it takes, and what error one leads to. Internal to
// streams/; what the codec may ask is in streams/picture_codec.h.
//
// An encoder either obeys the QP or is refused: one that is known by its name alone, and whose handle for a constant
// quantiser fsc does not know, needs options that choose its rate (ChoosesRate()).
#ifndef FSC_STREAMS_MEDIA_PICTURE_QUANTIZER_H_
#define FSC_STREAMS_MEDIA_PICTURE_QUANTIZER_H_

#include <string>

#include "fsc/status.h"
#include "streams/media/picture_modes.h"
#include "streams/picture_codec.h"

struct AVCodecContext;

namespace fsc {

// The handle of an encoder for a constant quantiser.
enum class QuantizerHandle {
  kNone,       // lossless: there is nothing to tell
  kUnknown,    // lossy, and fsc does not know how
  kParameter,  // "qp" of x265's, x264's and SVT-AV1's own options
  kCrf,        // "crf" without a bit rate, between equal bounds: libvpx and libaom
  kQpOption,   // option "qp": rav1e
  kScale,      // the quantiser scale of libavcodec's own encoders, 1..31
  kRatio,      // OpenJPEG's compression ratio
};

QuantizerHandle HandleOf(const PictureMode& mode);

// kUsage when the QP is outside what the mode takes, when the encoder has no handle that fsc knows, or when options
// would choose the rate of a lossless mode.
Status CheckQp(const PictureCodecConfig& config, const PictureMode& mode);

// Tells an encoder with handle kCrf, kQpOption, kScale or kRatio its QP.
Status ApplyQp(const PictureCodecConfig& config, const PictureMode& mode, AVCodecContext* context);

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_PICTURE_QUANTIZER_H_
