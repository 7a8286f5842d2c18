// video_file.h: the half of video_source.h that goes through libavformat and libavcodec. Internal to streams/.
//
// Colours: the YUV matrix and range that the frames are tagged with; where they are not, BT.601 and limited range,
// which is what swscale and with it OpenCV's VideoCapture assume for any size. swscale converts with the flags that
// VideoCapture uses, so that an untagged clip, or one tagged as that, gives VideoCapture's pixels: networks were
// trained on them. A rotation of the stream by quarter turns is applied.
#ifndef FSC_STREAMS_VIDEO_FILE_H_
#define FSC_STREAMS_VIDEO_FILE_H_

#include <memory>
#include <string>

#include "streams/video_source.h"

namespace fsc {

// kBadInput when it is no video, has no video stream, no decoder, or no frame.
Result<std::unique_ptr<VideoSource>> OpenVideoFile(const std::string& path, const Limits& limits, int threads);

}  // namespace fsc

#endif  // FSC_STREAMS_VIDEO_FILE_H_
