#include "learn/shared_front.h"

#include <string>

#include "fsc/stream_info.h"

namespace fsc {

Status CheckSharedFront(std::span<const ModelSpec> models) {
  if (models.size() < 2) return {};
  const ModelSpec& first = models[0];
  FSC_ASSIGN_OR_RETURN(const auto digest, Sha256OfFile(first.front_path));
  for (const ModelSpec& other : models.subspan(1)) {
    const auto differs = [&](const std::string& what, const std::string& advice) {
      return Usage("backs of one profile must share their front, and this one has " + what + " than " + first.json_path,
                   other.json_path, advice);
    };
    FSC_ASSIGN_OR_RETURN(const auto other_digest, Sha256OfFile(other.front_path));
    if (other_digest != digest) return differs("another front", "give both the same front file, or a profile each");
    if (other.layers != first.layers)
      return differs("other layers", "describe the layers alike: names, strides, phases");
    if (other.input != first.input) return differs("another input", "describe the input alike");
  }
  return {};
}

}  // namespace fsc
