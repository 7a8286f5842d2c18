// yardstick.h: how an awkward clip is judged. No frame comes back more than 3 dB under the same content without what is
// awkward, coded at equal settings, and it takes no more than 1.5 times the bytes.
//
// The SNR of a frame is 10 log10(variance / mean squared error), each layer for itself. A frame without variance of its
// own, a ten thousandth of its clip's or less, is measured against the clip's; in a clip of constants against the mean
// square of the values; and what is zero all along has to come back as zero.
#ifndef FSC_TESTS_HOSTILE_YARDSTICK_H_
#define FSC_TESTS_HOSTILE_YARDSTICK_H_

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "coding.h"
#include "setups.h"
#include "situations.h"

namespace fsc::hostile {

inline constexpr double kMostDeficitDb = 3;
inline constexpr double kMostRateRatio = 1.5;
// The latent mode may take half a second after an event to settle; what that costs counts in the rate.
inline constexpr int kSettlingFrames = 12;
// Frames differ by their place in a group, on purpose, and an event shifts the groups. So a frame is held against the
// worst of the frames as near as this to its like; and the mean over all frames keeps the same 3 dB.
inline constexpr int kGroupNeighbours = 4;
// Better than this counts as this: 16-bit planes end here.
inline constexpr double kBestDb = 58;
// Packets of next to nothing: so many bytes of a frame are not compared.
inline constexpr int kFreeBytesPerFrame = 4;

// SNR in dB of each frame, [layer][frame].
using FrameSnr = std::vector<std::vector<double>>;

struct Verdict {
  std::string error;  // the codec refused or failed; the rest is not filled in
  double worst_deficit_db = 0;
  int worst_frame = 0;  // of the part
  int worst_layer = 0;
  double mean_deficit_db = 0;  // of the worst layer
  double mean_db = 0, reference_mean_db = 0;
  double rate_ratio = 0;
  uint64_t bytes = 0, reference_bytes = 0;
  Warnings warnings;

  bool quality_ok() const;
  bool rate_ok() const { return rate_ratio <= kMostRateRatio; }
  bool ok() const { return error.empty() && quality_ok() && rate_ok(); }
  // "ok", "quality", "rate", "quality+rate" or the error.
  std::string Word() const;
};

// Judges situations; keeps what several of them are held against. Several threads may judge at once.
class Yardstick {
 public:
  Verdict Judge(const Situation& situation, const Clip& clip, const Setup& setup);

 private:
  struct Reference {
    FrameSnr snr;
    uint64_t bytes = 0;
  };
  // In this setup.
  Result<Reference> CodeReference(const Situation& situation, const Clip& clip, const Setup& setup);
  // Where there are two safest choices, the lower quality and the higher rate; in tiled modes no better than the plain
  // scene.
  Result<Reference> ReferenceOf(const Situation& situation, const Clip& clip, const Setup& setup);

  std::mutex mutex_;
  std::map<std::string, Reference> kept_;
};

// The whole clip at falling QPs, latent mode: quality rises without a ceiling.
struct CeilingVerdict {
  std::string error;
  std::vector<double> worst_db;  // of the worst frame and layer, at each of kCeilingQps
  int worst_frame = 0;           // at the last
  double floor_db = 0;
  Warnings warnings;

  bool ok() const;
  std::string Word() const { return !error.empty() ? error : ok() ? "ok" : "ceiling"; }
};
inline constexpr int kCeilingQps[] = {36, 24, 12, 0};
// From one of these QPs to the next a step is a quarter: 12 dB. At least so much has to arrive until the floor is met.
inline constexpr double kLeastRiseDb = 3;

CeilingVerdict JudgeCeiling(const Situation& situation, const Clip& clip, const EncoderConfig& latent);

}  // namespace fsc::hostile

#endif  // FSC_TESTS_HOSTILE_YARDSTICK_H_
