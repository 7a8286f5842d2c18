#include "streams/media/ffmpeg_log.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/log.h>
}

#include <cstdarg>
#include <cstring>
#include <set>

namespace fsc {
namespace {

constexpr size_t kMaxLines = 64;

thread_local FfmpegLog* current_log = nullptr;

// The live logs. A context's `opaque` is trusted only when it is one of them: the application may have contexts of its
// own.
struct Registry {
  std::mutex mutex;
  std::set<FfmpegLog*> live;
};
Registry& TheRegistry() {
  static Registry* const registry = new Registry;  // never destroyed: libav threads may log late
  return *registry;
}

void LogCallback(void* context, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_WARNING) return;
  char text[1024];
  vsnprintf(text, sizeof(text), format, arguments);
  std::string line(text);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.pop_back();
  if (line.empty()) return;
  const bool is_error = level <= AV_LOG_ERROR;
  if (context != nullptr) {
    const AVClass* const av_class = *static_cast<const AVClass* const*>(context);
    if (av_class != nullptr && av_class == avcodec_get_class()) {
      auto* const owner = static_cast<FfmpegLog*>(static_cast<AVCodecContext*>(context)->opaque);
      Registry& registry = TheRegistry();
      const std::lock_guard lock(registry.mutex);
      if (registry.live.contains(owner)) {
        owner->Add(is_error, std::move(line));
        return;
      }
    }
  }
  if (current_log != nullptr) current_log->Add(is_error, std::move(line));
}

}  // namespace

FfmpegLog::FfmpegLog() {
  static const bool installed = (av_log_set_callback(LogCallback), true);
  (void)installed;
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  registry.live.insert(this);
}

FfmpegLog::~FfmpegLog() {
  Registry& registry = TheRegistry();
  const std::lock_guard lock(registry.mutex);
  registry.live.erase(this);
}

std::string FfmpegLog::LastError() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

std::vector<std::string> FfmpegLog::Lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

void FfmpegLog::Clear() {
  const std::lock_guard lock(mutex_);
  last_error_.clear();
  lines_.clear();
}

void FfmpegLog::Add(bool is_error, std::string line) {
  const std::lock_guard lock(mutex_);
  if (is_error) last_error_ = line;
  if (lines_.size() < kMaxLines) lines_.push_back(std::move(line));
}

FfmpegLogScope::FfmpegLogScope(FfmpegLog* log) : previous_(current_log) {
  current_log = log;
}
FfmpegLogScope::~FfmpegLogScope() {
  current_log = previous_;
}

}  // namespace fsc
