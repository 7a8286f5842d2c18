// parts.h: what the parts of a profile must be to fit a feature frame, and the layers that they reduce it to.
#ifndef FSC_CODEC_PROFILE_PARTS_H_
#define FSC_CODEC_PROFILE_PARTS_H_

#include <span>
#include <string>
#include <vector>

#include "codec/profile/profile.h"
#include "fsc/feature_frame.h"
#include "fsc/limits.h"
#include "fsc/status.h"

namespace fsc {

// A part without its networks.
struct PartShape {
  std::vector<ReducedPart::Source> sources;
  int planes = 0;  // K
  bool operator==(const PartShape&) const = default;
};
std::vector<PartShape> ShapesOf(std::span<const ReducedPart> parts);

// kBadInput unless every layer is in exactly one part, and the layers of a part come to one stride.
Status CheckShapes(std::span<const PartShape> shapes, std::span<const LayerSpec> layers, const std::string& where);
// Also the networks: restorers that give the folded channels, and, with `with_reducers`, reducers that take them and
// give the planes; no tensor between two convolutions is larger than a frame may be (`layers` without sizes: not
// looked at).
Status CheckParts(std::span<const ReducedPart> parts, std::span<const LayerSpec> layers, bool with_reducers,
                  const Limits& limits, const std::string& where);

// The layers of the reduced frame: one per part, named "reduced0", "reduced1", ..; H and W are the largest that a
// source of the part needs, strides and phases those of its first source, folded. `layers` have their sizes. kBadInput
// where they do not fit the shapes, or the result exceeds `limits`.
Result<std::vector<LayerSpec>> ReducedLayers(std::span<const PartShape> shapes, std::span<const LayerSpec> layers,
                                             const Limits& limits, const std::string& where);

}  // namespace fsc

#endif  // FSC_CODEC_PROFILE_PARTS_H_
