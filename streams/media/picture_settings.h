// picture_settings.h: what each encoder is told for a PictureCodecConfig. Internal to streams/.
//
// Common to all: constant QP, closed GOPs of exactly gop_frames that begin with an IDR picture, parameter sets in-band
// at every key picture (streams can be cut and joined there), full range. The bytes do not depend on `threads`:
//  - x265: one frame at a time (frame-threads=1); the pool works on the CTU rows of wavefront coding, which is always
//  on. The
//    pool has 11 threads at most: from 12 the lookahead searches in batches, which may choose otherwise.
//  - x264: one thread, always. Its frame threads limit the motion range by their number, its slice threads cut the
//  picture.
//    A caller who wants them all the same passes the option threads=N, and gets other bytes.
//  - SVT-AV1: its own promise that `lp` does not change the bytes. FFV1: four slices, always.
#ifndef FSC_STREAMS_MEDIA_PICTURE_SETTINGS_H_
#define FSC_STREAMS_MEDIA_PICTURE_SETTINGS_H_

#include <map>
#include <string>
#include <vector>

#include "fsc/status.h"
#include "streams/media/picture_modes.h"
#include "streams/picture_codec.h"

struct AVCodecContext;

namespace fsc {

// Checks what can be checked before the encoder is opened: QP, preset, options that would break the contract. kUsage.
Status CheckSettings(const PictureCodecConfig& config, const PictureMode& mode);

// Fills `context` (allocated for mode.encoder, not open yet). kUsage when an option has no place.
Status ApplySettings(const PictureCodecConfig& config, const PictureMode& mode, AVCodecContext* context);

// Whether a picture that is asked to be a key picture (AVFrame::pict_type) becomes one, and the GOP starts anew there.
bool ObeysKeyRequests(const PictureMode& mode);

// The first of the encoder's `log_lines` that says that an option was unknown or had a bad value, as an error.
// libavcodec's wrappers of x264, x265 and SVT-AV1 only warn about those.
Status CheckOptionWarnings(const PictureMode& mode, const std::vector<std::string>& log_lines);

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_PICTURE_SETTINGS_H_
