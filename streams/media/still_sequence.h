// still_sequence.h: the half of video_source.h that reads stills, through OpenCV. Internal to streams/.
//
// Pixels are those of cv::imread(file, IMREAD_COLOR): turned as the picture's EXIF orientation says. One tick a still.
#ifndef FSC_STREAMS_MEDIA_STILL_SEQUENCE_H_
#define FSC_STREAMS_MEDIA_STILL_SEQUENCE_H_

#include <memory>

#include "streams/still_list.h"
#include "streams/video_source.h"

namespace fsc {

// `stills.files` must not be empty. kBadInput when the first is no picture, or is cut.
Result<std::unique_ptr<VideoSource>> OpenStills(StillList stills, TimeBase frame_rate, const Limits& limits);

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_STILL_SEQUENCE_H_
