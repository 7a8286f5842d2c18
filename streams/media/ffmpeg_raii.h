// ffmpeg_raii.h: libav's C lifetimes as owners with the right free function. Internal to streams/: included by .cc
// files only.
#ifndef FSC_STREAMS_MEDIA_FFMPEG_RAII_H_
#define FSC_STREAMS_MEDIA_FFMPEG_RAII_H_

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/error.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace fsc {

struct FfmpegDeleter {
  void operator()(AVCodecContext* p) const { avcodec_free_context(&p); }
  void operator()(AVFrame* p) const { av_frame_free(&p); }
  void operator()(AVPacket* p) const { av_packet_free(&p); }
  void operator()(SwsContext* p) const { sws_freeContext(p); }
};
using UniqueCodecContext = std::unique_ptr<AVCodecContext, FfmpegDeleter>;
using UniqueFrame = std::unique_ptr<AVFrame, FfmpegDeleter>;
using UniquePacket = std::unique_ptr<AVPacket, FfmpegDeleter>;
using UniqueSws = std::unique_ptr<SwsContext, FfmpegDeleter>;

struct FfmpegInputDeleter {
  void operator()(AVFormatContext* p) const { avformat_close_input(&p); }
};
using UniqueInput = std::unique_ptr<AVFormatContext, FfmpegInputDeleter>;

// Closes the output's file too, when there is one.
struct FfmpegOutputDeleter {
  void operator()(AVFormatContext* p) const {
    if (p->pb != nullptr && (p->oformat->flags & AVFMT_NOFILE) == 0) avio_closep(&p->pb);
    avformat_free_context(p);
  }
};
using UniqueOutput = std::unique_ptr<AVFormatContext, FfmpegOutputDeleter>;

// An AVDictionary, which libav's functions replace through a pointer to the pointer.
class FfmpegDictionary {
 public:
  FfmpegDictionary() = default;
  ~FfmpegDictionary() { av_dict_free(&dictionary_); }
  FfmpegDictionary(const FfmpegDictionary&) = delete;
  FfmpegDictionary& operator=(const FfmpegDictionary&) = delete;

  void Set(const std::string& key, const std::string& value) {
    av_dict_set(&dictionary_, key.c_str(), value.c_str(), 0);
  }
  AVDictionary** address() { return &dictionary_; }
  AVDictionary* get() const { return dictionary_; }
  // The first key that nobody took out; empty when there is none.
  std::string FirstKey() const {
    const AVDictionaryEntry* const entry = av_dict_get(dictionary_, "", nullptr, AV_DICT_IGNORE_SUFFIX);
    return entry == nullptr ? std::string() : std::string(entry->key);
  }

 private:
  AVDictionary* dictionary_ = nullptr;
};

// libav's sentence for an error code.
inline std::string FfmpegErrorText(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

}  // namespace fsc

#endif  // FSC_STREAMS_MEDIA_FFMPEG_RAII_H_
