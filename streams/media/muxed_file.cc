#include "streams/media/muxed_file.h"

#include <algorithm>
#include <cstring>

namespace fsc {

Result<std::unique_ptr<MuxedFile>> MuxedFile::Create(const std::string& path, AVCodecID codec) {
  std::unique_ptr<MuxedFile> file(new MuxedFile(path));
  const FfmpegLogScope scope(&file->log_);
  const AVOutputFormat* const format = av_guess_format(nullptr, path.c_str(), nullptr);
  if (format == nullptr || (format->flags & AVFMT_NOFILE) != 0 || (format->flags & AVFMT_NEEDNUMBER) != 0) {
    return Usage("no video container has this extension", path, "use .mkv or .mp4");
  }
  // Containers that do not say what they hold answer with an error code: the header decides then.
  if (avformat_query_codec(format, codec, FF_COMPLIANCE_NORMAL) == 0) {
    return Usage(std::string(format->name) + " cannot hold " + avcodec_get_name(codec), path, "use .mkv");
  }
  if (avformat_alloc_output_context2(&file->format_, format, nullptr, path.c_str()) < 0) {
    return Internal("out of memory", path, "");
  }
  AVStream* const stream = avformat_new_stream(file->format_, nullptr);
  if (stream == nullptr) return Internal("out of memory", path, "");
  stream->codecpar->codec_type = AVMEDIA_TYPE_VIDEO;
  stream->codecpar->codec_id = codec;
  return file;
}

MuxedFile::~MuxedFile() {
  if (format_ != nullptr) format_->pb = nullptr;
  avformat_free_context(format_);
}

Error MuxedFile::Failure(const std::string& what, int code) {
  if (output_ != nullptr) {
    Status status = output_->TakeStatus();
    if (!status.ok()) return status.TakeError();
  }
  const std::string line = log_.LastError();
  return Usage(what, path_, line.empty() ? FfmpegErrorText(code) : line);
}

Status MuxedFile::Begin(TimeBase time_base, TimeBase frame_rate) {
  const FfmpegLogScope scope(&log_);
  if (time_base.num <= 0 || time_base.den <= 0 || frame_rate.num <= 0 || frame_rate.den <= 0) {
    return Usage("time base and frame rate must be positive", path_);
  }
  FSC_ASSIGN_OR_RETURN(output_, AvioOutput::Create(path_));
  format_->pb = output_->context();
  format_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;  // no date and no library version in the file
  // Matroska stores presentation times only: its decoding times may be negative and nothing needs to move.
  if (strcmp(format_->oformat->name, "matroska") == 0) format_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  AVStream* const stream = format_->streams[0];
  time_base_ = {time_base.num, time_base.den};
  frame_ticks_ = std::max<int64_t>(av_rescale_q(1, {frame_rate.den, frame_rate.num}, time_base_), 1);
  stream->time_base = time_base_;
  stream->avg_frame_rate = {frame_rate.num, frame_rate.den};
  const int code = avformat_write_header(format_, nullptr);
  if (code < 0) return Failure("container refuses the stream", code);
  return {};
}

Status MuxedFile::Write(AVPacket* packet) {
  const FfmpegLogScope scope(&log_);
  packet->stream_index = 0;
  if (packet->duration <= 0) packet->duration = frame_ticks_;  // of the last one nothing else tells
  av_packet_rescale_ts(packet, time_base_, format_->streams[0]->time_base);
  const int code = av_interleaved_write_frame(format_, packet);
  if (code < 0) return Failure("container refuses a picture", code);
  return output_->TakeStatus();
}

Status MuxedFile::Finish() {
  const FfmpegLogScope scope(&log_);
  const int code = av_write_trailer(format_);
  if (code < 0) return Failure("container cannot be completed", code);
  return output_->Commit();
}

}  // namespace fsc
