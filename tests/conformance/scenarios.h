// scenarios.h: the streams on which both decoders must agree: moving synthetic features, coded with every tool of the
// latent mode that has a setting. Used by the agreement test and by the generator of the kept streams.
#ifndef FSC_CONFORMANCE_SCENARIOS_H_
#define FSC_CONFORMANCE_SCENARIOS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "codec/profile/profile.h"
#include "fsc/encoder_config.h"
#include "fsc/feature_frame.h"
#include "fsc/status.h"

namespace fsc::conformance {

enum class Movement {
  kStill,       // the same features in every frame
  kShift,       // (2, 1) input pixels a frame
  kZoom,        // about the middle, 1 % a frame
  kTwoRegions,  // the left half moves down, the right half up
  kNoise,       // a new random frame each time
};

struct Scenario {
  std::string name;
  std::vector<LayerSpec> layers;
  int frames = 0;
  Movement movement = Movement::kShift;
  bool luma = false;
  EncoderConfig config;
  std::optional<Profile> profile;
  bool weighed = false;        // errors count differently from cell to cell and frame to frame (FeatureEncoder::Weigh)
  int louder_from = 0;         // frame from which on values are twenty times as large; 0 = never
  bool outliers = false;       // every third frame has values far beyond all others
  std::vector<Scenario> then;  // of the same layers; coded apart and joined behind it
};

// Streams that cover presets, structures, transforms, layers, sizes, QPs, motions, profiles and weights.
std::vector<Scenario> AgreementScenarios();
// The ones that are kept as files: each less than 10 KB.
std::vector<Scenario> KeptScenarios();

// Frames of a scenario and of those joined behind it.
int TotalFrames(const Scenario& scenario);

// The layers as the mode sees them: reduced, where there is a profile.
Result<std::vector<LayerSpec>> CodedLayers(const Scenario& scenario);

// The .fsc stream of a scenario. The same bytes every time.
Result<std::vector<uint8_t>> EncodeScenario(const Scenario& scenario);

}  // namespace fsc::conformance

#endif  // FSC_CONFORMANCE_SCENARIOS_H_
