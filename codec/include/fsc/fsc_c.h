/* fsc_c.h: libfsc for C and for languages that call C.
 *
 * - Every function gives a code and fills an error (which may be NULL) that says what is wrong, where, and what to do.
 * - Structs that begin with `size` are initialised by their _init function, which sets it and the defaults. A program
 * that was compiled against an older or newer version of a struct still works, as long as it sets nothing new.
 * - What a function borrows it borrows for the call. What it gives belongs to the handle, and is good until the next
 * call with that handle. Handles are freed by their _free function, which takes NULL.
 * - One thread at a time may use a handle (a second one gets FSC_USAGE); different handles do not know each other.
 * - Nothing throws, prints or exits.
 */
#ifndef FSC_FSC_C_H_
#define FSC_FSC_C_H_

#include <stddef.h>
#include <stdint.h>

#include "fsc/export.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum fsc_code {
  FSC_OK = 0,
  FSC_INTERNAL = 1,  /* a bug of fsc, or no memory */
  FSC_USAGE = 2,     /* the caller asked for something that cannot be done */
  FSC_BAD_INPUT = 3, /* damaged or unsupported input */
  FSC_IO = 4         /* the operating system said no */
} fsc_code;

/* Texts are cut to their field, always terminated, empty where there is nothing to say. */
typedef struct fsc_error {
  fsc_code code;
  char what[256];
  char where[256];
  char advice[256];
} fsc_error;

/* "0.1.0" of the library that runs. */
FSC_EXPORT const char* fsc_version(void);

/* ---- what a stream is of */

/* One layer of a feature frame: C x H x W values. */
typedef struct fsc_layer {
  const char* name;
  int channels;     /* C */
  int height_cells; /* H */
  int width_cells;  /* W */
  int stride_px;    /* input pixels per cell, 1 .. 4096 */
  int phase_px16;   /* position of the centre of cell 0, in 1/16 px */
} fsc_layer;

typedef struct fsc_stream_info {
  size_t size;
  const fsc_layer* layers;
  size_t layer_count;    /* 1 .. 16 */
  int32_t time_base_num; /* seconds a tick: num / den, 1 / 25 */
  int32_t time_base_den;
  int32_t frame_rate_num; /* frames per second: num / den, 25 / 1 */
  int32_t frame_rate_den;
  int input_width_px; /* of the network's input; 0 = unknown, for all four */
  int input_height_px;
  int source_width_px; /* of the video before resizing */
  int source_height_px;
  const char* model_id; /* name of the network; NULL or empty = unknown */
  const char* mode;     /* of a stream that is decoded; an encoder takes it from its options */
} fsc_stream_info;
FSC_EXPORT void fsc_stream_info_init(fsc_stream_info* info);

typedef enum fsc_type { FSC_FLOAT32 = 0, FSC_FLOAT16 = 1, FSC_UINT8 = 2, FSC_UINT16 = 3 } fsc_type;

/* C x H x W values; strides in elements. Float32 in C order is coded without a copy. */
typedef struct fsc_tensor {
  const void* data;
  fsc_type type;
  int channels;
  int height_cells;
  int width_cells;
  ptrdiff_t channel_stride;
  ptrdiff_t row_stride;
  ptrdiff_t column_stride;
} fsc_tensor;

typedef struct fsc_frame {
  size_t size;
  const fsc_tensor* layers; /* in the order of the stream's layers */
  size_t layer_count;
  int64_t timestamp_ticks;
  int64_t frame_number; /* of a decoded frame; an encoder counts itself */
  const uint8_t* luma;  /* the network's input as 8-bit full-range luma, for motion; NULL = none */
  int luma_width_px;
  int luma_height_px;
  ptrdiff_t luma_stride; /* bytes a row */
} fsc_frame;
FSC_EXPORT void fsc_frame_init(fsc_frame* frame);

/* ---- profiles (.fscp) */

typedef struct fsc_profile fsc_profile;
FSC_EXPORT fsc_code fsc_profile_load_file(const char* path, fsc_profile** profile, fsc_error* error);
FSC_EXPORT fsc_code fsc_profile_load(const uint8_t* data, size_t size, fsc_profile** profile, fsc_error* error);
/* The profile's kind: "statistics", "task" or "learned"; NULL for NULL. */
FSC_EXPORT const char* fsc_profile_kind(const fsc_profile* profile);
FSC_EXPORT void fsc_profile_free(fsc_profile* profile);

/* ---- encoding */

typedef struct fsc_encoder_options {
  size_t size;
  const char* mode;      /* "latent", "float", "hevc", "h264", ..., or a libavcodec encoder by name; NULL = "latent" */
  const char* preset;    /* of the mode; NULL or empty = its default */
  int qp;                /* 0 .. 63, 32 */
  double bitrate_kbps;   /* 0 = constant QP; mode latent */
  double buffer_seconds; /* of the receiver's buffer, with a bitrate; 0 = 2 */
  int64_t max_frame_bytes;    /* no frame is larger, the first configuration not counted; 0 = no cap; mode latent */
  int lossless;               /* mode latent: planes come back exactly, qp is ignored */
  int gop_frames;             /* intra period, 1 .. 1024, 32 */
  int low_delay;              /* a frame's packet comes before the next frame is pushed */
  int threads;                /* the stream does not depend on it, 1 */
  int bits;                   /* of samples in tiled modes: 8, 10 or 12; 8 */
  const fsc_profile* profile; /* NULL = none; may be freed once the encoder is made */
  int profile_by_hash;        /* the stream names the profile instead of carrying it */
} fsc_encoder_options;
FSC_EXPORT void fsc_encoder_options_init(fsc_encoder_options* options);

/* A coded frame: its bytes are those of a .fsc file, header, payload and checksum. */
typedef struct fsc_packet {
  const uint8_t* data;
  size_t data_size;
  int64_t frame_number; /* display order */
  int64_t timestamp_ticks;
  int random_access; /* decoding can start here */
} fsc_packet;

typedef struct fsc_encoder fsc_encoder;
/* Into packets: fsc_encoder_header, then fsc_encoder_next_packet after every push and flush. */
FSC_EXPORT fsc_code fsc_encoder_create(const fsc_encoder_options* options, const fsc_stream_info* info,
                                       fsc_encoder** encoder, fsc_error* error);
/* Into a file, which appears under its name once fsc_encoder_flush has succeeded, or not at all. */
FSC_EXPORT fsc_code fsc_encoder_create_file(const fsc_encoder_options* options, const fsc_stream_info* info,
                                            const char* path, fsc_encoder** encoder, fsc_error* error);
FSC_EXPORT void fsc_encoder_free(fsc_encoder* encoder);

/* The bytes of the stream header: what a decoder is created with. */
FSC_EXPORT fsc_code fsc_encoder_header(fsc_encoder* encoder, const uint8_t** data, size_t* size, fsc_error* error);
/* The next frame in display order. FSC_BAD_INPUT for NaN, Inf or another shape, and FSC_USAGE for wrong arguments: the
 * frame is refused, and the stream goes on without it. After an error of the mode itself later calls say that the
 * stream is closed. */
FSC_EXPORT fsc_code fsc_encoder_push(fsc_encoder* encoder, const fsc_frame* frame, fsc_error* error);
/* All that is left. Nothing can be pushed after it. */
FSC_EXPORT fsc_code fsc_encoder_flush(fsc_encoder* encoder, fsc_error* error);
/* The next packet that is ready, in decoding order; data is NULL where there is none. */
FSC_EXPORT fsc_code fsc_encoder_next_packet(fsc_encoder* encoder, fsc_packet* packet, fsc_error* error);

/* Between frames; they hold from a frame on that is not coded yet. A key frame that was asked for brings all that a
 * decoder with the header needs. */
FSC_EXPORT fsc_code fsc_encoder_set_qp(fsc_encoder* encoder, int qp, fsc_error* error);
FSC_EXPORT fsc_code fsc_encoder_set_bitrate(fsc_encoder* encoder, double bitrate_kbps, fsc_error* error);
FSC_EXPORT fsc_code fsc_encoder_request_key_frame(fsc_encoder* encoder, fsc_error* error);

/* Warning `index` (from 0) of what the caller should know, as one line; NULL past the last one. Complete after flush.
 */
FSC_EXPORT const char* fsc_encoder_warning(fsc_encoder* encoder, size_t index);

/* ---- decoding */

typedef struct fsc_decoder_options {
  size_t size;
  int threads;                /* the frames do not depend on it, 1 */
  const fsc_profile* profile; /* for streams that name theirs by hash; NULL = none; may be freed once created */
  /* The most that a stream may claim: FSC_BAD_INPUT beyond it. 1 up to the default, which takes all that fsc makes; a
   * program with less memory sets smaller numbers. */
  int32_t max_layers;           /* of a frame, 16 */
  int32_t max_channels;         /* of a layer, 65536 */
  int32_t max_plane_size_cells; /* height or width of a layer, 16384 */
  int32_t max_picture_size_px;  /* width or height of a tiled picture, 16384 */
  int64_t max_frame_elements;   /* of all layers together, 2^27 */
  int64_t max_picture_samples;  /* of a tiled picture, 2^27 */
  int64_t max_header_bytes;     /* of the stream header, profile not counted, 2^20 */
  int64_t max_packet_bytes;     /* of one packet, 2^29 */
  int64_t max_index_entries;    /* frames in a file's index, 2^24 */
} fsc_decoder_options;
FSC_EXPORT void fsc_decoder_options_init(fsc_decoder_options* options);

typedef struct fsc_decoder fsc_decoder;
/* `options` may be NULL. Of packets: */
FSC_EXPORT fsc_code fsc_decoder_create(const uint8_t* header, size_t header_size, const fsc_decoder_options* options,
                                       fsc_decoder** decoder, fsc_error* error);
/* .. and of a file: */
FSC_EXPORT fsc_code fsc_decoder_open_file(const char* path, const fsc_decoder_options* options, fsc_decoder** decoder,
                                          fsc_error* error);
FSC_EXPORT void fsc_decoder_free(fsc_decoder* decoder);

/* What the stream says of itself; its texts and layers are good as long as the decoder is. `info` was initialised. */
FSC_EXPORT fsc_code fsc_decoder_info(fsc_decoder* decoder, fsc_stream_info* info, fsc_error* error);
/* One packet, in decoding order, as an encoder gave it. After damage or a loss: fsc_decoder_restart, then a key frame
 * that was asked for. */
FSC_EXPORT fsc_code fsc_decoder_push(fsc_decoder* decoder, const uint8_t* data, size_t size, fsc_error* error);
/* No packet follows, or none before a jump. */
FSC_EXPORT fsc_code fsc_decoder_flush(fsc_decoder* decoder, fsc_error* error);
/* Forgets all frames: the next packet is the first one, or a key frame that was asked for. In the latent mode other
 * random-access packets are refused: what they are decoded with may have been lost. */
FSC_EXPORT fsc_code fsc_decoder_restart(fsc_decoder* decoder, fsc_error* error);
/* The next frame in display order: of packets what is ready, of a file the next one. layers is NULL where there is none
 * (of a file: at its end). Its tensors are float32 in C order, the decoder's own memory. `frame` was initialised. */
FSC_EXPORT fsc_code fsc_decoder_next_frame(fsc_decoder* decoder, fsc_frame* frame, fsc_error* error);
/* Of a file: the frame that fsc_decoder_next_frame gives next. */
FSC_EXPORT fsc_code fsc_decoder_seek(fsc_decoder* decoder, int64_t frame_number, fsc_error* error);

#ifdef __cplusplus
}
#endif

#endif /* FSC_FSC_C_H_ */
