// video_address.h: which addresses of the network libav reads a video from. Internal to streams/media.
#ifndef FSC_STREAMS_MEDIA_VIDEO_ADDRESS_H_
#define FSC_STREAMS_MEDIA_VIDEO_ADDRESS_H_

#include <string>

#include "fsc/status.h"
#include "streams/media/ffmpeg_raii.h"

namespace fsc {

// An address, and no file has this name; or standard input, -.
bool IsAddress(const std::string& path);

// kUsage for an address of a kind that is none of a video, or that this libav was built without; kIo when nothing
// answers; kBadInput when no video does.
Result<UniqueInput> OpenAddress(const std::string& address);

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_VIDEO_ADDRESS_H_
