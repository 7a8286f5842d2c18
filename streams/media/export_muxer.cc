#include "streams/export_muxer.h"

extern "C" {
#include <libavcodec/bsf.h>
}

#include <algorithm>
#include <cstring>
#include <functional>
#include <queue>
#include <set>
#include <utility>

#include "streams/media/functions.h"
#include "streams/media/muxed_file.h"
#include "streams/media/picture_modes.h"

namespace fsc {
namespace {

// How far decoding order runs ahead of display order: x264 and x265 reorder by two pictures at most (B pyramids),
// whatever their options; so do the other encoders with B pictures that libavcodec has.
int ReorderDepth(AVCodecID codec) {
  const AVCodecDescriptor* const descriptor = avcodec_descriptor_get(codec);
  return descriptor != nullptr && (descriptor->props & AV_CODEC_PROP_REORDER) != 0 ? 2 : 0;
}

class PictureMuxer : public ExportMuxer {
 public:
  PictureMuxer(std::string path, const ExportConfig& config, std::unique_ptr<MuxedFile> file, AVCodecID codec)
      : path_(std::move(path)), config_(config), file_(std::move(file)), codec_(codec), depth_(ReorderDepth(codec)) {}

  Status Write(std::span<const uint8_t> bytes, int64_t timestamp_ticks, bool key) override;
  Status Finish() override;
  Status Describe(AVPixelFormat format);

 private:
  Status TakeParameterSets(const AVPacket& packet);
  Result<int64_t> NextDecodingTime(int64_t timestamp_ticks);

  std::string path_;
  ExportConfig config_;
  std::unique_ptr<MuxedFile> file_;
  AVCodecID codec_;
  int depth_;
  // Presentation times that no decoding time was made of yet; the smallest is next.
  std::priority_queue<int64_t, std::vector<int64_t>, std::greater<>> times_;
  int64_t pictures_ = 0;
  int64_t first_time_ = 0;
  int64_t last_decoding_time_ = 0;
};

Status SetExtradata(std::span<const uint8_t> bytes, AVCodecParameters* parameters) {
  av_freep(&parameters->extradata);
  parameters->extradata = static_cast<uint8_t*>(av_mallocz(bytes.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (parameters->extradata == nullptr) return Internal("out of memory", "export", "");
  memcpy(parameters->extradata, bytes.data(), bytes.size());
  parameters->extradata_size = int(bytes.size());
  return {};
}

Status PictureMuxer::Describe(AVPixelFormat format) {
  AVCodecParameters* const parameters = file_->parameters();
  parameters->width = config_.width_px;
  parameters->height = config_.height_px;
  parameters->format = format;
  parameters->color_range = AVCOL_RANGE_JPEG;
  parameters->bits_per_raw_sample = config_.bits;
  if (config_.codec_private.empty()) return {};
  return SetExtradata(config_.codec_private, parameters);
}

// Containers keep the parameter sets of H.264, HEVC and AV1 in their own header too: from the first picture.
// libavformat turns them and the pictures into the container's form.
Status PictureMuxer::TakeParameterSets(const AVPacket& packet) {
  const AVBitStreamFilter* const filter = av_bsf_get_by_name("extract_extradata");
  const AVCodecID* id = filter == nullptr ? nullptr : filter->codec_ids;
  while (id != nullptr && *id != AV_CODEC_ID_NONE && *id != codec_) ++id;
  if (id == nullptr || *id != codec_) return {};

  AVBSFContext* context = nullptr;
  if (av_bsf_alloc(filter, &context) < 0) return Internal("out of memory", path_, "");
  const std::unique_ptr<AVBSFContext, void (*)(AVBSFContext*)> owner(context, [](AVBSFContext* p) { av_bsf_free(&p); });
  const UniquePacket copy(av_packet_clone(&packet));
  if (copy == nullptr || avcodec_parameters_copy(context->par_in, file_->parameters()) < 0) {
    return Internal("out of memory", path_, "");
  }
  if (av_bsf_init(context) < 0 || av_bsf_send_packet(context, copy.get()) < 0 ||
      av_bsf_receive_packet(context, copy.get()) < 0) {
    return BadInput("first picture cannot be parsed", path_, "the stream is damaged");
  }
  size_t size = 0;
  const uint8_t* const data = av_packet_get_side_data(copy.get(), AV_PKT_DATA_NEW_EXTRADATA, &size);
  if (data == nullptr || size == 0)
    return BadInput("first picture has no parameter sets", path_, "export from a key picture on");
  return SetExtradata({data, size}, file_->parameters());
}

// The k-th picture in decoding order is decoded at the presentation time of the (k - depth)-th in display order: never
// after its own, and never twice the same.
Result<int64_t> PictureMuxer::NextDecodingTime(int64_t timestamp_ticks) {
  int64_t time = 0;
  if (pictures_ == 0) first_time_ = timestamp_ticks;
  times_.push(timestamp_ticks);
  if (pictures_ < depth_) {
    const double ticks = double(config_.frame_rate.den) * config_.time_base.den /
                         (double(config_.frame_rate.num) * config_.time_base.num);
    const int64_t step = int64_t(std::clamp(ticks, 1.0, 1e9));
    time = first_time_ - (depth_ - pictures_) * step;
  } else {
    time = times_.top();
    times_.pop();
  }
  if (time > timestamp_ticks || (pictures_ > 0 && time <= last_decoding_time_)) {
    return BadInput("timestamps do not fit the decoding order", path_ + ", picture " + std::to_string(pictures_),
                    "they must differ, and be those of the pictures in decoding order");
  }
  last_decoding_time_ = time;
  ++pictures_;
  return time;
}

Status PictureMuxer::Write(std::span<const uint8_t> bytes, int64_t timestamp_ticks, bool key) {
  if (bytes.empty() || bytes.size() > (size_t{1} << 30)) return BadInput("coded picture is empty or too large", path_);
  if (timestamp_ticks > (int64_t{1} << 50) || timestamp_ticks < -(int64_t{1} << 50)) {
    return BadInput("timestamp out of range", path_, std::to_string(timestamp_ticks));
  }
  const UniquePacket packet(av_packet_alloc());
  if (packet == nullptr || av_new_packet(packet.get(), int(bytes.size())) < 0)
    return Internal("out of memory", path_, "");
  memcpy(packet->data, bytes.data(), bytes.size());
  if (key) packet->flags |= AV_PKT_FLAG_KEY;
  if (!file_->begun()) {
    FSC_RETURN_IF_ERROR(TakeParameterSets(*packet));
    FSC_RETURN_IF_ERROR(file_->Begin(config_.time_base, config_.frame_rate));
  }
  packet->pts = timestamp_ticks;
  FSC_ASSIGN_OR_RETURN(packet->dts, NextDecodingTime(timestamp_ticks));
  return file_->Write(packet.get());
}

Status PictureMuxer::Finish() {
  if (!file_->begun()) return Usage("nothing to export", path_, "the stream has no pictures");
  return file_->Finish();
}

}  // namespace

Result<std::unique_ptr<ExportMuxer>> media::CreateExportMuxer(const std::string& path, const ExportConfig& config) {
  FSC_ASSIGN_OR_RETURN(const PictureMode mode, FindPictureMode(config.mode));
  if (mode.encoder == nullptr && mode.decoder == nullptr) {
    return Usage("this libavcodec does not know the mode", config.mode, "use another build of FFmpeg");
  }
  FSC_ASSIGN_OR_RETURN(const PictureFormat format, FormatFor(mode, config.bits));
  const AVCodecID codec = mode.encoder != nullptr ? mode.encoder->id : mode.decoder->id;
  FSC_ASSIGN_OR_RETURN(std::unique_ptr<MuxedFile> file, MuxedFile::Create(path, codec));
  auto muxer = std::make_unique<PictureMuxer>(path, config, std::move(file), codec);
  FSC_RETURN_IF_ERROR(muxer->Describe(AVPixelFormat(format.pixel_format)));
  return std::unique_ptr<ExportMuxer>(std::move(muxer));
}

}  // namespace fsc
