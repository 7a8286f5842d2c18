// decoder.cc: decoders of the C interface.
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "codec/c_api/calls.h"
#include "codec/c_api/profile.h"
#include "fsc/byte_io.h"
#include "fsc/decoder.h"
#include "fsc/packet_bytes.h"

using fsc::Result;
using fsc::Status;
using fsc::Usage;
using fsc::c_api::CallOn;
using fsc::c_api::CheckSized;

struct fsc_decoder {
  fsc::c_api::Gate gate;
  std::unique_ptr<fsc::ByteSource> source;      // of a file; else null
  std::unique_ptr<fsc::FeatureDecoder> file;    // either this
  std::unique_ptr<fsc::PacketDecoder> packets;  // or this
  fsc::Limits limits;
  std::deque<fsc::DecodedFrame> ready;
  fsc::DecodedFrame given;          // the frame that the caller has
  std::vector<fsc_tensor> tensors;  // .. its layers
  std::vector<fsc_layer> layers;    // of the stream

  const fsc::StreamHeader& header() const { return file != nullptr ? file->header() : packets->header(); }
  void Keep(std::vector<fsc::DecodedFrame> made) {
    for (fsc::DecodedFrame& frame : made) ready.push_back(std::move(frame));
  }
};

namespace {

// A limit of the caller's into `limit`, which has its default.
template <class Number, class Given>
Status Limit(const char* name, Given given, Number* limit) {
  if (given < 1 || given > Given(*limit)) {
    return Usage(std::to_string(given) + " is outside 1.." + std::to_string(*limit),
                 std::string("fsc_decoder_options, ") + name, "limits can be made smaller");
  }
  *limit = Number(given);
  return {};
}

Result<fsc::Limits> LimitsOf(const fsc_decoder_options& own) {
  fsc::Limits limits;
  FSC_RETURN_IF_ERROR(Limit("max_layers", own.max_layers, &limits.max_layers));
  FSC_RETURN_IF_ERROR(Limit("max_channels", own.max_channels, &limits.max_channels));
  FSC_RETURN_IF_ERROR(Limit("max_plane_size_cells", own.max_plane_size_cells, &limits.max_plane_size_cells));
  FSC_RETURN_IF_ERROR(Limit("max_picture_size_px", own.max_picture_size_px, &limits.max_picture_size_px));
  FSC_RETURN_IF_ERROR(Limit("max_frame_elements", own.max_frame_elements, &limits.max_frame_elements));
  FSC_RETURN_IF_ERROR(Limit("max_picture_samples", own.max_picture_samples, &limits.max_picture_samples));
  FSC_RETURN_IF_ERROR(Limit("max_header_bytes", own.max_header_bytes, &limits.max_header_bytes));
  FSC_RETURN_IF_ERROR(Limit("max_packet_bytes", own.max_packet_bytes, &limits.max_packet_bytes));
  FSC_RETURN_IF_ERROR(Limit("max_index_entries", own.max_index_entries, &limits.max_index_entries));
  return limits;
}

Result<fsc::DecoderOptions> OptionsOf(const fsc_decoder_options* given) {
  fsc::DecoderOptions options;
  if (given == nullptr) return options;
  FSC_ASSIGN_OR_RETURN(const fsc_decoder_options own,
                       fsc::c_api::Sized(given, fsc_decoder_options_init, "fsc_decoder_options"));
  FSC_ASSIGN_OR_RETURN(options.limits, LimitsOf(own));
  options.threads = own.threads;
  if (own.profile != nullptr) options.profile = own.profile->profile.get();
  return options;
}

// Writes as much of `own` as the caller's struct, which has room, can hold; what it has more is zero.
template <class Struct>
Status Give(Struct own, Struct* out) {
  const size_t size = out->size;
  own.size = size;
  std::memcpy(out, &own, std::min(size, sizeof(Struct)));
  if (size > sizeof(Struct)) std::memset(reinterpret_cast<char*>(out) + sizeof(Struct), 0, size - sizeof(Struct));
  return {};
}

Status Info(fsc_decoder* decoder, fsc_stream_info* out) {
  FSC_RETURN_IF_ERROR(CheckSized(out, "fsc_stream_info"));
  const fsc::StreamHeader& header = decoder->header();
  if (decoder->layers.empty()) {
    for (const fsc::LayerSpec& layer : header.layers) {
      decoder->layers.push_back({layer.name.c_str(), layer.channels, layer.height_cells, layer.width_cells,
                                 layer.stride_px, layer.phase_px16});
    }
  }
  const fsc::TimeBase frame_rate = fsc::FrameRateOf(header);
  fsc_stream_info info;
  fsc_stream_info_init(&info);
  info.layers = decoder->layers.data();
  info.layer_count = decoder->layers.size();
  info.time_base_num = header.time_base.num;
  info.time_base_den = header.time_base.den;
  info.frame_rate_num = frame_rate.num;
  info.frame_rate_den = frame_rate.den;
  info.input_width_px = header.input_width_px;
  info.input_height_px = header.input_height_px;
  info.source_width_px = header.source_width_px;
  info.source_height_px = header.source_height_px;
  info.model_id = header.model_id.c_str();
  info.mode = header.mode.c_str();
  return Give(info, out);
}

Status NextFrame(fsc_decoder* decoder, fsc_frame* out) {
  FSC_RETURN_IF_ERROR(CheckSized(out, "fsc_frame"));
  if (decoder->file != nullptr) {
    decoder->file->Recycle(std::exchange(decoder->given, {}));
  } else {
    decoder->packets->Recycle(std::exchange(decoder->given, {}));
  }
  decoder->tensors.clear();
  fsc_frame frame;
  fsc_frame_init(&frame);
  if (decoder->file != nullptr) {
    FSC_ASSIGN_OR_RETURN(auto next, decoder->file->Next());
    if (!next) return Give(frame, out);
    decoder->given = std::move(*next);
  } else {
    if (decoder->ready.empty()) return Give(frame, out);
    decoder->given = std::move(decoder->ready.front());
    decoder->ready.pop_front();
  }
  for (const fsc::Tensor& tensor : decoder->given.frame.layers) {
    const ptrdiff_t row = tensor.width_cells();
    decoder->tensors.push_back({tensor.values().data(), FSC_FLOAT32, tensor.channels(), tensor.height_cells(),
                                tensor.width_cells(), row * tensor.height_cells(), row, 1});
  }
  frame.layers = decoder->tensors.data();
  frame.layer_count = decoder->tensors.size();
  frame.timestamp_ticks = decoder->given.frame.timestamp_ticks;
  frame.frame_number = decoder->given.frame_number;
  return Give(frame, out);
}

Status OfPackets(const fsc_decoder* decoder) {
  return decoder->packets != nullptr ? Status() : Usage("the packets come from a file", "fsc_decoder");
}

}  // namespace

void fsc_decoder_options_init(fsc_decoder_options* options) {
  if (options == nullptr) return;
  *options = {};
  options->size = sizeof(*options);
  options->threads = fsc::DecoderOptions().threads;
  const fsc::Limits limits;
  options->max_layers = limits.max_layers;
  options->max_channels = limits.max_channels;
  options->max_plane_size_cells = limits.max_plane_size_cells;
  options->max_picture_size_px = limits.max_picture_size_px;
  options->max_frame_elements = limits.max_frame_elements;
  options->max_picture_samples = limits.max_picture_samples;
  options->max_header_bytes = limits.max_header_bytes;
  options->max_packet_bytes = limits.max_packet_bytes;
  options->max_index_entries = limits.max_index_entries;
}

fsc_code fsc_decoder_create(const uint8_t* header, size_t header_size, const fsc_decoder_options* options,
                            fsc_decoder** decoder, fsc_error* error) {
  return fsc::c_api::Call(error, [&]() -> Status {
    if (header == nullptr || decoder == nullptr) return Usage("an argument is null", "fsc_decoder_create");
    *decoder = nullptr;
    FSC_ASSIGN_OR_RETURN(const fsc::DecoderOptions own, OptionsOf(options));
    FSC_ASSIGN_OR_RETURN(const fsc::StreamHeader stream, fsc::HeaderOf({header, header_size}, own.limits));
    auto made = std::make_unique<fsc_decoder>();
    made->limits = own.limits;
    FSC_ASSIGN_OR_RETURN(made->packets, fsc::PacketDecoder::Create(stream, own));
    *decoder = made.release();
    return {};
  });
}

fsc_code fsc_decoder_open_file(const char* path, const fsc_decoder_options* options, fsc_decoder** decoder,
                               fsc_error* error) {
  return fsc::c_api::Call(error, [&]() -> Status {
    if (path == nullptr || decoder == nullptr) return Usage("an argument is null", "fsc_decoder_open_file");
    *decoder = nullptr;
    FSC_ASSIGN_OR_RETURN(const fsc::DecoderOptions own, OptionsOf(options));
    auto made = std::make_unique<fsc_decoder>();
    FSC_ASSIGN_OR_RETURN(made->source, fsc::OpenSource(path));
    FSC_ASSIGN_OR_RETURN(made->file, fsc::FeatureDecoder::Open(made->source.get(), own));
    *decoder = made.release();
    return {};
  });
}

void fsc_decoder_free(fsc_decoder* decoder) {
  delete decoder;
}

fsc_code fsc_decoder_info(fsc_decoder* decoder, fsc_stream_info* info, fsc_error* error) {
  return CallOn(decoder, error, [&] { return Info(decoder, info); });
}

fsc_code fsc_decoder_push(fsc_decoder* decoder, const uint8_t* data, size_t size, fsc_error* error) {
  return CallOn(decoder, error, [&]() -> Status {
    if (data == nullptr) return Usage("data is null", "fsc_decoder_push");
    FSC_RETURN_IF_ERROR(OfPackets(decoder));
    FSC_ASSIGN_OR_RETURN(const fsc::Packet packet, fsc::PacketOf({data, size}, decoder->header(), decoder->limits));
    std::vector<fsc::DecodedFrame> frames;
    Status status = decoder->packets->Push(packet, &frames);
    decoder->Keep(std::move(frames));
    return status;
  });
}

fsc_code fsc_decoder_flush(fsc_decoder* decoder, fsc_error* error) {
  return CallOn(decoder, error, [&]() -> Status {
    FSC_RETURN_IF_ERROR(OfPackets(decoder));
    std::vector<fsc::DecodedFrame> frames;
    Status status = decoder->packets->Flush(&frames);
    decoder->Keep(std::move(frames));
    return status;
  });
}

fsc_code fsc_decoder_restart(fsc_decoder* decoder, fsc_error* error) {
  return CallOn(decoder, error, [&]() -> Status {
    FSC_RETURN_IF_ERROR(OfPackets(decoder));
    decoder->ready.clear();
    return decoder->packets->Restart({});
  });
}

fsc_code fsc_decoder_next_frame(fsc_decoder* decoder, fsc_frame* frame, fsc_error* error) {
  return CallOn(decoder, error, [&] { return NextFrame(decoder, frame); });
}

fsc_code fsc_decoder_seek(fsc_decoder* decoder, int64_t frame_number, fsc_error* error) {
  return CallOn(decoder, error, [&]() -> Status {
    if (decoder->file == nullptr)
      return Usage("packets cannot be sought", "fsc_decoder_seek", "use fsc_decoder_restart");
    return decoder->file->SeekToFrame(frame_number);
  });
}
