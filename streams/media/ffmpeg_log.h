// ffmpeg_log.h: what libav says, as error text instead of lines on stderr.
//
// libav logs through one callback per process. The first FfmpegLog replaces it with one that prints nothing: a message
// about a codec context whose `opaque` points at a live FfmpegLog goes there, from whatever thread; any other message
// goes to the FfmpegLog that the calling thread has in scope (FfmpegLogScope), or nowhere. Internal to streams/.
#ifndef FSC_STREAMS_MEDIA_FFMPEG_LOG_H_
#define FSC_STREAMS_MEDIA_FFMPEG_LOG_H_

#include <mutex>
#include <string>
#include <vector>

namespace fsc {

class FfmpegLog {
 public:
  FfmpegLog();
  ~FfmpegLog();
  FfmpegLog(const FfmpegLog&) = delete;
  FfmpegLog& operator=(const FfmpegLog&) = delete;

  // The last error line since the last Clear; empty when there was none. Thread-safe, as all of the class is.
  std::string LastError() const;
  // The warning and error lines since the last Clear, at most 64 of them.
  std::vector<std::string> Lines() const;
  void Clear();

  // Called by the log callback.
  void Add(bool is_error, std::string line);

 private:
  mutable std::mutex mutex_;
  std::string last_error_;
  std::vector<std::string> lines_;
};

// Sends the calling thread's messages without a codec context of ours to `log` while it lives. Scopes nest.
class FfmpegLogScope {
 public:
  explicit FfmpegLogScope(FfmpegLog* log);
  ~FfmpegLogScope();
  FfmpegLogScope(const FfmpegLogScope&) = delete;
  FfmpegLogScope& operator=(const FfmpegLogScope&) = delete;

 private:
  FfmpegLog* previous_;
};

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_FFMPEG_LOG_H_
