/* packets.c: a synthetic clip through the C interface, packet by packet, as a live line would carry it. */
#include <fsc/fsc_c.h>
#include <math.h>
#include <stdio.h>

enum { CHANNELS = 16, HEIGHT = 24, WIDTH = 32, FRAMES = 24, LOST_FRAME = 10, ROUND_TRIP = 2, GOP = 256 };

static float values[CHANNELS * HEIGHT * WIDTH];

/* A pattern that moves half a cell a frame. */
static void paint(int t) {
  for (int c = 0; c < CHANNELS; ++c) {
    for (int y = 0; y < HEIGHT; ++y) {
      for (int x = 0; x < WIDTH; ++x) {
        values[(c * HEIGHT + y) * WIDTH + x] = (float)sin(0.3 * (x - 0.5 * t) + c) * (float)cos(0.2 * y);
      }
    }
  }
}

static int failed(const char* call, const fsc_error* error) {
  fprintf(stderr, "%s: %s: %s: %s\n", call, error->what, error->where, error->advice);
  return 1;
}

/* Gives the frames that are ready; returns how many. */
static int show(fsc_decoder* decoder) {
  int count = 0;
  fsc_frame frame;
  fsc_frame_init(&frame);
  while (fsc_decoder_next_frame(decoder, &frame, NULL) == FSC_OK && frame.layers != NULL) {
    const float* decoded = frame.layers[0].data;
    double error = 0, energy = 0;
    paint((int)frame.frame_number);
    for (int i = 0; i < CHANNELS * HEIGHT * WIDTH; ++i) {
      error += (decoded[i] - values[i]) * (decoded[i] - values[i]);
      energy += values[i] * values[i];
    }
    printf("frame %2d  %5.1f dB\n", (int)frame.frame_number, 10 * log10(energy / error));
    ++count;
  }
  return count;
}

int main(void) {
  fsc_error error;
  const fsc_layer layer = {"features", CHANNELS, HEIGHT, WIDTH, 8, 0};
  fsc_stream_info info;
  fsc_stream_info_init(&info);
  info.layers = &layer;
  info.layer_count = 1;

  fsc_encoder_options options;
  fsc_encoder_options_init(&options);
  options.qp = 24;
  options.low_delay = 1;
  options.gop_frames = GOP;
  fsc_encoder* encoder = NULL;
  if (fsc_encoder_create(&options, &info, &encoder, &error) != FSC_OK) return failed("encoder", &error);

  const uint8_t* header = NULL;
  size_t header_size = 0;
  if (fsc_encoder_header(encoder, &header, &header_size, &error) != FSC_OK) return failed("header", &error);
  fsc_decoder* decoder = NULL;
  if (fsc_decoder_create(header, header_size, NULL, &decoder, &error) != FSC_OK) return failed("decoder", &error);

  size_t bytes = header_size;
  int shown = 0, waits = 0;
  for (int t = 0; t < FRAMES; ++t) {
    if (t == LOST_FRAME + ROUND_TRIP && fsc_encoder_request_key_frame(encoder, &error) != FSC_OK) {
      return failed("request", &error); /* the receiver has said that it lost a frame */
    }
    paint(t);
    const fsc_tensor tensor = {values, FSC_FLOAT32, CHANNELS, HEIGHT, WIDTH, HEIGHT * WIDTH, WIDTH, 1};
    fsc_frame frame;
    fsc_frame_init(&frame);
    frame.layers = &tensor;
    frame.layer_count = 1;
    frame.timestamp_ticks = t;
    if (fsc_encoder_push(encoder, &frame, &error) != FSC_OK) return failed("push", &error);
    for (;;) {
      fsc_packet packet;
      if (fsc_encoder_next_packet(encoder, &packet, &error) != FSC_OK) return failed("packet", &error);
      if (packet.data == NULL) break;
      bytes += packet.data_size;
      if (packet.frame_number == LOST_FRAME) waits = 1; /* the line loses it: what follows cannot be decoded */
      if (waits && packet.random_access) {
        waits = 0;
        if (fsc_decoder_restart(decoder, &error) != FSC_OK) return failed("restart", &error);
      }
      if (!waits && fsc_decoder_push(decoder, packet.data, packet.data_size, &error) != FSC_OK) {
        return failed("decode", &error);
      }
      shown += show(decoder);
    }
  }
  if (fsc_encoder_flush(encoder, &error) != FSC_OK) return failed("flush", &error);
  if (fsc_decoder_flush(decoder, &error) != FSC_OK) return failed("flush", &error);
  shown += show(decoder);
  printf("fsc %s: %d of %d frames, %zu bytes\n", fsc_version(), shown, FRAMES, bytes);
  fsc_encoder_free(encoder);
  fsc_decoder_free(decoder);
  return shown == FRAMES - ROUND_TRIP ? 0 : 1;
}
