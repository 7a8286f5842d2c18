// muxed_file.h: one coded video stream in a container file, whole or not at all. Internal to streams/.
#ifndef FSC_STREAMS_MEDIA_MUXED_FILE_H_
#define FSC_STREAMS_MEDIA_MUXED_FILE_H_

#include <memory>
#include <string>

#include "fsc/feature_frame.h"
#include "fsc/status.h"
#include "streams/media/avio_output.h"
#include "streams/media/ffmpeg_log.h"
#include "streams/media/ffmpeg_raii.h"

namespace fsc {

class MuxedFile {
 public:
  // Chooses the container by the extension of `path`. kUsage when there is none for it, or it cannot hold `codec`.
  static Result<std::unique_ptr<MuxedFile>> Create(const std::string& path, AVCodecID codec);
  ~MuxedFile();

  bool wants_global_header() const { return (format_->oformat->flags & AVFMT_GLOBALHEADER) != 0; }
  // The stream's description, to be filled before Begin. Its codec_id is set.
  AVCodecParameters* parameters() { return format_->streams[0]->codecpar; }
  // Opens the file and writes the header. `frame_rate` in frames per second: how long the last frame lasts.
  Status Begin(TimeBase time_base, TimeBase frame_rate);
  // Writes a packet whose times are in Begin's time base; takes what it refers to.
  Status Write(AVPacket* packet);
  // Completes the file and gives it its name.
  Status Finish();
  bool begun() const { return output_ != nullptr; }

 private:
  explicit MuxedFile(std::string path) : path_(std::move(path)) {}
  Error Failure(const std::string& what, int code);

  std::string path_;
  FfmpegLog log_;
  std::unique_ptr<AvioOutput> output_;  // outlives the format context, which writes through it
  AVFormatContext* format_ = nullptr;
  AVRational time_base_{1, 25};
  int64_t frame_ticks_ = 1;  // how long a frame is at the frame rate
};

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_MUXED_FILE_H_
