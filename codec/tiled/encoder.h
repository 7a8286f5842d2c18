// encoder.h: the tiled modes: features quantised, tiled into one picture a frame, coded by an ordinary picture
// codec.
//
// A packet = [side information: ranges, codec/tiled/range_syntax.h; outliers, codec/tiled/outliers.h] + coded picture.
// Ranges sent with frame n hold from frame n on, in display order, until the next ones:
//   RangeUpdate::kFrame        with every frame
//   RangeUpdate::kIntraPeriod  with the first frame of every intra period, and with a frame that those in force do not
//                              suit (codec/tiled/range_follower.h): an intra period begins there too, where the codec
//                              can be told so
//   RangeScope::kElement       with frame 0 and frames that they do not suit, measured over kElementFrames frames from
//                              there on, which are held back for it
// A packet is a random-access point where its picture is a key picture and it carries ranges.
#ifndef FSC_CODEC_TILED_ENCODER_H_
#define FSC_CODEC_TILED_ENCODER_H_

#include <memory>
#include <span>

#include "codec/mode.h"
#include "fsc/encoder_config.h"
#include "fsc/limits.h"

namespace fsc {

// Frames over which element ranges are measured (fewer in a shorter stream). Bounds what the encoder holds.
inline constexpr int kElementFrames = 8;

// kUsage for a setting that the mode cannot take.
Result<std::unique_ptr<ModeEncoder>> CreateTiledEncoder(const EncoderConfig& config, std::span<const LayerSpec> layers,
                                                        TimeBase time_base, TimeBase frame_rate, const Limits& limits);

}  // namespace fsc

#endif  // FSC_CODEC_TILED_ENCODER_H_
