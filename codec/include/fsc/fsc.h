// fsc.h: all of libfsc's C++ interface.
#ifndef FSC_FSC_H_
#define FSC_FSC_H_

#include "fsc/arrival_map.h"
#include "fsc/byte_io.h"
#include "fsc/completion_statistics.h"
#include "fsc/concealer.h"
#include "fsc/decoder.h"
#include "fsc/encoder.h"
#include "fsc/encoder_config.h"
#include "fsc/feature_frame.h"
#include "fsc/frame_rate.h"
#include "fsc/limits.h"
#include "fsc/modes.h"
#include "fsc/packed_picture.h"
#include "fsc/packet.h"
#include "fsc/packet_bytes.h"
#include "fsc/packet_decoder.h"
#include "fsc/packet_encoder.h"
#include "fsc/plane.h"
#include "fsc/profile.h"
#include "fsc/status.h"
#include "fsc/stream_info.h"
#include "fsc/stream_joiner.h"
#include "fsc/stream_reader.h"
#include "fsc/tensor_view.h"
#include "fsc/version.h"
#include "fsc/warning.h"

#endif  // FSC_FSC_H_
