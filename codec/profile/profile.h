// profile.h: what calibration learnt about one split: a channel transform in front of every mode, and what goes with
// it. docs/profile.md has the bytes of the file (.fscp).
//
// A profile turns a feature frame into a *reduced* frame, with fewer channels and other layers, and back. A mode sees
// reduced frames only. The file has two halves: the encoder half (which model, reducers, drop curve) stays where the
// encoder is; the decoder half (restorers) travels in the stream, or the stream names it by its SHA-256.
//
// All weights are rounded when a profile is written (Convolution::bits). Work with a profile as ReadProfile() gives it:
// what the encoder then measures is what every decoder does.
#ifndef FSC_CODEC_PROFILE_PROFILE_H_
#define FSC_CODEC_PROFILE_PROFILE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/conv_net.h"
#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/profile.h"
#include "fsc/status.h"
#include "streams/digest.h"

namespace fsc {

inline constexpr int kProfileVersion = 1;
inline constexpr int kMaxFold = 16;  // cells a side of a block that is folded into channels
inline constexpr int kMaxDropPoints = 4096;
inline constexpr int64_t kMaxProfileWeights = int64_t{1} << 23;  // of a half, all networks

// One reduced layer. Its sources are brought to one grid: each fold x fold block of a source's cells becomes one cell
// of fold * fold times the channels (folded channel = (row in block * fold + column in block) * C + channel; cells past
// the right and lower edge repeat the last ones). The folded channels of all sources, in their order, go through
// `reducer`; what `restorer` makes of the reduced planes is split and unfolded in the same way.
struct ReducedPart {
  struct Source {
    int layer = 0;  // index into Profile::layers
    int fold = 1;   // 1, 2, 4, .. kMaxFold: stride of the reduced layer / stride of this layer
    bool operator==(const Source&) const = default;
  };
  std::vector<Source> sources;  // 1 or more; every layer of the frame is in exactly one part
  ConvNet reducer;              // folded channels -> K
  ConvNet restorer;             // K -> folded channels
  ConvNet task_map;             // K -> 1, codec/profile/task_map.h; for the encoder alone; empty = none
};

// How much of the task's agreement with the uncompressed result a setting gives up, measured at calibration.
struct DropPoint {
  std::string mode;         // "latent", "hevc", ...
  std::string preset;       // of that mode; empty = its default
  int qp = 0;               // 0..63
  double drop_percent = 0;  // 0..100
  bool operator==(const DropPoint&) const = default;
};

// How much of a part's features reducing and restoring alone loses: squared error over squared features (their means
// included), by all of the held-back frames of the calibration and by the worst of them. 0 = nothing; 1 = as much as
// zeros would lose; finite and never negative.
struct PartFit {
  float lost_share = 0;
  float worst_lost_share = 0;
  bool operator==(const PartFit&) const = default;
};

struct Profile {
  std::string kind;               // "statistics", "task" or "learned"
  std::string model_id;           // StreamInfo::model_id; empty = any model with these layers
  Sha256 model_sha256{};          // of the front's file; all zero = unknown
  std::vector<LayerSpec> layers;  // name, channels, stride, phase; sizes are 0: a profile serves any H and W
  std::vector<ReducedPart> parts;
  std::vector<DropPoint> drop_curve;  // any order
  std::vector<PartFit> fit;           // one a part; empty = unknown, as in files of earlier versions

  // Set by ReadProfile(): the decoder half as it is in the file, and its SHA-256.
  std::vector<uint8_t> decoder_bytes;
  Sha256 decoder_sha256{};
};

// The file. kUsage for a profile that cannot be written: parts that do not fit the layers, or numbers outside the
// limits. `decoder_bytes` and `decoder_sha256` are not read.
Result<std::vector<uint8_t>> WriteProfile(const Profile& profile);
// kBadInput for what is damaged, of another version, or over `limits`; `where` names the source.
Result<Profile> ReadProfile(std::span<const uint8_t> bytes, const Limits& limits, const std::string& where);
// The same from a file; kIo when it cannot be read.
Result<Profile> ReadProfileFile(const std::string& path, const Limits& limits);

// kUsage unless the profile is for this model and these layers (channels and strides; names, H and W are free). Empty
// ids and all-zero hashes fit everything.
Status CheckProfileFits(const Profile& profile, const std::string& model_id, const Sha256& model_sha256,
                        std::span<const LayerSpec> layers);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_PROFILE_H_
