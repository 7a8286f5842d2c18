// setups.h: the modes and presets that are held against the yardstick, with their settings.
#ifndef FSC_TESTS_HOSTILE_SETUPS_H_
#define FSC_TESTS_HOSTILE_SETUPS_H_

#include <ostream>
#include <string>
#include <vector>

#include "fsc/encoder_config.h"
#include "fsc/feature_frame.h"

namespace fsc::hostile {

inline constexpr int kGopFrames = 32;  // intra period of all but the intra setups

struct Setup {
  std::string name;  // lower case, digits, underscores: latent_fast_ld_qp28
  std::string mode;  // what the table is summed up by: latent_fast_ld, hevc_ra_channel
  EncoderConfig config;
  // Above 0: the rate is given instead of the QP, in bits per element.
  double bits_per_element = 0;
  bool in_short_form = false;
};

// For messages of gtest.
inline void PrintTo(const Setup& setup, std::ostream* out) {
  *out << setup.name;
}

// Of this build: without FFmpeg only the latent ones.
std::vector<Setup> AllSetups();

// The setup's settings for a clip of these layers.
EncoderConfig ConfigFor(const Setup& setup, const std::vector<LayerSpec>& layers);
// The same with the choices that assume least about frames to come: identity transform (latent); ranges measured in
// every frame, of the layer as well where the setup's are the channels' (tiled; of a small plane a channel's range says
// so much that it costs more than the samples). One or two setups.
std::vector<Setup> SafestOf(const Setup& setup);

// The settings of the latent mode with which quality has to rise to the floor as the QP falls.
struct CeilingSetup {
  std::string name;
  EncoderConfig config;
  bool in_short_form = false;
};
inline void PrintTo(const CeilingSetup& setup, std::ostream* out) {
  *out << setup.name;
}

std::vector<CeilingSetup> CeilingSetups();

}  // namespace fsc::hostile

#endif  // FSC_TESTS_HOSTILE_SETUPS_H_
