// limits.h: the most that any input may claim. Checked where a number is read, before anything is allocated from it.
//
// One struct is passed to every reader; the defaults take the largest real split known to us (a 22 million element
// pyramid) with room to spare. An application with less memory passes smaller numbers.
#ifndef FSC_LIMITS_H_
#define FSC_LIMITS_H_

#include <cstdint>

namespace fsc {

struct Limits {
  int max_layers = 16;                             // layers of one feature frame
  int max_channels = 65536;                        // channels of one layer
  int max_plane_size_cells = 16384;                // height or width of one plane
  int64_t max_frame_elements = int64_t{1} << 27;   // elements of one feature frame, all layers
  int max_picture_size_px = 16384;                 // width or height of a tiled picture or an input video
  int64_t max_picture_samples = int64_t{1} << 27;  // luma samples of a tiled picture or pixels of an input video
  int64_t max_header_bytes = int64_t{1} << 20;     // a .fsc stream header, profile not counted
  int64_t max_packet_bytes = int64_t{1} << 29;     // one .fsc packet
  int64_t max_index_entries = int64_t{1} << 24;    // frames in a .fsc index
  int max_name_bytes = 255;                        // any name in a header
  int64_t max_json_bytes = int64_t{1} << 24;       // a model or suite description
};

}  // namespace fsc

#endif  // FSC_LIMITS_H_
