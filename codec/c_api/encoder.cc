// encoder.cc: encoders of the C interface.
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/c_api/calls.h"
#include "codec/c_api/profile.h"
#include "fsc/byte_io.h"
#include "fsc/encoder.h"
#include "fsc/packet_bytes.h"

using fsc::Result;
using fsc::Status;
using fsc::Usage;
using fsc::c_api::CallOn;

struct fsc_encoder {
  fsc::c_api::Gate gate;
  std::unique_ptr<fsc::ByteSink> sink;          // of a file; else null
  std::unique_ptr<fsc::FeatureEncoder> file;    // either this
  std::unique_ptr<fsc::PacketEncoder> packets;  // or this
  std::deque<fsc::Packet> ready;
  std::vector<uint8_t> header_bytes;
  std::vector<uint8_t> packet_bytes;
  std::string warning;

  const fsc::PacketEncoder& codec() const { return file != nullptr ? file->packets() : *packets; }
  void Keep(std::vector<fsc::Packet> made) {
    for (fsc::Packet& packet : made) ready.push_back(std::move(packet));
  }
};

namespace {

Result<fsc::EncoderConfig> ConfigOf(const fsc_encoder_options* given) {
  FSC_ASSIGN_OR_RETURN(const fsc_encoder_options options,
                       fsc::c_api::Sized(given, fsc_encoder_options_init, "fsc_encoder_options"));
  fsc::EncoderConfig config;
  if (options.mode != nullptr) config.mode = options.mode;
  config.preset = fsc::c_api::TextOf(options.preset);
  config.qp = options.qp;
  config.gop_frames = options.gop_frames;
  config.low_delay = options.low_delay != 0;
  config.threads = options.threads;
  config.latent.bitrate_kbps = options.bitrate_kbps;
  config.latent.buffer_seconds = options.buffer_seconds;
  config.latent.max_frame_bytes = options.max_frame_bytes;
  config.latent.lossless = options.lossless != 0;
  if (config.mode != "latent" && (options.bitrate_kbps != 0 || options.max_frame_bytes != 0 || options.lossless != 0)) {
    return Usage("bitrate_kbps, max_frame_bytes and lossless are of mode latent", "fsc_encoder_options");
  }
  config.quantizer.bits = options.bits;
  if (options.profile != nullptr) config.profile = options.profile->profile;
  config.profile_by_hash = options.profile_by_hash != 0;
  return config;
}

Result<fsc::StreamInfo> StreamOf(const fsc_stream_info* given) {
  FSC_ASSIGN_OR_RETURN(const fsc_stream_info info, fsc::c_api::Sized(given, fsc_stream_info_init, "fsc_stream_info"));
  if (info.layers == nullptr && info.layer_count > 0) return Usage("layers is null", "fsc_stream_info");
  if (info.layer_count > size_t(fsc::Limits{}.max_layers)) return Usage("too many layers", "fsc_stream_info");
  fsc::StreamInfo stream;
  for (size_t i = 0; i < info.layer_count; ++i) {
    const fsc_layer& layer = info.layers[i];
    stream.layers.push_back({fsc::c_api::TextOf(layer.name), layer.channels, layer.height_cells, layer.width_cells,
                             layer.stride_px, layer.phase_px16});
  }
  stream.time_base = {info.time_base_num, info.time_base_den};
  stream.frame_rate = {info.frame_rate_num, info.frame_rate_den};
  stream.input_width_px = info.input_width_px;
  stream.input_height_px = info.input_height_px;
  stream.source_width_px = info.source_width_px;
  stream.source_height_px = info.source_height_px;
  stream.model_id = fsc::c_api::TextOf(info.model_id);
  return stream;
}

Result<fsc::PlaneView<const uint8_t>> LumaOf(const fsc_frame& frame) {
  if (frame.luma == nullptr) return fsc::PlaneView<const uint8_t>{};
  if (frame.luma_width_px < 1 || frame.luma_height_px < 1 || frame.luma_stride < frame.luma_width_px) {
    return Usage("luma of no size, or rows that overlap", "fsc_frame");
  }
  return fsc::PlaneView<const uint8_t>{frame.luma, frame.luma_width_px, frame.luma_height_px, frame.luma_stride};
}

Result<std::vector<fsc::TensorView>> ViewsOf(const fsc_frame& frame) {
  if (frame.layers == nullptr) return Usage("layers is null", "fsc_frame");
  if (frame.layer_count > size_t(fsc::Limits{}.max_layers)) return Usage("too many layers", "fsc_frame");
  std::vector<fsc::TensorView> views;
  for (size_t i = 0; i < frame.layer_count; ++i) {
    const fsc_tensor& tensor = frame.layers[i];
    views.push_back({tensor.data, fsc::TensorType(int(tensor.type)), tensor.channels, tensor.height_cells,
                     tensor.width_cells, tensor.channel_stride, tensor.row_stride, tensor.column_stride});
  }
  return views;
}

Status Push(fsc_encoder* encoder, const fsc_frame* given) {
  FSC_ASSIGN_OR_RETURN(const fsc_frame frame, fsc::c_api::Sized(given, fsc_frame_init, "fsc_frame"));
  fsc::FrameHints hints;
  FSC_ASSIGN_OR_RETURN(hints.luma, LumaOf(frame));
  FSC_ASSIGN_OR_RETURN(const std::vector<fsc::TensorView> views, ViewsOf(frame));
  if (encoder->file != nullptr) return encoder->file->Push(views, frame.timestamp_ticks, hints);
  std::vector<fsc::Packet> packets;
  Status status = encoder->packets->Push(views, frame.timestamp_ticks, hints, &packets);
  encoder->Keep(std::move(packets));
  return status;
}

Status Flush(fsc_encoder* encoder) {
  if (encoder->file != nullptr) {
    FSC_RETURN_IF_ERROR(encoder->file->Finish());
    return encoder->sink->Commit();
  }
  std::vector<fsc::Packet> packets;
  Status status = encoder->packets->Flush(&packets);
  encoder->Keep(std::move(packets));
  return status;
}

Status NextPacket(fsc_encoder* encoder, fsc_packet* packet) {
  if (packet == nullptr) return Usage("packet is null", "fsc_encoder_next_packet");
  *packet = {};
  if (encoder->file != nullptr) return Usage("the packets go to a file", "fsc_encoder_next_packet");
  if (encoder->ready.empty()) return {};
  const fsc::Packet& next = encoder->ready.front();
  FSC_ASSIGN_OR_RETURN(encoder->packet_bytes, fsc::PacketBytes(next, encoder->packets->header()));
  packet->data = encoder->packet_bytes.data();
  packet->data_size = encoder->packet_bytes.size();
  packet->frame_number = next.frame_number;
  packet->timestamp_ticks = next.timestamp_ticks;
  packet->random_access = next.random_access ? 1 : 0;
  encoder->ready.pop_front();
  return {};
}

}  // namespace

void fsc_stream_info_init(fsc_stream_info* info) {
  if (info == nullptr) return;
  *info = {};
  info->size = sizeof(*info);
  const fsc::StreamInfo defaults;
  info->time_base_num = defaults.time_base.num;
  info->time_base_den = defaults.time_base.den;
  info->frame_rate_num = defaults.frame_rate.num;
  info->frame_rate_den = defaults.frame_rate.den;
}

void fsc_frame_init(fsc_frame* frame) {
  if (frame == nullptr) return;
  *frame = {};
  frame->size = sizeof(*frame);
}

void fsc_encoder_options_init(fsc_encoder_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->size = sizeof(*options);
  const fsc::EncoderConfig defaults;
  options->qp = defaults.qp;
  options->gop_frames = defaults.gop_frames;
  options->threads = defaults.threads;
  options->bits = defaults.quantizer.bits;
}

fsc_code fsc_encoder_create(const fsc_encoder_options* options, const fsc_stream_info* info, fsc_encoder** encoder,
                            fsc_error* error) {
  return fsc::c_api::Call(error, [&]() -> Status {
    if (encoder == nullptr) return Usage("encoder is null", "fsc_encoder_create");
    *encoder = nullptr;
    FSC_ASSIGN_OR_RETURN(const fsc::EncoderConfig config, ConfigOf(options));
    FSC_ASSIGN_OR_RETURN(const fsc::StreamInfo stream, StreamOf(info));
    auto made = std::make_unique<fsc_encoder>();
    FSC_ASSIGN_OR_RETURN(made->packets, fsc::PacketEncoder::Create(config, stream));
    *encoder = made.release();
    return {};
  });
}

fsc_code fsc_encoder_create_file(const fsc_encoder_options* options, const fsc_stream_info* info, const char* path,
                                 fsc_encoder** encoder, fsc_error* error) {
  return fsc::c_api::Call(error, [&]() -> Status {
    if (encoder == nullptr || path == nullptr) return Usage("an argument is null", "fsc_encoder_create_file");
    *encoder = nullptr;
    FSC_ASSIGN_OR_RETURN(const fsc::EncoderConfig config, ConfigOf(options));
    FSC_ASSIGN_OR_RETURN(const fsc::StreamInfo stream, StreamOf(info));
    auto made = std::make_unique<fsc_encoder>();
    FSC_ASSIGN_OR_RETURN(made->sink, fsc::OpenSink(path));
    FSC_ASSIGN_OR_RETURN(made->file, fsc::FeatureEncoder::Create(config, stream, made->sink.get()));
    *encoder = made.release();
    return {};
  });
}

void fsc_encoder_free(fsc_encoder* encoder) {
  delete encoder;
}

fsc_code fsc_encoder_header(fsc_encoder* encoder, const uint8_t** data, size_t* size, fsc_error* error) {
  return CallOn(encoder, error, [&]() -> Status {
    if (data == nullptr || size == nullptr) return Usage("an argument is null", "fsc_encoder_header");
    if (encoder->header_bytes.empty()) {
      FSC_ASSIGN_OR_RETURN(encoder->header_bytes, fsc::HeaderBytes(encoder->codec().header()));
    }
    *data = encoder->header_bytes.data();
    *size = encoder->header_bytes.size();
    return {};
  });
}

fsc_code fsc_encoder_push(fsc_encoder* encoder, const fsc_frame* frame, fsc_error* error) {
  return CallOn(encoder, error, [&] { return Push(encoder, frame); });
}

fsc_code fsc_encoder_flush(fsc_encoder* encoder, fsc_error* error) {
  return CallOn(encoder, error, [&] { return Flush(encoder); });
}

fsc_code fsc_encoder_next_packet(fsc_encoder* encoder, fsc_packet* packet, fsc_error* error) {
  return CallOn(encoder, error, [&] { return NextPacket(encoder, packet); });
}

fsc_code fsc_encoder_set_qp(fsc_encoder* encoder, int qp, fsc_error* error) {
  return CallOn(encoder, error,
                [&] { return encoder->file != nullptr ? encoder->file->SetQp(qp) : encoder->packets->SetQp(qp); });
}

fsc_code fsc_encoder_set_bitrate(fsc_encoder* encoder, double bitrate_kbps, fsc_error* error) {
  return CallOn(encoder, error, [&] {
    return encoder->file != nullptr ? encoder->file->SetBitrate(bitrate_kbps)
                                    : encoder->packets->SetBitrate(bitrate_kbps);
  });
}

fsc_code fsc_encoder_request_key_frame(fsc_encoder* encoder, fsc_error* error) {
  return CallOn(encoder, error, [&] {
    return encoder->file != nullptr ? encoder->file->RequestKeyFrame() : encoder->packets->RequestKeyFrame();
  });
}

const char* fsc_encoder_warning(fsc_encoder* encoder, size_t index) {
  const char* text = nullptr;
  CallOn(encoder, nullptr, [&]() -> Status {
    const fsc::Warnings warnings = encoder->codec().warnings();
    if (index >= warnings.list().size()) return {};
    encoder->warning = warnings.list()[index].OneLine();
    text = encoder->warning.c_str();
    return {};
  });
  return text;
}
