// video_file.h: the half of video_source.h that goes through libavformat and libavcodec. Internal to streams/.
//
// Time: stamps of the file are kept, and mended where they do not rise (timestamp_mender.h). Elementary streams have
// none: their frames follow each other at the frame rate that is asked for, else that of the stream, else 25.
// Orientation and colours: frame_converter.h.
#ifndef FSC_STREAMS_MEDIA_VIDEO_FILE_H_
#define FSC_STREAMS_MEDIA_VIDEO_FILE_H_

#include <memory>
#include <string>

#include "streams/video_source.h"

namespace fsc {

// `path` may be an address (video_address.h). kBadInput when it is no video, has no video stream, no decoder, or no
// frame; kUsage for a frame rate where the file has time stamps.
Result<std::unique_ptr<VideoSource>> OpenVideoFile(const std::string& path, const Limits& limits, int threads,
                                                   std::optional<TimeBase> frame_rate);

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_VIDEO_FILE_H_
