// profile.h: calibration profiles (.fscp, docs/profile.md) as a user of the codec sees them: something that is read and
// given to an encoder or a decoder. `fsc calibrate` makes them.
#ifndef FSC_PROFILE_H_
#define FSC_PROFILE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "fsc/export.h"
#include "fsc/limits.h"
#include "fsc/packet.h"
#include "fsc/status.h"

namespace fsc {

struct Profile;  // its parts are the library's own

// kBadInput for what is damaged, of another version, or over `limits`; `where` names the source in errors.
FSC_EXPORT Result<std::shared_ptr<const Profile>> LoadProfile(std::span<const uint8_t> bytes, const std::string& where,
                                                              const Limits& limits = {});
// The same from a file; kIo when it cannot be read.
FSC_EXPORT Result<std::shared_ptr<const Profile>> LoadProfile(const std::string& path, const Limits& limits = {});

struct ProfileInfo {
  std::string kind;               // "statistics", "task" or "learned"
  std::string model_id;           // empty = any model with these layers
  Sha256 model_sha256{};          // of the front's file; all zero = unknown
  std::vector<LayerSpec> layers;  // sizes are 0: a profile serves any H and W
  Sha256 decoder_sha256{};        // what a stream names it by
  int planes = 0;                 // of all parts together
};
FSC_EXPORT ProfileInfo Describe(const Profile& profile);

// The largest QP at which `mode` with `preset` gives up no more than `max_drop_percent` of the task's agreement, by the
// profile's drop curve. kUsage where the curve has no point for them, or starts above the drop.
FSC_EXPORT Result<int> QpForDrop(const Profile& profile, const std::string& mode, const std::string& preset,
                                 double max_drop_percent);

}  // namespace fsc

#endif  // FSC_PROFILE_H_
