#include "streams/media/video_file.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/frame_rate.h"
#include "streams/media/ffmpeg_log.h"
#include "streams/media/ffmpeg_raii.h"
#include "streams/media/frame_converter.h"
#include "streams/media/video_address.h"
#include "streams/media_extent.h"
#include "streams/timestamp_mender.h"

namespace fsc {
namespace {

constexpr int kMaxThreads = 64;
// Packets without a single picture before we say that this is no video. A GOP of many hours is not that long.
constexpr int64_t kMaxPacketsWithoutPicture = 1 << 20;
constexpr double kLeastFramesPerS = 0.001;  // what is outside is no frame rate but a time base
constexpr double kMostFramesPerS = 1000;
// Later by more is a jump of the time stamps and no pause. Broadcast streams may begin a new time axis anywhere.
constexpr double kLargestGapS = 30 * 3600;
constexpr double kLargestBroadcastGapS = 10;

// Formats of libav without a container around: they have no time stamps, and those that libav makes up count from 0.
constexpr std::array kElementary = {"avs2",      "avs3", "bitpacked", "cavsvideo", "dirac", "dnxhd", "evc",
                                    "h261",      "h263", "h264",      "hevc",      "m4v",   "mjpeg", "mjpeg_2000",
                                    "mpegvideo", "obu",  "v210",      "v210x",     "vc1",   "vvc"};

// Elementary streams, and pictures that come alone.
bool LacksTimes(const AVInputFormat& format) {
  const std::string name = format.name;
  return (format.flags & AVFMT_NOTIMESTAMPS) != 0 || name.ends_with("_pipe") || name.starts_with("image2") ||
         std::find(kElementary.begin(), kElementary.end(), name) != kElementary.end();
}

bool IsFrameRate(AVRational rate) {
  return rate.num > 0 && rate.den > 0 && av_q2d(rate) >= kLeastFramesPerS && av_q2d(rate) <= kMostFramesPerS;
}

bool IsCover(const AVStream& stream) {
  return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
}

// The best video stream that is no cover picture of a piece of music; libav's error where there is none.
int FindVideoStream(AVFormatContext* input, const AVCodec** codec) {
  const int best = av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, -1, -1, codec, 0);
  if (best < 0 || !IsCover(*input->streams[best])) return best;
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    if (IsCover(*input->streams[i])) continue;
    if (av_find_best_stream(input, AVMEDIA_TYPE_VIDEO, int(i), -1, codec, 0) == int(i)) return int(i);
  }
  return AVERROR_STREAM_NOT_FOUND;
}

class VideoFile : public VideoSource {
 public:
  VideoFile(std::string path, const Limits& limits) : path_(std::move(path)), limits_(limits), converter_(limits) {}
  Status Open(int threads, std::optional<TimeBase> frame_rate);
  const VideoInfo& info() const override { return info_; }
  Result<std::optional<VideoFrame>> Next() override;
  Result<int64_t> Skip(int64_t frames) override;
  bool broke_off() const override { return broke_off_; }
  Warnings warnings() const override;

 private:
  Error Failure(const std::string& what, int code) const;
  Error Unreadable(const std::string& what, int code) const;
  Status OpenDecoder(int threads);
  Status SetTimes(std::optional<TimeBase> frame_rate);
  // Nothing more is read; what the decoder still holds comes out before the error does.
  void EndWith(Error error);
  Error CutError() const;
  int64_t ExpectedFrames() const;
  // The next decoded picture in frame_; false at the end.
  Result<bool> Decode();
  // The next frame; without its picture where it is only passed over.
  Result<std::optional<VideoFrame>> Read(bool with_picture);
  Result<VideoFrame> Convert(bool with_picture);

  std::string path_;
  Limits limits_;
  VideoInfo info_;
  FfmpegLog log_;
  UniqueInput input_;
  UniqueCodecContext decoder_;
  UniquePacket packet_;
  UniqueFrame frame_;
  FrameConverter converter_;
  MediaExtent extent_;
  int stream_ = -1;
  bool assumes_rate_ = false;  // nobody says how many frames a second there are
  std::optional<TimestampMender> mender_;
  bool input_ended_ = false;
  std::optional<Error> failure_;  // that ended it
  bool broke_off_ = false;
  std::optional<VideoFrame> first_;  // read by Open, to know the size
  int64_t frames_ = 0;
  int64_t last_ticks_ = 0;  // time stamp of the last one
};

Error VideoFile::Failure(const std::string& what, int code) const {
  std::string line = log_.LastError();
  if (line.empty()) line = FfmpegErrorText(code);
  if (IsAddress(path_)) line += "; some videos have to be read back and forth: save it to a file first";
  return BadInput(what, path_ + ", frame " + std::to_string(frames_), line);
}

// Of a file that does not open.
Error VideoFile::Unreadable(const std::string& what, int code) const {
  if (extent_.lacks_index) {
    return BadInput("the video is cut, or was never finished: it has no index (moov)", path_,
                    "its frames cannot be found without it: get the whole file");
  }
  if (av_match_ext(path_.c_str(), "yuv,rgb,raw,nv12,cif,qcif") != 0) {
    return BadInput(
        "raw pictures do not say their size and format", path_,
        "write them as .y4m or .mkv first: ffmpeg -f rawvideo -pix_fmt yuv420p -s WxH -r RATE -i IN OUT.mkv");
  }
  return BadInput(what, path_, FfmpegErrorText(code));
}

Status VideoFile::Open(int threads, std::optional<TimeBase> frame_rate) {
  const FfmpegLogScope scope(&log_);
  if (IsAddress(path_)) {
    FSC_ASSIGN_OR_RETURN(input_, OpenAddress(path_));
  } else {
    extent_ = ExtentOfFile(path_);
    AVFormatContext* input = nullptr;
    // "file:" keeps a name with a colon from being taken for a network address.
    const int code = avformat_open_input(&input, ("file:" + path_).c_str(), nullptr, nullptr);
    if (code < 0) return Unreadable("not a video file", code);
    input_.reset(input);
  }
  const int found = avformat_find_stream_info(input_.get(), nullptr);
  if (found < 0) return Unreadable("damaged video file", found);
  FSC_RETURN_IF_ERROR(OpenDecoder(threads));
  FSC_RETURN_IF_ERROR(SetTimes(frame_rate));

  const AVStream& stream = *input_->streams[stream_];
  if (stream.nb_frames > 0) info_.frames_from_header = stream.nb_frames;
  size_t matrix_bytes = 0;
  const uint8_t* const matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &matrix_bytes);
  converter_.SetStreamMatrix(matrix, matrix_bytes);
  log_.Clear();

  FSC_ASSIGN_OR_RETURN(const bool more, Decode());
  if (!more && failure_) return *failure_;
  if (!more) return BadInput("video holds no frame", path_, log_.LastError());
  assumes_rate_ = assumes_rate_ && !IsFrameRate(decoder_->framerate);
  FSC_ASSIGN_OR_RETURN(first_, Convert(true));
  info_.width_px = first_->image.width_px;
  info_.height_px = first_->image.height_px;
  return {};
}

Status VideoFile::OpenDecoder(int threads) {
  const AVCodec* codec = nullptr;
  stream_ = FindVideoStream(input_.get(), &codec);
  if (stream_ < 0 || codec == nullptr) {
    return BadInput(stream_ == AVERROR_DECODER_NOT_FOUND ? "no decoder for this video" : "file has no video stream",
                    path_, "give a file that ffmpeg can play");
  }
  for (unsigned i = 0; i < input_->nb_streams; ++i) {
    if (int(i) != stream_) input_->streams[i]->discard = AVDISCARD_ALL;
  }
  decoder_.reset(avcodec_alloc_context3(codec));
  packet_.reset(av_packet_alloc());
  frame_.reset(av_frame_alloc());
  if (decoder_ == nullptr || packet_ == nullptr || frame_ == nullptr) return Internal("out of memory", path_, "");
  decoder_->opaque = &log_;
  const AVStream& stream = *input_->streams[stream_];
  if (avcodec_parameters_to_context(decoder_.get(), stream.codecpar) < 0) return Internal("out of memory", path_, "");
  decoder_->max_pixels = limits_.max_picture_samples;
  decoder_->pkt_timebase = stream.time_base;
  decoder_->thread_count = std::clamp(threads, 1, kMaxThreads);
  const int code = avcodec_open2(decoder_.get(), codec, nullptr);
  if (code < 0) return Failure("cannot start the video's decoder", code);
  return {};
}

Status VideoFile::SetTimes(std::optional<TimeBase> frame_rate) {
  const AVStream& stream = *input_->streams[stream_];
  const bool has_times = !LacksTimes(*input_->iformat);
  if (has_times && frame_rate) {
    return Usage("the video has time stamps of its own: a frame rate does not apply", path_,
                 "leave frame_rate out, or write the video anew at another rate");
  }
  AVRational rate = stream.avg_frame_rate;
  if (!IsFrameRate(rate)) rate = stream.r_frame_rate;
  if (!IsFrameRate(rate)) rate = {25, 1};
  info_.frame_rate = frame_rate.value_or(TimeBase{rate.num, rate.den});
  if (!has_times) {
    info_.time_base = {info_.frame_rate.den, info_.frame_rate.num};
    assumes_rate_ = !frame_rate.has_value();
    return {};
  }
  const AVRational base = stream.time_base;
  if (base.num <= 0 || base.den <= 0) return BadInput("the video's time base is not positive", path_);
  info_.time_base = {base.num, base.den};
  const double ticks_per_s = double(base.den) / base.num;
  const bool broadcast = (input_->iformat->flags & AVFMT_TS_DISCONT) != 0;
  const double gap_ticks = std::min((broadcast ? kLargestBroadcastGapS : kLargestGapS) * ticks_per_s, 1e18);
  mender_.emplace(ticks_per_s * info_.frame_rate.den / info_.frame_rate.num, int64_t(std::max(gap_ticks, 1.0)),
                  stream.start_time != AV_NOPTS_VALUE ? stream.start_time : 0);
  return {};
}

// As far as the file tells; 0 where it does not.
int64_t VideoFile::ExpectedFrames() const {
  const AVStream& stream = *input_->streams[stream_];
  if (stream.nb_frames > 0) return stream.nb_frames;
  const double duration_s = stream.duration != AV_NOPTS_VALUE    ? double(stream.duration) * av_q2d(stream.time_base)
                            : input_->duration != AV_NOPTS_VALUE ? double(input_->duration) / AV_TIME_BASE
                                                                 : 0;
  return int64_t(std::llround(std::clamp(duration_s * info_.frame_rate.num / info_.frame_rate.den, 0.0, 1e15)));
}

Error VideoFile::CutError() const {
  const int64_t expected = ExpectedFrames();
  const std::string of = expected > frames_ ? " of about " + std::to_string(expected) : "";
  return BadInput("the video is cut: " + std::to_string(frames_) + of + " frames are there", path_,
                  std::to_string(extent_.missing_bytes) + " bytes are missing at its end");
}

void VideoFile::EndWith(Error error) {
  failure_ = std::move(error);
  input_ended_ = true;
}

Result<bool> VideoFile::Decode() {
  for (int64_t packets = 0; packets < kMaxPacketsWithoutPicture; ++packets) {
    const int code = avcodec_receive_frame(decoder_.get(), frame_.get());
    if (code == AVERROR_EOF) return false;
    if (code >= 0) {
      if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) == 0 && frame_->decode_error_flags == 0) return true;
      if (!failure_) failure_ = Failure("damaged video frame", AVERROR_INVALIDDATA);
      return false;
    }
    if (code != AVERROR(EAGAIN)) {
      if (!failure_) failure_ = Failure("video frame cannot be decoded", code);
      return false;
    }
    if (!input_ended_) {
      const int read = av_read_frame(input_.get(), packet_.get());
      if (read == AVERROR_EOF) {
        input_ended_ = true;
      } else if (read < 0) {
        EndWith(Failure("video file cannot be read", read));
      } else if (packet_->stream_index != stream_) {
        av_packet_unref(packet_.get());
        continue;
      } else if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0 && extent_.missing_bytes > 0) {
        EndWith(Failure("damaged video frame", AVERROR_INVALIDDATA));  // the packet at the cut: half of it is there
      }
    }
    const int sent = avcodec_send_packet(decoder_.get(), input_ended_ ? nullptr : packet_.get());
    av_packet_unref(packet_.get());
    if (sent < 0 && sent != AVERROR_EOF) EndWith(Failure("video frame cannot be decoded", sent));
  }
  return Failure("video has no pictures", AVERROR_INVALIDDATA);
}

Result<VideoFrame> VideoFile::Convert(bool with_picture) {
  VideoFrame out;
  if (with_picture) {
    FSC_ASSIGN_OR_RETURN(out.image, converter_.Convert(*frame_, path_ + ", frame " + std::to_string(frames_)));
  }
  const int64_t stamp = frame_->best_effort_timestamp;
  out.timestamp_ticks =
      mender_ ? mender_->Next(stamp == AV_NOPTS_VALUE ? std::nullopt : std::optional(stamp)) : frames_;
  av_frame_unref(frame_.get());
  last_ticks_ = out.timestamp_ticks;
  ++frames_;
  return out;
}

Result<std::optional<VideoFrame>> VideoFile::Next() {
  if (first_.has_value()) return std::exchange(first_, std::nullopt);
  return Read(true);
}

Result<int64_t> VideoFile::Skip(int64_t frames) {
  int64_t passed = 0;
  for (; passed < frames; ++passed) {
    if (first_.has_value()) {
      first_.reset();
      continue;
    }
    FSC_ASSIGN_OR_RETURN(const auto frame, Read(false));
    if (!frame) break;
  }
  return passed;
}

Result<std::optional<VideoFrame>> VideoFile::Read(bool with_picture) {
  const FfmpegLogScope scope(&log_);
  log_.Clear();
  FSC_ASSIGN_OR_RETURN(const bool more, Decode());
  if (more) {
    const int64_t before = last_ticks_;
    FSC_ASSIGN_OR_RETURN(VideoFrame frame, Convert(with_picture));
    // Frames come in another order than they are shown in: what the cut took may have its place before this one.
    const bool at_the_cut = failure_.has_value() || (input_ended_ && extent_.missing_bytes > 0);
    if (!at_the_cut || !mender_ || double(frame.timestamp_ticks - before) < 1.5 * mender_->frame_ticks()) {
      return std::optional<VideoFrame>(std::move(frame));
    }
    --frames_;
  }
  // A cut may take only what stands behind the last frame, an index.
  const bool whole = extent_.missing_bytes == 0 || (ExpectedFrames() > 0 && frames_ >= ExpectedFrames());
  if (!failure_ && whole) return std::optional<VideoFrame>();
  broke_off_ = true;
  return extent_.missing_bytes > 0 ? CutError() : *failure_;
}

Warnings VideoFile::warnings() const {
  Warnings warnings;
  const std::string rate = FrameRateText(info_.frame_rate) + " frames per second";
  if (extent_.missing_bytes > 0) {
    warnings.Add({"video-cut", std::to_string(extent_.missing_bytes) + " bytes are missing at the end of the video",
                  path_, "get the whole file"});
  }
  if (assumes_rate_) {
    warnings.Add({"frame-rate-assumed", "the video says neither time stamps nor a frame rate", path_,
                  rate + " are taken: give the right frame_rate"});
  }
  if (mender_ && mender_->mended() > 0) {
    warnings.Add({"time-stamps-mended",
                  std::to_string(mender_->mended()) + " of " + std::to_string(mender_->frames()) +
                      " time stamps are missing, do not rise or jump",
                  path_, "they were mended by the frame rate, " + rate, mender_->mended()});
  }
  if (converter_.not_turned() > 0) {
    warnings.Add({"orientation-ignored", "frames are to be turned by other than quarter turns", path_,
                  "they are taken as they are stored", converter_.not_turned()});
  }
  return warnings;
}

}  // namespace

Result<std::unique_ptr<VideoSource>> OpenVideoFile(const std::string& path, const Limits& limits, int threads,
                                                   std::optional<TimeBase> frame_rate) {
  auto video = std::make_unique<VideoFile>(path, limits);
  FSC_RETURN_IF_ERROR(video->Open(threads, frame_rate));
  return std::unique_ptr<VideoSource>(std::move(video));
}

}  // namespace fsc
